"""Learn to rank by the probability of the whole ranking that the grades give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from palate.core.errors import SettingsError
from palate.core.randomness import generator
from palate.learning._boosting import check_grades
from palate.learning._draws import drawn_grades
from palate.learning._nets import Loss, Net
from palate.learning.base import IntArray, LearningData

__all__ = ["ListMLE", "drawn_orders"]

_NOTHING = -1e30
"""A score whose exponential is 0: that of what fills a query up to the longest."""


@dataclass(frozen=True)
class ListMLE(Net):
    """A net on the likelihood of rankings: listwise (Xia and others, 2008, equation 7), by torch (extra ``deep``).

    The loss is −ln of the Plackett–Luce probability of a query's items in the order of their grades. Grades have ties,
    which say nothing of an order: the loss is the mean over ``orders`` rankings with ties broken by chance. Where judgments
    have a posterior, each of these has its own draw of the grades.

    Args:
        orders: Rankings drawn for each query.
    """

    orders: int = 10

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.orders < 1:
            raise SettingsError(f"'orders' must be at least 1; it is {self.orders}.")

    def _loss(self, data: LearningData, seed: int, torch: Any) -> Loss:
        check_grades(data, "ListMLE", None, "Map them to grades from 0 for the worst.")
        sizes = data.group_sizes
        longest, count = int(sizes.max()), len(sizes)
        filled = np.arange(longest) < sizes[:, None]
        place = np.zeros((self.orders, count, longest), dtype=np.int64)
        for number, order in enumerate(drawn_orders(data, seed, self.orders)):
            place[number][filled] = order
        rows, there = torch.tensor(place), torch.tensor(filled)

        def loss(scores: Any) -> Any:
            ordered = torch.where(there, scores[rows], _NOTHING)
            # ln of the sum of the exponentials from each place to the last.
            rest = torch.logcumsumexp(ordered.flip(-1), -1).flip(-1)
            return torch.where(there, rest - ordered, 0.0).sum() / (count * self.orders)

        return loss


def drawn_orders(data: LearningData, seed: int, count: int) -> list[IntArray]:
    """Return ``count`` orders of all rows: query by query, the best first, ties broken by chance."""
    rng = generator(seed, "learn", "ties")
    draws = list(drawn_grades(data, seed, count))
    grades = (draws[number % len(draws)] for number in range(count))
    return [np.lexsort((rng.random(len(each)), -each, data.queries)) for each in grades]
