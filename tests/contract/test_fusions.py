"""What every fusion of runs does, today's and tomorrow's."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from run_strategies import run_tables

from palate.core.errors import InputError
from palate.measures import evaluate
from palate.recommend.fusion import fuse_runs, fusions

every_fusion = pytest.mark.parametrize("name", fusions.names())


@every_fusion
@given(runs=run_tables())
@settings(max_examples=15, deadline=None)
def test_each_ranked_pair_is_ranked_once_by_falling_scores(name: str, runs: pl.DataFrame) -> None:
    found = fuse_runs(runs, name).runs
    assert found.columns == ["system", "query", "item", "rank", "score"]
    assert set(found.select("query", "item").rows()) == set(runs.select("query", "item").rows())
    for _, rows in found.group_by("query"):
        assert rows["rank"].to_list() == list(range(1, len(rows) + 1))
        assert rows["item"].n_unique() == len(rows)
        assert np.isfinite(rows["score"].to_numpy()).all()
        assert (np.diff(rows["score"].to_numpy()) <= 0).all()


@every_fusion
@given(runs=run_tables())
@settings(max_examples=15, deadline=None)
def test_order_of_rows_does_not_matter(name: str, runs: pl.DataFrame) -> None:
    shuffled = runs.sample(fraction=1.0, shuffle=True, seed=1)
    assert fuse_runs(runs, name).runs.equals(fuse_runs(shuffled, name).runs)


@every_fusion
@given(runs=run_tables())
@settings(max_examples=15, deadline=None)
def test_what_all_put_first_alone_is_first(name: str, runs: pl.DataFrame) -> None:
    best = runs.select("system", "query").unique().with_columns(item=pl.lit("best"), score=pl.lit(99.0))
    every = best.select("query").unique().join(runs.select("system").unique(), how="cross")
    best = every.join(best.select("query", "item", "score").unique(), on="query").select(runs.columns)
    found = fuse_runs(pl.concat([runs, best]), name).runs
    assert set(found.filter(pl.col("rank") == 1)["item"]) == {"best"}


@every_fusion
@given(runs=run_tables())
@settings(max_examples=15, deadline=None)
def test_ranks_are_those_that_evaluation_sees(name: str, runs: pl.DataFrame) -> None:
    found = fuse_runs(runs, name).runs
    for rank in (1, 2):
        grades = found.filter(pl.col("rank") == rank).select("query", "item", grade=pl.lit(1))
        if grades["query"].n_unique() == found["query"].n_unique():
            values = evaluate(found, grades, ["RR"], resamples=39).per_query
            assert values["value"].to_list() == pytest.approx([1 / rank] * len(grades))


@every_fusion
def test_one_system_is_refused(name: str) -> None:
    runs = pl.DataFrame({"system": "a", "query": [1], "item": ["x"], "score": [1.0]})
    with pytest.raises(InputError, match="at least two systems.*there is one: 'a'"):
        fuse_runs(runs, name)


@every_fusion
def test_scores_are_asked_for_only_where_needed(name: str) -> None:
    runs = pl.DataFrame({"system": ["a", "b"], "query": 1, "item": ["x", "y"], "rank": [1, 1]})
    if fusions.get(name).needs_scores:
        with pytest.raises(InputError, match="needs the scores of all systems; 'a', 'b'"):
            fuse_runs(runs, name)
    else:
        assert set(fuse_runs(runs, name).runs["item"]) == {"x", "y"}
