"""Small random rankings that people gave, as tables."""

from __future__ import annotations

import polars as pl
from hypothesis import strategies as st

__all__ = ["ranked_tables", "rows_of"]


@st.composite
def ranked_tables(draw: st.DrawFn, *, ties: bool = False) -> pl.DataFrame:
    """Rankings of some of up to five items by up to six annotators for up to two tasks, in any order.

    The first annotator ranks two items at least, so that there is something to aggregate.
    """
    rankings = []
    for task in range(draw(st.integers(1, 2))):
        for annotator in range(draw(st.integers(1, 6))):
            least = 2 if task == annotator == 0 else 1
            items = draw(st.lists(st.sampled_from("vwxyz"), min_size=least, max_size=5, unique=True))
            steps = st.integers(0, 1) if ties else st.just(1)
            ranks = [1]
            for position in range(1, len(items)):
                ranks.append(ranks[-1] + (1 if position == 1 and least == 2 else draw(steps)))
            rankings.append((f"task {task}", annotator, list(zip(items, ranks, strict=True))))
    rows = rows_of(rankings)
    return draw(
        st.permutations(rows.rows()).map(lambda found: pl.DataFrame(found, rows.schema, orient="row"))
    )


def rows_of(rankings: list[tuple[object, object, list[tuple[object, int]]]]) -> pl.DataFrame:
    """Return a row for each (task, annotator, [(item, rank), …])."""
    rows = [(task, annotator, *place) for task, annotator, places in rankings for place in places]
    return pl.DataFrame(rows, schema=["task", "annotator", "item", "rank"], orient="row")
