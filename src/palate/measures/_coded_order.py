"""What :func:`palate.measures.grade_rankings` does, for runs so long that compiled code is worth its loading."""

from __future__ import annotations

import numpy as np
import polars as pl

from palate.core.coding import encode
from palate.measures._coded_kernel import gather_rows, look_up_grades, pack_keys, unpack_rows
from palate.measures._rankings import CodedJudgments, CodedRun
from palate.measures.base import GradedRankings

__all__ = ["grade_long"]


def grade_long(run: CodedRun, judgments: CodedJudgments) -> GradedRankings:
    """Return the grades of a run in the order of its rankings."""
    n_queries = len(judgments.queries)
    counts = np.bincount(run.queries + 1, minlength=n_queries + 1)[1:]
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    rows, keys = np.empty(offsets[-1], dtype=np.int64), np.empty(offsets[-1], dtype=np.int64)
    ranked, unsorted = np.empty(offsets[-1], dtype=np.int32), np.zeros(n_queries, dtype=np.bool_)
    starts, bits = offsets[:-1].copy(), np.array(run.scores).view(np.int64)
    gather_rows(run.queries, run.items, bits, starts, starts.copy(), rows, ranked, keys, unsorted)
    mask = (1 << int(counts.max(initial=0)).bit_length()) - 1
    for query in np.flatnonzero(unsorted).tolist():
        of_query = slice(offsets[query], offsets[query + 1])
        pack_keys(keys[of_query], mask)
        keys[of_query].sort()
        unpack_rows(keys[of_query], mask, rows[of_query], ranked[of_query])
    tied = np.zeros(len(keys) + 1, dtype=np.bool_)  # tied[i]: row i has the key of row i - 1
    tied[1:-1] = keys[1:] == keys[:-1]
    tied[offsets] = False
    if tied.any():
        places = np.flatnonzero(tied[:-1] | tied[1:])
        unsure = rows[places]
        texts = encode(run.ids.gather(unsure).cast(pl.String)).codes
        order = np.lexsort((-texts, -run.scores[unsure], np.cumsum(~tied[places])))
        ranked[places] = run.items[unsure[order]]
    grades = np.empty(len(ranked))
    width = len(judgments.items) + 1
    how = (judgments.offsets, judgments.cells % width - 1, judgments.grades, np.full(width, np.nan))
    look_up_grades(ranked, offsets, *how, grades)
    return GradedRankings(offsets, grades, judgments.offsets, judgments.highest_first)
