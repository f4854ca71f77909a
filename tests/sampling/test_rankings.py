from __future__ import annotations

import polars as pl
import pytest

from palate.core.errors import InputError
from palate.sampling._rankings import with_ranks


def test_runs_with_ranks_stay_as_they_are() -> None:
    runs = pl.DataFrame({"system": ["s"], "query": [1], "item": ["a"], "rank": [0], "score": [1.0]})
    assert with_ranks(runs).equals(runs)


def test_rows_without_a_rank_are_ranked_by_score_then_item_downwards() -> None:
    runs = pl.DataFrame(
        {
            "system": ["s", "s", "s", "t"],
            "query": [1, 1, 1, 1],
            "item": ["a", "c", "b", "a"],
            "rank": [None, None, None, 7],
            "score": [0.5, 0.5, 0.9, None],
        }
    )
    assert with_ranks(runs)["rank"].to_list() == [3, 2, 1, 7]


@pytest.mark.parametrize("columns", [{"score": [None]}, {}])
def test_row_with_neither_is_refused(columns: dict[str, list[None]]) -> None:
    runs = pl.DataFrame(
        {"system": ["s"], "query": [1], "item": ["a"], **columns}, schema_overrides={"score": pl.Float64}
    )
    with pytest.raises(InputError, match="item a of query 1 of s has neither"):
        with_ranks(runs)
