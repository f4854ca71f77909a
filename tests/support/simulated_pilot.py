"""Studies whose truth is known: two systems, queries whose true differences spread, annotators with leanings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

DISCOUNTS = 1 / np.log2(np.arange(2, 7))


@dataclass(frozen=True)
class Annotators:
    """How far annotators' grades are off: each one's own shift, their shift of a query, and what is left."""

    own: float = 0.3
    of_query: float = 0.2
    of_answer: float = 0.5


@dataclass(frozen=True)
class Study:
    """One study.

    Args:
        runs: Systems a and b.
        answers: Columns ``task, query, item, annotator, label``.
        differences: The measured difference of each query on DCG@5, reckoned apart from the library.
        true: The true difference of each query.
    """

    runs: pl.DataFrame
    answers: pl.DataFrame
    differences: np.ndarray
    true: np.ndarray

    @property
    def difference(self) -> float:
        """The measured mean difference."""
        return float(self.differences.mean())


def simulated_study(
    rng: np.random.Generator,
    queries: int,
    overlap: int,
    annotators: int,
    off: Annotators = Annotators(),
    *,
    ranked_by_b: int = 5,
) -> Study:
    """Return a study of two systems that share two items of the 5 that they rank; grades are far above 0.

    Where b ranks fewer, what an annotator adds to all grades is part of the difference.
    """
    of_a, of_b = np.arange(5), np.array([5, 0, 6, 1, 7])[:ranked_by_b]
    n_items = int(max(*of_a, *of_b)) + 1
    weights = np.zeros(n_items)
    weights[of_a] += DISCOUNTS
    weights[of_b] -= DISCOUNTS[:ranked_by_b]
    truth = 10 + rng.normal(0, 1, (queries, n_items))
    shifts = rng.normal(0, off.own, annotators)
    chosen = np.argsort(rng.random((queries, annotators)), axis=1)[:, :overlap]
    noise = (
        shifts[chosen][:, None, :]
        + rng.normal(0, off.of_query, (queries, 1, overlap))
        + rng.normal(0, off.of_answer, (queries, n_items, overlap))
    )
    labels = truth[:, :, None] + noise
    measured = labels.mean(axis=2) @ weights
    q, i, m = (
        axis.ravel() for axis in np.meshgrid(range(queries), range(n_items), range(overlap), indexing="ij")
    )
    answers = pl.DataFrame(
        {
            "task": q * n_items + i,
            "query": q,
            "item": i,
            "annotator": chosen[q, m],
            "label": labels.ravel().astype(str),
        }
    )
    ranked = [
        pl.DataFrame(
            {
                "system": name,
                "query": np.repeat(np.arange(queries), len(items)),
                "item": np.tile(items, queries),
                "rank": np.tile(np.arange(1, len(items) + 1), queries),
            }
        )
        for name, items in (("a", of_a), ("b", of_b))
    ]
    return Study(pl.concat(ranked), answers, measured, truth @ weights)
