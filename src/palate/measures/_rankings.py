"""From tables of runs and judgments to one system's graded rankings, as flat arrays.

Ids become integer codes once; from there on everything is sorting and gathering columns, some ten thousand
rows at a time so that they stay in the processor's cache. A million ranked items take some hundredths of a
second, and no query is looked at on its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.core.coding import IntArray, encode, encode_like
from palate.core.errors import InputError
from palate.measures.base import FloatArray, GradedRankings

__all__ = ["CodedJudgments", "CodedRun", "code_judgments", "code_run", "grade_rankings", "ranking_scores"]

_BLOCK_ROWS = 1 << 16
"""Rows worked on at a time: their columns fit the second-level cache of usual processors."""
_LONG_ROWS = 1 << 22
"""Rows from which compiled code gains more time than it takes to load."""
_DENSE_CELLS = 16
"""Up to this many cells (query, item) a row, a table of all cells is faster than a search."""


@dataclass(frozen=True)
class CodedJudgments:
    """Judgments as flat arrays, coded once for all systems.

    Args:
        queries: The judged queries' own ids, sorted.
        items: The judged items' own ids, sorted.
        cells: int64, shape (n_judged,): the cells (see ``_cells``) of query and item, rising.
        grades: float64, shape (n_judged,), in the order of ``cells``.
        offsets: int64, shape (n_queries + 1,); query q has ``grades[offsets[q]:offsets[q + 1]]``.
        highest_first: float64, shape (n_judged,): the grades by query, highest first.
    """

    queries: pl.Series
    items: pl.Series
    cells: npt.NDArray[np.int64]
    grades: FloatArray
    offsets: npt.NDArray[np.int64]
    highest_first: FloatArray


@dataclass(frozen=True)
class CodedRun:
    """One system's ranked items as flat arrays, rows in any order.

    Args:
        queries: int32, shape (n_rows,): code among the judged queries; -1 where the query has no judgments.
        items: int32, shape (n_rows,): code among the judged items; -1 where no query judges the item.
        scores: float64, shape (n_rows,); higher is earlier.
        ids: The items' own ids; equal scores are ordered by them.
    """

    queries: IntArray
    items: IntArray
    scores: FloatArray
    ids: pl.Series


def code_judgments(judgments: pl.DataFrame) -> CodedJudgments:
    """Return checked judgments (``query, item, grade``, each pair once) as flat arrays."""
    queries, items = encode(judgments["query"]), encode(judgments["item"])
    cells = _cells(queries.codes, items.codes, len(items))
    grades = judgments["grade"].to_numpy()
    order = np.argsort(cells)
    return CodedJudgments(
        queries.values,
        items.values,
        cells[order],
        grades[order],
        _offsets(np.bincount(queries.codes, minlength=len(queries))),
        grades[np.lexsort((-grades, queries.codes))],
    )


def code_run(run: pl.DataFrame, judgments: CodedJudgments, where: str = "runs") -> CodedRun:
    """Return one system's checked run (``query, item`` and ``score`` or ``rank``, each pair once) in codes.

    Ids of different types are compared as text: query 7 of the judgments is query "7" of the run.

    Args:
        run: Rows in any order.
        judgments: What the ids are coded by.
        where: What errors call the run.

    Raises:
        InputError: The run has neither scores nor ranks, or some are missing.
    """
    return CodedRun(
        encode_like(run["query"], judgments.queries),
        encode_like(run["item"], judgments.items),
        ranking_scores(run, where),
        run["item"],
    )


def grade_rankings(run: CodedRun, judgments: CodedJudgments) -> GradedRankings:
    """Return the grades of a run in the order of its rankings; queries without judgments are left out.

    Higher scores come first. Equal scores are ordered by item id, the highest first, compared as UTF-8
    bytes, as trec_eval does. Scores are compared as 64-bit floats; trec_eval keeps 32 bits of them and
    therefore also takes scores that differ after about the seventh digit as equal.
    """
    if len(run.queries) >= _LONG_ROWS:
        from palate.measures._coded_order import grade_long  # compiled code takes a while to load

        return grade_long(run, judgments)
    rows, counts = _rows_by_query(run.queries, len(judgments.queries))
    offsets = _offsets(counts)
    grades = np.empty(len(rows))
    lookup = _GradeLookup(judgments)
    for first, last in _blocks(offsets):
        block = slice(offsets[first], offsets[last])
        of_run = rows[block]
        queries = np.repeat(np.arange(last - first), counts[first:last])
        order = _ranking_order(queries, run.scores[of_run], run.ids, of_run)
        grades[block] = lookup.grades(queries, run.items[of_run], first, last)[order]
    return GradedRankings(offsets, grades, judgments.offsets, judgments.highest_first)


def ranking_scores(run: pl.DataFrame, where: str) -> FloatArray:
    """Return the scores, or the ranks turned round where the system has none."""
    for name, sign in (("score", 1.0), ("rank", -1.0)):
        if name not in run.columns or 0 < len(run) == run[name].null_count():
            continue
        missing = run[name].is_null()
        if missing.any():
            raise InputError(
                f"The {name} is missing in {missing.sum():,} of {len(run):,} rows, such as item"
                f" {run['item'].filter(missing)[0]} of query {run['query'].filter(missing)[0]}."
                f" Give every row a {name}.",
                where=where,
                column=name,
            )
        scores: FloatArray = sign * run[name].cast(pl.Float64).to_numpy()
        return scores
    raise InputError(
        "Runs need the column 'score' (higher is earlier) or the column 'rank' (from 1) to be put in order."
        f" The columns here are: {', '.join(run.columns)}.",
        where=where,
    )


def _rows_by_query(queries: IntArray, n_queries: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the rows of judged queries, grouped by query in the order of the codes, and how many each has."""
    changes = np.flatnonzero(queries[1:] != queries[:-1]) + 1
    if 2 * len(changes) >= len(queries):
        counts = np.bincount(queries + 1, minlength=n_queries + 1)
        return _stable_order(queries)[counts[0] :], counts[1:]
    starts = np.concatenate([[0], changes])  # of stretches of rows of one query, which move as a whole
    lengths = np.diff(starts, append=len(queries))
    order = _stable_order(queries[starts])
    order = order[queries[starts[order]] >= 0]
    starts, lengths = starts[order], lengths[order]
    counts = np.bincount(queries[starts], weights=lengths, minlength=n_queries).astype(np.int64)
    places = np.arange(lengths.sum())
    return np.repeat(starts - (np.cumsum(lengths) - lengths), lengths) + places, counts


def _stable_order(queries: IntArray) -> npt.NDArray[np.int64]:
    """Return the rows in the order of the codes: sorting numbers that end in the row is faster than argsort."""
    row_bits = len(queries).bit_length()
    keys = queries.astype(np.int64) << row_bits
    keys |= np.arange(len(queries))
    keys.sort()
    keys &= (1 << row_bits) - 1
    return keys


def _blocks(offsets: npt.NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Yield ranges of queries that together have about ``_BLOCK_ROWS`` rows, or one query with more."""
    cuts = np.searchsorted(offsets, np.arange(0, offsets[-1], _BLOCK_ROWS))
    cuts = np.unique(cuts[offsets[cuts] < offsets[-1]])
    yield from pairwise([*cuts.tolist(), len(offsets) - 1])


class _GradeLookup:
    """Finds the grades of ranked items in a table with a cell for every query of a block and every item.

    The table is filled and emptied again for each block, so that it stays in the cache. Where it would be much
    larger than the block, the sorted judgments are searched.
    """

    def __init__(self, judgments: CodedJudgments) -> None:
        self._judgments = judgments
        self._table = np.empty(0)

    def grades(self, queries: npt.NDArray[np.int64], items: IntArray, first: int, last: int) -> FloatArray:
        """Return the grade of every row, NaN where it is not judged.

        Args:
            queries: Each row's query, counted from ``first``.
            items: Each row's item.
            first: The first query of the block.
            last: The first query after the block.
        """
        width = len(self._judgments.items) + 1
        judged = slice(self._judgments.offsets[first], self._judgments.offsets[last])
        judged_cells = self._judgments.cells[judged] - first * width
        judged_grades = self._judgments.grades[judged]
        cells = _cells(queries, items, width - 1)
        n_cells = (last - first) * width
        if n_cells > _DENSE_CELLS * len(cells):
            return _searched(cells, items, judged_cells, judged_grades)
        if n_cells > len(self._table):
            self._table = np.full(n_cells, np.nan)
        self._table[judged_cells] = judged_grades
        found = self._table[cells]
        self._table[judged_cells] = np.nan
        return found


def _searched(
    cells: npt.NDArray[np.int64],
    items: IntArray,
    judged_cells: npt.NDArray[np.int64],
    judged_grades: FloatArray,
) -> FloatArray:
    found = np.full(len(cells), np.nan)
    rows = np.flatnonzero(items >= 0)
    places = np.minimum(np.searchsorted(judged_cells, cells[rows]), len(judged_cells) - 1)
    judged = judged_cells[places] == cells[rows]
    found[rows[judged]] = judged_grades[places[judged]]
    return found


def _cells(queries: npt.NDArray[np.integer], items: IntArray, n_items: int) -> npt.NDArray[np.int64]:
    """Number the pairs of query and item; each query's first cell is for items (-1) that nobody judged."""
    cells = queries.astype(np.int64) * (n_items + 1)
    cells += items
    cells += 1
    return cells


def _ranking_order(
    queries: npt.NDArray[np.int64], scores: FloatArray, ids: pl.Series, rows: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Return the places of a block's rows by query, score descending, item id descending.

    One 64-bit number holds the query, as much of the score as fits, and the place. Sorting these is several
    times faster than sorting by columns; where queries and scores come out equal, an exact sort follows.

    Args:
        queries: Each row's query, from 0.
        scores: Each row's score.
        ids: The ids of all items of the run.
        rows: Where in ``ids`` each row has its own.
    """
    place_bits = len(rows).bit_length()
    keys = _sort_keys(queries, scores, place_bits)
    if not (keys[1:] > keys[:-1]).all():
        keys.sort()
    order = keys & ((1 << place_bits) - 1)
    keys >>= place_bits
    tied = np.zeros(len(keys) + 1, dtype=bool)  # tied[i]: row i has the key of row i - 1
    tied[1:-1] = keys[1:] == keys[:-1]
    if tied.any():
        places = np.flatnonzero(tied[:-1] | tied[1:])
        unsure = order[places]
        texts = encode(ids.gather(rows[unsure]).cast(pl.String)).codes
        groups = np.cumsum(~tied[places])
        order[places] = unsure[np.lexsort((-texts, -scores[unsure], groups))]
    return order


def _sort_keys(queries: npt.NDArray[np.int64], scores: FloatArray, place_bits: int) -> npt.NDArray[np.int64]:
    """Return numbers from 0 that rise with the query, then fall with the score, then rise with the place."""
    query_bits = int(queries[-1]).bit_length()
    score_bits = 63 - place_bits - query_bits
    keys = (0.0 - scores).view(np.int64)  # from 0.0, so that -0.0 and 0.0 get the same bits
    keys ^= (keys >> 63) & np.int64(2**63 - 1)  # the bits of negative floats fall as they rise: turn them
    keys >>= 64 - score_bits
    keys += 1 << (score_bits - 1)
    keys |= queries << score_bits
    keys <<= place_bits
    keys |= np.arange(len(keys))
    return keys


def _offsets(counts: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
