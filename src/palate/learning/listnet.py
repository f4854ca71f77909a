"""Learn to rank by the probability that each item comes first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from palate.learning._boosting import check_grades
from palate.learning._draws import drawn_grades
from palate.learning._nets import Loss, Net
from palate.learning.base import FloatArray, LearningData

__all__ = ["ListNet", "first_shares"]

_HIGHEST_GRADE = 100
"""exp(100) times the rows of a query is far from the largest double."""


@dataclass(frozen=True)
class ListNet(Net):
    """A net on ListNet's top-one loss: listwise (Cao and others, 2007, equation 5), by torch (extra ``deep``).

    Of a query, the loss is the cross entropy −Σ φ ln ρ between the softmax φ of the grades and the softmax ρ of the scores.
    It is linear in φ, so where judgments have a posterior its expectation is the loss with the expected φ, which is the mean
    over 200 draws of the grades.
    """

    def _loss(self, data: LearningData, seed: int, torch: Any) -> Loss:
        check_grades(data, "ListNet", _HIGHEST_GRADE, "Map them to few grades, 0 for the worst.")
        target = torch.tensor(first_shares(data, seed))
        queries, count = torch.tensor(data.queries), len(data.group_sizes)
        place = torch.tensor(_places(data))
        longest = int(data.group_sizes.max())

        def loss(scores: Any) -> Any:
            padded = torch.full((count, longest), -torch.inf, dtype=torch.float64)
            padded = padded.index_put((queries, place), scores)
            return -(target * (scores - torch.logsumexp(padded, 1)[queries])).sum() / count

        return loss


def first_shares(data: LearningData, seed: int) -> FloatArray:
    """Return the expected softmax of each query's grades, shape (n_rows,)."""
    starts = np.cumsum(data.group_sizes) - data.group_sizes
    total, draws = np.zeros(len(data.grades)), 0
    for grades in drawn_grades(data, seed, 200):
        powers = np.exp(grades)
        total += powers / np.repeat(np.add.reduceat(powers, starts), data.group_sizes)
        draws += 1
    return total / draws


def _places(data: LearningData) -> Any:
    starts = np.cumsum(data.group_sizes) - data.group_sizes
    return np.arange(len(data.grades)) - np.repeat(starts, data.group_sizes)
