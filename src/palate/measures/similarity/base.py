"""What every measure of two rankings is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from palate.core.errors import InputError
from palate.measures._printed import Printed

__all__ = ["Correlation", "Ranking", "Similarity"]

Ranking = Sequence[Hashable]
"""Ids, best first: items of a run, or systems by the value of a measure."""


@dataclass(frozen=True)
class Similarity(Printed, ABC):
    """How alike two rankings are; see :class:`Printed` for what settings do."""

    needs_shared: ClassVar[int] = 0
    """How many ids both rankings must hold for a value."""

    def value(self, one: Ranking, other: Ranking) -> float:
        """Return how alike the rankings are; 1 is the same.

        Args:
            one: Ids, best first, each once.
            other: Likewise; measures that are not symmetric take it for the right one.

        Raises:
            InputError: An id is repeated, a ranking is empty, or both share too few ids.
        """
        for ranking in (one, other):
            _refuse_unusable(ranking)
        shared = len(set(one) & set(other))
        if shared < self.needs_shared:
            raise InputError(
                f"{self} needs at least {self.needs_shared} ids that both rankings hold; these share {shared}.",
                where="rankings",
            )
        return self._value(one, other)

    def bounds(self, one: Ranking, other: Ranking) -> tuple[float, float] | None:
        """Return the least and the greatest value that two rankings may have which begin with these.

        None for a measure that takes rankings for whole.

        Raises:
            InputError: An id is repeated, or a ranking is empty.
        """
        for ranking in (one, other):
            _refuse_unusable(ranking)
        return self._bounds(one, other)

    @abstractmethod
    def _value(self, one: Ranking, other: Ranking) -> float:
        """Return the value for rankings that were checked."""

    def _bounds(self, one: Ranking, other: Ranking) -> tuple[float, float] | None:  # noqa: ARG002 (for others)
        """Return the bounds for rankings that were checked."""
        return None


@dataclass(frozen=True)
class Correlation(Similarity, ABC):
    """A correlation of ranks, over the ids that both rankings hold."""

    needs_shared: ClassVar[int] = 2

    def _value(self, one: Ranking, other: Ranking) -> float:
        ranks = {item: rank for rank, item in enumerate(other)}
        return self._of_ranks(np.array([ranks[item] for item in one if item in ranks], dtype=np.float64))

    @abstractmethod
    def _of_ranks(self, ranks: npt.NDArray[np.float64]) -> float:
        """Return the correlation with 0, 1, 2, … of these ranks, all different."""


def _refuse_unusable(ranking: Ranking) -> None:
    if not len(ranking):
        raise InputError("A ranking is empty. Give at least one id, best first.", where="rankings")
    if len(set(ranking)) < len(ranking):
        repeated = next(item for place, item in enumerate(ranking) if item in ranking[:place])
        raise InputError(
            f"A ranking holds {repeated!r} more than once. Give every id once, best first.", where="rankings"
        )
