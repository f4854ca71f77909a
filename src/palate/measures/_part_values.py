"""The values of one part of a run: its queries coded, its items ordered and graded, its measures computed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from palate.measures._coverage import Covered
from palate.measures._fields_kernel import Fields, IntArray, PlaceArray, fill_table, find_fields
from palate.measures._parts import Part, fields_of
from palate.measures._queries_kernel import group_rows, rank_queries
from palate.measures._rankings import CodedJudgments
from palate.measures._run_values import values_of
from palate.measures.base import FloatArray, GradedRankings, Measure

__all__ = ["JudgedFields", "PartValues", "part_values"]


@dataclass(frozen=True, eq=False)
class JudgedFields:
    """Judgments with their ids as bytes.

    Args:
        judgments: The judgments.
        queries: Their queries.
        query_table: Finds a query by its hash.
        items: Their items.
        item_codes: int64, shape (n_judged,): the item of each judgment, in the order of ``judgments.cells``.
    """

    judgments: CodedJudgments
    queries: Fields
    query_table: IntArray
    items: Fields
    item_codes: PlaceArray

    @staticmethod
    def of(judgments: CodedJudgments) -> JudgedFields:
        """Return judgments with their ids as bytes."""
        queries = fields_of(judgments.queries)
        n_queries = len(judgments.queries)
        table = np.empty(1 << (2 * n_queries).bit_length(), dtype=np.int32)
        fill_table(queries, np.arange(n_queries), table)
        item_codes = judgments.cells % (len(judgments.items) + 1) - 1
        return JudgedFields(judgments, queries, table, fields_of(judgments.items), item_codes)


@dataclass(frozen=True, eq=False)
class PartValues:
    """What was found of some queries.

    Args:
        system: The system's name as the rows have it, if they do.
        queries: int32: which judged queries they are, rising.
        values: float64, shape (n_measures, len(queries)).
        first_query: The query of the first row.
        extra: The queries without judgments.
        covered: Counts of the ranked items.
    """

    system: str | None
    queries: IntArray
    values: FloatArray
    first_query: str
    extra: tuple[str, ...]
    covered: Covered


def part_values(
    part: Part, judged: JudgedFields, measures: tuple[Measure, ...], depth: int | None
) -> PartValues | None:
    """Return the values of a part's queries, or None if one of them has an item twice."""
    codes, extra = _query_codes(part, judged)
    rows, queries, offsets = _rows_by_query(part, codes)
    answered = queries[: np.searchsorted(queries, len(judged.judgments.queries))]
    judgments = judged.judgments
    judged_counts = np.diff(judgments.offsets)[answered]
    places = _places(judgments.offsets[answered], judged_counts)
    judged_offsets = _offsets(judged_counts)
    grades = np.empty(offsets[len(answered)])
    complete = rank_queries(
        part.items,
        part.scores,
        rows,
        offsets,
        judged.items,
        judged.item_codes[places],
        judgments.grades[places],
        judged_offsets,
        grades,
    )
    if not complete:
        return None
    rankings = GradedRankings(
        offsets[: len(answered) + 1], grades, judged_offsets, judgments.highest_first[places]
    )
    if depth is not None:
        rankings = rankings.first(depth)
    values = values_of(rankings, measures)
    return PartValues(part.system, answered, values, part.query(0), extra, Covered.of(rankings))


def _query_codes(part: Part, judged: JudgedFields) -> tuple[IntArray, tuple[str, ...]]:
    """Return the code of each stretch's query, those without judgments behind the others, and these."""
    n_known = len(judged.judgments.queries)
    codes = np.empty(len(part.queries.hashes), dtype=np.int32)
    find_fields(part.queries, judged.queries, np.arange(n_known), judged.query_table, codes)
    extra: dict[str, int] = {}
    for stretch in np.flatnonzero(codes < 0).tolist():
        codes[stretch] = n_known + extra.setdefault(part.query(stretch), len(extra))
    return codes, tuple(extra)


def _rows_by_query(part: Part, codes: IntArray) -> tuple[PlaceArray, IntArray, PlaceArray]:
    """Return the rows by query, the queries' codes, rising, and where each begins among the rows, and the end."""
    queries, groups = np.unique(codes, return_inverse=True)
    lengths = np.diff(part.first_rows)
    offsets = _offsets(np.bincount(groups, weights=lengths, minlength=len(queries)))
    rows = np.empty(len(part.scores), dtype=np.int64)
    group_rows(part.first_rows, groups, offsets[:-1].copy(), rows)
    return rows, queries, offsets


def _places(starts: PlaceArray, counts: PlaceArray) -> PlaceArray:
    """Return the numbers from each start on, as many as its count."""
    return np.repeat(starts - (np.cumsum(counts) - counts), counts) + np.arange(counts.sum())


def _offsets(counts: npt.NDArray[np.int64 | np.float64]) -> PlaceArray:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
