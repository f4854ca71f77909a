"""What every aggregator of comparisons does, today's and tomorrow's."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from answer_strategies import comparison_tables
from hypothesis import given, settings

from palate.aggregation.pairs import PairAggregator, pair_aggregators
from palate.core.errors import InputError

every_aggregator = pytest.mark.parametrize("name", pair_aggregators.names())


def _aggregator(name: str) -> PairAggregator:
    return pair_aggregators.create(name)


def _comparisons(seed: int, n_ids: int = 6, n_comparisons: int = 200) -> pl.DataFrame:
    """Everything met everything; a lower number is better."""
    rng = np.random.default_rng(seed)
    left = rng.integers(0, n_ids, n_comparisons)
    right = (left + rng.integers(1, n_ids, n_comparisons)) % n_ids
    won = rng.random(n_comparisons) < 1 / (1 + np.exp(left - right))
    label = np.where(rng.random(n_comparisons) < 0.15, "tie", np.where(won, "left", "right"))
    return pl.DataFrame({"left": left, "right": right, "label": label})


@every_aggregator
@settings(max_examples=30, deadline=None)
@given(comparisons=comparison_tables())
def test_everything_compared_is_ranked_once(name: str, comparisons: pl.DataFrame) -> None:
    result = _aggregator(name).aggregate(comparisons)
    scores = result.scores
    assert scores.columns[:5] == ["item", "score", "rank", "comparisons", "win_share"]
    assert sorted(scores["item"]) == sorted({*comparisons["left"], *comparisons["right"]})
    assert np.isfinite(scores["score"].to_numpy()).all()
    assert scores["comparisons"].sum() == 2 * len(comparisons)
    assert scores["win_share"].is_between(0, 1).all()
    groups = scores.partition_by("component") if "component" in scores.columns else [scores]
    for group in groups:
        assert group["score"].is_sorted(descending=True) or np.diff(group["score"]).max() < 1e-8
        assert group["rank"].is_sorted()
        assert group["rank"][0] == 1


@every_aggregator
@settings(max_examples=30, deadline=None)
@given(comparisons=comparison_tables())
def test_both_sides_of_a_pair_add_up(name: str, comparisons: pl.DataFrame) -> None:
    wins = _aggregator(name).aggregate(comparisons).wins
    assert wins.columns[:7] == ["item", "other", "comparisons", "wins", "ties", "win_share", "probability"]
    turned = wins.select(item="other", other="item", theirs="probability", their_wins="wins")
    both = wins.join(turned, on=["item", "other"], how="inner")
    assert len(both) == len(wins)
    np.testing.assert_allclose(both["probability"] + both["theirs"], 1)
    assert (both["wins"] + both["their_wins"] + both["ties"] == both["comparisons"]).all()
    assert wins["probability"].is_between(0, 1).all()


@every_aggregator
@settings(max_examples=30, deadline=None)
@given(comparisons=comparison_tables())
def test_order_of_rows_does_not_show(name: str, comparisons: pl.DataFrame) -> None:
    if _aggregator(name).depends_on_order:
        pytest.skip("the order is part of the method")
    first = _aggregator(name).aggregate(comparisons)
    again = _aggregator(name).aggregate(comparisons.sample(fraction=1, shuffle=True, seed=1))
    assert first.scores.equals(again.scores)
    assert first.wins.equals(again.wins)


@every_aggregator
def test_names_do_not_matter(name: str) -> None:
    comparisons = _comparisons(1)
    renamed = comparisons.with_columns(pl.format("thing {}", 9 - pl.col("left", "right")).name.keep())
    first, again = (_aggregator(name).aggregate(table).scores for table in (comparisons, renamed))
    assert again["item"].to_list() == [f"thing {9 - i}" for i in first["item"]]
    np.testing.assert_allclose(first["score"], again["score"], atol=1e-8)


@every_aggregator
def test_the_better_is_ranked_higher(name: str) -> None:
    found = _aggregator(name).aggregate(_comparisons(2, n_ids=4, n_comparisons=800)).scores
    assert found["item"].to_list() == [0, 1, 2, 3]
    assert found["rank"].to_list() == [1, 2, 3, 4]
    if "low" in found.columns:
        assert (found["low"] <= found["score"]).all()
        assert (found["score"] <= found["high"]).all()


@every_aggregator
def test_more_comparisons_are_narrower_intervals(name: str) -> None:
    few, many = (_aggregator(name).aggregate(_comparisons(3, n_comparisons=n)).scores for n in (200, 5000))
    if "low" not in few.columns:
        pytest.skip("gives no intervals")
    assert (many["high"] - many["low"]).max() < (few["high"] - few["low"]).min()


@every_aggregator
@pytest.mark.parametrize("label", ["left", "right", "tie", "A"])
def test_one_comparison_is_enough(name: str, label: str) -> None:
    table = pl.DataFrame({"left": ["A"], "right": ["B"], "label": [label]})
    scores = dict(_aggregator(name).aggregate(table).scores.select("item", "score").iter_rows())
    assert np.isfinite(list(scores.values())).all()
    ahead = scores["A"] - scores["B"]
    assert {"right": ahead < 0, "tie": abs(ahead) < 1e-9}.get(label, ahead > 0)


@every_aggregator
@pytest.mark.parametrize("kind", [pl.DataFrame, pd.DataFrame, pa.table])
def test_the_same_kind_of_dataframe_comes_out(name: str, kind) -> None:
    frame = kind(_comparisons(4).to_dict(as_series=False))
    found = _aggregator(name).aggregate(frame)
    assert type(found.scores) is type(frame)
    assert type(found.wins) is type(frame)


@every_aggregator
def test_the_table_that_goes_in_stays_as_it_is(name: str) -> None:
    frame = _comparisons(5).to_pandas()
    before = frame.copy(deep=True)
    _aggregator(name).aggregate(frame)
    pd.testing.assert_frame_equal(frame, before)


@every_aggregator
@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"left": [], "right": [], "label": []}, "comparisons: The table is empty"),
        ({"left": ["a"], "label": ["left"]}, "comparisons: Comparisons need the column 'right'"),
        (
            {"left": ["a", None], "right": ["b", "b"], "label": ["left", "tie"]},
            "row 2, column 'left': .*missing",
        ),
        ({"left": ["a", "b"], "right": ["b", "b"], "label": ["left", "tie"]}, "row 2.*compared with itself"),
    ],
    ids=["empty", "one side", "null", "itself"],
)
def test_unusable_comparisons_are_refused_and_the_row_named(name: str, columns: dict, says: str) -> None:
    for table in (pl.DataFrame(columns), pd.DataFrame(columns)):
        with pytest.raises(InputError, match=says):
            _aggregator(name).aggregate(table)


@every_aggregator
def test_the_result_carries_its_settings(name: str) -> None:
    method = _aggregator(name)
    told = []
    result = method.aggregate(_comparisons(0), progress=lambda done, total: told.append((done, total)))
    assert result.settings == method
    assert result.converged
    assert told
    assert all(0 <= done <= total for done, total in told)
