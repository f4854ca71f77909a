"""Small random interactions and runs, for tests of recommenders, samplers and rankers."""

from __future__ import annotations

import polars as pl
from hypothesis import strategies as st

_USERS = ["ann", "bob", "cleo", "dan", "eve"]


@st.composite
def interaction_tables(draw: st.DrawFn, *, max_rows: int = 40, with_timestamps: bool = True) -> pl.DataFrame:
    """Interactions with repeated (user, item), equal values and equal times."""
    rows = draw(
        st.lists(
            st.tuples(
                st.sampled_from(_USERS),
                st.integers(1, 9),
                st.integers(0, 12),
                st.sampled_from([0.1, 0.5, 1.0, 2.5, 3.3, 5.0]),
            ),
            min_size=1,
            max_size=max_rows,
        )
    )
    frame = pl.DataFrame(
        rows,
        schema={"user": pl.String, "item": pl.Int64, "timestamp": pl.Float64, "value": pl.Float64},
        orient="row",
    )
    return frame if with_timestamps else frame.drop("timestamp")


def items_of(table: pl.DataFrame) -> pl.DataFrame:
    """Return an items table for interactions: texts that overlap, and one item without any."""
    items = table["item"].unique().sort()
    words = [None if item % 9 == 4 else f"red {'wine ' * (item % 3)}no {item % 4}" for item in items]
    return pl.DataFrame({"item": items, "title": pl.Series(words, dtype=pl.String)})


@st.composite
def run_tables(draw: st.DrawFn, *, min_systems: int = 1, min_items: int = 1) -> pl.DataFrame:
    """Checked runs: two to four systems, each ranking some of some queries' items, at least ``min_items``."""
    rows = []
    systems = [f"s-{i}" for i in range(draw(st.integers(min_systems, 4)))]
    for query in draw(st.lists(st.sampled_from(["q", "q-1", "1-q%", "%", "-"]), min_size=1, unique=True)):
        for system in systems:
            items = st.sampled_from(["i", "-i", "1-i", "%2D", "j"])
            ranking = draw(st.lists(items, min_size=min_items, unique=True))
            rows += [(system, query, item, rank, -float(rank)) for rank, item in enumerate(ranking, 1)]
    return pl.DataFrame(
        rows,
        schema={
            "system": pl.String,
            "query": pl.String,
            "item": pl.String,
            "rank": pl.Int64,
            "score": pl.Float64,
        },
        orient="row",
    )
