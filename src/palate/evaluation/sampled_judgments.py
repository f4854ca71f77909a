"""Values and differences of systems from judgments of a sample, with intervals that count the sampling."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.core.errors import SettingsError
from palate.core.frames import IntoTable, like, read_table
from palate.core.tables import JUDGMENTS, Table
from palate.evaluation._sample import Sample
from palate.evaluation._sampled_values import Estimator, SystemValues, estimate_values
from palate.evaluation._sentences import between, signed
from palate.evaluation._weighted_sums import form_of
from palate.inference import Interval
from palate.inference._survey import SampledMean, mean_over_queries, sampled_variance
from palate.measures import Measure, parse_measure
from palate.measures._runs import systems_in

__all__ = ["SampledEvaluation", "evaluate_sampled"]

FloatArray = npt.NDArray[np.float64]

_FRAME = Table("frame", JUDGMENTS.columns[:2])

_FEW = 0.95
"""Sums of rank weights that reach less of what is known, and by more than chance explains, are named."""

_MOST_BLIND = 0.5
"""With more queries of which nothing within the cutoff was drawn, intervals of P@1 held the truth in half of the simulations."""


@dataclass(frozen=True, eq=False)
class SampledEvaluation:
    """What sampled judgments say of systems. The frames are of the kind that the judgments came in.

    Args:
        summary: Columns ``system, measure, value, low, high, error_of_queries, error_of_judgments, covered, queries``:
            the mean over queries, its bounds, the standard errors that drawing queries and drawing items bring, and
            for which share of the ranks' weight the sample stands. Bounds are null where nothing tells them.
        differences: Columns ``system, other, measure, difference, low, high, error_of_queries, error_of_judgments,
            queries``: of every two systems, the first minus the second.
        per_query: Columns ``system, query, measure, value, error``; ``error`` is the standard error of drawing items.
        notes: What a reader must know beside the numbers, as sentences.
        measures: The measures, in the order asked for.
        estimator: ``hajek`` or ``horvitz_thompson``.
        confidence: Of the intervals.
    """

    summary: Any
    differences: Any
    per_query: Any
    notes: tuple[str, ...]
    measures: tuple[Measure, ...]
    estimator: Estimator
    confidence: float

    @property
    def sentences(self) -> tuple[str, ...]:
        """One sentence a difference: which system is better, or that the judgments do not tell."""
        import narwhals as nw

        rows = nw.from_native(self.differences, eager_only=True).rows(named=True)
        return tuple(_sentence(row, self.confidence) for row in rows)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values for JSON."""
        import narwhals as nw

        tables = {
            name: nw.from_native(getattr(self, name), eager_only=True).rows(named=True)
            for name in ("summary", "differences", "per_query")
        }
        return {
            **tables,
            "sentences": list(self.sentences),
            "notes": list(self.notes),
            "measures": [str(measure) for measure in self.measures],
            "estimator": self.estimator,
            "confidence": self.confidence,
        }


def evaluate_sampled(
    runs: Any,
    judgments: IntoTable,
    measures: str | Measure | Iterable[str | Measure] = ("nDCG@10", "P@10"),
    *,
    tasks: IntoTable | None = None,
    frame: IntoTable | None = None,
    estimator: Estimator = "hajek",
    confidence: float = 0.95,
) -> SampledEvaluation:
    """Return what the judgments of a sample say of all items that could have been drawn.

    What is estimated, and how: see :func:`palate.evaluation._sampled_values.estimate_values` and
    :func:`palate.inference._survey.mean_over_queries`. Items that the sampler could not take (inclusion 0, ranks beyond its
    depth) cannot be estimated: they count as not relevant, and ``covered`` and the notes name how much that is.

    Args:
        runs: As in :func:`palate.measures.evaluate`.
        judgments: Columns ``query, item, grade`` and, unless ``tasks`` has it, ``inclusion``: the probability that the
            sampler took the item. Further columns, if the sampling was like that: ``stratum`` (of the item),
            ``query_inclusion`` (the part of ``inclusion`` that comes from drawing the query), ``query_stratum`` and
            ``traffic`` (how much the query counts).
        measures: P, R, DCG, nDCG or RBP, or their texts.
        tasks: The sampler's tasks, whose columns the judgments get. Judgments of items that are no task are left out.
        frame: All that the sampler could take (``Sampler.frame``), ``query, item``; tells exactly what it could not.
        estimator: ``hajek`` (a known sum of weights) or ``horvitz_thompson`` (unbiased).
        confidence: Of the intervals, in (0, 1).

    Raises:
        InputError: A table is not what it should be, an inclusion is outside (0, 1] or missing, or a run shares no
            query with the judgments.
        SettingsError: A measure cannot be estimated so, or a setting is out of range.

    >>> run = pl.DataFrame({"query": [1, 1, 1, 1], "item": ["a", "b", "c", "d"], "score": [4, 3, 2, 1]})
    >>> judged = {"query": [1, 1], "item": ["a", "c"], "grade": [1, 0], "inclusion": [1.0, 0.5]}
    >>> found = evaluate_sampled({"als": run}, pl.DataFrame(judged), "P@4", estimator="horvitz_thompson")
    >>> found.summary["value"].to_list(), found.summary["covered"].to_list()
    ([0.25], [0.75])
    """
    if not 0 < confidence < 1:
        raise SettingsError(f"The confidence must be between 0 and 1, such as 0.95; it is {confidence!r}.")
    if estimator not in {"hajek", "horvitz_thompson"}:
        raise SettingsError(f"'estimator' must be hajek or horvitz_thompson; it is {estimator!r}.")
    chosen = _chosen(measures)
    forms = [form_of(measure) for measure in chosen]
    sample = Sample.of(judgments, tasks)
    systems = systems_in(runs)
    ranked = [sample.rank(run) for run in systems]
    found = [
        [estimate_values(form, system, sample.grades, sample.items, estimator) for form in forms]
        for system in ranked
    ]
    outside, notes = None, list(sample.notes)
    if frame is not None:
        drawable = read_table(frame, _FRAME)
        outside = [sample.outside(run, drawable, forms) for run in systems]
        notes += sample.notes_on_queries(drawable)
    report = _Report(sample, [run.system for run in systems], chosen, found, confidence, estimator)
    return SampledEvaluation(
        summary=like(judgments, report.summary(outside)),
        differences=like(judgments, report.differences()),
        per_query=like(judgments, report.per_query()),
        notes=(*notes, *report.notes(outside)),
        measures=chosen,
        estimator=estimator,
        confidence=confidence,
    )


def _chosen(measures: str | Measure | Iterable[str | Measure]) -> tuple[Measure, ...]:
    several = [measures] if isinstance(measures, (str, Measure)) else list(measures)
    if not several:
        raise SettingsError("Name at least one measure, such as nDCG@10.")
    parsed = [parse_measure(measure) if isinstance(measure, str) else measure for measure in several]
    return tuple(dict.fromkeys(parsed))


@dataclass(frozen=True)
class _Report:
    """Estimates as tables and notes."""

    sample: Sample
    systems: list[str]
    measures: tuple[Measure, ...]
    found: list[list[SystemValues]]
    confidence: float
    estimator: Estimator

    def summary(self, outside: list[list[float]] | None) -> pl.DataFrame:
        rows = []
        for place, (system, estimates) in enumerate(zip(self.systems, self.found, strict=True)):
            for of, (measure, estimate) in enumerate(zip(self.measures, estimates, strict=True)):
                mean = self._mean(estimate.counted, estimate.amounts)
                covered = self._covered(estimate) if outside is None else 1.0 - outside[place][of]
                rows.append(
                    {
                        "system": system,
                        "measure": str(measure),
                        **_columns(mean, "value", told=_tells(estimate)),
                        "covered": covered,
                    }
                )
        return self._table(rows, ["system", "measure", "value"], "covered")

    def differences(self) -> pl.DataFrame:
        rows = []
        for (a, system), (b, other) in combinations(enumerate(self.systems), 2):
            for of, measure in enumerate(self.measures):
                first, second = self.found[a][of], self.found[b][of]
                mean = self._mean(first.counted - second.counted, first.amounts - second.amounts)
                named = {"system": system, "other": other, "measure": str(measure)}
                rows.append({**named, **_columns(mean, "difference", told=_tells(first) and _tells(second))})
        return self._table(rows, ["system", "other", "measure", "difference"])

    def per_query(self) -> pl.DataFrame:
        parts = []
        for system, estimates in zip(self.systems, self.found, strict=True):
            for measure, estimate in zip(self.measures, estimates, strict=True):
                errors = np.sqrt(sampled_variance(self.sample.items, estimate.amounts))
                parts.append(
                    pl.DataFrame(
                        {"query": self.sample.queries, "value": estimate.values, "error": errors}
                    ).select(
                        pl.lit(system).alias("system"),
                        "query",
                        pl.lit(str(measure)).alias("measure"),
                        "value",
                        "error",
                    )
                )
        return pl.concat(parts)

    def notes(self, outside: list[list[float]] | None) -> list[str]:
        notes = []
        for place, (system, estimates) in enumerate(zip(self.systems, self.found, strict=True)):
            for of, (measure, estimate) in enumerate(zip(self.measures, estimates, strict=True)):
                if outside is not None and outside[place][of] > 0:
                    notes.append(_out_of_reach(f"{outside[place][of]:.1%}", measure, system))
                if outside is None and self._is_short(estimate):
                    notes.append(_out_of_reach(f"About {1 - self._covered(estimate):.1%}", measure, system))
                blind = int(estimate.blind.sum())
                if blind:
                    notes.append(
                        f"For {blind:,} of {len(self.sample.queries):,} queries no item within the cutoff of"
                        f" {measure} was drawn of what {system} ranks; {_of_blind(measure, self.estimator)}. Draw more"
                        f" items.{'' if _tells(estimate) else ' These are too many for an interval.'}"
                    )
        if len(self.sample.queries) == 1:
            notes.append("Only 1 query is judged: an interval needs at least 2.")
        return notes

    def _mean(self, values: FloatArray, amounts: FloatArray) -> SampledMean:
        variances = sampled_variance(self.sample.items, amounts)
        return mean_over_queries(values, variances, self.sample.design, self.confidence)

    def _covered(self, estimate: SystemValues) -> float:
        design = self.sample.design
        shares = design.weights if design.inclusion is None else design.weights / design.inclusion
        return float(estimate.covered @ shares / shares.sum())

    def _is_short(self, estimate: SystemValues) -> bool:
        """Return whether the sample stands for clearly less than all ranks."""
        covered = estimate.covered
        if len(covered) < 2:
            return False
        error = float(covered.std(ddof=1)) / len(covered) ** 0.5
        return bool(covered.mean() < min(_FEW, 1.0 - 3.0 * error))

    def _table(self, rows: list[dict[str, Any]], first: list[str], *last: str) -> pl.DataFrame:
        numbers = [first[-1], "low", "high", "error_of_queries", "error_of_judgments", *last]
        schema = {**dict.fromkeys(first[:-1], pl.String), **dict.fromkeys(numbers, pl.Float64)}
        table = pl.DataFrame(rows, schema=schema, orient="row")
        return table.with_columns(queries=pl.lit(len(self.sample.queries), dtype=pl.Int64))


def _tells(estimate: SystemValues) -> bool:
    """Return whether enough queries had an item drawn within the cutoff for the scatter of values to mean something."""
    return float(estimate.blind.mean()) <= _MOST_BLIND


def _columns(mean: SampledMean, name: str, *, told: bool) -> dict[str, float | None]:
    bounded = told and bool(np.isfinite(mean.interval.low))
    return {
        name: mean.interval.estimate,
        "low": mean.interval.low if bounded else None,
        "high": mean.interval.high if bounded else None,
        "error_of_queries": None if mean.of_queries is None else float(np.sqrt(mean.of_queries)),
        "error_of_judgments": float(np.sqrt(mean.of_judgments)),
    }


def _sentence(row: dict[str, Any], confidence: float) -> str:
    better, worse, difference = row["system"], row["other"], row["difference"]
    if row["low"] is None:
        shown = signed(difference, Interval(difference, -1.0, 1.0))
        return f"{better} differs from {worse} on {row['measure']} by {shown}; how sure that is, these judgments do not tell."
    found = Interval(difference, row["low"], row["high"], confidence)
    if found.high < 0:
        better, worse, found = worse, better, Interval(-difference, -found.high, -found.low, confidence)
    by = f"{signed(found.estimate, found)} ({100 * confidence:g}% CI {between(found)})"
    if found.low > 0:
        return f"{better} beats {worse} on {row['measure']} by {by}, from a sample of judgments"
    return (
        f"No winner yet: {better} and {worse} differ on {row['measure']} by {by}, from a sample of judgments"
    )


def _of_blind(measure: Measure, estimator: Estimator) -> str:
    if estimator == "hajek" and form_of(measure).share_of == "nothing":
        return "their values are taken as those of the others"
    return "their values are taken as 0"


def _out_of_reach(share: str, measure: Measure, system: str) -> str:
    return (
        f"{share} of the weight that {measure} gives to {system}'s ranks is at items that the sampler could not take"
        " (inclusion 0, or beyond its depth). They cannot be estimated: Horvitz–Thompson counts them as not relevant,"
        " Hájek as like the others."
    )
