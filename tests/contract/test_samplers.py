"""What every sampler does, today's and tomorrow's."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from interaction_strategies import run_tables

from palate.core.frames import read_table
from palate.core.tables import GRADED_TASKS, PAIR_TASKS
from palate.sampling import samplers

every_sampler = pytest.mark.parametrize("name", samplers.names())


@every_sampler
@given(runs=run_tables(min_systems=2))
@settings(max_examples=40, deadline=None)
def test_tasks_are_valid_and_distinct(name: str, runs: pl.DataFrame) -> None:
    tasks = samplers.create(name).sample(runs, 5)
    table = PAIR_TASKS if "left" in tasks.columns else GRADED_TASKS
    assert read_table(tasks, table).equals(tasks)
    assert tasks["inclusion"].is_between(0, 1, closed="right").all()
    assert not tasks.select([c.name for c in table.columns][1:-1]).is_duplicated().any()


@every_sampler
@given(runs=run_tables(min_systems=2))
@settings(max_examples=40, deadline=None)
def test_same_seed_same_tasks_whatever_the_order_of_rows(name: str, runs: pl.DataFrame) -> None:
    sampler = samplers.create(name)
    shuffled = runs.sample(fraction=1.0, shuffle=True, seed=1)
    assert sampler.sample(runs, 5).equals(sampler.sample(shuffled, 5))


@every_sampler
@given(runs=run_tables(min_systems=2))
@settings(max_examples=40, deadline=None)
def test_tasks_ask_only_about_what_the_runs_hold(name: str, runs: pl.DataFrame) -> None:
    tasks = samplers.create(name).sample(runs)
    systems = set(runs.select("query", "system").rows())
    for task in tasks.to_dicts():
        if "left" in task:
            assert task["left"] != task["right"]
            assert {(task["query"], task["left"]), (task["query"], task["right"])} <= systems
        else:
            assert (task["query"], task["item"]) in set(runs.select("query", "item").rows())
