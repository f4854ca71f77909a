"""How far unjudged items could change values and differences: the lowest and the highest they allow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.core.errors import InputError, SettingsError
from palate.core.frames import IntoTable, like, read_table
from palate.core.settings import check_counts
from palate.core.tables import JUDGMENTS
from palate.evaluation._hole_bounds import Bounds, QueryHoles, bounds_of_difference, bounds_of_value
from palate.evaluation._ranked_items import RankedItems, rank_items
from palate.evaluation._sentences import between
from palate.inference import Interval
from palate.measures import Measure, evaluate, parse_measure
from palate.measures._runs import SystemRun, systems_in

__all__ = ["HoleBounds", "hole_bounds"]

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class HoleBounds:
    """What unjudged items allow. The frames are of the kind that the judgments came in.

    Args:
        summary: Columns ``system, measure, low, value, high, exact``: the mean over judged queries with all holes filled
            as badly and as well as they can be for it; ``value`` takes them as not relevant. ``exact`` says whether both
            bounds can be reached; otherwise they hold, but may be too wide.
        differences: Columns ``system, other, measure, low, difference, high, exact``: of every two systems.
        per_query: Columns ``system, query, measure, low, value, high, exact``.
        holes: How many (query, item) nobody judged, within the depth of any run.
        measures: The measures, in the order asked for.
        grades: The grades that a hole can have.
    """

    summary: Any
    differences: Any
    per_query: Any
    holes: int
    measures: tuple[Measure, ...]
    grades: tuple[float, ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        """One sentence a difference: whether the judgments that are missing could turn it round."""
        import narwhals as nw

        rows = nw.from_native(self.differences, eager_only=True).rows(named=True)
        return tuple(self._sentence(row) for row in rows)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values for JSON."""
        import narwhals as nw

        tables = {
            name: nw.from_native(getattr(self, name), eager_only=True).rows(named=True)
            for name in ("summary", "differences", "per_query")
        }
        more = {"holes": self.holes, "measures": [str(m) for m in self.measures], "grades": list(self.grades)}
        return {**tables, "sentences": list(self.sentences), **more}

    def _sentence(self, row: dict[str, Any]) -> str:
        holes = f"{self.holes:,} unjudged item{'' if self.holes == 1 else 's'}"
        span = between(Interval(row["difference"], row["low"], row["high"]))
        pair = f"{row['system']} and {row['other']}"
        if row["low"] > 0:
            return f"{row['system']} is above {row['other']} on {row['measure']} whatever the {holes} are ({span})."
        if row["high"] < 0:
            return f"{row['other']} is above {row['system']} on {row['measure']} whatever the {holes} are ({span})."
        return f"Which of {pair} is above on {row['measure']} depends on the {holes} ({span})."


def hole_bounds(
    runs: Any,
    judgments: IntoTable,
    measures: str | Measure | Iterable[str | Measure] = ("nDCG@10", "P@10"),
    *,
    grades: Sequence[float] | None = None,
    depth: int | None = None,
    others: int = 0,
) -> HoleBounds:
    """Return the lowest and the highest value that unjudged items allow, and the same for differences of systems.

    No chance is involved, and nothing is assumed of what was judged: this is what can be said for sure. A hole is an item
    that some run ranks and nobody judged; in a difference it has the same grade for both systems. With relevant items that
    no run found, normalized measures can be lower still: say how many there may be with ``others``.

    P, R, DCG, nDCG and RBP are exact, also their differences: the ideal ranking of nDCG changes with the holes, and the
    program that finds its extremes counts that (see :mod:`palate.inference._ratio_extremes`). RR, Success, ERR and AP
    are exact for single systems. All others, and differences of these, are exact where a query's holes can be filled in at
    most 4,096 ways, and bounded otherwise.

    Args:
        runs: As in :func:`palate.measures.evaluate`.
        judgments: Columns ``query, item, grade``.
        measures: Measures or their texts.
        grades: The grades that a hole can have, from 0 on; by default 0 and all grades above it that the judgments have.
        depth: Items beyond this rank of all runs are taken as not relevant; by default every ranked item is a hole.
        others: How many items a query may have that no run ranks, and that may be relevant.

    Raises:
        InputError: A table is not what it should be, or a run shares no query with the judgments.
        SettingsError: Grades are below 0, or a setting is out of range.

    >>> runs = {"a": pl.DataFrame({"query": [1, 1], "item": ["x", "y"], "rank": [1, 2]})}
    >>> judged = pl.DataFrame({"query": [1, 1], "item": ["y", "z"], "grade": [1, 1]})
    >>> hole_bounds(runs, judged, ["P@2", "R@2"]).summary.select("low", "high").rows()
    [(0.5, 1.0), (0.5, 0.6666666666666666)]
    """
    several = [measures] if isinstance(measures, (str, Measure)) else list(measures)
    chosen = tuple(dict.fromkeys(parse_measure(m) if isinstance(m, str) else m for m in several))
    if depth is not None:
        check_counts(depth=depth)
    if others < 0:
        raise SettingsError(f"'others' must be at least 0; it is {others}.")
    table = read_table(judgments, JUDGMENTS).select("query", "item", "grade")
    levels = _levels(table, grades)
    systems = systems_in(runs)
    plain = evaluate(runs, table, chosen).per_query
    universe = _universe(table, systems, depth)
    ranked = [rank_items(run, universe) for run in systems]
    queries = [_QueryRows.of(rows, levels, others) for rows in _rows_by_query(universe)]
    names = [run.system for run in systems]
    plain = plain.with_columns(pl.col("system").cast(pl.String))
    per_query = _per_query(queries, names, ranked, chosen)
    per_query = per_query.with_columns(pl.col("query").cast(plain.schema["query"]))
    per_query = per_query.join(plain, on=["system", "query", "measure"], how="left", maintain_order="left")
    per_query = per_query.select("system", "query", "measure", "low", "value", "high", "exact")
    by_system = per_query.group_by("system", "measure", maintain_order=True)
    summary = by_system.agg(pl.col("low", "value", "high").mean(), pl.col("exact").all())
    return HoleBounds(
        summary=like(judgments, summary),
        differences=like(judgments, _differences(queries, names, ranked, chosen, summary)),
        per_query=like(judgments, per_query),
        holes=int(universe["grade"].is_null().sum()),
        measures=chosen,
        grades=tuple(levels.tolist()),
    )


def _levels(table: pl.DataFrame, grades: Sequence[float] | None) -> npt.NDArray[np.float64]:
    if grades is None:
        seen = table["grade"].to_numpy()
        return np.unique(np.append(seen[seen > 0], 0.0))
    levels = np.unique(np.array(list(grades), dtype=np.float64))
    if not len(levels) or not np.isfinite(levels).all() or levels[0] < 0:
        raise SettingsError(
            f"'grades' must be numbers from 0 on, such as [0, 1, 2]; they are {list(grades)}."
        )
    return levels


def _universe(table: pl.DataFrame, systems: list[SystemRun], depth: int | None) -> pl.DataFrame:
    """Return the judged items and the holes (without grade) of judged queries, by query, judged ones first."""
    parts = []
    for run in systems:
        ids = run.rows.select(
            pl.col("query").cast(table.schema["query"], strict=False),
            pl.col("item").cast(table.schema["item"], strict=False),
        )
        if ids["item"].null_count():
            raise InputError(
                f"The run of {run.system} names items by text and the judgments by whole numbers. Make them one type.",
                where=run.where,
            )
        known = ids.join(table, on=["query", "item"], how="anti").join(table, on="query", how="semi")
        if depth is not None and len(known):
            ranks = rank_items(run, known.unique(maintain_order=True)).ranks
            known = known.filter(pl.Series((ranks > 0) & (ranks <= depth)))
        parts.append(known)
    holes = pl.concat(parts).unique().with_columns(grade=pl.lit(None, dtype=pl.Float64))
    every = pl.concat([table, holes])
    return every.sort("query", pl.col("grade").is_null(), "item")


def _rows_by_query(universe: pl.DataFrame) -> list[tuple[Any, slice, npt.NDArray[np.float64]]]:
    """Return each query with the place of its rows and their grades, NaN for holes."""
    grades = universe["grade"].fill_null(np.nan).to_numpy()
    counts = universe.group_by("query", maintain_order=True).len()
    ends = np.cumsum(counts["len"].to_numpy().astype(np.int64)).tolist()
    starts = [0, *ends[:-1]]
    return [
        (query, slice(start, end), grades[start:end])
        for query, start, end in zip(counts["query"].to_list(), starts, ends, strict=True)
    ]


@dataclass(frozen=True)
class _QueryRows:
    """One query, its rows among all items, and its holes."""

    query: Any
    rows: slice
    holes: QueryHoles
    others: int

    @staticmethod
    def of(
        rows: tuple[Any, slice, npt.NDArray[np.float64]], levels: npt.NDArray[np.float64], others: int
    ) -> _QueryRows:
        query, place, grades = rows
        judged = grades[~np.isnan(grades)]
        return _QueryRows(
            query, place, QueryHoles(judged, len(grades) - len(judged) + others, levels), others
        )

    def ranks(self, ranked: RankedItems, number: int) -> tuple[IntArray, int]:
        """Return the ranks that a system gives to the query's items, and how many it ranks."""
        ranks = np.append(ranked.ranks[self.rows], np.zeros(self.others, dtype=np.int64))
        return ranks, int(ranked.n_ranked[number])


def _per_query(
    queries: list[_QueryRows], systems: list[str], ranked: list[RankedItems], measures: tuple[Measure, ...]
) -> pl.DataFrame:
    rows = [
        (system, of.query, str(measure), bounds.low, bounds.high, bounds.exact)
        for system, ranking in zip(systems, ranked, strict=True)
        for measure in measures
        for number, of in enumerate(queries)
        for bounds in [bounds_of_value(of.holes, measure, *of.ranks(ranking, number))]
    ]
    return pl.DataFrame(rows, schema=["system", "query", "measure", "low", "high", "exact"], orient="row")


def _differences(
    queries: list[_QueryRows],
    systems: list[str],
    ranked: list[RankedItems],
    measures: tuple[Measure, ...],
    summary: pl.DataFrame,
) -> pl.DataFrame:
    values = {
        (system, measure): value
        for system, measure, value in summary.select("system", "measure", "value").rows()
    }
    rows = []
    for (a, system), (b, other) in combinations(enumerate(systems), 2):
        for measure in measures:
            found: list[Bounds] = [
                bounds_of_difference(
                    of.holes, measure, of.ranks(ranked[a], number), of.ranks(ranked[b], number)
                )
                for number, of in enumerate(queries)
            ]
            low, high = np.mean([bounds.low for bounds in found]), np.mean([bounds.high for bounds in found])
            middle = values[system, str(measure)] - values[other, str(measure)]
            exact = all(bounds.exact for bounds in found)
            rows.append((system, other, str(measure), float(low), middle, float(high), exact))
    schema = {
        **dict.fromkeys(("system", "other", "measure"), pl.String),
        **dict.fromkeys(("low", "difference", "high"), pl.Float64),
        "exact": pl.Boolean,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")
