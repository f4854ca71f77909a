"""What features add to scores: Shapley's values by their definition, over all subsets of features."""

from __future__ import annotations

import itertools
import math

import numpy as np
import polars as pl
import pytest

from palate.learning import LearningData, contributions_of, learn, rankers

TREES = ["lambdamart", "ordinal", "ranknet", "regression", "xendcg"]


def _data(seed: int = 1) -> LearningData:
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(300, 3))
    features[rng.random(300) < 0.2, 2] = np.nan
    grades = np.digitize(features[:, 1] + 0.5 * np.nan_to_num(features[:, 2]), [-0.5, 0.7]).astype(np.int32)
    return LearningData(features, grades, np.full(30, 10), ("a", "b", "c"))


@pytest.mark.parametrize("name", [name for name in TREES if name != "ordinal"])
def test_contributions_add_up_to_the_score(name: str) -> None:
    data = _data()
    fitted = rankers.create(name, {"trees": 30, "min_rows": 5}).fit(data)
    found = fitted.contributions(data.features)
    assert found is not None
    assert found.shape == (300, 4)
    assert found.sum(axis=1) == pytest.approx(fitted.score(data.features), abs=1e-12)


def test_contributions_of_ordinal_add_up_to_log_odds_times_steps() -> None:
    data = _data()
    fitted = rankers.create("ordinal", {"trees": 30, "min_rows": 5}).fit(data)
    found = fitted.contributions(data.features)
    assert found is not None
    raw = [booster.predict(data.features, raw_score=True) for booster in fitted.boosters]  # type: ignore[attr-defined]
    assert found.sum(axis=1) == pytest.approx(np.sum(raw, axis=0), abs=1e-12)


def _expected_by_path(node: dict, row: np.ndarray, known: set[int]) -> float:
    """Return a tree's value where only some features are known: the others' branches by their rows' shares."""
    if "leaf_value" in node:
        return node["leaf_value"]
    left, right = node["left_child"], node["right_child"]
    feature = node["split_feature"]
    if feature in known:
        value = row[feature]
        goes_left = node["default_left"] if np.isnan(value) else value <= node["threshold"]
        return _expected_by_path(left if goes_left else right, row, known)
    counts = [child.get("internal_count", child.get("leaf_count")) for child in (left, right)]
    values = [_expected_by_path(child, row, known) for child in (left, right)]
    return float(np.average(values, weights=counts))


def test_contributions_are_shapleys_values() -> None:
    data = _data()
    fitted = rankers.create("regression", {"trees": 5, "min_rows": 10, "leaves": 6}).fit(data)
    [booster] = fitted.boosters  # type: ignore[attr-defined]
    trees = [tree["tree_structure"] for tree in booster.dump_model()["tree_info"]]
    row = data.features[np.isfinite(data.features).all(axis=1)][7]

    def worth(known: tuple[int, ...]) -> float:
        return sum(_expected_by_path(tree, row, set(known)) for tree in trees)

    for feature in range(3):
        others = [f for f in range(3) if f != feature]
        value = 0.0
        for size in range(3):
            share = math.factorial(size) * math.factorial(2 - size) / math.factorial(3)
            for subset in itertools.combinations(others, size):
                value += share * (worth((*subset, feature)) - worth(subset))
        found = fitted.contributions(row[None])
        assert found is not None
        assert found[0, feature] == pytest.approx(value, abs=1e-9)


def test_the_most_important_feature_comes_first_and_rows_stand_by_their_values() -> None:
    data = _data()
    table = pl.DataFrame(data.features, schema=["a", "b", "c"]).with_columns(
        query=pl.Series(data.queries), item=pl.int_range(pl.len())
    )
    table = table.with_columns(pl.col("c").fill_nan(None))
    judgments = table.select("query", "item", grade=pl.Series(data.grades))
    fitted = learn(rankers.create("lambdamart"), table, judgments)
    found = contributions_of(fitted, table)
    assert found is not None
    assert found.features[0] == "b"
    assert list(found.mean) == sorted(found.mean, reverse=True)
    assert found.table.columns == ["feature", "mean_contribution"]
    column = found.places[:, found.features.index("b")]
    assert sorted(column) == pytest.approx(np.arange(300) / 299)
    missing = np.isnan(found.places[:, found.features.index("c")])
    assert missing.sum() == np.isnan(data.features[:, 2]).sum()
    few = contributions_of(fitted, table, rows=50, seed=3)
    assert few is not None
    assert few.values.shape == (50, 3)


def test_equal_values_stand_at_their_middle() -> None:
    table = pl.DataFrame({"query": 0, "item": range(4), "a": [1.0, 1.0, 1.0, 5.0]})
    judgments = table.select("query", "item", grade=pl.Series([0, 0, 1, 1]))
    found = contributions_of(learn(rankers.create("regression"), table, judgments), table)
    assert found is not None
    assert found.places[:, 0].tolist() == pytest.approx([1 / 3, 1 / 3, 1 / 3, 1.0])
