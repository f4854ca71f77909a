"""From answers to verdicts whose intervals count other queries, other annotators and, if wanted, other items."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from itertools import combinations
from typing import Any, Literal, get_args

import numpy as np

from palate.aggregation.labels import LabelAggregator, MajorityVote, label_aggregators
from palate.aggregation.labels._coded import Duplicates
from palate.core.errors import InputError, SettingsError
from palate.core.frames import IntoTable
from palate.core.progress import Progress, no_progress
from palate.core.randomness import Seed
from palate.evaluation._judged_answers import JudgedAnswers, read_answers
from palate.evaluation._leave_out import deal, posterior_without
from palate.evaluation._ranked_judgments import RankedJudgments, depth_needed, rank_judgments
from palate.evaluation._sentences import between, signed
from palate.inference import (
    Correction,
    CrossedFactor,
    CrossedVariance,
    Interval,
    PairedBootstrap,
    adjusted_p_values,
    comparison_confidence,
    crossed_variance,
    effective_count,
)
from palate.inference.base import FloatArray
from palate.measures import Measure, evaluate, read_runs

__all__ = ["CrossedNoise", "CrossedVerdict"]

Grades = Literal["expected", "best"]


@dataclass(frozen=True)
class CrossedVerdict:
    """What is known about the difference of two systems on one measure, every source of noise counted.

    Args:
        measure: How the measure prints, such as ``nDCG@10``.
        system: The system with the higher value.
        other: The one it is compared with.
        value: The mean of ``system`` over the queries.
        other_value: The mean of ``other`` over the same queries.
        interval: Of ``system`` minus ``other``, for other queries and other annotators; its confidence counts the
            comparisons made beside this one.
        queries_only: The interval that resampling queries alone gives, of the same confidence.
        p_value: Of there being no difference, by ``interval``'s method; adjusted for the comparisons made beside it.
        comparisons: How many were made together.
        shares: Which share of the variance comes from ``queries`` and which is added by ``annotators`` (and ``items``).
        degrees: Degrees of freedom of ``interval``.
        queries: How many were judged.
        annotators: How many answered.
        answers: How many answers they gave.
        method: The settings.
        seed: None if it was a generator.
        notes: What a reader must know beside the numbers, as sentences.
    """

    measure: str
    system: str
    other: str
    value: float
    other_value: float
    interval: Interval
    queries_only: Interval
    p_value: float
    comparisons: int
    shares: dict[str, float]
    degrees: float
    queries: int
    annotators: int
    answers: int
    method: CrossedNoise = field(repr=False)
    seed: int | None = None
    notes: tuple[str, ...] = ()

    @property
    def better(self) -> str | None:
        """The better system; None where the interval holds 0."""
        return None if 0.0 in self.interval else self.system

    @property
    def sentence(self) -> str:
        """The verdict as people read it."""
        found, alone = self.interval, self.queries_only
        lead = (
            f"No winner yet: {self.system} and {self.other} differ"
            if self.better is None
            else f"{self.system} beats {self.other}"
        )
        return (
            f"{lead} on {self.measure} by {signed(found.estimate, found)} ({100 * found.confidence:.4g}% CI {between(found)}"
            f"{f', one of {self.comparisons:,} comparisons' if self.comparisons > 1 else ''})"
            f" from {self.answers:,} answers by {self.annotators:,} annotators; as if these were the only annotators, it"
            f" would be {between(alone)}"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the verdict as JSON can hold it."""
        settings = {name: value for name, value in vars(self.method).items() if name != "aggregator"}
        aggregator = self.method.aggregator
        return {
            "measure": self.measure,
            "system": self.system,
            "other": self.other,
            "better": self.better,
            "value": self.value,
            "other_value": self.other_value,
            "difference": asdict(self.interval),
            "queries_only": asdict(self.queries_only),
            "p_value": self.p_value,
            "comparisons": self.comparisons,
            "shares": self.shares,
            "degrees": self.degrees,
            "queries": self.queries,
            "annotators": self.annotators,
            "answers": self.answers,
            "method": {
                "name": "crossed_noise",
                "settings": settings,
                "aggregator": {"name": label_aggregators.name_of(aggregator), "settings": asdict(aggregator)},
            },
            "seed": self.seed,
            "notes": list(self.notes),
            "sentence": self.sentence,
        }


@dataclass(frozen=True)
class CrossedNoise:
    """Compare systems by answers; the interval is that of a study with other queries and other annotators.

    The spread between queries says how far the difference would move with other queries. How far it would move with
    other annotators, all queries feel together, and no resampling of queries shows it. It is found by leaving out one
    annotator after the other (or groups of them), aggregating the other answers anew and measuring all systems again;
    :func:`palate.inference.crossed_variance` puts both together. With ``items``, groups of judged items are left out of
    judgments and rankings likewise: the interval then is for other items, too, where queries share them.

    The truth that the interval is for is the value under the grades that ever more such annotators would lead to.

    Args:
        aggregator: What makes judgments of answers; each leaving out starts it anew. In ``bench/crossed_noise.py``, ten
            annotators whose tastes differ, the 95% interval for nDCG@10 holds the truth in 97% of 300 studies with the
            mean of votes and in 92% with Dawid–Skene, which follows the annotators that agree most; with queries
            alone, in 66% and 46%.
        grades: What an item's grade is: ``expected``, the mean of the labels' grades over its posterior, or ``best``, the
            most probable label. That one jumps where answers are few, and the interval holds the truth a little less
            often (93%).
        items: Whether other items could have been judged as well.
        groups: How many groups are left out at most; with so many annotators or fewer, each is left out alone.
        confidence: Of all winners named together, in (0, 1).
        correction: For several comparisons: ``holm``, ``bh`` or ``none``. Intervals are drawn at a higher confidence
            accordingly, so that they leave 0 out where the adjusted p-value is small enough and nowhere else
            (:func:`palate.inference.comparison_confidence`).

    Raises:
        SettingsError: A setting is out of range.
        UnknownNameError: There is no such correction.
    """

    aggregator: LabelAggregator = field(default_factory=MajorityVote)
    grades: Grades = "expected"
    items: bool = False
    groups: int = 200
    confidence: float = 0.95
    correction: Correction = "holm"

    def __post_init__(self) -> None:
        if self.grades not in get_args(Grades):
            raise SettingsError(
                f"'grades' must be one of {', '.join(get_args(Grades))}; it is {self.grades!r}."
            )
        if self.groups < 2:
            raise SettingsError(f"'groups' must be at least 2; it is {self.groups}.")
        PairedBootstrap(self.confidence)  # checks the confidence
        adjusted_p_values([], self.correction)  # checks the correction

    def compare(
        self,
        runs: Any,
        answers: IntoTable,
        measures: str | Measure | Iterable[str | Measure] = "nDCG@10",
        *,
        tasks: IntoTable | None = None,
        golden: IntoTable | None = None,
        on_duplicate: Duplicates = "error",
        seed: Seed = 0,
        progress: Progress = no_progress,
    ) -> tuple[CrossedVerdict, ...]:
        """Return a verdict on every pair of systems, best system first, one measure after another.

        Args:
            runs: As in :func:`palate.measures.evaluate`; two systems or more.
            answers: Columns ``task, annotator, label``; without ``tasks``, ``query, item, annotator, label``. Labels are
                grades.
            measures: Measures or their texts.
            tasks: Columns ``task, query, item``. Answers to other tasks help to know the annotators.
            golden: Known labels, columns ``task, label``; these grades are certain.
            on_duplicate: What to do where an annotator answers a task more than once: an ``error`` shows the rows; the
                ``first`` or the ``last`` row counts; or ``all`` of them do.
            seed: For groups, and for the interval of queries alone.
            progress: Called with (groups left out, all groups).

        Raises:
            InputError: A table is not what it should be, there are fewer than two systems, two judged queries or two
                annotators, or a run and the judgments share no query.
            UnknownNameError: There is no such measure.
        """
        ranked_runs, found = read_runs(runs), read_answers(answers, tasks, golden, on_duplicate)
        if ranked_runs["system"].n_unique() < 2:
            raise InputError(
                f"A comparison needs two systems; there is one, '{ranked_runs['system'][0]}'.", where="runs"
            )
        if np.count_nonzero(found.answers_each) < 2:
            raise InputError(
                "One annotator gave all answers: how far others would differ cannot be said. Two are the least, ten are"
                " better; palate compare gives the interval for this annotator.",
                where="answers",
            )
        posterior = self.aggregator.fit(found.coded).posterior
        grades = found.grades(posterior, expected=self.grades == "expected")
        judgments = found.judged.with_columns(grade=grades)
        evaluation = evaluate(ranked_runs, judgments, measures, confidence=self.confidence, seed=seed)
        # Items left out make room for those behind any depth.
        depth = None if self.items else depth_needed(evaluation.measures)
        ranked = rank_judgments(found.judged, ranked_runs, depth)
        values = ranked.values(grades, evaluation.measures)
        left_out = self._left_out(
            found, ranked, grades, measures=evaluation.measures, seed=seed, progress=progress
        )
        compared = [
            _Compared(
                measure,
                (ranked.systems[a], ranked.systems[b]),
                values[row, [a, b]],
                crossed_variance(
                    values[row, a] - values[row, b], [part.between(row, a, b) for part in left_out]
                ),
            )
            for row, measure in enumerate(map(str, evaluation.measures))
            for a, b in combinations(np.argsort(-values[row].mean(axis=1), kind="stable").tolist(), 2)
        ]
        return self._verdicts(compared, found, notes=(*found.notes, *evaluation.notes), seed=seed)

    def _left_out(
        self,
        found: JudgedAnswers,
        ranked: RankedJudgments,
        grades: FloatArray,
        *,
        measures: Sequence[Measure],
        seed: Seed,
        progress: Progress,
    ) -> list[_LeftOut]:
        """Return the values without each group of annotators and, if wanted, of items."""
        who = deal(len(found.coded.annotator_ids), self.groups, seed, "annotators")
        what = deal(int(ranked.item_of.max()) + 1, self.groups, seed, "items")[ranked.item_of]
        n_who, n_what = int(who.max()) + 1, int(what.max()) + 1 if self.items else 0
        of_annotators, of_items = [], []
        for group in range(n_who):
            posterior = posterior_without(found.coded, self.aggregator, who == group)
            fewer = found.grades(posterior, expected=self.grades == "expected")
            of_annotators.append(ranked.values(fewer, measures))
            progress(group + 1, n_who + n_what)
        for group in range(n_what):
            of_items.append(ranked.values(grades, measures, what != group))
            progress(n_who + group + 1, n_who + n_what)
        parts = [
            _LeftOut(
                "annotators", np.stack(of_annotators), effective_count(np.bincount(who, found.answers_each))
            )
        ]
        if of_items:
            parts.append(_LeftOut("items", np.stack(of_items), effective_count(np.bincount(what))))
        return parts

    def _verdicts(
        self, compared: Sequence[_Compared], found: JudgedAnswers, *, notes: tuple[str, ...], seed: Seed
    ) -> tuple[CrossedVerdict, ...]:
        """Return the verdicts, each counting how many there are."""
        p_values = [one.variance.p_value for one in compared]
        adjusted = adjusted_p_values(p_values, self.correction).tolist()
        confidence = comparison_confidence(p_values, self.correction, self.confidence)
        alone = PairedBootstrap(confidence, resamples=max(10_000, round(40 / (1 - confidence))))
        return tuple(
            CrossedVerdict(
                measure=one.measure,
                system=one.systems[0],
                other=one.systems[1],
                value=float(one.values[0].mean()),
                other_value=float(one.values[1].mean()),
                interval=one.variance.interval(confidence),
                queries_only=alone.compare(one.values[0], one.values[1], seed).interval,
                p_value=p_value,
                comparisons=len(compared),
                shares=one.variance.shares,
                degrees=one.variance.degrees,
                queries=one.values.shape[1],
                annotators=int(np.count_nonzero(found.answers_each)),
                answers=int(found.answers_each.sum()),
                method=self,
                seed=seed if isinstance(seed, int) else None,
                notes=notes,
            )
            for one, p_value in zip(compared, adjusted, strict=True)
        )


@dataclass(frozen=True)
class _Compared:
    """Two systems on one measure.

    Args:
        measure: How it prints.
        systems: The two.
        values: Shape (2, n_queries).
        variance: Of the mean of their difference.
    """

    measure: str
    systems: tuple[str, str]
    values: FloatArray
    variance: CrossedVariance


@dataclass(frozen=True)
class _LeftOut:
    """Values without each group of one factor.

    Args:
        name: Of the factor.
        values: Shape (n_groups, n_measures, n_systems, n_queries).
        count: How many there effectively are.
    """

    name: str
    values: FloatArray
    count: float

    def between(self, measure: int, system: int, other: int) -> CrossedFactor:
        """Return what it makes of the difference of two systems."""
        values = self.values[:, measure]
        return CrossedFactor(self.name, values[:, system] - values[:, other], self.count)
