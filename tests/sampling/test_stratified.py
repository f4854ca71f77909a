from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from palate.core.errors import SettingsError
from palate.sampling import Stratified


def _runs(n_queries: int = 2) -> pl.DataFrame:
    """System b has a's first five items at ranks 6 to 10, and five of its own before."""
    rows = []
    for query in range(n_queries):
        rows += [("a", query, f"i{i}", i + 1) for i in range(10)]
        rows += [("b", query, f"j{i}", i + 1) for i in range(5)] + [
            ("b", query, f"i{i}", i + 6) for i in range(5)
        ]
    return pl.DataFrame(rows, schema=["system", "query", "item", "rank"], orient="row")


def test_strata_by_rank_are_of_the_best_rank() -> None:
    frame = Stratified(strata=[2, 5]).frame(_runs(1))
    strata = dict(frame.select("item", "stratum").rows())
    expected = {"i0": 1, "i1": 1, "i2": 2, "i4": 2, "i5": 3, "i9": 3, "j0": 1, "j4": 2}
    assert {item: strata[item] for item in expected} == expected
    assert (frame["inclusion"] == 1).all()


def test_strata_by_agreement_are_of_the_number_of_systems() -> None:
    frame = Stratified(by="agreement", shares=[0.2, 1.0]).frame(_runs(1))
    rows = dict(frame.select("item", "inclusion").rows())
    assert rows["i0"] == 1.0
    assert rows["i7"] == rows["j2"] == 0.2


@pytest.mark.parametrize(
    ("allocation", "expected"), [("equal", [2.0, 2.0, 2.0]), ("proportional", [1.6, 2.4, 2.0])]
)
def test_tasks_are_divided_among_strata(allocation: str, expected: list[float]) -> None:
    sampler = Stratified(count=12, strata=[2, 5], allocation=allocation)
    sums = (
        sampler.frame(_runs(2))
        .group_by("query", "stratum")
        .agg(pl.col("inclusion").sum())
        .sort("query", "stratum")
    )
    assert sums["inclusion"].to_numpy() == pytest.approx(expected * 2)


def test_every_item_is_drawn_as_often_as_its_inclusion_says() -> None:
    sampler = Stratified(count=9, strata=[2, 5])
    drawn = pl.concat([sampler.sample(_runs(), seed) for seed in range(400)])
    counts = drawn.group_by("query", "item", "inclusion").len()
    assert len(counts) == 30
    inclusion, share = counts["inclusion"].to_numpy(), counts["len"].to_numpy() / 400
    assert (np.abs(share - inclusion) <= 4.5 * np.sqrt(inclusion * (1 - inclusion) / 400)).all()
    assert drawn.columns == ["task", "query", "item", "inclusion", "stratum"]


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"strata": [5, 5]}, "'strata' must be whole numbers from 1, rising"),
        ({"strata": 7}, "'strata' must be whole numbers"),
        ({"shares": [0.5, 0.0]}, "'shares' must be numbers above 0"),
        ({"shares": [0.5], "count": 5}, "not both"),
    ],
)
def test_impossible_settings_are_refused(settings: dict[str, object], text: str) -> None:
    with pytest.raises(SettingsError, match=text):
        Stratified(**settings)


def test_wrong_number_of_shares_is_refused() -> None:
    with pytest.raises(SettingsError, match="one number for each of the 2 strata; it has 3"):
        Stratified(strata=[3], shares=[1.0, 0.5, 0.1]).frame(_runs())
