from __future__ import annotations

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from palate.sampling._tasks import graded_tasks, pair_tasks

_IDS = st.text(alphabet="a-%2D5", max_size=4)


@given(pairs=st.sets(st.tuples(_IDS, _IDS), min_size=1, max_size=60))
@settings(max_examples=100, deadline=None)
def test_graded_names_are_as_distinct_as_what_they_ask(pairs: set[tuple[str, str]]) -> None:
    asked = pl.DataFrame(sorted(pairs), schema={"query": pl.String, "item": pl.String}, orient="row")
    assert graded_tasks(asked, 0.5)["task"].n_unique() == len(pairs)


@given(triples=st.sets(st.tuples(_IDS, _IDS, _IDS), min_size=1, max_size=60))
@settings(max_examples=100, deadline=None)
def test_pair_names_are_as_distinct_as_what_they_ask(triples: set[tuple[str, str, str]]) -> None:
    columns = {"query": pl.String, "left": pl.String, "right": pl.String}
    asked = pl.DataFrame(sorted(triples), schema=columns, orient="row")
    assert pair_tasks(asked, 0.5)["task"].n_unique() == len(triples)


def test_plain_ids_stay_readable() -> None:
    tasks = graded_tasks(pl.DataFrame({"query": [12], "item": ["FT911-3"]}), 0.25)
    assert tasks.rows() == [("g-12-FT911-3", 12, "FT911-3", 0.25)]
