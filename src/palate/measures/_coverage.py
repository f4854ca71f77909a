"""What of a run the judgments cover: missing and extra queries, items that nobody judged."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import polars as pl

from palate.core.errors import InputError
from palate.measures._rankings import CodedJudgments, CodedRun
from palate.measures._runs import SystemRun
from palate.measures.base import GradedRankings

__all__ = ["Coverage", "coverage_of", "refuse_no_shared_query"]

_FIRST = 10


@dataclass(frozen=True)
class Coverage:
    """How much of one system's run could be evaluated.

    Args:
        system: The system's name.
        answered: Judged queries for which it ranks at least one item.
        missing: Judged queries for which it ranks none.
        extra: Queries it answers that have no judgments.
        ranked: Items it ranks for judged queries.
        unjudged: How many of them are not judged.
        ranked_first_10: Items it ranks for judged queries among the first 10 of each.
        unjudged_first_10: How many of them are not judged.
        notes: What of this a reader must know, as sentences.
    """

    system: str
    answered: int
    missing: int
    extra: int
    ranked: int
    unjudged: int
    ranked_first_10: int
    unjudged_first_10: int
    notes: tuple[str, ...]

    def row(self) -> dict[str, object]:
        """Return the counts as a row of a table."""
        return {name: value for name, value in asdict(self).items() if name != "notes"}


def coverage_of(
    run: SystemRun, coded: CodedRun, judgments: CodedJudgments, rankings: GradedRankings
) -> Coverage:
    """Count what a system's graded rankings leave out and what they hold without a judgment."""
    lengths = np.diff(rankings.offsets)
    absent = np.flatnonzero(lengths == 0)
    extra = run.rows["query"].filter(coded.queries < 0).unique(maintain_order=True)
    unjudged = np.isnan(rankings.grades)
    ranks = np.arange(len(unjudged)) - np.repeat(rankings.offsets[:-1], lengths) + 1
    first = ranks <= _FIRST
    n_first, n_unjudged = int(first.sum()), int(unjudged[first].sum())
    notes = []
    if len(absent):
        notes.append(
            f"{run.system} does not answer {len(absent):,} of {len(lengths):,} judged queries, such as"
            f" '{judgments.queries[int(absent[0])]}'; each counts with the value of an empty ranking."
        )
    if len(extra):
        notes.append(
            f"{run.system} answers {len(extra):,} {_queries(len(extra))} without judgments, such as"
            f" '{extra[0]}'; not evaluated."
        )
    if n_unjudged:
        notes.append(
            f"{n_unjudged:,} of {n_first:,} items ({n_unjudged / n_first:.1%}) that {run.system} ranks among"
            f" the first {_FIRST} are not judged; they count as not relevant."
        )
    return Coverage(
        run.system,
        answered=len(lengths) - len(absent),
        missing=len(absent),
        extra=len(extra),
        ranked=len(unjudged),
        unjudged=int(unjudged.sum()),
        ranked_first_10=n_first,
        unjudged_first_10=n_unjudged,
        notes=tuple(notes),
    )


def refuse_no_shared_query(run: SystemRun, coded: CodedRun, judged: pl.Series, where: str) -> None:
    """Refuse a run none of whose queries has a judgment: most likely the ids are written differently.

    Raises:
        InputError: The run and the judgments share no query.
    """
    if (coded.queries >= 0).any():
        return
    raise InputError(
        f"The run '{run.path or run.system}' and the judgments '{where}' share no query: ids look like"
        f" '{run.rows['query'][0]}' in the run and '{judged[0]}' in the judgments. Write them alike."
    )


def _queries(count: int) -> str:
    return "query" if count == 1 else "queries"
