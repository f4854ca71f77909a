"""What is found of one system's run: its values, and what the judgments cover of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from palate.measures._coverage import Covered
from palate.measures._rankings import CodedJudgments, code_run, grade_rankings
from palate.measures._runs import SystemRun
from palate.measures.base import FloatArray, GradedRankings, Measure

__all__ = ["RunValues", "run_values", "values_of"]


@dataclass(frozen=True, eq=False)
class RunValues:
    """What is found of one system's run.

    Args:
        system: Its name, if the rows have it.
        values: float64, shape (n_measures, n_queries).
        answered: bool, shape (n_queries,): which judged queries it ranks items for.
        first_query: The query of its first row.
        extra: The queries it answers that have no judgments, each once.
        covered: Counts of the items it ranks for judged queries.
    """

    system: str | None
    values: FloatArray
    answered: npt.NDArray[np.bool_]
    first_query: object
    extra: Sequence[object]
    covered: Covered


def run_values(
    run: SystemRun, judged: CodedJudgments, measures: tuple[Measure, ...], depth: int | None
) -> RunValues:
    """Return what is found of a run that is held as a table.

    Args:
        run: The run.
        judged: The judgments.
        measures: What to compute.
        depth: How many items of each ranking are looked at; all if None.

    Raises:
        InputError: The run has neither scores nor ranks, or the grades do not fit a measure.
    """
    coded = code_run(run.rows, judged, run.where)
    rankings = grade_rankings(coded, judged)
    answered = rankings.ranked_counts > 0
    if depth is not None:
        rankings = rankings.first(depth)
    queries = run.rows["query"]
    extra = queries.filter(coded.queries < 0).unique(maintain_order=True).to_list()
    first = queries[0] if len(queries) else ""
    return RunValues(run.system, values_of(rankings, measures), answered, first, extra, Covered.of(rankings))


def values_of(rankings: GradedRankings, measures: tuple[Measure, ...]) -> FloatArray:
    """Return the values, shape (n_measures, n_queries)."""
    return np.stack([measure.per_query(rankings) for measure in measures])
