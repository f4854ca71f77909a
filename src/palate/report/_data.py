"""What the page of a verdict shows: filled by a study, read by the templates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl

from palate.core.errors import InputError

if TYPE_CHECKING:
    from palate.learning import ModelCard

__all__ = [
    "AgreementLine",
    "CostLine",
    "QueryDifference",
    "RankedItem",
    "ReportData",
    "Retrained",
    "RoundLine",
    "VerdictLine",
    "check_frames",
    "has_rows",
]


@dataclass(frozen=True)
class VerdictLine:
    """One comparison of two systems on one measure.

    Args:
        sentence: The verdict in words, with its numbers.
        better: The better system; None if the two cannot be told apart.
        system: The system the difference is counted for.
        other: The system it is compared with.
        measure: What was measured, as printed: ``nDCG@10``.
        estimate: Mean of ``system`` minus mean of ``other``.
        low: Lower bound of the difference.
        high: Upper bound of the difference.
        p_value: Probability of a difference at least this far from 0 if there were none.
        adjusted: Whether the p-value counts the comparisons beside it.
    """

    sentence: str
    better: str | None
    system: str
    other: str
    measure: str
    estimate: float
    low: float
    high: float
    p_value: float
    adjusted: bool = False


@dataclass(frozen=True)
class AgreementLine:
    """One coefficient of agreement between annotators.

    Args:
        name: Such as ``Krippendorff's alpha``.
        value: The coefficient.
        low: Lower bound, or None where it was not estimated.
        high: Upper bound, or None.
        meaning: What the value says, a short sentence.
    """

    name: str
    value: float
    low: float | None
    high: float | None
    meaning: str


@dataclass(frozen=True)
class CostLine:
    """What one kind of answer cost.

    Args:
        what: Such as ``graded answers``, ``comparisons``, ``golden answers``.
        answers: How many were given.
        pages: How many pages were paid for them.
        dollars: What was paid, US dollars.
    """

    what: str
    answers: int
    pages: int
    dollars: Decimal


@dataclass(frozen=True)
class RoundLine:
    """What one round of asking was about, and what it cost.

    Args:
        round: From 1.
        tasks: Graded tasks that were new.
        pairs: Side-by-side pairs that were new.
        answers: How many were given, golden ones among them.
        dollars: What was paid, US dollars.
    """

    round: int
    tasks: int
    pairs: int
    answers: int
    dollars: Decimal


@dataclass(frozen=True)
class Retrained:
    """How a ranker that learned from the judgments did against the best of the first systems.

    Args:
        system: Its name.
        verdict: It against the best first system, after people were asked about what it changed, if they were.
        folds: In how many parts queries were held out from learning.
        importance: Columns ``feature, share`` (0 to 1), or None.
        before: The same before they were asked; None if nobody was.
        unjudged: How many of its first 10 items counted as not relevant then because nobody had judged them.
        values: Columns ``stage, system, value, low, high``: the systems before and after they were asked, or None.
        rounds: What was asked in each round, if there was more than one.
        card: What the ranker learned from and how, or None.
    """

    system: str
    verdict: VerdictLine
    folds: int
    importance: pl.DataFrame | None = None
    before: VerdictLine | None = None
    unjudged: int = 0
    values: pl.DataFrame | None = None
    rounds: tuple[RoundLine, ...] = ()
    card: ModelCard | None = None


@dataclass(frozen=True)
class RankedItem:
    """One place of a ranking.

    Args:
        rank: From 1.
        title: What people call the item; untrusted text.
        grade: The judged grade, or None where it was not judged.
    """

    rank: int
    title: str
    grade: float | None


@dataclass(frozen=True)
class QueryDifference:
    """One query on which two systems differ, both rankings side by side.

    Args:
        query: The query's text or id.
        about: Titles of what the user liked before, if the query is a user.
        system: The system on the left.
        other: The system on the right.
        left_value: The left ranking's value.
        right_value: The right ranking's value.
        left: The left ranking's first items.
        right: The right ranking's first items.
        measure: What the values measure, if it is to be named.
    """

    query: str | int
    about: tuple[str, ...]
    system: str
    other: str
    left_value: float
    right_value: float
    left: tuple[RankedItem, ...]
    right: tuple[RankedItem, ...]
    measure: str | None = None


@dataclass(frozen=True, eq=False)  # frames do not compare to one truth value
class ReportData:
    """Everything the page shows. What is None or empty is left out, with its section.

    Args:
        title: What the study is called.
        created: When it was made, an ISO date; empty leaves it out.
        simulated: Whether the annotators were simulated; the page says so at its top.
        seed: What all random numbers came from.
        version: Of Palate.
        confidence: Of every interval on the page.
        about: What the headline is about, in a few words beside "Verdict"; empty leaves it out.
        verdicts: The first is the headline.
        summary: Columns ``system, measure, value, low, high, queries``; low and high may be null.
        truth: Columns ``system, measure, value``: the same values computed from real later ratings.
        wins: Columns ``system, other, win_share, comparisons, low, high``: how often the system was preferred
            to the other; low and high may be null.
        pair_scores: Columns ``system, score, low, high`` (Bradley–Terry).
        annotators: Columns ``annotator, answers, skill`` and, where known, ``true_skill, kind,
            golden_answers, golden_accuracy, agreement`` (shares from 0 to 1).
        agreement: How far annotators agree.
        cost: What was paid for; the page adds up the total.
        aggregators: Columns ``method, equal_to_truth`` (share of its judgments, or null) and
            ``differs_from_chosen`` (share of tasks; null for the chosen method itself).
        coverage: Columns ``system, queries`` and further ones: whole numbers are counts, others are shares.
        retrained: The ranker that learned from the judgments.
        disagreements: The queries on which two systems differ most.
        method: Term and sentence: how queries were split, tasks sampled, answers priced, intervals computed.
        data: The name of every input and its hash.
        notes: Warnings to read before relying on the verdict.

    Frames may hold further columns; they are not shown, except those of ``coverage``.
    """

    title: str
    created: str
    simulated: bool
    seed: int
    version: str
    confidence: float = 0.95
    about: str = ""
    verdicts: tuple[VerdictLine, ...] = ()
    summary: pl.DataFrame | None = None
    truth: pl.DataFrame | None = None
    wins: pl.DataFrame | None = None
    pair_scores: pl.DataFrame | None = None
    annotators: pl.DataFrame | None = None
    agreement: tuple[AgreementLine, ...] = ()
    cost: tuple[CostLine, ...] = ()
    aggregators: pl.DataFrame | None = None
    coverage: pl.DataFrame | None = None
    retrained: Retrained | None = None
    disagreements: tuple[QueryDifference, ...] = ()
    method: tuple[tuple[str, str], ...] = ()
    data: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


_COLUMNS = {
    "summary": ("system", "measure", "value", "low", "high", "queries"),
    "truth": ("system", "measure", "value"),
    "wins": ("system", "other", "win_share", "comparisons", "low", "high"),
    "pair_scores": ("system", "score", "low", "high"),
    "annotators": ("annotator", "answers", "skill"),
    "aggregators": ("method", "equal_to_truth", "differs_from_chosen"),
    "coverage": ("system", "queries"),
}
_IDS = ("system", "other", "measure", "annotator", "kind", "method", "feature")


def check_frames(data: ReportData) -> dict[str, pl.DataFrame]:
    """Return the frames that have rows, by field, with ids as text and null for NaN.

    Raises:
        InputError: A frame lacks a column.
    """
    frames = {name: getattr(data, name) for name in _COLUMNS}
    columns = dict(_COLUMNS)
    if data.retrained is not None:
        frames |= {"importance": data.retrained.importance, "stages": data.retrained.values}
        columns |= {"importance": ("feature", "share"), "stages": ("stage", "system", "value", "low", "high")}
    return {name: _checked(name, frame, columns[name]) for name, frame in frames.items() if has_rows(frame)}


def has_rows(frame: pl.DataFrame | None) -> bool:
    """Return whether there is a frame and it holds anything."""
    return frame is not None and not frame.is_empty()


def _checked(name: str, frame: pl.DataFrame, columns: tuple[str, ...]) -> pl.DataFrame:
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise InputError(
            f"The report needs the columns {', '.join(columns)}; missing: {', '.join(missing)}."
            f" The columns here are: {', '.join(frame.columns)}.",
            where=f"ReportData.{name}",
        )
    ids = (pl.col(c).cast(pl.String) for c in _IDS if c in frame.columns)
    return frame.with_columns(*ids, pl.selectors.float().fill_nan(None))
