"""When enough values are in: what is decided from a confidence sequence, and what to say of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import ceil, isfinite
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from palate.core.settings import check_counts, check_positive
from palate.inference._confidence_sequence import SequencePath, SequenceState
from palate.inference.base import Interval

__all__ = ["Decision", "SequentialVerdict", "StoppingRule"]

Decision = Literal["difference", "equivalent", "precise", "spent", "drifted", "go on"]

_MOST_EXPECTED = 100
"""Times the present number of values; what is further off is not foretold."""


@dataclass(frozen=True)
class StoppingRule:
    """Settings of when to stop. It stops once the confidence sequence excludes 0, and as these say.

    Args:
        margin: Differences smaller than this do not matter: stop, too, once the whole interval lies within them.
        precision: Stop, too, once the interval is no wider than this on either side of its middle.
        most: Stop, too, after so many values.

    Raises:
        SettingsError: A setting is not above 0.
    """

    margin: float | None = None
    precision: float | None = None
    most: int | None = None

    def __post_init__(self) -> None:
        for name in ("margin", "precision"):
            if getattr(self, name) is not None:
                check_positive(**{name: getattr(self, name)})
        if self.most is not None:
            check_counts(most=self.most)

    def decide(
        self,
        state: SequenceState,
        *,
        system: str = "A",
        other: str = "B",
        measure: str = "the mean",
        unit: str = "queries",
        stopped_at: int | None = None,
    ) -> SequentialVerdict:
        """Return what the values so far say.

        Args:
            state: Values of ``system`` minus ``other``, at least one.
            system: One system.
            other: The other one.
            measure: What was measured.
            unit: What one value is of, in plural.
            stopped_at: After how many values this rule first said to stop, if that is known.

        Raises:
            InputError: There are no values.
        """
        interval, null = state.interval, state.settings.null
        decision = self._decision(state, interval)
        return SequentialVerdict(
            measure,
            system,
            other,
            decision,
            interval,
            state.p_value,
            state.n,
            unit,
            stopped_at=None if decision == "go on" else stopped_at,
            expected_more=_expected_more(interval, null, state.n) if decision == "go on" else None,
            rule=self,
            method=asdict(state.settings),
        )

    def stop_at(self, path: SequencePath, null: float = 0.0) -> int | None:
        """Return after how many of the values on the path the rule first says to stop; None if it never does."""
        low, high = path.low, path.high
        stop: npt.NDArray[np.bool_] = (low > null) | (high < null)  # drifted ones exclude it, too
        if self.margin is not None:
            stop |= (low > null - self.margin) & (high < null + self.margin)
        if self.precision is not None:
            stop |= high - low <= 2 * self.precision
        if self.most is not None:
            stop |= path.n >= self.most
        found = np.flatnonzero(stop)
        return int(path.n[found[0]]) if len(found) else None

    def _decision(self, state: SequenceState, interval: Interval) -> Decision:
        null = state.settings.null
        if state.drifted:
            return "drifted"
        if null not in interval:
            return "difference"
        if (
            self.margin is not None
            and interval.low > null - self.margin
            and interval.high < null + self.margin
        ):
            return "equivalent"
        if self.precision is not None and interval.high - interval.low <= 2 * self.precision:
            return "precise"
        if self.most is not None and state.n >= self.most:
            return "spent"
        return "go on"


@dataclass(frozen=True)
class SequentialVerdict:
    """Where a comparison stands that is looked at while values come in.

    Args:
        measure: What was measured, such as ``nDCG@10``.
        system: One system.
        other: The system it is compared with.
        decision: ``difference`` (0 is excluded), ``equivalent`` (differences that matter are), ``precise`` (the
            interval is as short as wanted), ``spent`` (as many values as allowed), ``drifted`` (the mean changed
            on the way), or ``go on``.
        interval: ``system`` minus ``other``; it holds at all times with its confidence.
        p_value: Any-time p-value of there being no difference.
        n: How many values came.
        unit: What one value is of, in plural.
        stopped_at: After how many of them the rule first said to stop, if that is known.
        expected_more: About how many more values exclude 0 if the mean stays where it is; None if it is not the
            question, or far more than there are.
        rule: When to stop.
        method: The settings of the sequence.
    """

    measure: str
    system: str
    other: str
    decision: Decision
    interval: Interval
    p_value: float
    n: int
    unit: str
    stopped_at: int | None
    expected_more: int | None
    rule: StoppingRule
    method: Mapping[str, Any]

    @property
    def stop(self) -> bool:
        """Whether to ask for no more values."""
        return self.decision != "go on"

    @property
    def better(self) -> str | None:
        """The better system; None where the interval holds 0 or the mean changed on the way."""
        if self.decision != "difference":
            return None
        return self.system if self.interval.low > self.method["null"] else self.other

    @property
    def sentence(self) -> str:
        """The verdict as people read it."""
        pair, what = f"{self.system} and {self.other}", f"on {self.measure}"
        seen = f"after {self.n:,} {self.unit}"
        if self.decision == "difference":
            return f"Stop: {self._winner_first(what)} {seen}{self._first_seen()}."
        extent = f"{what} by {self._extent()} {seen}"
        if self.decision == "equivalent":
            return f"Stop: {pair} differ by less than {self.rule.margin:g}: {extent}{self._first_seen()}."
        if self.decision == "precise":
            wanted = f"known to ±{self.rule.precision:g}"
            return f"Stop: no winner, but the difference is {wanted}: {pair} differ {extent}{self._first_seen()}."
        if self.decision == "spent":
            return f"Stop: no winner, and no more {self.unit} to come: {pair} differ {extent}."
        if self.decision == "drifted":
            return (
                f"Stop: the difference of {pair} {what} changed while {self.unit} came in; no one mean fits all"
                f" {self.n:,} of them. Look for what changed on the way."
            )
        more = (
            f"about {self.expected_more:,} more are expected if it stays so"
            if self.expected_more is not None
            else "at this difference far more are needed"
        )
        return f"Go on: {pair} differ {extent}; {more}."

    def to_dict(self) -> dict[str, Any]:
        """Return the verdict as JSON can hold it; an infinite bound is null."""
        bounds = {
            name: None if isinstance(bound, float) and not isfinite(bound) else bound
            for name, bound in asdict(self.interval).items()
        }
        return {**asdict(self), "interval": bounds, "better": self.better, "sentence": self.sentence}

    def _winner_first(self, what: str) -> str:
        if self.better == self.system:
            return f"{self.system} beats {self.other} {what} by {self._extent()}"
        found = self.interval
        turned = Interval(-found.estimate, -found.high, -found.low, found.confidence)
        return f"{self.other} beats {self.system} {what} by {_shown(turned)}"

    def _extent(self) -> str:
        return _shown(self.interval)

    def _first_seen(self) -> str:
        if self.stopped_at is None or self.stopped_at == self.n:
            return ""
        return f"; {self.stopped_at:,} were enough"


def _expected_more(interval: Interval, null: float, n: int) -> int | None:
    """Return how many more values bring the bound to ``null``, as half the width shrinks like 1/sqrt(n)."""
    away = interval.estimate - null
    reach = interval.estimate - interval.low if away > 0 else interval.high - interval.estimate
    if not isfinite(reach) or reach > abs(away) * _MOST_EXPECTED**0.5:
        return None
    return max(1, ceil(n * (reach / abs(away)) ** 2) - n)


def _shown(interval: Interval) -> str:
    width = interval.high - interval.low
    places = next((places for places in range(3, 7) if width * 10**places >= 10), 3)

    def signed(number: float) -> str:
        size = f"{abs(number):.{places}f}" if isfinite(number) else "∞"
        return f"{'−' if number < 0 else '+'}{size}"

    bounds = f"{signed(interval.low)} … {signed(interval.high)}"
    return f"{signed(interval.estimate)} (at all times {100 * interval.confidence:g}% CI {bounds})"
