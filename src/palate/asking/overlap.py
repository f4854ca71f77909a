"""How many answers a task should get: as many as all others, or until its label is sure enough."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from palate.asking.posterior import WeightedAnswer, check_temperature, label_posterior
from palate.core.errors import SettingsError
from palate.core.settings import check_settings

__all__ = ["DynamicOverlap", "FixedOverlap", "Overlap", "open_slots", "overlap_from_mapping"]

_ROUNDING = 1e-12
"""A posterior that is the confidence but for rounding is enough."""


@dataclass(frozen=True)
class FixedOverlap:
    """The same number of answers for every task.

    Args:
        n: Answers a task.
    """

    n: int = 3

    def __post_init__(self) -> None:
        if self.n < 1:
            raise SettingsError(f"'n' of the overlap must be at least 1; it is {self.n}.")

    @property
    def least(self) -> int:
        """The fewest answers a task gets."""
        return self.n

    @property
    def most(self) -> int:
        """The most answers a task gets."""
        return self.n

    def as_mapping(self) -> dict[str, Any]:
        """Return the settings as JSON holds them; :func:`overlap_from_mapping` reads them."""
        return asdict(self)

    def wanted(self, answers: Sequence[WeightedAnswer], n_labels: int) -> int:  # noqa: ARG002 (as of all overlaps)
        """Return how many answers the task should get in all."""
        return self.n


@dataclass(frozen=True)
class DynamicOverlap:
    """Answers one after another, until a label's posterior reaches the confidence.

    Args:
        minimum: Answers that every task gets.
        maximum: Answers after which a task is left as it is.
        confidence: The posterior of the leading label at which a task is done.
        temperature: What the logarithm of the likelihood is divided by; above 1 it takes annotators as erring
            together. :func:`calibrate` finds it from golden tasks.

    Raises:
        SettingsError: A number is outside its range.

    >>> overlap = DynamicOverlap(minimum=1, maximum=5, confidence=0.95)
    >>> overlap.wanted([WeightedAnswer("cat", 0.9)], n_labels=2)
    2
    >>> overlap.wanted([WeightedAnswer("cat", 0.9), WeightedAnswer("cat", 0.9)], n_labels=2)
    2
    """

    minimum: int = 2
    maximum: int = 5
    confidence: float = 0.95
    temperature: float = 1.0

    def __post_init__(self) -> None:
        if not 1 <= self.minimum <= self.maximum:
            raise SettingsError(
                "The overlap needs 1 ≤ 'minimum' ≤ 'maximum';"
                f" 'minimum' is {self.minimum} and 'maximum' {self.maximum}."
            )
        if not 0 < self.confidence < 1:
            raise SettingsError(f"'confidence' must be above 0 and below 1; it is {self.confidence}.")
        check_temperature(self.temperature)

    @property
    def least(self) -> int:
        """The fewest answers a task gets."""
        return self.minimum

    @property
    def most(self) -> int:
        """The most answers a task gets."""
        return self.maximum

    def as_mapping(self) -> dict[str, Any]:
        """Return the settings as JSON holds them; :func:`overlap_from_mapping` reads them."""
        return asdict(self)

    def wanted(self, answers: Sequence[WeightedAnswer], n_labels: int) -> int:
        """Return how many answers the task should get in all, given those it has.

        The next is asked for when the last has come: one answer more than there are, unless they suffice.

        Args:
            answers: Those that count, in any order.
            n_labels: Labels that an annotator can choose from.

        Raises:
            PalateError: There are fewer than two labels to choose from, fewer than were given, or an accuracy is
                not above 0 and below 1.
        """
        posterior = label_posterior(answers, n_labels, self.temperature)
        sure = max(posterior.values(), default=0.0) >= self.confidence - _ROUNDING
        return min(self.maximum, max(self.minimum, len(answers) + (not sure)))


Overlap = FixedOverlap | DynamicOverlap


def overlap_from_mapping(settings: int | Mapping[str, Any]) -> Overlap:
    """Return the overlap that JSON or TOML describes: a number, or the settings of one of the two kinds.

    Raises:
        SettingsError: There is no such setting, or a value is not what it should be.

    >>> overlap_from_mapping(3)
    FixedOverlap(n=3)
    >>> overlap_from_mapping({"minimum": 2, "maximum": 5, "confidence": 0.9}).confidence
    0.9
    """
    if not isinstance(settings, Mapping):
        settings = {"n": settings}
    kind: type[Overlap] = FixedOverlap if "n" in settings else DynamicOverlap
    check_settings(kind, settings, "fixed overlap" if kind is FixedOverlap else "dynamic overlap")
    return kind(**settings)


def open_slots(wanted: int, held: int) -> int:
    """Return to how many more annotators a task can be given.

    Args:
        wanted: Answers the task should get in all.
        held: Annotators who have it now, or whose answer counts.
    """
    return max(0, wanted - held)
