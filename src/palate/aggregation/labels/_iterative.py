"""What all methods share that pass over the answers until what they maximize rises no more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite

from palate.aggregation.labels.base import LabelAggregator
from palate.core.errors import SettingsError
from palate.core.progress import Progress, no_progress

__all__ = ["Climb", "IterativeAggregator", "part_of"]


@dataclass(frozen=True)
class Climb:
    """How the passes went: what was maximized after each, and whether it had settled at the end."""

    heights: tuple[float, ...]
    converged: bool


@dataclass(frozen=True)
class IterativeAggregator(LabelAggregator):
    """Settings of a method that passes over the answers again and again.

    Args:
        max_iter: Most passes over the answers.
        tolerance: Stop when a pass raises what is maximized by no more than this an answer.
        threads: Most threads at a time; None takes all processors. The result does not depend on it.
    """

    max_iter: int = 100
    tolerance: float = 1e-6
    threads: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_least(1, "max_iter")
        self._check_least(0, "tolerance")
        if self.threads is not None and self.threads < 1:
            raise SettingsError(f"'threads' must be at least 1, or None for all; it is {self.threads}.")

    def _check_least(self, least: float, *names: str) -> None:
        """Refuse settings that are no finite number from ``least`` on.

        Raises:
            SettingsError: One of them is not.
        """
        for name in names:
            value = getattr(self, name)
            if not (isfinite(value) and value >= least):
                raise SettingsError(f"'{name}' must be a number from {least} on; it is {value}.")

    def _climb(self, step: Callable[[], float], n_answers: int, progress: Progress = no_progress) -> Climb:
        """Call ``step``, which returns what is maximized, until it rises no more."""
        gain_to_stop = self.tolerance * n_answers
        heights: list[float] = []
        converged = False
        while not converged and len(heights) < self.max_iter:
            heights.append(step())
            converged = len(heights) > 1 and heights[-1] - heights[-2] <= gain_to_stop
            progress(len(heights), self.max_iter)
        return Climb(tuple(heights), converged)


def part_of(progress: Progress, part: int, parts: int) -> Progress:
    """Return what tells the progress of one of several climbs, the first being 0, as progress of all of them."""

    def tell(done: int, total: int) -> None:
        progress(part * total + done, parts * total)

    return tell
