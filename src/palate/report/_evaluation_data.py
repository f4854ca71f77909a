"""What the pages of measuring, comparing, planning and watching show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from palate.evaluation import Plan, Watched
    from palate.inference import SegmentComparison, Verdict
    from palate.measures import Evaluation

__all__ = ["ComparisonSheet", "EvaluationSheet", "PlanSheet", "WatchSheet"]


@dataclass(frozen=True, eq=False)
class EvaluationSheet:
    """How good each system is.

    Args:
        source: What was measured, such as the files' names; untrusted text, as are all ids and names.
        version: Of Palate.
        evaluation: The values, their intervals, and what the judgments cover.
        curves: Columns ``curve, system, x, value``, as :func:`palate.report.ranking_curves` gives them.
    """

    source: str
    version: str
    evaluation: Evaluation
    curves: pl.DataFrame


@dataclass(frozen=True, eq=False)
class ComparisonSheet:
    """Which system is better, and on which queries.

    Args:
        source: What was compared.
        version: Of Palate.
        evaluation: The values a query that the verdicts rest on.
        verdicts: One a pair of systems and measure, as :func:`palate.study.compare_all` orders them.
        by_segment: The same in parts of the queries; None where none were named.
        notes: What to read before relying on them.
    """

    source: str
    version: str
    evaluation: Evaluation
    verdicts: tuple[Verdict, ...]
    by_segment: SegmentComparison | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class PlanSheet:
    """How many queries, answers and dollars show a difference.

    Args:
        source: What the plan rests on.
        version: Of Palate.
        plan: The designs, and the power of the cheapest.
    """

    source: str
    version: str
    plan: Plan


@dataclass(frozen=True, eq=False)
class WatchSheet:
    """Where a comparison stands while values come in.

    Args:
        source: What came in.
        version: Of Palate.
        watched: The verdict so far, and the way there.
    """

    source: str
    version: str
    watched: Watched
