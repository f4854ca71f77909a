"""Team draft: two captains take turns in picking players."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from palate.experiments.interleaving.base import Interleaved, Interleaver

__all__ = ["TeamDraft"]

_CREDITS = (1.0, -1.0)


@dataclass(frozen=True)
class TeamDraft(Interleaver):
    """In each round both systems, in an order drawn by lot, add their best item that is not yet in the list.

    A click counts for the system that added the item. Radlinski, Kurup and Joachims, CIKM 2008, algorithm 2. Where
    one ranking has no items left, the other one fills the list, and these items count for nobody: to give
    their clicks to the longer ranking would prefer it whatever people think.

    >>> TeamDraft().interleave("abc", "cad", length=3, seed=1)
    Interleaved(items=('a', 'c', 'd'), credits=(1.0, -1.0, -1.0))
    """

    def draw(
        self, a: Sequence[Hashable], b: Sequence[Hashable], length: int, rng: np.random.Generator
    ) -> Interleaved:
        """Return a list drawn at random."""
        items: dict[Hashable, float] = {}  # in the order of insertion
        while len(items) < length:
            best = [list(islice((i for i in ranking if i not in items), 2)) for ranking in (a, b)]
            if not any(best):
                break
            if not all(best):
                items[next(i for left in best for i in left)] = 0.0
                continue
            first = int(rng.integers(2))
            second = 1 - first
            # The second one's pick counts only if it would have had one in either order.
            fair = all(set(best[s]) - {best[1 - s][0]} for s in (0, 1))
            items[best[first][0]] = _CREDITS[first]
            pick = next((i for i in best[second] if i not in items), None)
            if pick is not None and len(items) < length:
                items[pick] = _CREDITS[second] if fair else 0.0
        return Interleaved(tuple(items), tuple(items.values()))

    def draw_several(
        self, a: Sequence[Hashable], b: Sequence[Hashable], length: int, lists: int, rng: np.random.Generator
    ) -> list[Interleaved]:
        """Return lists drawn at random with their mirror images, in which the other system starts every round."""
        drawn = []
        for seed in rng.integers(2**63, size=(lists + 1) // 2).tolist():
            drawn.append(self.interleave(a, b, length, np.random.default_rng(seed)))
            mirrored = self.interleave(b, a, length, np.random.default_rng(seed))
            drawn.append(Interleaved(mirrored.items, tuple(-credit for credit in mirrored.credits)))
        return drawn[:lists]
