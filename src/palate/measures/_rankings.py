"""From tables of runs and judgments to one system's graded rankings, as flat arrays.

Ids become integer codes once; from there on everything is sorting and gathering whole columns, so that a
million ranked items take some hundredths of a second and no query is looked at on its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.core.coding import IntArray, encode, encode_like
from palate.core.errors import InputError
from palate.measures.base import FloatArray, GradedRankings

__all__ = ["CodedJudgments", "CodedRun", "code_judgments", "code_run", "grade_rankings"]

_DENSE_CELLS = 16
"""Up to this many cells (query, item) a ranked item, a table of all cells is faster than a search."""


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
        _scores(run, where),
        run["item"],
    )


def grade_rankings(run: CodedRun, judgments: CodedJudgments) -> GradedRankings:
    """Return the grades of a run in the order of its rankings; queries without judgments are left out.

    Higher scores come first. Equal scores are ordered by item id, the highest first, compared as UTF-8
    bytes, as trec_eval does. Scores are compared as 64-bit floats; trec_eval keeps 32 bits of them and
    therefore also takes scores that differ after about the seventh digit as equal.
    """
    known = run.queries >= 0
    if not known.all():
        run = CodedRun(run.queries[known], run.items[known], run.scores[known], run.ids.filter(known))
    counts = np.bincount(run.queries, minlength=len(judgments.queries))
    return GradedRankings(
        _offsets(counts),
        _grades(run, judgments)[_ranking_order(run, len(judgments.queries))],
        judgments.offsets,
        judgments.highest_first,
    )


def _scores(run: pl.DataFrame, where: str) -> FloatArray:
    """Return the scores, or the ranks turned round where the system has none."""
    for name, sign in (("score", 1.0), ("rank", -1.0)):
        if name not in run.columns or run[name].null_count() == len(run):
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


def _grades(run: CodedRun, judgments: CodedJudgments) -> FloatArray:
    """Return the grade of every row of the run, NaN where it is not judged."""
    cells = _cells(run.queries, run.items, len(judgments.items))
    n_cells = len(judgments.queries) * (len(judgments.items) + 1)
    if n_cells <= _DENSE_CELLS * (len(cells) + len(judgments.cells)):
        places = np.zeros(n_cells, dtype=np.int32)
        places[judgments.cells] = np.arange(1, len(judgments.cells) + 1)
        found = places[cells]
    else:
        found = np.searchsorted(judgments.cells, cells) + 1
        found[found > len(judgments.cells)] = 0
        found[judgments.cells[found - 1] != cells] = 0
    grades: FloatArray = np.concatenate([[np.nan], judgments.grades])[found]
    return grades


def _cells(queries: IntArray, items: IntArray, n_items: int) -> npt.NDArray[np.int64]:
    """Number the pairs of query and item; each query's first cell is for items (-1) that nobody judged."""
    return queries.astype(np.int64) * (n_items + 1) + (items + 1)


def _ranking_order(run: CodedRun, n_queries: int) -> npt.NDArray[np.int64]:
    """Return the rows by query, score descending, item id descending.

    One 64-bit key holds the query and as much of the score as fits; rows with equal keys are put in order
    by a second, exact sort. Sorting single numbers is several times faster than sorting by three columns.
    """
    keys = _sort_keys(run.queries, run.scores, n_queries)
    descents = int(np.count_nonzero(keys[1:] < keys[:-1]))
    order = np.argsort(keys, kind="stable" if descents < 2 * n_queries else "quicksort")
    keys = keys[order]
    tied = np.zeros(len(keys) + 1, dtype=bool)  # tied[i]: row i has the key of row i - 1
    tied[1:-1] = keys[1:] == keys[:-1]
    if not tied.any():
        return order
    places = np.flatnonzero(tied[:-1] | tied[1:])
    rows = order[places]
    groups = np.cumsum(~tied[places])
    ids = encode(run.ids.gather(rows).cast(pl.String)).codes
    order[places] = rows[np.lexsort((-ids, -run.scores[rows], groups))]
    return order


def _sort_keys(queries: IntArray, scores: FloatArray, n_queries: int) -> npt.NDArray[np.int64]:
    """Return keys that rise with the query and, within a query, never rise with the score."""
    bits = n_queries.bit_length() + 1
    keys = (0.0 - scores).view(np.int64)  # from 0.0, so that -0.0 and 0.0 get the same bits
    keys ^= (keys >> 63) & np.int64(2**63 - 1)  # bits of negative floats fall with the number; turn them
    keys >>= bits
    keys += np.int64(1) << np.int64(63 - bits)
    keys += queries.astype(np.int64) << np.int64(64 - bits)
    return keys


def _offsets(counts: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
