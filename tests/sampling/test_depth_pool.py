from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from interaction_strategies import run_tables

from palate.core.errors import SettingsError
from palate.sampling import DepthPool


@given(runs=run_tables(), depth=st.integers(1, 4))
@settings(max_examples=60, deadline=None)
def test_takes_the_union_of_the_first_of_each_system(runs: pl.DataFrame, depth: int) -> None:
    expected = {(row["query"], row["item"]) for row in runs.to_dicts() if row["rank"] <= depth}
    tasks = DepthPool(depth).sample(runs)
    assert set(tasks.select("query", "item").rows()) == expected
    assert len(tasks) == len(expected)
    assert (tasks["inclusion"] == 1.0).all()


def test_ranks_from_zero_give_no_extra_item() -> None:
    runs = pl.DataFrame({"system": ["s"] * 3, "query": [1] * 3, "item": [5, 6, 7], "rank": [0, 1, 2]})
    assert DepthPool(2).sample(runs)["item"].to_list() == [5, 6]


def test_depth_below_one_is_refused() -> None:
    with pytest.raises(SettingsError, match="'depth' must be at least 1; it is 0"):
        DepthPool(0)
