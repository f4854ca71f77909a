"""Small random texts as answers, and a made-up crowd that mishears words."""

from __future__ import annotations

import numpy as np
import polars as pl
from hypothesis import strategies as st

__all__ = ["text_tables", "typing_crowd"]

WORDS = ["the", "cat", "sat", "on", "a", "mat"]


@st.composite
def text_tables(draw: st.DrawFn) -> pl.DataFrame:
    """Texts of up to five words by up to four annotators for up to three tasks, in any order."""
    text = st.lists(st.sampled_from(WORDS), max_size=5).map(" ".join)
    row = st.tuples(st.integers(1, 3), st.sampled_from("abcd"), text)
    rows = draw(st.lists(row, min_size=1, max_size=10, unique_by=lambda r: r[:2]))
    return pl.DataFrame(rows, schema=["task", "annotator", "text"], orient="row")


def typing_crowd(seed: int, errors: list[float], n_tasks: int = 30) -> tuple[pl.DataFrame, dict[int, str]]:
    """Return texts of annotators who get each word wrong, or leave it out, with their own probability."""
    rng = np.random.default_rng(seed)
    words = ["".join(rng.choice(list("abcdefghijklmnop"), 5)) for _ in range(60)]
    rows, truth = [], {}
    for task in range(n_tasks):
        said = rng.choice(words, 8).tolist()
        truth[task] = " ".join(said)
        for annotator, error in enumerate(errors):
            heard = [word if rng.random() > error else str(rng.choice(["", *words])) for word in said]
            rows.append((task, annotator, " ".join(word for word in heard if word)))
    return pl.DataFrame(rows, schema=["task", "annotator", "text"], orient="row"), truth
