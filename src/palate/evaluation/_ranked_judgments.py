"""Rankings of judged items, coded once, so that the values follow from any grades at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.core.coding import IntArray, encode_like
from palate.core.errors import InputError
from palate.inference.base import FloatArray
from palate.measures import GradedRankings, Measure, code_judgments, code_run, grade_rankings

__all__ = ["RankedJudgments", "depth_needed", "rank_judgments"]


@dataclass(frozen=True)
class _Ranked:
    """One system's rankings: where judgments stand in them.

    Args:
        offsets: int64, shape (n_queries + 1,), into the ranked items.
        n_ranked: How many items are ranked.
        places: int64, shape (n_judged_ranked,): which ranked items are judged.
        judgments: int64, shape (n_judged_ranked,): their rows in the table of judgments.
    """

    offsets: npt.NDArray[np.int64]
    n_ranked: int
    places: npt.NDArray[np.int64]
    judgments: npt.NDArray[np.int64]

    def graded(
        self, grades: FloatArray, kept: npt.NDArray[np.bool_] | None
    ) -> tuple[npt.NDArray[np.int64], FloatArray]:
        """Return where each query's ranking starts, and the grade of every ranked item, NaN where it is not judged."""
        of_ranked = np.full(self.n_ranked, np.nan)
        of_ranked[self.places] = grades[self.judgments]
        if kept is None:
            return self.offsets, of_ranked
        stays = np.ones(self.n_ranked, dtype=np.bool_)
        stays[self.places] = kept[self.judgments]
        return _offsets(stays)[self.offsets], of_ranked[stays]


@dataclass(frozen=True)
class RankedJudgments:
    """Who ranks which judged item where, for all systems.

    Args:
        systems: Their names.
        queries: The judged queries' own ids, sorted.
        query_of: int64, shape (n_judgments,): the code of each judgment's query.
        item_of: int32, shape (n_judgments,): likewise, of its item.
    """

    systems: tuple[str, ...]
    queries: pl.Series
    query_of: npt.NDArray[np.int64]
    item_of: IntArray
    _ranked: tuple[_Ranked, ...]
    _offsets: npt.NDArray[np.int64]

    def values(
        self,
        grades: FloatArray,
        measures: Sequence[Measure],
        kept: npt.NDArray[np.bool_] | None = None,
    ) -> FloatArray:
        """Return the values that these grades give, shape (n_measures, n_systems, n_queries).

        Args:
            grades: One a judgment, in the order of the table, shape (n_judgments,).
            measures: What to measure.
            kept: Which judgments there are, shape (n_judgments,); the items of the others are taken out of the rankings,
                as if nobody knew them. All by default.
        """
        order = np.lexsort((-grades, self.query_of))
        offsets = self._offsets
        if kept is not None:
            order = order[kept[order]]
            offsets = _offsets(np.bincount(self.query_of[order], minlength=len(self.queries)))
        values = np.empty((len(measures), len(self.systems), len(self.queries)))
        for number, ranked in enumerate(self._ranked):
            rankings = GradedRankings(*ranked.graded(grades, kept), offsets, grades[order])
            for row, measure in enumerate(measures):
                values[row, number] = measure.per_query(rankings)
        return values


def rank_judgments(judgments: pl.DataFrame, runs: pl.DataFrame, depth: int | None = None) -> RankedJudgments:
    """Return where the judged items stand in the rankings of each system.

    Args:
        judgments: Columns ``query, item``, each pair once.
        runs: A checked table with the column ``system``.
        depth: How many items of each ranking are looked at; all by default.

    Raises:
        InputError: A system ranks nothing for any judged query.
    """
    numbered = judgments.select("query", "item").with_columns(
        grade=pl.int_range(pl.len()).cast(
            pl.Float64
        )  # each judgment's row, carried through as if it were its grade
    )
    coded = code_judgments(numbered)
    systems, found = [], []
    for (name,), rows in runs.group_by("system", maintain_order=True):
        rankings = grade_rankings(code_run(rows, coded, f"run '{name}'"), coded)
        if depth is not None:
            rankings = rankings.first(depth)
        if not len(rankings.grades):
            raise InputError(
                f"System '{name}' ranks nothing for any of the {len(coded.queries):,} judged queries, such as"
                f" '{coded.queries[0]}'.",
                where="runs",
            )
        places = np.flatnonzero(~np.isnan(rankings.grades))
        rows_of = rankings.grades[places].astype(np.int64)
        systems.append(str(name))
        found.append(_Ranked(rankings.offsets, len(rankings.grades), places, rows_of))
    return RankedJudgments(
        tuple(systems),
        coded.queries,
        encode_like(judgments["query"], coded.queries).astype(np.int64),
        encode_like(judgments["item"], coded.items),
        tuple(found),
        coded.offsets,
    )


def depth_needed(measures: Sequence[Measure]) -> int | None:
    """Return how many first ranks the measures look at; None where one looks at all."""
    depths = [
        None if getattr(measure, "judged_only", False) else getattr(measure, "cutoff", None)
        for measure in measures
    ]
    return None if None in depths else max(int(depth) for depth in depths if depth is not None)


def _offsets(counts: npt.NDArray[np.integer | np.bool_]) -> npt.NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
