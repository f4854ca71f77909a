"""Pairs of items to show side by side, and what comparisons so far say of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.core.errors import InputError
from palate.core.frames import read_table
from palate.core.randomness import Seed, generator
from palate.core.tables import COMPARISONS
from palate.sampling._rankings import pooled
from palate.sampling._tasks import pair_tasks

__all__ = ["Field", "IntArray", "Pairs", "compared_fields", "fields_of", "item_pairs", "refuse_no_pair"]

IntArray = npt.NDArray[np.int64]
Pairs = npt.NDArray[np.int64]
"""Shape (n_pairs, 2): the numbers of two items within their query."""

_LEFT, _RIGHT, _TIE = "left", "right", "tie"
_WORDS = {"left": _LEFT, "right": _RIGHT, "tie": _TIE, "draw": _TIE, "same": _TIE, "equal": _TIE}


@dataclass(frozen=True)
class Field:
    """The items of one query, and how they were compared so far.

    Args:
        query: The query.
        items: Its items, sorted.
        left: int64, shape (n_comparisons,): numbers of the items shown on the left.
        right: Those shown on the right.
        points: float64, shape (n_comparisons,): 1 where the left one was preferred, 0.5 for ties, 0 otherwise.
    """

    query: Any
    items: list[Any]
    left: IntArray
    right: IntArray
    points: npt.NDArray[np.float64]


def fields_of(runs: pl.DataFrame, depth: int, found: pl.DataFrame | None = None) -> Iterator[Field]:
    """Yield the items of every query that has at least two among the first ``depth`` of any system.

    Args:
        runs: Checked runs.
        depth: Items of each ranking to compare.
        found: Comparisons so far, ``left, right, label`` and, where there are several queries, ``query``. Those of
            items that are not within the depth are left out.

    Raises:
        InputError: ``found`` is no table of comparisons, a label says none of the two, or queries are not told apart.
    """
    items = pooled(runs, depth)
    queries = items["query"].unique().sort()
    compared = _compared(found, items.schema, queries)
    for query in queries:
        of_query = items.filter(pl.col("query") == query)["item"].to_list()
        if len(of_query) < 2:
            continue
        yield _field(query, of_query, compared.get(query, []))


def compared_fields(found: pl.DataFrame, items: list[Any] | None = None) -> Iterator[Field]:
    """Yield what was compared, by query; all of it as one field without query where there is no such column.

    Args:
        found: Comparisons, ``left, right, label`` and perhaps ``query``.
        items: Further items of the one field there is, which may not have been compared yet.

    Raises:
        InputError: A label says none of the two, or further items are given for several queries.
    """
    queries = found["query"].unique().sort() if "query" in found.columns else pl.Series([None])
    if items and len(queries) > 1:
        raise InputError(
            f"Items that were not compared yet can be given for one query; the comparisons have {len(queries):,}.",
            where=COMPARISONS.name,
        )
    for query in queries:
        of_query = found if query is None else found.filter(pl.col("query") == query)
        rows = [
            (left, right, _points(str(label), left, right, row))
            for row, (left, right, label) in enumerate(
                of_query.select("left", "right", "label").iter_rows(), 1
            )
        ]
        every = {item for left, right, _ in rows for item in (left, right)} | set(items or [])
        yield _field(query, sorted(every), rows)


def _field(query: Any, items: list[Any], compared: list[tuple[Any, Any, float]]) -> Field:
    number = {item: place for place, item in enumerate(items)}
    rows = [
        (number[left], number[right], points)
        for left, right, points in compared
        if left in number and right in number
    ]
    table = np.array(rows, dtype=np.float64).reshape(-1, 3)
    sides = table[:, :2].astype(np.int64)
    return Field(query, items, sides[:, 0], sides[:, 1], table[:, 2])


def item_pairs(
    chosen: list[tuple[Field, Pairs]],
    runs: pl.DataFrame,
    seed: Seed,
    inclusion: list[float] | None = None,
) -> pl.DataFrame:
    """Return tasks for pairs of items, which of two is on the left drawn by lot.

    Args:
        chosen: Queries with their pairs.
        runs: Where the ids came from.
        seed: For the lots.
        inclusion: The probability of every pair of each query; None where it is not known.
    """
    rows = []
    for place, (field, pairs) in enumerate(chosen):
        lots = generator(seed, "sample", "sides", field.query).random(len(pairs))
        for (first, second), lot in zip(pairs.tolist(), lots.tolist(), strict=True):
            sides = (first, second) if lot < 0.5 else (second, first)
            known = [] if inclusion is None else [inclusion[place]]
            rows.append((field.query, *(field.items[side] for side in sides), *known))
    schema = {"query": runs.schema["query"], "left": runs.schema["item"], "right": runs.schema["item"]}
    if inclusion is not None:
        schema["inclusion"] = pl.Float64()
    return pair_tasks(pl.DataFrame(rows, schema=schema, orient="row"))


def refuse_no_pair(fields: list[Field], runs: pl.DataFrame) -> None:
    """Raise where no query has two items.

    Raises:
        InputError: There is nothing to compare.
    """
    if not fields:
        raise InputError(
            "No query has two items within the depth, so there is nothing to compare."
            f" Queries here: {runs['query'].n_unique()}. Raise 'depth', or add runs.",
            where="runs",
        )


def _compared(
    found: pl.DataFrame | None, schema: pl.Schema, queries: pl.Series
) -> dict[Any, list[tuple[Any, Any, float]]]:
    """Return comparisons by query: left, right, and the points of the left one."""
    if found is None or found.is_empty():
        return {}
    table = read_table(found, COMPARISONS)
    if "query" not in table.columns:
        if len(queries) > 1:
            raise InputError(
                f"Comparisons need the column 'query' where there are several; the runs have {len(queries):,}.",
                where=COMPARISONS.name,
            )
        table = table.with_columns(query=pl.lit(queries[0]))
    table = table.with_columns(
        pl.col("query").cast(schema["query"], strict=False),
        pl.col("left", "right").cast(schema["item"], strict=False),
        pl.col("label").cast(pl.String),
    )
    compared: dict[Any, list[tuple[Any, Any, float]]] = {}
    for row, (query, left, right, label) in enumerate(
        table.select("query", "left", "right", "label").iter_rows(), 1
    ):
        compared.setdefault(query, []).append((left, right, _points(label, left, right, row)))
    return compared


def _points(label: str, left: object, right: object, row: int) -> float:
    if label == str(left):
        return 1.0
    if label == str(right):
        return 0.0
    word = _WORDS.get(label.lower())
    if word is None:
        raise InputError(
            f"The label must be left, right or tie, or the preferred one itself ('{left}' or '{right}'); it is"
            f" '{label}'.",
            where=COMPARISONS.name,
            row=row,
            column="label",
        )
    return {_LEFT: 1.0, _RIGHT: 0.0, _TIE: 0.5}[word]
