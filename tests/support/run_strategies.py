"""Small random runs of one or several systems, as tables."""

from __future__ import annotations

import polars as pl
from hypothesis import strategies as st

__all__ = ["run_tables"]


@st.composite
def run_tables(draw: st.DrawFn, *, systems: int = 2) -> pl.DataFrame:
    """Runs of so many systems at least, up to two queries and six items; scores are quarters, so that ties are common."""
    rows = []
    for system in "abcd"[: draw(st.integers(systems, max(systems, 3)))]:
        for query in range(draw(st.integers(1, 2))):
            items = draw(st.lists(st.sampled_from("uvwxyz"), min_size=1, max_size=6, unique=True))
            rows += [(system, query, item, draw(st.integers(0, 12)) / 4) for item in items]
    shuffled = draw(st.permutations(rows))
    return pl.DataFrame(shuffled, schema=["system", "query", "item", "score"], orient="row")
