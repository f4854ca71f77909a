"""What every diversification does, today's and tomorrow's."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from run_strategies import run_tables

from palate.recommend.diversify import diversifiers, diversify_run

every_diversifier = pytest.mark.parametrize("name", diversifiers.names())

_KINDS = pl.DataFrame(
    {"item": ["u", "v", "w", "x", "y", "y"], "category": ["one", "one", "one", "two", "two", "three"]}
)
_PAST = pl.DataFrame({"user": [0, 0, 7], "item": ["u", "x", "y"]})


@every_diversifier
@given(runs=run_tables(systems=1), cutoff=st.integers(1, 6))
@settings(max_examples=15, deadline=None)
def test_items_are_the_runs_own_each_once(name: str, runs: pl.DataFrame, cutoff: int) -> None:
    runs = pl.concat(
        [runs, pl.DataFrame({"system": "e", "query": 0, "item": "u", "score": 1.0})], how="vertical_relaxed"
    )
    found = diversify_run(runs, _KINDS, name, past=_PAST, cutoff=cutoff).runs
    for (system, query), rows in found.group_by("system", "query"):
        own = runs.filter(system=system.removesuffix(f"+{name}"), query=query)
        assert set(rows["item"]) <= set(own["item"])
        assert rows["item"].n_unique() == len(rows) == min(cutoff, len(own))
        assert rows["rank"].to_list() == list(range(1, len(rows) + 1))


@every_diversifier
@given(runs=run_tables(systems=1))
@settings(max_examples=15, deadline=None)
def test_without_diversity_nothing_moves(name: str, runs: pl.DataFrame) -> None:
    runs = pl.concat(
        [runs, pl.DataFrame({"system": "e", "query": 0, "item": "u", "score": 1.0})], how="vertical_relaxed"
    )
    method = diversifiers.create(name, {"diversity": 0.0})
    found = diversify_run(runs, _KINDS, method, past=_PAST)
    assert (found.runs["rank"] == found.runs["rank_before"]).all()
    assert found.moved == 0


@every_diversifier
@given(runs=run_tables(systems=1))
@settings(max_examples=15, deadline=None)
def test_order_of_rows_does_not_matter(name: str, runs: pl.DataFrame) -> None:
    runs = pl.concat(
        [runs, pl.DataFrame({"system": "e", "query": 0, "item": "u", "score": 1.0})], how="vertical_relaxed"
    )
    shuffled = runs.sample(fraction=1.0, shuffle=True, seed=1)
    first = diversify_run(runs, _KINDS, name, past=_PAST, cutoff=3).runs
    assert first.equals(diversify_run(shuffled, _KINDS.reverse(), name, past=_PAST.reverse(), cutoff=3).runs)
