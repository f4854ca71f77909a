"""What of a run the judgments cover: missing and extra queries, items that nobody judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.core.errors import InputError
from palate.measures.base import GradedRankings

__all__ = ["Coverage", "Covered", "coverage_of", "refuse_no_shared_query"]

_FIRST = 10


@dataclass(frozen=True)
class Covered:
    """Counts of the items that rankings of judged queries hold; those of parts of a run add up to those of the run.

    Args:
        ranked: Items ranked.
        unjudged: How many of them are not judged.
        ranked_first_10: Items among the first 10 of each query.
        unjudged_first_10: How many of them are not judged.
    """

    ranked: int = 0
    unjudged: int = 0
    ranked_first_10: int = 0
    unjudged_first_10: int = 0

    @staticmethod
    def of(rankings: GradedRankings) -> Covered:
        """Count the items of rankings."""
        lengths = rankings.ranked_counts
        unjudged = np.isnan(rankings.grades)
        firsts = np.minimum(lengths, _FIRST)
        places = np.repeat(rankings.offsets[:-1] - (np.cumsum(firsts) - firsts), firsts)
        places += np.arange(len(places))
        return Covered(len(unjudged), int(unjudged.sum()), len(places), int(unjudged[places].sum()))

    def __add__(self, other: Covered) -> Covered:
        return Covered(
            self.ranked + other.ranked,
            self.unjudged + other.unjudged,
            self.ranked_first_10 + other.ranked_first_10,
            self.unjudged_first_10 + other.unjudged_first_10,
        )


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
    system: str,
    answered: npt.NDArray[np.bool_],
    extra: Sequence[object],
    covered: Covered,
    judged_queries: pl.Series,
) -> Coverage:
    """Return what a system's graded rankings leave out and what they hold without a judgment.

    Args:
        system: The system's name.
        answered: Which judged queries it ranks items for, shape (n_queries,).
        extra: The queries it answers that have no judgments.
        covered: Counts of the items it ranks for judged queries.
        judged_queries: The judged queries' own ids.
    """
    absent = np.flatnonzero(~answered)
    notes = []
    if len(absent):
        notes.append(
            f"{system} does not answer {len(absent):,} of {len(answered):,} judged queries, such as"
            f" '{judged_queries[int(absent[0])]}'; each counts with the value of an empty ranking."
        )
    if len(extra):
        notes.append(
            f"{system} answers {len(extra):,} {'query' if len(extra) == 1 else 'queries'} without judgments, such as"
            f" '{extra[0]}'; not evaluated."
        )
    if covered.unjudged_first_10:
        share = covered.unjudged_first_10 / covered.ranked_first_10
        notes.append(
            f"{covered.unjudged_first_10:,} of {covered.ranked_first_10:,} items ({share:.1%}) that {system} ranks"
            f" among the first {_FIRST} are not judged; they count as not relevant."
        )
    return Coverage(
        system,
        answered=len(answered) - len(absent),
        missing=len(absent),
        extra=len(extra),
        **asdict(covered),
        notes=tuple(notes),
    )


def refuse_no_shared_query(
    answered: npt.NDArray[np.bool_], run: str, first_query: object, judgments: str, judged_queries: pl.Series
) -> None:
    """Refuse a run none of whose queries has a judgment: most likely the ids are written differently.

    Args:
        answered: Which judged queries it ranks items for.
        run: What errors call the run.
        first_query: Its first query.
        judgments: What errors call the judgments.
        judged_queries: The judged queries' own ids.

    Raises:
        InputError: The run and the judgments share no query.
    """
    if answered.any():
        return
    raise InputError(
        f"The run '{run}' and the judgments '{judgments}' share no query: ids look like '{first_query}' in the run"
        f" and '{judged_queries[0]}' in the judgments. Write them alike."
    )
