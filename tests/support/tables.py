"""Strategies for the tables that cross Palate's public boundaries, as polars frames."""

from __future__ import annotations

import polars as pl
from hypothesis import strategies as st

TEXT_IDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=6)
"""Any text a file can hold: letters of all scripts, quotes, commas, spaces, leading zeros."""
NUMBER_IDS = st.integers(-(2**63), 2**63 - 1)
PLAIN_IDS = st.from_regex(r"[a-z0-9]{1,4}", fullmatch=True)
"""Ids that every format can hold, TREC's lines included."""
IDS = st.one_of(TEXT_IDS, NUMBER_IDS)
FINITE = st.floats(-1e12, 1e12, allow_nan=False)


def frames(
    key: dict[str, st.SearchStrategy], rest: dict[str, st.SearchStrategy], *, max_rows: int = 12
) -> st.SearchStrategy[pl.DataFrame]:
    """Frames of at least one row in which no two rows share the values of ``key``."""
    names = [*key, *rest]
    row = st.fixed_dictionaries({**key, **rest})
    rows = st.lists(row, min_size=1, max_size=max_rows, unique_by=lambda r: tuple(r[name] for name in key))
    return rows.map(lambda found: pl.DataFrame(found).select(names))


def answers(ids: st.SearchStrategy = PLAIN_IDS, labels: st.SearchStrategy = PLAIN_IDS) -> st.SearchStrategy:
    """Answers with ``task, annotator, label, seconds``."""
    return frames({"task": ids, "annotator": ids}, {"label": labels, "seconds": st.floats(0, 1e6)})


def runs(ids: st.SearchStrategy = PLAIN_IDS) -> st.SearchStrategy:
    """Runs with ``system, query, item, score``."""
    return frames({"system": PLAIN_IDS, "query": ids, "item": ids}, {"score": FINITE})


def judgments(ids: st.SearchStrategy = PLAIN_IDS) -> st.SearchStrategy:
    """Judgments with ``query, item, grade``; grades are whole, as qrels have them."""
    return frames({"query": ids, "item": ids}, {"grade": st.integers(-1, 4).map(float)})
