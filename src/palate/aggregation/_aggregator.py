"""What aggregators of all families share: answers are coded, a method is fitted to them, and tables come out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from palate.core.errors import SettingsError
from palate.core.progress import Progress

__all__ = ["Aggregator", "Result"]

Coded = TypeVar("Coded")
Fit = TypeVar("Fit")
Found = TypeVar("Found")


@dataclass(frozen=True, kw_only=True)
class Result:
    """How a method came to what it found.

    Args:
        converged: Whether the method settled.
        iterations: How many passes it made.
        log_likelihood: What it maximized, one value an iteration; empty where there is none.
        settings: The aggregator itself.
    """

    converged: bool
    iterations: int
    log_likelihood: tuple[float, ...]
    settings: Any = field(repr=False)


@dataclass(frozen=True)
class Aggregator(ABC, Generic[Coded, Fit, Found]):
    """Settings of one way to turn the answers of many into one."""

    @abstractmethod
    def fit(self, coded: Coded, /, progress: Progress) -> Fit:
        """Return what the method finds, in codes."""

    def start(self) -> Any:
        """Return a state to which answers are added as they come, for the methods that can.

        Raises:
            SettingsError: The method begins anew with every answer.
        """
        from palate.aggregation.labels.registry import label_aggregators
        from palate.aggregation.pairs.registry import pair_aggregators

        labels = ", ".join(label_aggregators.name_of(method) for method in label_aggregators if method.keeps)
        pairs = ", ".join(pair_aggregators.name_of(method) for method in pair_aggregators if method.goes_on)
        raise SettingsError(
            f"{type(self).__name__} cannot go on as answers come: it begins anew with every answer more. Add rows to your"
            f" table and aggregate it again. Methods of labels that go on: {labels}; of comparisons: {pairs}."
        )

    @abstractmethod
    def _tables(self, coded: Coded, fit: Fit, source: Any) -> Found:
        """Return what was found in the caller's own ids and kind of dataframe."""

    def _found(self, coded: Coded, source: Any, progress: Progress) -> Found:
        """Return what the method makes of coded answers, as tables of the kind that ``source`` is."""
        return self._tables(coded, self.fit(coded, progress=progress), source)
