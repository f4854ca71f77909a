"""What the pages of single commands show: judgments, comparisons, agreement, annotators."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from palate.aggregation.labels import HeldOutReliability

__all__ = ["AgreementSheet", "AnnotatorSheet", "LabelSheet", "PairSheet", "Sheet", "Suspicion"]


@dataclass(frozen=True)
class LabelSheet:
    """Judgments made of answers, and how far to trust them.

    Args:
        source: What the answers are called, such as the file's name; untrusted text, as are all ids and labels.
        version: Of Palate.
        method: What made the judgments.
        reason: Why this method, in one line; empty where there was no choice.
        answers: Columns ``task, annotator, label``.
        judgments: Columns ``task, label, probability``; no label where the method abstained.
        probabilities: Columns ``task`` and one a label.
        annotators: Columns ``annotator, answers, skill, skill_low, skill_high, agreement``.
        golden: How many tasks had a known label.
        reliability: How sure the method was of what was hidden from it; None where nothing could be hidden.
        no_reliability: Why not, where it is None.
        notes: What to read before relying on the judgments.
    """

    source: str
    version: str
    method: str
    reason: str
    answers: pl.DataFrame
    judgments: pl.DataFrame
    probabilities: pl.DataFrame
    annotators: pl.DataFrame
    golden: int = 0
    reliability: HeldOutReliability | None = None
    no_reliability: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class PairSheet:
    """A ranking made of comparisons.

    Args:
        source: What the comparisons are called.
        version: Of Palate.
        method: What made the ranking.
        comparisons: How many there were.
        scores: Columns ``item, score, rank, comparisons, win_share`` and, where the method gives them, ``low, high,
            low_rank, high_rank, component``; best first.
        effects: Columns ``effect, value, low, high``; may have no rows.
        notes: What to read before relying on the ranking.
    """

    source: str
    version: str
    method: str
    comparisons: int
    scores: pl.DataFrame
    effects: pl.DataFrame
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class AgreementSheet:
    """How far annotators agree.

    Args:
        source: What the answers are called.
        version: Of Palate.
        coefficients: Columns ``coefficient, value, low, high, confidence, tasks, answers``.
        tasks: Columns ``task, answers, agreement, majority, uncertainty``; agreement is missing where one answered.
        annotators: Columns ``annotator, answers, overlapping, agreement, low, high``.
        notes: What to read before relying on the numbers.
    """

    source: str
    version: str
    coefficients: pl.DataFrame
    tasks: pl.DataFrame
    annotators: pl.DataFrame
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Suspicion:
    """Something to talk about with an annotator.

    Args:
        check: The check that found it, such as ``spammer_score``.
        annotators: Whom it concerns: one, or two who may have copied.
        sentence: What was found, with its numbers.
        evidence: The rows behind it, any columns.
    """

    check: str
    annotators: tuple[str, ...]
    sentence: str
    evidence: pl.DataFrame


@dataclass(frozen=True)
class AnnotatorSheet:
    """How well every annotator answers, and whom to talk to.

    Args:
        source: What the answers are called.
        version: Of Palate.
        method: What the skills come from.
        annotators: Columns ``annotator, answers, skill, skill_low, skill_high, agreement, spammer_score, spammer_low,
            spammer_high`` and maybe ``golden_answers, golden_accuracy``.
        checks: What was looked for, in words.
        suspicions: What was found.
    """

    source: str
    version: str
    method: str
    annotators: pl.DataFrame
    checks: tuple[str, ...]
    suspicions: tuple[Suspicion, ...] = ()


Sheet = LabelSheet | PairSheet | AgreementSheet | AnnotatorSheet
