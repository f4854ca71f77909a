"""Probabilistic interleaving: any item may be shown, the better ranked the likelier."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from palate.core.settings import check_positive
from palate.experiments.interleaving.base import Interleaved, Interleaver
from palate.inference.base import FloatArray

__all__ = ["Probabilistic"]


@dataclass(frozen=True)
class Probabilistic(Interleaver):
    """At each rank one system, drawn by lot, draws an item by a softmax over its ranks.

    Hofmann, Whiteson and de Rijke, A probabilistic method for inferring preferences from clicks, CIKM 2011:
    P(item) ∝ 1 / rank^τ among the items not yet shown. A click does not count for the system that happened to
    draw the item, but for both, as likely as each was to have drawn it: the mean over all ways in which the
    list could have come about. They take that mean of which system has more clicks; here it is of how many more,
    which adds up over clicks and users. Where one ranking has no items left, the other one fills the list, and
    these items count for nobody.

    Args:
        decay: The exponent τ: the higher, the closer lists stay to the rankings.

    >>> found = Probabilistic().interleave("ab", "ba", seed=3)
    >>> found.items, [round(x, 3) for x in found.credits]
    (('a', 'b'), [0.778, 0.0])
    """

    decay: float = 3.0

    def __post_init__(self) -> None:
        check_positive(decay=self.decay)

    def draw(
        self, a: Sequence[Hashable], b: Sequence[Hashable], length: int, rng: np.random.Generator
    ) -> Interleaved:
        """Return a list drawn at random."""
        items = list(dict.fromkeys([*a, *b]))
        weights = np.stack([self._weights(a, items), self._weights(b, items)])
        shown, credit = [], []
        for _ in range(min(length, len(items))):
            totals = weights.sum(axis=1)
            left = totals > 0
            chances = np.divide(weights, totals[:, np.newaxis], where=left[:, np.newaxis], out=0 * weights)
            drawn = int(rng.choice(len(items), p=chances[left].mean(axis=0)))
            of_a, of_b = chances[:, drawn]
            shown.append(items[drawn])
            credit.append(float((of_a - of_b) / (of_a + of_b)) if left.all() else 0.0)
            weights[:, drawn] = 0
        return Interleaved(tuple(shown), tuple(credit))

    def _weights(self, ranking: Sequence[Hashable], items: list[Hashable]) -> FloatArray:
        ranks = {item: rank for rank, item in enumerate(ranking, 1)}
        return np.array([ranks[i] ** -self.decay if i in ranks else 0.0 for i in items])
