from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from palate.core.errors import SettingsError
from palate.sampling import Uniform

RUNS = pl.DataFrame(
    {
        "system": ["a"] * 20 + ["b"] * 20,
        "query": [i // 5 for i in range(20)] * 2,
        "item": [f"i{i}" for i in range(10, 30)] + [f"i{i}" for i in range(15, 35)],
        "rank": [1 + i % 5 for i in range(20)] * 2,
    }
)
DISTINCT = RUNS.select("query", "item").n_unique()


def test_horvitz_thompson_total_is_unbiased() -> None:
    worth = {
        pair: 1.0 + 3.0 * (i % 7 == 0)
        for i, pair in enumerate(sorted(RUNS.select("query", "item").unique().rows()))
    }
    totals = []
    for seed in range(400):
        tasks = Uniform(count=9).sample(RUNS, seed)
        totals.append(sum(worth[query, item] / p for _, query, item, p in tasks.rows()))
    error = np.std(totals, ddof=1) / np.sqrt(len(totals))
    assert error > 0
    assert abs(np.mean(totals) - sum(worth.values())) < 3 * error


def test_every_pair_is_drawn_as_often_as_its_inclusion_says() -> None:
    drawn = pl.concat([Uniform(share=0.25).sample(RUNS, seed) for seed in range(400)])
    inclusion = drawn["inclusion"][0]
    counts = drawn.group_by("query", "item").len()["len"].cast(pl.Int64).to_numpy()
    assert len(counts) == DISTINCT
    spread = np.sqrt(400 * inclusion * (1 - inclusion))
    assert np.abs(counts - 400 * inclusion).max() < 4.5 * spread


@pytest.mark.parametrize(
    ("sampler", "taken"),
    [
        (Uniform(), DISTINCT),
        (Uniform(count=7), 7),
        (Uniform(count=10_000), DISTINCT),
        (Uniform(share=1e-9), 1),
        (Uniform(share=1.0), DISTINCT),
    ],
)
def test_takes_that_many_and_says_so(sampler: Uniform, taken: int) -> None:
    tasks = sampler.sample(RUNS)
    assert len(tasks) == taken
    assert tasks["inclusion"].unique().to_list() == [taken / DISTINCT]


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"count": 0}, "'count' must be at least 1; it is 0"),
        ({"share": 0.0}, "'share' must be above 0"),
        ({"share": 1.5}, "'share' must be above 0"),
        ({"count": 5, "share": 0.5}, "not both"),
    ],
)
def test_impossible_settings_are_refused(settings: dict[str, float], text: str) -> None:
    with pytest.raises(SettingsError, match=text):
        Uniform(**settings)
