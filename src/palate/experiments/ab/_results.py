"""What an experiment found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any, Literal

from palate.experiments.ab._metrics import Metric
from palate.experiments.ab._ratio_mismatch import RatioMismatch
from palate.experiments.ab._settings import Analysis
from palate.inference.base import Interval

__all__ = ["ABTest", "Effect"]


@dataclass(frozen=True)
class Effect:
    """How far one variant lies from the control on one metric.

    Args:
        metric: What was compared.
        variant: The variant.
        control: What it is compared with.
        value: The variant's value, adjusted for the covariate if there is one.
        control_value: The control's, likewise.
        difference: Variant minus control. With several comparisons its confidence is higher than the one stated, so that
            it agrees with the adjusted p-value.
        relative: The same as a share of the control's value, by its own approximation (see ``compare_variants``), which may
            differ in the last digit on what is clear; None where a value is not above 0.
        p_value: Of there being no difference, for this comparison alone.
        adjusted_p_value: The same among all comparisons that are no guardrails; of a guardrail, the p-value itself.
        clear: Whether there is a difference, by the adjusted p-value and the stated confidence.
        detectable: The smallest difference that an experiment like this finds in 80 of 100 cases.
        noise_left: Share of the metric's variance that is left after the covariate; None without one.
    """

    metric: Metric
    variant: str
    control: str
    value: float
    control_value: float
    difference: Interval
    relative: Interval | None
    p_value: float
    adjusted_p_value: float
    clear: bool
    detectable: float
    noise_left: float | None = None

    @property
    def direction(self) -> Literal["raises", "lowers"] | None:
        """What the variant does to the metric; None where that is not clear."""
        if not self.clear:
            return None
        return "raises" if self.difference.estimate > 0 else "lowers"

    @property
    def change(self) -> str:
        """The change with its interval, as a share of the control where there is one."""
        confidence = f"{100 * self.difference.confidence:.4g}% CI"
        found = self.relative or self.difference
        text = _percent if self.relative is not None else _plain
        estimate, low, high = (text(x, found) for x in (found.estimate, found.low, found.high))
        return f"{estimate} ({confidence} {low} … {high})"

    @property
    def guardrail(self) -> Literal["holds", "broken", "not shown"] | None:
        """Whether the relative change stays within the limit, surely (holds), surely not, or neither."""
        limit = self.metric.limit
        if limit is None:
            return None
        if self.relative is None:
            return "not shown"
        side = 1 if limit > 0 else -1
        worst, best = sorted((side * self.relative.low, side * self.relative.high), reverse=True)
        if worst < abs(limit):
            return "holds"
        return "broken" if best >= abs(limit) else "not shown"

    @property
    def sentence(self) -> str:
        """What was found, as people read it."""
        if self.metric.limit is not None:
            side = "rise" if self.metric.limit > 0 else "fall"
            limit = f"it must not {side} by {100 * abs(self.metric.limit):g}%"
            words = {"holds": "holds", "broken": "is broken", "not shown": "is not shown to hold"}
            return f"Guardrail {self.metric} {words[str(self.guardrail)]} in {self.variant}: {self.change}; {limit}"
        if self.direction is not None:
            # "raises by +2%", but "lowers by 2%": not by less than nothing.
            return f"{self.variant} {self.direction} {self.metric} by {self.change.removeprefix('−')}"
        least = _detectable(self.detectable, self.control_value, self.relative)
        return (
            f"No clear difference of {self.variant} and {self.control} on {self.metric}: {self.change};"
            f" {least} would be found in 80 of 100 such experiments"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the effect as JSON can hold it."""
        return {
            "metric": str(self.metric),
            "variant": self.variant,
            "control": self.control,
            "value": self.value,
            "control_value": self.control_value,
            "difference": _bounds(self.difference),
            "relative": None if self.relative is None else _bounds(self.relative),
            "p_value": self.p_value,
            "adjusted_p_value": self.adjusted_p_value,
            "detectable": self.detectable,
            "noise_left": self.noise_left,
            "covariate": self.metric.covariate,
            "direction": self.direction,
            "limit": self.metric.limit,
            "guardrail": self.guardrail,
            "sentence": self.sentence,
        }


@dataclass(frozen=True)
class ABTest:
    """What an experiment found.

    Args:
        effects: One for each metric and variant other than the control, guardrails last.
        units: How many units each variant has, the control first.
        rows: How many rows they came from.
        unit: The column that names them.
        mismatch: Whether these numbers are as planned.
        analysis: How it was analysed.
        notes: What else should be known.
    """

    effects: tuple[Effect, ...]
    units: Mapping[str, int]
    rows: int
    unit: str
    mismatch: RatioMismatch
    analysis: Analysis
    notes: tuple[str, ...] = ()

    @property
    def sentences(self) -> tuple[str, ...]:
        """What was found, as people read it; a mismatch of the numbers of units comes first."""
        effects = tuple(effect.sentence for effect in self.effects)
        return (self.mismatch.sentence, *effects) if self.mismatch.found else effects

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON can hold it."""
        return {
            "sentences": list(self.sentences),
            "effects": [effect.to_dict() for effect in self.effects],
            "units": dict(self.units),
            "rows": self.rows,
            "unit": self.unit,
            "ratio_mismatch": self.mismatch.to_dict(),
            "analysis": asdict(self.analysis),
            "notes": list(self.notes),
        }


def _bounds(interval: Interval) -> dict[str, float | None]:
    return {name: bound if isfinite(bound) else None for name, bound in asdict(interval).items()}


def _plain(number: float, among: Interval) -> str:
    return _signed(number, _decimal_places(among, 1, 2))


def _percent(share: float, among: Interval) -> str:
    return f"{_signed(100 * share, _decimal_places(among, 100, 1))}%"


def _decimal_places(interval: Interval, scale: float, fewest: int) -> int:
    """Return as many places as make the interval 10 units of the last one wide, and no bound but 0 read as 0."""
    width = scale * (interval.high - interval.low)
    near = min((scale * abs(bound) for bound in (interval.low, interval.high) if bound), default=1.0)
    enough = (p for p in range(fewest, 8) if width * 10**p >= 10 and near * 10**p >= 0.5)
    return next(enough, 7 if width else fewest)


def _signed(number: float, places: int) -> str:
    """Return the number with its sign, + or the typographic −."""
    if not isfinite(number):
        return "+∞" if number > 0 else "−∞"
    return f"{number:+.{places}f}".replace("-", "−")


def _detectable(detectable: float, control_value: float, relative: Interval | None) -> str:
    if relative is None:
        return f"a difference of {detectable:.3g}"
    return f"one of {100 * detectable / control_value:.2g}%"
