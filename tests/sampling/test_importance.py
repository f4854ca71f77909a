from __future__ import annotations

from math import log2

import numpy as np
import polars as pl
import pytest

from palate.core.errors import InputError, SettingsError
from palate.sampling import Importance


def _runs(**rankings: list[str]) -> pl.DataFrame:
    rows = [(s, 1, item, rank) for s, ranking in rankings.items() for rank, item in enumerate(ranking, 1)]
    return pl.DataFrame(rows, schema=["system", "query", "item", "rank"], orient="row")


def _inclusion(sampler: Importance, runs: pl.DataFrame) -> dict[str, float]:
    return dict(sampler.frame(runs).select("item", "inclusion").rows())


RUNS = _runs(a=["x", "y", "z"], b=["y", "x", "w"])


def test_inclusion_is_proportional_to_the_root_of_squared_discounts() -> None:
    found = _inclusion(Importance(count=1, cutoff=3, even_share=0.0), RUNS)
    first, second, third = 1.0, 1 / log2(3), 1 / 2
    weights = {"x": (first**2 + second**2) ** 0.5, "y": (first**2 + second**2) ** 0.5, "z": third, "w": third}
    assert found == pytest.approx({item: weight / sum(weights.values()) for item, weight in weights.items()})


def test_inclusion_for_differences_is_proportional_to_the_difference_of_discounts() -> None:
    sampler = Importance(count=1, cutoff=3, differences=True, even_share=0.0)
    gap, third = 1 - 1 / log2(3), 1 / 2
    total = 2 * gap + 2 * third
    expected = {"x": gap / total, "y": gap / total, "z": third / total, "w": third / total}
    assert _inclusion(sampler, RUNS) == pytest.approx(expected)


def test_differences_of_three_systems_count_every_pair() -> None:
    runs = _runs(a=["x", "y"], b=["x", "y"], c=["y", "x"])
    found = _inclusion(
        Importance(count=1, measure="RBP", p=0.5, cutoff=2, differences=True, even_share=0.0), runs
    )
    assert found == pytest.approx({"x": 0.5, "y": 0.5})  # both are 1 and 1/2 apart in two of three pairs
    same = _runs(a=["x", "y", "q"], b=["x", "q", "y"], c=["x", "y", "q"])
    assert "x" not in _inclusion(Importance(count=1, cutoff=3, differences=True, even_share=0.0), same)
    assert _inclusion(Importance(count=1, cutoff=3, differences=True), same)["x"] > 0


def test_even_share_reaches_items_below_the_cutoff() -> None:
    runs = _runs(a=["x", "y", "z", "w"])
    found = _inclusion(Importance(count=1, measure="P", cutoff=2, depth=4, even_share=0.5), runs)
    assert found == pytest.approx({"x": 0.375, "y": 0.375, "z": 0.125, "w": 0.125})


def test_query_in_which_nothing_differs_is_drawn_from_evenly_or_not_at_all() -> None:
    rows = [(s, q, i, r) for s, swap in (("a", 0), ("b", 1)) for q in (1, 2) for i, r in zip("xy", (2, 1) if swap * q == 2 else (1, 2), strict=True)]  # fmt: skip
    runs = pl.DataFrame(rows, schema=["system", "query", "item", "rank"], orient="row")
    even = Importance(count=2, cutoff=2, differences=True).frame(runs)
    assert even["inclusion"].to_list() == [0.5] * 4
    assert Importance(count=2, cutoff=2, differences=True, even_share=0.0).frame(runs)["query"].to_list() == [
        2,
        2,
    ]


def test_average_precision_weighs_a_rank_by_those_from_it_on() -> None:
    found = _inclusion(Importance(count=1, measure="AP", cutoff=2, even_share=0.0), _runs(a=["x", "y"]))
    assert found == pytest.approx({"x": 2.5 / 4, "y": 1.5 / 4})  # 1 + 1 + 1/2, and 1 + 1/2


def test_queries_get_the_same_number_or_all_they_have() -> None:
    rows = [("s", q, f"i{i}", i + 1) for q, n in ((1, 2), (2, 20), (3, 20)) for i in range(n)]
    runs = pl.DataFrame(rows, schema=["system", "query", "item", "rank"], orient="row")
    sums = (
        Importance(count=12, cutoff=20)
        .frame(runs)
        .group_by("query")
        .agg(pl.col("inclusion").sum())
        .sort("query")
    )
    assert sums["inclusion"].to_numpy() == pytest.approx([2, 5, 5])


def test_every_item_is_drawn_as_often_as_its_inclusion_says() -> None:
    rows = [
        (s, q, f"i{(i * m) % 11}", i + 1) for s, m in (("a", 1), ("b", 3)) for q in range(3) for i in range(8)
    ]
    runs = pl.DataFrame(rows, schema=["system", "query", "item", "rank"], orient="row")
    sampler = Importance(count=10, cutoff=8)
    drawn = pl.concat([sampler.sample(runs, seed) for seed in range(400)])
    counts = drawn.group_by("query", "item", "inclusion").len()
    assert len(counts) == len(sampler.frame(runs))
    inclusion, share = counts["inclusion"].to_numpy(), counts["len"].to_numpy() / 400
    assert (np.abs(share - inclusion) <= 4.5 * np.sqrt(inclusion * (1 - inclusion) / 400) + 1e-12).all()


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"depth": 5}, "'depth' must be at least the cutoff"),
        ({"p": 1.0}, "'p' must be between 0 and 1"),
        ({"even_share": 1.5}, "'even_share' must be from 0 to 1"),
        ({"cutoff": 0}, "'cutoff' must be at least 1"),
    ],
)
def test_impossible_settings_are_refused(settings: dict[str, float], text: str) -> None:
    with pytest.raises(SettingsError, match=text):
        Importance(**settings)


def test_one_system_or_equal_systems_have_no_differences() -> None:
    with pytest.raises(InputError, match="at least two systems"):
        Importance(differences=True).frame(_runs(a=["x"]))
    with pytest.raises(InputError, match="nothing tells them apart"):
        Importance(differences=True, even_share=0.0).frame(_runs(a=["x"], b=["x"]))
