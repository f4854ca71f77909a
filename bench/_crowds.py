"""Answers and comparisons by invented crowds, the same ones every time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

OVERLAP, LABELS = 5, 4


def answers(n_answers: int) -> pl.DataFrame:
    """Return answers in random order: 5 a task, 4 labels, the square root of the answers in annotators.

    Few annotators give most of the answers: their activity falls as one over their rank.
    """
    rng = np.random.default_rng(7)
    n_tasks, n_annotators = n_answers // OVERLAP, int(n_answers**0.5)
    activity = np.arange(1, n_annotators + 1) ** -1.0
    pages = np.log(activity) + rng.gumbel(size=(min(n_tasks, 20_000), n_annotators))
    crews = np.argsort(pages, axis=1)[:, -OVERLAP:]
    annotators = crews[np.arange(n_tasks) % len(crews)].ravel()
    truth = np.repeat(rng.integers(0, LABELS, n_tasks), OVERLAP)
    right = rng.random(len(truth)) < rng.beta(7, 3, n_annotators)[annotators]
    labels = np.where(right, truth, rng.integers(0, LABELS, len(truth)))
    tasks = np.repeat(np.arange(n_tasks), OVERLAP)
    frame = pl.DataFrame({"task": tasks, "annotator": annotators, "label": labels})
    return frame.sample(fraction=1.0, shuffle=True, seed=7)


def comparisons(n_comparisons: int, n_items: int, *, ties: bool = True) -> pl.DataFrame:
    """Return comparisons of items whose true scores are normal, a tenth of them ties, by as many annotators as above."""
    rng = np.random.default_rng(7)
    scores = rng.normal(size=n_items)
    left = rng.integers(0, n_items, n_comparisons)
    right = (left + rng.integers(1, n_items, n_comparisons)) % n_items
    won = rng.random(n_comparisons) < 1 / (1 + np.exp(scores[right] - scores[left]))
    tied = (rng.random(n_comparisons) < 0.1) & ties
    label = np.where(tied, "tie", np.where(won, "left", "right"))
    annotator = rng.integers(0, int(n_comparisons**0.5), n_comparisons)
    return pl.DataFrame({"left": left, "right": right, "label": label, "annotator": annotator})


def write_crowd(folder: Path, n_rows: int, n_items: int = 0, *, ties: bool = True) -> Path:
    """Write answers, or comparisons of so many items, as Parquet and CSV unless they are there; return the CSV file."""
    path = folder / f"{n_rows}-{n_items}-{ties}.csv"
    if not path.exists():
        frame = comparisons(n_rows, n_items, ties=ties) if n_items else answers(n_rows)
        frame.write_parquet(path.with_suffix(".parquet"))
        frame.write_csv(path)
    return path
