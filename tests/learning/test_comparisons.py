"""Learning from what people preferred: items and lists."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest

from palate.core.errors import InputError, SettingsError
from palate.learning import (
    LambdaMART,
    LearningData,
    Preferences,
    RankNet,
    cross_fit,
    learn,
    preference_values,
    rerank,
)
from palate.learning._preferences import code_preferences, likelihood, preference_gradients

PAIRS = pl.DataFrame({"query": [1, 1, 1, 2, 2], "item": ["x", "y", "z", "x", "y"]})


def _table(rows: list[tuple], **more: list) -> pl.DataFrame:
    table = pl.DataFrame(rows, schema=["query", "left", "right", "label"], orient="row")
    return table.with_columns(**{name: pl.Series(values) for name, values in more.items()})


def test_labels_become_what_speaks_for_each_side() -> None:
    table = _table(
        [(1, "x", "y", "left"), (1, "x", "y", "y"), (2, "x", "y", "tie"), (1, "z", "x", "right")],
        probability=[0.9, 0.7, 0.6, None],
    )
    found, left_out = code_preferences(PAIRS, table)
    assert left_out == 0
    assert found.left.tolist() == pytest.approx([0.9, 0.3, 0.5, 0.0])
    assert found.right.tolist() == pytest.approx([0.1, 0.7, 0.5, 1.0])
    by_comparison = [
        dict(zip(found.rows[a:b].tolist(), found.sides[a:b].tolist(), strict=True))
        for a, b in zip(found.offsets, found.offsets[1:], strict=False)
    ]
    assert by_comparison == [{0: 1.0, 1: -1.0}, {0: 1.0, 1: -1.0}, {3: 1.0, 4: -1.0}, {2: 1.0, 0: -1.0}]


def test_comparisons_of_what_is_not_there_are_counted() -> None:
    table = _table(
        [(1, "x", "none", "left"), (3, "x", "y", "left"), (1, "x", "x", "tie"), (1, "y", "z", "left")]
    )
    found, left_out = code_preferences(PAIRS, table)
    assert left_out == 3
    assert sorted(found.rows.tolist()) == [1, 2]
    assert found.offsets.tolist() == [0, 2]


def test_lists_are_compared_by_the_places_of_their_items() -> None:
    lists = pl.DataFrame(
        {
            "system": ["a", "a", "a", "b", "b", "b"],
            "query": [1] * 6,
            "item": ["x", "y", "z", "y", "x", "z"],
            "rank": [1, 2, 3, 1, 2, 3],
        }
    )
    found, _ = code_preferences(PAIRS, _table([(1, "a", "b", "left")]), lists)
    gap = 1.0 - 1.0 / math.log2(3)
    assert dict(zip(found.rows.tolist(), found.sides.tolist(), strict=True)) == pytest.approx(
        {0: gap, 1: -gap}
    )


def test_gradients_are_the_derivatives_of_the_loss() -> None:
    rng = np.random.default_rng(0)
    data = LearningData(np.zeros((7, 1)), np.full(7, -1, np.int32), np.array([4, 3]), ("f",))
    found = Preferences(
        np.array([0, 1, 1, 2, 3, 4, 6]),
        np.array([1.0, -1.0, 0.6, 0.4, -0.8, -1.0, 1.0]),
        np.array([0, 2, 5, 7]),
        np.array([0.9, 0.5, 0.2]),
        np.array([0.1, 0.5, 0.8]),
    )

    def loss(scores: np.ndarray) -> float:
        total = 0.0
        for comparison, (a, b) in enumerate(zip(found.offsets, found.offsets[1:], strict=False)):
            ahead = sum(found.sides[part] * scores[found.rows[part]] for part in range(a, b))
            each = found.left[comparison] * math.log(1 + math.exp(-ahead))
            each += found.right[comparison] * math.log(1 + math.exp(ahead))
            total += each / (4 if comparison < 2 else 3)
        return total

    scores = rng.normal(size=7)
    first, second = preference_gradients(found, data)(scores)
    for row in range(7):
        step = np.eye(7)[row] * 1e-4
        up, here, down = loss(scores + step), loss(scores), loss(scores - step)
        assert first[row] == pytest.approx((up - down) / 2e-4, abs=1e-7)
        assert second[row] == pytest.approx((up - 2 * here + down) / 1e-8, abs=1e-5)


def test_likelihood_is_the_mean_log_loss_with_its_sign_turned() -> None:
    found, _ = code_preferences(PAIRS, _table([(1, "x", "y", "left"), (2, "x", "y", "tie")]))
    scores = np.array([1.0, 0.0, 5.0, 2.0, 2.0])
    assert likelihood(found, scores) == pytest.approx(-(math.log(1 + math.exp(-1)) + math.log(2)) / 2)


@pytest.fixture(scope="module")
def compared() -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Return features, true judgments, and comparisons that follow the second feature's Bradley–Terry model."""
    rng = np.random.default_rng(1)
    features = pl.DataFrame(
        {"query": np.repeat(np.arange(60), 8), "item": np.tile(np.arange(8), 60)}
    ).with_columns(noise=pl.Series(rng.normal(size=480)), worth=pl.Series(rng.normal(size=480)))
    worth = features["worth"].to_numpy().reshape(60, 8)
    rows = []
    for query in range(60):
        for _ in range(12):
            left, right = rng.choice(8, 2, replace=False).tolist()
            wins = rng.random() < 1 / (1 + math.exp(-3 * (worth[query, left] - worth[query, right])))
            rows.append((query, left, right, "left" if wins else "right"))
    judgments = features.select("query", "item", grade=(pl.col("worth") > 0).cast(pl.Int64))
    return features, judgments, _table(rows)


def _order(runs: pl.DataFrame, features: pl.DataFrame) -> float:
    """Return the mean over queries of Spearman's correlation of score and worth."""
    both = (
        runs.join(features, on=["query", "item"])
        .group_by("query")
        .agg(pl.corr("score", "worth", method="spearman").alias("rho"))
    )
    return float(both["rho"].mean())  # type: ignore[arg-type]


def test_what_people_preferred_is_learned_without_any_grade(compared: tuple[pl.DataFrame, ...]) -> None:
    features, _, comparisons = compared
    fit = cross_fit(RankNet(), features, None, comparisons=comparisons)
    assert (fit.judged_rows, fit.comparisons) == (0, 720)
    assert _order(fit.runs, features) > 0.85
    assert fit.ranker.importance()["worth"] > 0.9


def test_probable_labels_outweigh_improbable_ones(compared: tuple[pl.DataFrame, ...]) -> None:
    features, _, comparisons = compared
    turned = pl.when(pl.col("label") == "left").then(pl.lit("right")).otherwise(pl.lit("left"))
    third = pl.int_range(pl.len()) % 3 > 0
    wrong = comparisons.with_columns(label=pl.when(third).then(turned).otherwise(pl.col("label")))
    known = wrong.with_columns(probability=pl.when(third).then(0.1).otherwise(0.9))
    assert _order(cross_fit(RankNet(), features, None, comparisons=wrong).runs, features) < 0
    assert _order(cross_fit(RankNet(), features, None, comparisons=known).runs, features) > 0.8
    ignored = cross_fit(RankNet(confidence="ignore"), features, None, comparisons=known)
    assert _order(ignored.runs, features) > 0.8  # 0.1 for the left is decided for the right


def test_grades_and_comparisons_teach_together(compared: tuple[pl.DataFrame, ...]) -> None:
    features, judgments, comparisons = compared
    some = judgments.filter(pl.col("query") < 30)
    fit = cross_fit(RankNet(), features, some, comparisons=comparisons.filter(pl.col("query") >= 30))
    assert (fit.judged_rows, fit.comparisons) == (240, 360)
    assert _order(fit.runs, features) > 0.8


def test_stopping_early_goes_by_held_out_comparisons(compared: tuple[pl.DataFrame, ...]) -> None:
    features, _, comparisons = compared
    fitted = learn(
        RankNet(patience=10, trees=400, learning_rate=0.5), features, None, comparisons=comparisons
    )
    assert fitted.trees[0] < 400  # type: ignore[attr-defined]
    assert _order(rerank(fitted, features), features) > 0.8


def test_lists_teach_which_items_belong_on_top(compared: tuple[pl.DataFrame, ...]) -> None:
    features, _, _ = compared
    rng = np.random.default_rng(3)
    lists = pl.concat(
        features.select("query", "item", key=pl.Series(rng.random(len(features))))
        .with_columns(system=pl.lit(system), rank=pl.col("key").rank("ordinal").over("query").cast(pl.Int64))
        .drop("key")
        for system in ("a", "b", "c", "d")
    )
    worth = lists.join(features, on=["query", "item"]).with_columns(
        gain=pl.col("worth") / (1 + pl.col("rank")).log(2)
    )
    value = {
        (system, query): total
        for system, query, total in worth.group_by("system", "query").agg(pl.col("gain").sum()).iter_rows()
    }
    rows = [
        (query, one, other, "left" if value[one, query] > value[other, query] else "right")
        for query in range(60)
        for one, other in (("a", "b"), ("c", "d"), ("a", "c"), ("b", "d"))
    ]
    fit = cross_fit(RankNet(), features, None, comparisons=_table(rows), lists=lists)
    assert _order(fit.runs, features) > 0.7


def test_values_say_how_often_the_preferred_comes_first() -> None:
    runs = pl.DataFrame(
        {
            "system": ["a", "a", "a", "b"],
            "query": [1, 1, 2, 1],
            "item": ["x", "y", "y", "y"],
            "rank": [1, 2, 1, 1],
        }
    )
    table = _table(
        [(1, "x", "y", "left"), (1, "y", "z", "right"), (2, "x", "z", "left"), (2, "x", "y", "tie")]
    )
    found = preference_values(runs, table).sort("system", "query")
    assert found.rows() == [
        ("a", "1", "preferred first", 0.5),
        ("a", "2", "preferred first", 0.5),
        ("b", "1", "preferred first", 0.0),
        ("b", "2", "preferred first", 0.5),
    ]
    with pytest.raises(InputError, match="ties"):
        preference_values(runs, table.with_columns(label=pl.lit("tie")))


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (_table([(1, "x", "y", "both")]), "row 1, column 'label'.*left, right or tie"),
        (_table([(1, "x", "y", "left")], probability=[1.5]), "from 0 to 1; it is 1.5"),
        (_table([(1, "x", "y", "left")]).drop("query"), "column 'query'"),
        (_table([(9, "x", "y", "left")]), "No comparison is of items in the features"),
    ],
)
def test_bad_comparisons_are_refused(table: pl.DataFrame, message: str) -> None:
    with pytest.raises(InputError, match=message):
        code_preferences(PAIRS, table)


def test_lists_need_ranks_or_scores() -> None:
    with pytest.raises(InputError, match="rank or a score"):
        code_preferences(PAIRS, _table([(1, "a", "b", "left")]), PAIRS)


def test_rankers_that_take_none_and_nothing_at_all_are_refused(compared: tuple[pl.DataFrame, ...]) -> None:
    features, judgments, comparisons = compared
    with pytest.raises(SettingsError, match="LambdaMART does not learn from comparisons"):
        cross_fit(LambdaMART(), features, judgments, comparisons=comparisons)
    with pytest.raises(InputError, match="nothing to learn from"):
        cross_fit(RankNet(), features, None)
    more = pl.concat([comparisons, _table([(0, 0, 99, "left")])])
    fit = cross_fit(RankNet(trees=1), features, None, comparisons=more)
    assert "1 of 721 comparisons teach nothing" in fit.notes[0]
