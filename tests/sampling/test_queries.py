from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from palate.core.errors import InputError, SettingsError
from palate.sampling import sample_queries


def test_each_query_is_drawn_as_often_as_its_inclusion_says() -> None:
    queries = pl.Series([3, 1, 2, 2, 5, 4, 8, 6, 7, 7])
    draws = [sample_queries(queries, 3, seed) for seed in range(800)]
    assert {inclusion for _, inclusion in draws} == {3 / 8}
    counts = pl.concat([drawn for drawn, _ in draws]).value_counts()["count"].cast(pl.Int64).to_numpy()
    assert len(counts) == 8
    assert np.abs(counts - 300).max() < 4 * np.sqrt(800 * 3 / 8 * 5 / 8)


def test_drawn_queries_are_distinct_sorted_and_of_their_own_type() -> None:
    drawn, _ = sample_queries(pl.Series("q", ["b", "a", "c", "b"]), 2, 1)
    assert drawn.dtype == pl.String
    assert drawn.to_list() == sorted(set(drawn))
    assert len(drawn) == 2


def test_order_and_repetition_of_rows_do_not_matter() -> None:
    first, _ = sample_queries(pl.Series([1, 2, 3, 4, 5]), 2, 9)
    second, _ = sample_queries(pl.Series([5, 4, 4, 3, 2, 1]), 2, 9)
    assert first.equals(second)


def test_all_are_taken_where_there_are_no_more() -> None:
    drawn, inclusion = sample_queries(pl.Series([2, 1]), 100)
    assert drawn.to_list() == [1, 2]
    assert inclusion == 1.0


def test_no_queries_and_no_count_are_refused() -> None:
    with pytest.raises(InputError, match="no queries"):
        sample_queries(pl.Series([], dtype=pl.String), 1)
    with pytest.raises(SettingsError, match="at least 1; it is 0"):
        sample_queries(pl.Series([1]), 0)
