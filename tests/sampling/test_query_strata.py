from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from palate.core.errors import InputError, SettingsError
from palate.sampling import sample_by_traffic

QUERIES = pl.DataFrame(
    {"query": [f"q{i:02}" for i in range(40)], "traffic": [100.0, 60.0, 40.0, *[10.0] * 20, *[200 / 17] * 17]}
)


def _sizes(found: pl.DataFrame) -> dict[int, float]:
    """Return how many of each stratum are drawn on average."""
    return {key[0]: part["inclusion"][0] for key, part in found.group_by("stratum")}


def test_strata_share_the_traffic() -> None:
    found = sample_by_traffic(QUERIES, 40, allocation="traffic")
    sums = found.group_by("stratum").agg(pl.col("traffic").sum(), pl.len()).sort("stratum")
    assert sums["traffic"].to_list() == pytest.approx([200.0, 200.0, 200.0])
    assert sums["len"].to_list() == [3, 17, 20]
    assert (found["inclusion"] == 1).all()


@pytest.mark.parametrize(
    ("allocation", "expected"),
    [
        # One each, 9 more: by 3, 17, 20 queries; by 200, 200, 200, where the head has room for 2; by equal roots, alike.
        ("proportional", [(1 + 9 * 3 / 40) / 3, (1 + 9 * 17 / 40) / 17, (1 + 9 * 20 / 40) / 20]),
        ("traffic", [3 / 3, 4.5 / 17, 4.5 / 20]),
        ("sqrt", [3 / 3, 4.5 / 17, 4.5 / 20]),
        ("neyman", None),
    ],
)
def test_allocation_says_how_many_of_each_stratum(allocation: str, expected: list[float] | None) -> None:
    found = pl.concat(
        [sample_by_traffic(QUERIES, 12, allocation=allocation, seed=seed) for seed in range(20)]
    )
    sizes = _sizes(found)
    if expected is None:
        weights = [np.sqrt(3 * (100**2 + 60**2 + 40**2)), 200.0, 200.0]
        rest = 9 * np.array(weights) / sum(weights)
        assert rest[0] > 2  # more than the head has beyond its one
        expected = [1.0, 4.5 / 17, 4.5 / 20]
    assert [sizes[1], sizes[2], sizes[3]] == pytest.approx(expected)


def test_neyman_counts_how_far_values_scatter() -> None:
    tail = pl.DataFrame({"query": range(30), "traffic": [10.0] * 10 + [5.0] * 20})
    spread = tail.with_columns(spread=pl.when(pl.col("query") < 10).then(1.0).otherwise(3.0))
    found = sample_by_traffic(spread, 10, shares=[0.5, 0.5])
    # 10 · 10 · 1 against 20 · 5 · 3: a quarter and three quarters of the 8 beyond one each.
    assert _sizes(found) == pytest.approx({1: 3 / 10, 2: 7 / 20})


def test_every_query_is_drawn_as_often_as_its_inclusion_says() -> None:
    drawn = pl.concat([sample_by_traffic(QUERIES, 12, allocation="sqrt", seed=seed) for seed in range(400)])
    counts = drawn.group_by("query", "inclusion").len()
    assert len(counts) == 40
    inclusion, share = counts["inclusion"].to_numpy(), counts["len"].to_numpy() / 400
    assert (np.abs(share - inclusion) <= 4.5 * np.sqrt(inclusion * (1 - inclusion) / 400) + 1e-12).all()
    assert drawn["query"][:12].to_list() == sorted(drawn["query"][:12])


def test_traffic_weighted_mean_is_unbiased_up_to_its_denominator() -> None:
    """The Horvitz–Thompson estimate of all traffic is right on average."""
    totals = []
    for seed in range(300):
        found = sample_by_traffic(QUERIES, 9, allocation="proportional", seed=seed)
        totals.append((found["traffic"] / found["inclusion"]).sum())
    error = np.std(totals, ddof=1) / np.sqrt(300)
    assert abs(np.mean(totals) - 600) < 4 * error


def test_order_of_rows_and_kind_of_dataframe_do_not_matter() -> None:
    shuffled = QUERIES.sample(fraction=1, shuffle=True, seed=1)
    assert sample_by_traffic(QUERIES, 9, seed=4).equals(sample_by_traffic(shuffled, 9, seed=4))
    assert type(sample_by_traffic(QUERIES.to_pandas(), 9)).__module__.startswith("pandas")


def test_one_busy_query_leaves_no_empty_stratum() -> None:
    queries = pl.DataFrame({"query": ["head", "b", "c"], "traffic": [1000.0, 1.0, 1.0]})
    found = sample_by_traffic(queries, 2)
    assert set(found["stratum"]) == {1, 2}


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"count": 2}, "3 strata need at least 3 queries"),
        ({"count": 0}, "'count' must be at least 1"),
        ({"count": 9, "allocation": "even"}, "'allocation' must be one of"),
        ({"count": 9, "shares": [0.5, 0.4]}, "add up to 1"),
    ],
)
def test_impossible_settings_are_refused(settings: dict[str, object], text: str) -> None:
    with pytest.raises(SettingsError, match=text):
        sample_by_traffic(QUERIES, **settings)


def test_traffic_of_zero_is_refused() -> None:
    with pytest.raises(InputError, match="above 0"):
        sample_by_traffic(QUERIES.with_columns(traffic=0.0), 9)
    with pytest.raises(InputError, match="more than a number can hold"):
        sample_by_traffic(QUERIES.with_columns(traffic=1e308), 9)
