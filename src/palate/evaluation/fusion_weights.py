"""Find by judgments how much each system should count when runs are fused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.core.errors import InputError, SettingsError
from palate.core.frames import IntoTable
from palate.core.progress import Progress, no_progress
from palate.core.randomness import Seed, generator
from palate.core.settings import check_counts
from palate.inference import PairedBootstrap
from palate.inference.base import Interval
from palate.measures import Measure, evaluate, parse_measure, read_runs
from palate.recommend.fusion import Interpolation
from palate.recommend.fusion._fuse import CodedPairs, code_runs, fused_run
from palate.recommend.fusion._normalized import Normalization

__all__ = ["TunedWeights", "tune_interpolation"]

FloatArray = npt.NDArray[np.float64]
Weights = tuple[int, ...]
"""Weights in whole steps, which sum to the number of steps."""

_FEWEST = 39
"""Resamples of intervals that nobody reads: the fewest that one of 95% needs."""

_ROUNDS = 5
"""Times that all systems' weights are gone through at most; two or three are enough."""


@dataclass(frozen=True)
class TunedWeights:
    """Weights that fuse best by the judgments, and what such weights are worth on queries that they were not tuned on.

    Args:
        method: The interpolation with weights tuned on all judged queries.
        measure: What was made as high as possible.
        value: Mean over judged queries, each fused by weights tuned on other queries.
        singles: Each system's mean alone, by name.
        equal: The mean with equal weights.
        gain: ``value`` less the best system's mean, with its bootstrap interval over queries.
        over_equal: ``value`` less ``equal``, likewise.
        fold_weights: The weights tuned without each fold.
        queries: How many judged queries there are.
        notes: What a reader must know beside the numbers, as sentences.
    """

    method: Interpolation
    measure: Measure
    value: float
    singles: Mapping[str, float]
    equal: float
    gain: Interval
    over_equal: Interval
    fold_weights: tuple[Mapping[str, float], ...]
    queries: int
    notes: tuple[str, ...]

    @property
    def best(self) -> str:
        """The system that is best alone."""
        return max(self.singles, key=lambda name: self.singles[name])

    @property
    def sentence(self) -> str:
        """What the weights are and what they bring."""
        weights = ", ".join(f"{name} {weight:.2f}" for name, weight in self.method.weights.items())
        gain = self.gain
        return (
            f"Weights {weights}: {self.measure} {self.value:.4f} on queries that weights were not tuned on, {gain.estimate:+.4f}"
            f" over {self.best} alone ({100 * gain.confidence:g}% CI {gain.low:+.4f} … {gain.high:+.4f}) and"
            f" {self.over_equal.estimate:+.4f} over equal weights ({self.over_equal.low:+.4f} …"
            f" {self.over_equal.high:+.4f}); {self.queries:,} queries."
        )

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values for JSON."""
        bounds = {
            name: {"estimate": found.estimate, "low": found.low, "high": found.high}
            for name, found in (("gain", self.gain), ("over_equal", self.over_equal))
        }
        return {
            "weights": dict(self.method.weights),
            "normalization": self.method.normalization,
            "measure": str(self.measure),
            "value": self.value,
            "singles": dict(self.singles),
            "equal": self.equal,
            **bounds,
            "confidence": self.gain.confidence,
            "fold_weights": [dict(weights) for weights in self.fold_weights],
            "queries": self.queries,
            "sentence": self.sentence,
            "notes": list(self.notes),
        }


@dataclass
class _Trials:
    """Values a query of weights that were tried, each kind of weights once."""

    measured: Callable[[Weights], FloatArray]
    known: dict[Weights, FloatArray] = field(default_factory=dict)

    def values(self, weights: Weights) -> FloatArray:
        if weights not in self.known:
            self.known[weights] = self.measured(weights)
        return self.known[weights]


def tune_interpolation(
    runs: Any,
    judgments: IntoTable,
    measure: str | Measure = "nDCG@10",
    *,
    normalization: Normalization = "min_max",
    folds: int = 5,
    steps: int = 20,
    depth: int | None = None,
    confidence: float = 0.95,
    seed: Seed = 0,
    progress: Progress = no_progress,
) -> TunedWeights:
    """Return the weights with which fused runs have the highest mean of a measure, and what that is worth.

    Weights are sought on a grid, one system's at a time while the others keep their ratios, until none is better
    (coordinate ascent; Metzler and Croft, 2007); for two systems this is the whole grid. The mean of a ranking measure
    moves in steps, so that a search by slopes or by golden section would stop anywhere. The mean that the best weights
    have on the queries that they were tuned on is too high; ``value`` is therefore by cross-validation over queries.

    Args:
        runs: As in :func:`palate.measures.evaluate`; two systems at least, with scores.
        judgments: Columns ``query, item, grade``.
        measure: A measure or its text.
        normalization: Of the scores; see :class:`palate.recommend.fusion.Interpolation`.
        folds: Parts of the queries, each of which is valued by weights tuned on the others.
        steps: Weights are multiples of 1 / ``steps``.
        depth: Ranks of each run that are looked at; all by default.
        confidence: Of the intervals.
        seed: Of the folds and the intervals.
        progress: Called with (folds done, folds in all); tuning on all queries counts as one.

    Raises:
        InputError: The runs are not as said, share no query with the judgments, or there are fewer queries than folds.
        SettingsError: A setting is out of range.
        UnknownNameError: There is no such measure.
    """
    check_counts(steps=steps, **({} if depth is None else {"depth": depth}))
    if folds < 2:
        raise SettingsError(f"'folds' must be at least 2; it is {folds}.")
    wanted = parse_measure(measure) if isinstance(measure, str) else measure
    table = read_runs(runs)
    found = code_runs(table, Interpolation(normalization=normalization), depth)
    systems = found.coded.systems
    trials = _Trials(
        lambda weights: _values(found, _named(weights, systems), normalization, judgments, wanted)
    )
    start = _equal(len(systems), steps)
    n_queries = len(trials.values(start))
    if n_queries < folds:
        raise InputError(
            f"There are {n_queries} judged queries for {folds} folds. Judge more, or take fewer folds.",
            where="judgments",
        )
    fold_of = generator(seed, "folds").permutation(np.arange(n_queries) % folds)
    chosen, left_out = [], np.empty(n_queries)
    for fold in range(folds):
        best = _climb(trials, np.flatnonzero(fold_of != fold), start)
        left_out[fold_of == fold] = trials.values(best)[fold_of == fold]
        chosen.append(best)
        progress(fold + 1, folds + 1)
    best = _climb(trials, np.arange(n_queries), start)
    progress(folds + 1, folds + 1)
    alone = _alone(table, judgments, wanted)
    single = max(alone.values(), key=lambda values: float(values.mean()))
    level = _values(found, {}, normalization, judgments, wanted)
    compare = PairedBootstrap(confidence).compare
    return TunedWeights(
        Interpolation(_named(best, systems), normalization),
        wanted,
        float(left_out.mean()),
        {name: float(values.mean()) for name, values in alone.items()},
        float(level.mean()),
        compare(left_out, single, seed).interval,
        compare(left_out, level, seed).interval,
        tuple(_named(weights, systems) for weights in chosen),
        n_queries,
        tuple(_notes(chosen, systems, steps)),
    )


def _values(
    found: CodedPairs,
    weights: Mapping[str, float],
    normalization: Normalization,
    judgments: IntoTable,
    measure: Measure,
) -> FloatArray:
    """Return a value for each judged query, in the order of the queries."""
    scores = Interpolation(weights, normalization).fuse(found.coded)
    run = fused_run(found, scores, "fused")
    per_query = pl.DataFrame(evaluate(run, judgments, [measure], resamples=_FEWEST).per_query)
    return per_query.sort("query")["value"].to_numpy()


def _climb(trials: _Trials, queries: npt.NDArray[np.intp], start: Weights) -> Weights:
    """Return the weights with the highest mean over ``queries``; the first found of equal ones."""
    best, highest = start, float(trials.values(start)[queries].mean())
    for _ in range(_ROUNDS):
        before = best
        for place in range(len(start)):
            for weights in _along(best, place):
                mean = float(trials.values(weights)[queries].mean())
                if mean > highest + 1e-12:
                    best, highest = weights, mean
        if best == before:
            break
    return best


def _along(weights: Weights, place: int) -> list[Weights]:
    """Return weights with all values in one place, the others in their ratios as nearly as whole steps allow."""
    steps = sum(weights)
    others = [weight for other, weight in enumerate(weights) if other != place]
    if not any(others):
        others = [1] * len(others)
    found = []
    for value in range(steps + 1):
        parts = _shared(steps - value, others)
        found.append((*parts[:place], value, *parts[place:]))
    return found


def _shared(total: int, ratios: list[int]) -> list[int]:
    """Return whole numbers that sum to ``total``, nearly in these ratios (largest remainders; first of equal ones)."""
    exact = [total * ratio / sum(ratios) for ratio in ratios]
    parts = [int(number) for number in exact]
    order = sorted(range(len(parts)), key=lambda place: parts[place] - exact[place])
    for place in order[: total - sum(parts)]:
        parts[place] += 1
    return parts


def _equal(systems: int, steps: int) -> Weights:
    return tuple(_shared(steps, [1] * systems))


def _alone(runs: pl.DataFrame, judgments: IntoTable, measure: Measure) -> dict[str, FloatArray]:
    """Return the values a query of each system as it came, by name."""
    per_query = pl.DataFrame(evaluate(runs, judgments, [measure], resamples=_FEWEST).per_query).sort("query")
    return {
        str(name[0]): rows["value"].to_numpy()
        for name, rows in sorted(
            per_query.group_by("system", maintain_order=True), key=lambda found: str(found[0])
        )
    }


def _named(weights: Weights, systems: tuple[str, ...]) -> dict[str, float]:
    return {name: weight / sum(weights) for name, weight in zip(systems, weights, strict=True)}


def _notes(chosen: list[Weights], systems: tuple[str, ...], steps: int) -> list[str]:
    notes = []
    for row, name in enumerate(systems):
        weights = [found[row] / steps for found in chosen]
        if max(weights) - min(weights) > 0.5:
            notes.append(
                f"the weight of {name} goes from {min(weights):.2f} to {max(weights):.2f} between folds: the judgments do not"
                " settle it."
            )
    return notes
