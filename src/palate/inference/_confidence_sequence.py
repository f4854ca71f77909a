"""Confidence sequences: intervals for a mean that may be looked at after every value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import inf, isfinite
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from palate.core.errors import InputError, SettingsError
from palate.core.settings import check_counts
from palate.inference._sequence_processes import Asymptotic, Betting, EmpiricalBernstein, Process
from palate.inference.base import FloatArray, Interval

__all__ = ["ConfidenceSequence", "SequencePath", "SequenceState", "confidence_sequence"]

SequenceMethod = Literal["betting", "empirical-bernstein", "asymptotic"]
METHODS = ("betting", "empirical-bernstein", "asymptotic")


@dataclass(frozen=True)
class ConfidenceSequence:
    """Settings of intervals for a mean that hold it *at all times at once* with the stated confidence.

    An interval of a fixed number of values is right once: who looks again after every value and stops at the
    first interval without 0 is wrong far more often than promised. These intervals may be looked at after every value, for as
    long as one likes. They need values one after the other that have the same mean whatever came before, such as one
    difference a query, queries in random order.

    Args:
        method: ``betting`` for values with bounds, the tightest (Waudby-Smith and Ramdas, JRSS-B, 2024, theorem 3);
            ``empirical-bernstein`` for them, too, faster and wider (theorem 2); ``asymptotic`` for values without
            bounds (Waudby-Smith et al., Annals of Statistics, 2024, theorem 2.2), right only where ``warm_up``
            values are many.
        confidence: That the mean is in all intervals, in (0, 1).
        low: The lowest value there can be; differences of measures in [0, 1] lie in [-1, 1].
        high: The highest value there can be.
        null: The mean that the p-value is against.
        warm_up: From how many values on ``asymptotic`` says anything.
        tuned_for: After how many values the interval of ``asymptotic`` is tightest.

    Raises:
        SettingsError: A setting is out of range.

    >>> state = ConfidenceSequence().start()
    >>> path = state.add([0.4, 0.1, 0.3] * 40)
    >>> state.n, state.interval.low > 0, state.p_value < 0.001
    (120, True, True)
    """

    method: SequenceMethod = "betting"
    confidence: float = 0.95
    low: float = -1.0
    high: float = 1.0
    null: float = 0.0
    warm_up: int = 50
    tuned_for: int = 500

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise SettingsError(f"The method must be one of {', '.join(METHODS)}; it is {self.method!r}.")
        if not 0 < self.confidence < 1:
            raise SettingsError(
                f"The confidence must be between 0 and 1, such as 0.95; it is {self.confidence!r}."
            )
        check_counts(warm_up=self.warm_up, tuned_for=self.tuned_for)
        if not isfinite(self.null):
            raise SettingsError(f"'null' must be a finite number; it is {self.null!r}.")
        if not self.bounded:
            return
        if not (isfinite(self.low) and isfinite(self.high) and self.low < self.null < self.high):
            raise SettingsError(
                f"Bounds must be finite, with 'null' between them; low is {self.low!r}, null {self.null!r}, high"
                f" {self.high!r}. Where values have no bounds, choose the method 'asymptotic'."
            )

    @property
    def bounded(self) -> bool:
        """Whether values must lie between ``low`` and ``high``."""
        return self.method != "asymptotic"

    def start(self) -> SequenceState:
        """Return a sequence without values."""
        return SequenceState(self)

    def resume(self, saved: Mapping[str, Any]) -> SequenceState:
        """Return the sequence that :meth:`SequenceState.to_dict` saved.

        Raises:
            SettingsError: It was saved under other settings: bets made under them cannot be taken back.
            InputError: Something that it saves is missing.
        """
        state = SequenceState(self)
        try:
            if saved["settings"] != asdict(self):
                raise SettingsError(
                    f"The saved sequence has the settings {saved['settings']}; it cannot go on with {asdict(self)}."
                )
            state._restore(saved)  # noqa: SLF001 (one class in two halves)
        except KeyError as error:
            raise InputError(f"The saved sequence lacks '{error.args[0]}'.", where="sequence") from error
        return state


@dataclass(frozen=True, eq=False)
class SequencePath:
    """Where the sequence stood after each of some values. All arrays have the same length.

    Args:
        n: How many values had come.
        estimate: Their mean.
        low: Lower bound of the mean, the highest so far.
        high: Upper bound of the mean, the lowest so far.
        p_value: Against the mean being ``null``, the smallest so far.
        confidence: Of the bounds, all together.
    """

    n: npt.NDArray[np.int64]
    estimate: FloatArray
    low: FloatArray
    high: FloatArray
    p_value: FloatArray
    confidence: float

    def to_dict(self) -> dict[str, Any]:
        """Return columns of numbers as JSON can hold them; an infinite bound is null."""
        return {
            "n": self.n.tolist(),
            "estimate": self.estimate.tolist(),
            "low": [bound if isfinite(bound) else None for bound in self.low.tolist()],
            "high": [bound if isfinite(bound) else None for bound in self.high.tolist()],
            "p_value": self.p_value.tolist(),
            "confidence": self.confidence,
        }


class SequenceState:
    """Values that keep coming, and what they say so far. ``ConfidenceSequence().start()`` returns an empty one.

    Adding costs as much as there is to add; what is kept does not grow.

    Args:
        settings: The sequence's settings.
    """

    def __init__(self, settings: ConfidenceSequence) -> None:
        self.settings = settings
        self.n = 0
        self._process = _process(settings)
        self._total = 0.0
        self._widest = (settings.low, settings.high) if settings.bounded else (-inf, inf)
        self._bounds = self._widest
        self._evidence, self._most_evidence = 0.0, 0.0

    def add(self, values: npt.ArrayLike) -> SequencePath:
        """Add values in the order in which they came and return where the sequence stood after each.

        Nothing is added if one of them is refused.

        Raises:
            InputError: They are no list of finite numbers, or one lies outside the bounds.
        """
        x = _checked(values, self.settings)
        if not len(x):
            empty = np.empty(0)
            return SequencePath(np.empty(0, np.int64), empty, empty, empty, empty, self.settings.confidence)
        low, high, evidence = self._process.advance(x)
        n = self.n + np.arange(1, len(x) + 1)
        totals = self._total + np.cumsum(x)
        self.n, self._total = int(n[-1]), float(totals[-1])
        low = np.maximum(np.maximum.accumulate(low), self._bounds[0])
        high = np.minimum(np.minimum.accumulate(high), self._bounds[1])
        most = np.maximum(np.maximum.accumulate(evidence), self._most_evidence)
        self._bounds = float(low[-1]), float(high[-1])
        self._evidence, self._most_evidence = float(evidence[-1]), float(most[-1])
        return SequencePath(n, totals / n, low, high, _p_values(most), self.settings.confidence)

    @property
    def estimate(self) -> float:
        """The mean of the values so far.

        Raises:
            InputError: There are none.
        """
        if not self.n:
            raise InputError("There are no values yet, so there is no mean. Add values first.")
        return self._total / self.n

    @property
    def interval(self) -> Interval:
        """The mean so far with bounds that hold at all times: the common part of the intervals after each value.

        Where they have no common part (see :attr:`drifted`), no mean is known, and the bounds are those of values.

        Raises:
            InputError: There are no values.
        """
        low, high = self._widest if self.drifted else self._bounds
        return Interval(self.estimate, low, high, self.settings.confidence)

    @property
    def drifted(self) -> bool:
        """Whether no one mean is in all intervals: the mean has changed while values came, as far as confidence goes."""
        return self._bounds[0] > self._bounds[1]

    @property
    def p_value(self) -> float:
        """The any-time p-value of the mean being ``null``: the smallest so far, in (0, 1]."""
        return float(_p_values(np.array(self._most_evidence)))

    @property
    def e_value(self) -> float:
        """What bets against the mean being ``null`` have made of 1 by now; expected to be at most 1 if it is."""
        return float(np.exp(min(self._evidence, 700.0)))

    def to_dict(self) -> dict[str, Any]:
        """Return what is kept, as JSON can hold it; :meth:`ConfidenceSequence.resume` goes on from there."""
        return {
            "settings": asdict(self.settings),
            "n": self.n,
            "total": self._total,
            "bounds": _finite(self._bounds),
            "evidence": _finite((self._evidence, self._most_evidence)),
            "process": self._process.saved(),
        }

    def _restore(self, saved: Mapping[str, Any]) -> None:
        self.n, self._total = int(saved["n"]), float(saved["total"])
        self._bounds = _bounds(saved["bounds"])
        evidence, self._most_evidence = saved["evidence"]
        self._evidence = -inf if evidence is None else evidence
        self._process.restore(saved["process"])


def confidence_sequence(values: npt.ArrayLike, settings: ConfidenceSequence | None = None) -> SequencePath:
    """Return where a confidence sequence stood after each of ``values``.

    Args:
        values: One number a query (or other independent thing), in the order in which they came.
        settings: How; for values in [-1, 1] by default.

    Raises:
        InputError: They are no list of at least one finite number, or one lies outside the bounds.

    >>> path = confidence_sequence([1, 0, 1, 1, 1, -1, 1, 1, 1, 1] * 5)
    >>> bool(path.low[9] < 0 < path.low[49])
    True
    """
    path = (settings or ConfidenceSequence()).start().add(values)
    if not len(path.n):
        raise InputError("A confidence sequence needs at least one value; there are none.")
    return path


def _process(settings: ConfidenceSequence) -> Process:
    alpha = 1 - settings.confidence
    if settings.method == "asymptotic":
        return Asymptotic(alpha, settings.null, settings.warm_up, settings.tuned_for)
    bounded = Betting if settings.method == "betting" else EmpiricalBernstein
    return bounded(alpha, settings.low, settings.high, settings.null)


def _checked(values: npt.ArrayLike, settings: ConfidenceSequence) -> FloatArray:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1:
        raise InputError(f"Expected a list of numbers, one a query; they have the shape {array.shape}.")
    bad = np.flatnonzero(~np.isfinite(array))
    if len(bad):
        raise InputError(f"Values must be finite; value {bad[0] + 1} of {len(array):,} is {array[bad[0]]}.")
    if not settings.bounded:
        return array
    outside = np.flatnonzero((array < settings.low) | (array > settings.high))
    if len(outside):
        raise InputError(
            f"Values must lie between {settings.low:g} and {settings.high:g}; value {outside[0] + 1} of {len(array):,} is"
            f" {array[outside[0]]:g}. Give the bounds 'low' and 'high' that hold before any value is seen, or choose the"
            " method 'asymptotic'."
        )
    return array


def _p_values(evidence: FloatArray) -> FloatArray:
    """Return 1 over the e-values; a p-value is small, never 0."""
    return np.maximum(np.exp(-evidence), np.finfo(np.float64).tiny)


def _finite(numbers: tuple[float, float]) -> list[float | None]:
    return [number if isfinite(number) else None for number in numbers]


def _bounds(saved: list[float | None]) -> tuple[float, float]:
    low, high = saved
    return -inf if low is None else low, inf if high is None else high
