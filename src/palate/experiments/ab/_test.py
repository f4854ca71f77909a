"""Compare the variants of an experiment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from palate.core.errors import InputError
from palate.core.frames import IntoTable
from palate.experiments._intervals import Estimate, log_scale
from palate.experiments.ab._metrics import Metric, parse_metric
from palate.experiments.ab._ratio_mismatch import ratio_mismatch
from palate.experiments.ab._results import ABTest, Effect
from palate.experiments.ab._settings import Analysis
from palate.experiments.ab._units import Units, read_units
from palate.inference import adjusted_p_values, comparison_confidence
from palate.inference.base import FloatArray

__all__ = ["compare_variants"]

_FEW = 100
"""Units of a variant below which the normal law of a mean is taken on trust."""


def compare_variants(
    events: IntoTable,
    metrics: Sequence[Metric | str],
    *,
    unit: str = "user",
    variant: str = "variant",
    control: str | None = None,
    analysis: Analysis | None = None,
) -> ABTest:
    """Return how far the variants of an experiment differ on ``metrics``.

    Rows are added up by unit first, since what was put to chance is what varies independently (Deng, Knoblich
    and Lu, KDD 2018). Means are compared by Welch's t (Biometrika, 1947); ratios of two columns by the delta
    method (the same paper); a covariate takes out the part of the noise that it explains, with
    one coefficient from all units (CUPED: Deng, Xu, Kohavi and Walker, WSDM 2013). The relative
    difference is an interval on the logarithm's scale.

    Args:
        events: A path or dataframe with a row an event, or a row a unit.
        metrics: What to compare; texts are parsed as :func:`parse_metric` does.
        unit: The column that names what was put to chance.
        variant: The column that names the variant a unit got.
        control: The variant that others are compared with; by default ``control`` if there is one, else the
            first by name.
        analysis: How; the defaults of :class:`Analysis` if not given.

    Raises:
        InputError: There are no metrics, or the table does not hold what they need (see the text).
        UnknownNameError: There is no such control.

    >>> import polars as pl
    >>> rows = [(u, "ab"[u % 2], 10.0 + u % 2 + u % 5) for u in range(400)]
    >>> table = pl.DataFrame(rows, schema=["user", "variant", "watch_seconds"], orient="row")
    >>> compare_variants(table, ["watch_seconds"]).effects[0].sentence
    'b raises watch_seconds by +8.3% (95% CI +5.9% … +10.8%)'
    """
    settings = analysis or Analysis()
    wanted = [parse_metric(m) if isinstance(m, str) else m for m in metrics]
    wanted.sort(key=lambda metric: metric.limit is not None)
    if not wanted:
        raise InputError("There is nothing to compare: name a metric or a guardrail.")
    units = read_units(events, wanted, unit, variant, control)
    compared = [
        _Comparison(metric, adjusted, code)
        for metric in wanted
        for adjusted in (_adjusted(units, metric),)
        for code in range(1, len(units.variants))
    ]
    effects = _effects(units, compared, settings)
    any_time = settings.planned_units is not None
    return ABTest(
        tuple(effects),
        units.counts,
        units.rows,
        unit,
        ratio_mismatch(units.counts, settings.shares, any_time=any_time),
        settings,
        (*units.notes, *_notes(units, effects)),
    )


@dataclass(frozen=True)
class _Adjusted:
    """A metric's value of every variant, with what the covariate leaves of its noise."""

    arms: tuple[Estimate, ...]
    noise_left: float | None


@dataclass(frozen=True)
class _Comparison:
    """One variant and the control on one metric."""

    metric: Metric
    adjusted: _Adjusted
    code: int

    @property
    def arms(self) -> tuple[Estimate, Estimate]:
        """The control and the variant."""
        return self.adjusted.arms[0], self.adjusted.arms[self.code]

    @property
    def difference(self) -> Estimate:
        """Variant minus control."""
        a, b = self.arms
        return _welch(b.value - a.value, a, b, a.error, b.error)


def _adjusted(units: Units, metric: Metric) -> _Adjusted:
    """Return the value of every variant, linear in its units, less what the covariate explains."""
    values = _linear(units, metric)
    before = _spread(values, units)
    left = None
    if metric.covariate is not None:
        covariate = units.covariates[metric.covariate]
        centred = covariate - covariate.mean()
        variance = float(centred @ centred)
        if variance > 0:
            values = values - float(centred @ values) / variance * centred
        left = _spread(values, units) / before if before > 0 else 1.0
    arms = []
    for code in range(len(units.variants)):
        of_arm = values[units.variant == code]
        error = float(of_arm.std(ddof=1)) / len(of_arm) ** 0.5
        # What differs in the last bits only does not differ.
        error = error if error > 1e-12 * float(np.abs(of_arm).max()) else 0.0
        arms.append(Estimate(float(of_arm.mean()), error, len(of_arm) - 1, len(of_arm)))
    return _Adjusted(tuple(arms), left)


def _linear(units: Units, metric: Metric) -> FloatArray:
    """Return numbers a unit whose mean over a variant is the variant's value (delta method for ratios)."""
    numerators = units.sums[metric.column]
    if metric.per is None:
        return numerators
    denominators = units.sums[metric.per]
    values = np.empty(len(numerators))
    for code in range(len(units.variants)):
        own = units.variant == code
        mean = float(denominators[own].mean())
        ratio = float(numerators[own].mean()) / mean
        values[own] = ratio + (numerators[own] - ratio * denominators[own]) / mean
    return values


def _spread(values: FloatArray, units: Units) -> float:
    """Return the sum of squares within variants."""
    parts = (values[units.variant == code] for code in range(len(units.variants)))
    return sum(float(np.square(part - part.mean()).sum()) for part in parts)


def _effects(units: Units, compared: Sequence[_Comparison], settings: Analysis) -> list[Effect]:
    """Return the effects; p-values and intervals count all comparisons that are no guardrails."""
    planned = settings.planned_units
    p_values = [comparison.difference.p_value(planned) for comparison in compared]
    family = [i for i, comparison in enumerate(compared) if comparison.metric.limit is None]
    of_family = np.array([p_values[i] for i in family])
    confidence = comparison_confidence(of_family, settings.correction, settings.confidence)
    adjusted = dict(zip(family, adjusted_p_values(of_family, settings.correction).tolist(), strict=True))
    return [
        _effect(
            units,
            comparison,
            replace(settings, confidence=confidence if i in adjusted else settings.confidence),
            p_values[i],
            adjusted.get(i),
            clear=adjusted.get(i, p_values[i]) <= 1 - settings.confidence + 1e-12,
        )
        for i, comparison in enumerate(compared)
    ]


def _effect(
    units: Units,
    compared: _Comparison,
    settings: Analysis,
    p_value: float,
    adjusted: float | None,
    *,
    clear: bool,
) -> Effect:
    a, b = compared.arms
    confidence, planned = settings.confidence, settings.planned_units
    relative = None
    if a.value > 0 and b.value > 0:
        on_log = _welch(0.0, a, b, a.error / a.value, b.error / b.value)
        relative = log_scale(b.value / a.value, on_log, confidence, planned)
    difference = compared.difference
    return Effect(
        compared.metric,
        units.variants[compared.code],
        units.variants[0],
        b.value,
        a.value,
        difference.interval(confidence, planned),
        relative,
        p_value,
        p_value if adjusted is None else adjusted,
        clear,
        difference.detectable(0.8, confidence, planned),
        compared.adjusted.noise_left,
    )


def _welch(value: float, a: Estimate, b: Estimate, error_a: float, error_b: float) -> Estimate:
    """Return a difference with its standard error and Satterthwaite's degrees of freedom."""
    if abs(value) <= 1e-12 * max(abs(a.value), abs(b.value)):  # but for the order of sums it is none
        value = 0.0
    variances = np.square([error_a, error_b])
    total = float(variances.sum())
    degrees = a.degrees + b.degrees
    if total > 0:
        degrees = total**2 / float((variances**2 / [a.degrees, b.degrees]).sum())
    return Estimate(value, total**0.5, degrees, a.units + b.units)


def _notes(units: Units, effects: list[Effect]) -> list[str]:
    notes = []
    few = min(units.counts.values())
    if few < _FEW:
        notes.append(
            f"the smallest variant has {few} units; intervals suppose that means are normal, which with few units"
            " of skewed metrics they are not."
        )
    if len(units.variant) == units.rows:
        notes.append("every unit has one row; if users come back, name them as the unit.")
    notes.extend(
        f"{effect.metric} is the same for all units of {effect.variant} and of {effect.control}, so nothing can be said"
        " of chance."
        for effect in effects
        if effect.difference.high == effect.difference.low
    )
    return notes
