from __future__ import annotations

import math

import polars as pl
import pytest
from hypothesis import given, settings
from interaction_strategies import run_tables

from palate.core.errors import InputError
from palate.learning import INTERACTION_FEATURES, SYSTEM_FEATURES, feature_table

RUNS = pl.DataFrame(
    {
        "system": ["a", "a", "a", "b", "b"],
        "query": [1, 1, 1, 1, 2],
        "item": ["x", "y", "z", "x", "x"],
        "rank": [1, 2, 3, 1, 1],
        "score": [9.0, 6.0, 3.0, 5.0, 5.0],
    }
)
PAST = pl.DataFrame({"user": [1, 1, 3, 3], "item": ["x", "old", "x", "x"], "value": [4.0, 2.0, 5.0, 1.0]})


def test_system_features_by_hand() -> None:
    table = feature_table(RUNS)
    z = 3.0 / math.sqrt(6.0)  # 9, 6, 3 have mean 6 and standard deviation sqrt(6)
    assert table.columns == [
        "query",
        "item",
        "score(a)",
        "reciprocal_rank(a)",
        "score(b)",
        "reciprocal_rank(b)",
    ]
    rows = table.rows()
    assert rows[0] == (1, "x", pytest.approx(z), 1.0, 0.0, 1.0)
    assert rows[1] == (1, "y", pytest.approx(0.0), 0.5, None, 0.0)
    assert rows[2] == (1, "z", pytest.approx(-z), pytest.approx(1 / 3), None, 0.0)
    assert rows[3] == (2, "x", None, 0.0, 0.0, 1.0)


def test_interaction_features_by_hand() -> None:
    table = feature_table(RUNS, PAST).select("query", "item", *INTERACTION_FEATURES)
    overall = 3.0
    item_x = (10.0 + 5 * overall) / 8
    user_1 = (6.0 + 5 * overall) / 7
    rows = table.rows()
    assert rows[0] == pytest.approx((1, "x", math.log(4), item_x, math.log(3), user_1, item_x - user_1))
    assert rows[1] == pytest.approx((1, "y", 0.0, overall, math.log(3), user_1, overall - user_1))
    assert rows[3] == pytest.approx((2, "x", math.log(4), item_x, 0.0, overall, item_x - overall))


def test_interactions_without_values_count_as_one() -> None:
    for past in (PAST.drop("value"), PAST.with_columns(value=pl.lit(None, dtype=pl.Float64))):
        table = feature_table(RUNS, past)
        assert table["item_mean_value"].unique().to_list() == [1.0]
        assert table["item_interactions"].max() == pytest.approx(math.log(4))


@given(runs=run_tables())
@settings(max_examples=40, deadline=None)
def test_one_row_for_every_pair_that_any_system_ranks(runs: pl.DataFrame) -> None:
    table = feature_table(runs)
    assert table.select("query", "item").rows() == sorted(set(runs.select("query", "item").rows()))
    expected = {f"{name}({system})" for name in SYSTEM_FEATURES for system in runs["system"].unique()}
    assert set(table.columns) == {"query", "item"} | expected


def test_ranks_without_scores_and_scores_without_ranks() -> None:
    by_rank = feature_table(RUNS.drop("score"))
    assert by_rank.columns == ["query", "item", "reciprocal_rank(a)", "reciprocal_rank(b)"]
    by_score = feature_table(RUNS.drop("rank"))
    assert by_score.equals(feature_table(RUNS))


def test_runs_without_a_system_are_one_system() -> None:
    run = RUNS.filter(pl.col("system") == "a").drop("system")
    assert feature_table(run).columns == ["query", "item", "score(run)", "reciprocal_rank(run)"]


def test_ranks_that_start_at_zero_divide_nothing_by_zero() -> None:
    shifted = RUNS.with_columns(pl.col("rank") - 1)
    assert feature_table(shifted).equals(feature_table(RUNS))


def test_runs_without_rank_and_score_are_refused() -> None:
    with pytest.raises(InputError, match="rank or a score in every row"):
        feature_table(RUNS.drop("rank", "score"))


def test_users_named_in_text_meet_queries_named_in_numbers() -> None:
    as_text = PAST.with_columns(pl.col("user").cast(pl.String))
    assert feature_table(RUNS, as_text).equals(feature_table(RUNS, PAST))
