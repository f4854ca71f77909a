"""What every way to interleave takes and returns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from palate.core.errors import InputError
from palate.core.randomness import Seed, generator
from palate.core.settings import check_counts

__all__ = ["Interleaved", "Interleaver"]


@dataclass(frozen=True)
class Interleaved:
    """One list made of two rankings.

    Args:
        items: In the order in which they are shown.
        credits: What a click on each of them adds to system A less system B, such as 1 or −1.
    """

    items: tuple[Hashable, ...]
    credits: tuple[float, ...]


@dataclass(frozen=True)
class Interleaver(ABC):
    """Settings of one way to mix two rankings into one list.

    Whatever the rankings are, a user who clicks on ranks without looking at the items gives neither system more
    credit than the other in the long run.
    """

    @abstractmethod
    def draw(
        self, a: Sequence[Hashable], b: Sequence[Hashable], length: int, rng: np.random.Generator
    ) -> Interleaved:
        """Return a list drawn at random; ``a`` and ``b`` hold at least one item, none twice."""

    def draw_several(
        self, a: Sequence[Hashable], b: Sequence[Hashable], length: int, lists: int, rng: np.random.Generator
    ) -> list[Interleaved]:
        """Return that many lists drawn at random, each as :meth:`draw` would, together as even as may be."""
        return [self.interleave(a, b, length, rng) for _ in range(lists)]

    def interleave(
        self, ranking_a: Sequence[Hashable], ranking_b: Sequence[Hashable], length: int = 10, seed: Seed = 0
    ) -> Interleaved:
        """Return one list made of both rankings.

        Draw a new list for every impression: give each impression's number as the seed, or a generator.

        Args:
            ranking_a: System A's items, best first.
            ranking_b: System B's items for the same query.
            length: How many items are shown; fewer if both rankings hold fewer.
            seed: For the draws.

        Raises:
            InputError: A ranking is empty or holds an item twice.
            SettingsError: ``length`` is below 1.
        """
        check_counts(length=length)
        for name, ranking in (("A", ranking_a), ("B", ranking_b)):
            if not len(ranking):
                raise InputError(f"The ranking of system {name} is empty; nothing can be interleaved.")
            if len(set(ranking)) < len(ranking):
                twice = next(item for i, item in enumerate(ranking) if item in ranking[:i])
                raise InputError(f"The ranking of system {name} holds the item {twice!r} more than once.")
        return self.draw(ranking_a, ranking_b, length, generator(seed, "interleave"))
