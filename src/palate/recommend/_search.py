"""Between which values tuning seeks a setting; each recommender declares them beside its settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["LIKES_SEARCH", "Choice", "NumberRange", "SearchRange", "WholeRange"]


@dataclass(frozen=True)
class WholeRange:
    """Whole numbers from ``low`` to ``high``, both included; with ``log`` each factor is as likely as another."""

    low: int
    high: int
    log: bool = False

    @property
    def ends(self) -> tuple[int, int]:
        """The least and the greatest."""
        return self.low, self.high


@dataclass(frozen=True)
class NumberRange:
    """Numbers from ``low`` to ``high``; with ``log`` each factor is as likely as another."""

    low: float
    high: float
    log: bool = False

    @property
    def ends(self) -> tuple[float, float]:
        """The least and the greatest."""
        return self.low, self.high


@dataclass(frozen=True)
class Choice:
    """One of a few values: text, numbers, truth values or None."""

    values: tuple[Any, ...]

    @property
    def ends(self) -> tuple[Any, ...]:
        """All of them."""
        return self.values


SearchRange = WholeRange | NumberRange | Choice

LIKES_SEARCH = Choice(("all", "above_user_mean"))
"""Of ``likes``. ``value`` is left out: whether values say how much an item is liked, whoever gave them knows."""
