"""What every sampler does, today's and tomorrow's."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from interaction_strategies import run_tables

from palate.core.errors import PalateError
from palate.core.frames import read_table
from palate.core.tables import GRADED_TASKS, PAIR_TASKS
from palate.sampling import FrameSampler, RoundSampler, samplers

every_sampler = pytest.mark.parametrize("name", samplers.names())
every_frame = pytest.mark.parametrize(
    "name", [name for name in samplers.names() if issubclass(samplers.get(name), FrameSampler)]
)
every_counted = pytest.mark.parametrize(
    "name", [name for name in samplers.names() if samplers.get(name).counted]
)


@every_sampler
@given(runs=run_tables(min_systems=2, min_items=2))
@settings(max_examples=20, deadline=None)
def test_tasks_are_valid_and_distinct(name: str, runs: pl.DataFrame) -> None:
    sampler = samplers.create(name)
    tasks = sampler.sample(runs, 5)
    table = PAIR_TASKS if "left" in tasks.columns else GRADED_TASKS
    assert read_table(tasks, table).equals(tasks)
    if isinstance(sampler, RoundSampler):
        assert "inclusion" not in tasks.columns
    else:
        assert tasks["inclusion"].is_between(0, 1, closed="right").all()
    assert not tasks.select([c.name for c in table.columns][1:-1]).is_duplicated().any()


@every_sampler
@given(runs=run_tables(min_systems=2, min_items=2))
@settings(max_examples=20, deadline=None)
def test_same_seed_same_tasks_whatever_the_order_of_rows(name: str, runs: pl.DataFrame) -> None:
    sampler = samplers.create(name)
    shuffled = runs.sample(fraction=1.0, shuffle=True, seed=1)
    assert sampler.sample(runs, 5).equals(sampler.sample(shuffled, 5))


@every_sampler
@given(runs=run_tables(min_systems=2, min_items=2))
@settings(max_examples=20, deadline=None)
def test_tasks_ask_only_about_what_the_runs_hold(name: str, runs: pl.DataFrame) -> None:
    tasks = samplers.create(name).sample(runs)
    items, systems = set(runs.select("query", "item").rows()), set(runs.select("query", "system").rows())
    for task in tasks.to_dicts():
        if "left" in task:
            assert task["left"] != task["right"]
            both = {(task["query"], task["left"]), (task["query"], task["right"])}
            assert both <= systems or both <= items
        else:
            assert (task["query"], task["item"]) in items


@every_frame
@given(runs=run_tables(min_systems=2, min_items=2))
@settings(max_examples=20, deadline=None)
def test_tasks_are_of_the_frame_and_have_its_inclusion(name: str, runs: pl.DataFrame) -> None:
    sampler = samplers.create(name, {"count": 3} if samplers.get(name).counted else {})
    frame, tasks = sampler.frame(runs), sampler.sample(runs, 1)
    assert not frame.select("query", "item").is_duplicated().any()
    assert len(tasks.join(frame, on=["query", "item", "inclusion"])) == len(tasks)
    assert abs(len(tasks) - frame["inclusion"].sum()) < 1 - 1e-9


@every_counted
@given(runs=run_tables(min_systems=2, min_items=2))
@settings(max_examples=20, deadline=None)
def test_counted_samplers_take_no_more_than_they_may(name: str, runs: pl.DataFrame) -> None:
    assert len(samplers.create(name, {str(samplers.get(name).counted): 3}).sample(runs)) <= 3


@every_counted
def test_count_below_one_is_refused(name: str) -> None:
    counted = str(samplers.get(name).counted)
    with pytest.raises(PalateError, match=f"'{counted}' must be at least 1"):
        samplers.create(name, {counted: 0})
