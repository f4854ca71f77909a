"""Small random answers that are numbers, and made-up crowds that give them."""

from __future__ import annotations

import numpy as np
import polars as pl
from hypothesis import strategies as st

__all__ = ["measuring_crowd", "number_tables"]


@st.composite
def number_tables(draw: st.DrawFn, *, max_rows: int = 25) -> pl.DataFrame:
    """Numbers that up to five annotators gave for up to six tasks, in any order, some of them equal."""
    row = st.tuples(st.integers(1, 6), st.sampled_from("abcde"), st.integers(-20, 20).map(lambda x: x / 4))
    rows = draw(st.lists(row, min_size=1, max_size=max_rows, unique_by=lambda r: r[:2]))
    return pl.DataFrame(rows, schema=["task", "annotator", "value"], orient="row")


def measuring_crowd(
    seed: int, *, n_tasks: int = 80, n_annotators: int = 20, overlap: int = 5, bias: float = 1.0
) -> tuple[pl.DataFrame, np.ndarray, np.ndarray, np.ndarray]:
    """Return answers of annotators with bias and spread of their own, the truth, and these two."""
    rng = np.random.default_rng(seed)
    truth = 50 + 4 * rng.standard_normal(n_tasks)
    biases, spreads = bias * rng.standard_normal(n_annotators), rng.uniform(0.3, 3.0, n_annotators)
    crews = np.array([rng.permutation(n_annotators)[:overlap] for _ in range(n_tasks)])
    values = truth[:, None] + biases[crews] + spreads[crews] * rng.standard_normal(crews.shape)
    answers = pl.DataFrame(
        {"task": np.repeat(np.arange(n_tasks), overlap), "annotator": crews.ravel(), "value": values.ravel()}
    )
    return answers, truth, biases, spreads
