"""Small random answers that are sets of labels, and made-up crowds that give them."""

from __future__ import annotations

import numpy as np
import polars as pl
from hypothesis import strategies as st

__all__ = ["plain_masi", "set_tables", "tagging_crowd"]


@st.composite
def set_tables(draw: st.DrawFn, *, n_labels: int = 4, max_rows: int = 20) -> pl.DataFrame:
    """Sets that up to five annotators gave to up to five tasks, in any order, some of them empty."""
    labels = st.sets(st.sampled_from("pqrstuvwxyz"[:n_labels])).map(sorted)
    row = st.tuples(st.integers(1, 5), st.sampled_from("abcde"), labels)
    rows = draw(st.lists(row, min_size=1, max_size=max_rows, unique_by=lambda r: r[:2]))
    schema = {"task": pl.Int64, "annotator": pl.String, "labels": pl.List(pl.String)}
    return pl.DataFrame(rows, schema=schema, orient="row")


def plain_masi(first: set, second: set) -> float:
    """Return the similarity of two sets, by its definition in words."""
    if first == second:
        return 1.0
    share = len(first & second) / len(first | second)
    return share * (2 / 3 if first <= second or second <= first else 1 / 3)


def tagging_crowd(
    seed: int, *, n_tasks: int = 100, n_labels: int = 5, overlap: int = 5
) -> tuple[pl.DataFrame, list[set[str]]]:
    """Return answers of eight annotators, half of whom mistake a third of the labels, and the true sets."""
    rng = np.random.default_rng(seed)
    truth = rng.random((n_tasks, n_labels)) < 0.35
    wrong = np.repeat([0.05, 0.33], 4)
    rows = []
    for task in range(n_tasks):
        for annotator in rng.permutation(8)[:overlap].tolist():
            held = truth[task] ^ (rng.random(n_labels) < wrong[annotator])
            rows.append((task, annotator, [f"tag {i}" for i in np.flatnonzero(held)]))
    schema = {"task": pl.Int64, "annotator": pl.Int64, "labels": pl.List(pl.String)}
    true_sets = [{f"tag {i}" for i in np.flatnonzero(row)} for row in truth]
    return pl.DataFrame(rows, schema=schema, orient="row"), true_sets
