"""Small random answers and comparisons, made-up crowds, and the real answers kept beside the project."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
from hypothesis import strategies as st
from requirements import require

__all__ = ["answer_tables", "comparison_tables", "crowd", "shared_answers"]

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"


@st.composite
def answer_tables(draw: st.DrawFn, *, max_rows: int = 30) -> pl.DataFrame:
    """Answers of up to five annotators to up to six tasks with up to four labels, in any order."""
    n_labels = draw(st.integers(1, 4))
    row = st.tuples(st.integers(1, 6), st.sampled_from("abcde"), st.integers(0, n_labels - 1))
    rows = draw(st.lists(row, min_size=1, max_size=max_rows, unique_by=lambda r: r[:2]))
    return pl.DataFrame(rows, schema=["task", "annotator", "label"], orient="row")


@st.composite
def comparison_tables(draw: st.DrawFn, *, max_rows: int = 30) -> pl.DataFrame:
    """Comparisons of two to six things, wins and ties, in any order."""
    n_ids = draw(st.integers(2, 6))
    pair = st.tuples(st.integers(0, n_ids - 1), st.integers(0, n_ids - 1)).filter(lambda p: p[0] != p[1])
    row = st.tuples(pair, st.sampled_from(["left", "right", "tie"]))
    rows = draw(st.lists(row, min_size=1, max_size=max_rows))
    return pl.DataFrame(
        [(f"item {left}", f"item {right}", label) for (left, right), label in rows],
        schema=["left", "right", "label"],
        orient="row",
    )


def crowd(
    seed: int, *, n_tasks: int = 60, n_annotators: int = 9, overlap: int = 5, n_labels: int = 3
) -> tuple[pl.DataFrame, np.ndarray, np.ndarray]:
    """Return answers of annotators who are right with their own probability, the truth, and these."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, n_labels, n_tasks)
    right = rng.uniform(0.55, 0.95, n_annotators)
    crews = np.array([rng.permutation(n_annotators)[:overlap] for _ in range(n_tasks)])
    knows = rng.random(crews.shape) < right[crews]
    guesses = (truth[:, None] + rng.integers(1, n_labels, crews.shape)) % n_labels
    answers = pl.DataFrame(
        {
            "task": np.repeat(np.arange(n_tasks), overlap),
            "annotator": crews.ravel(),
            "label": np.where(knows, truth[:, None], guesses).ravel(),
        }
    )
    return answers, truth, right


def shared_answers(name: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return real answers, the first of repeated ones, and the known labels; skip where they are not kept."""
    folder = SHARED / name
    require((folder / "answers.csv").exists(), f"needs {folder}, which is kept beside the project")
    answers = pl.read_csv(folder / "answers.csv")
    return (
        answers.unique(["task", "annotator"], keep="first", maintain_order=True),
        pl.read_csv(folder / "gold.csv"),
    )
