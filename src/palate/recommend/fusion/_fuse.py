"""Fuse runs: tables in, a run out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from palate.core.coding import encode
from palate.core.errors import InputError
from palate.core.frames import IntoTable, like
from palate.core.settings import check_counts
from palate.recommend._ranked_runs import ranked_again, read_ranked, require_scores
from palate.recommend.fusion.base import CodedRuns, FloatArray, Fusion
from palate.recommend.fusion.registry import fusions

__all__ = ["CodedPairs", "Fused", "code_runs", "fuse_runs", "fused_run"]

_FAR_APART = 10.0
"""Times by which the highest scores of two systems may differ before adding them as they are is remarked on."""


@dataclass(frozen=True, eq=False)
class Fused:
    """One run of several.

    Args:
        runs: Columns ``system, query, item, rank, score``; the kind of frame that came.
        method: What fused them.
        systems: The systems that were fused, by name.
        notes: What a reader must know beside the run, as sentences.
    """

    runs: Any
    method: Fusion
    systems: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class CodedPairs:
    """Runs as arrays, with the ids of their pairs.

    Args:
        coded: The arrays.
        pairs: Columns ``query, item``, one row a pair, in the same order.
    """

    coded: CodedRuns
    pairs: pl.DataFrame


def fuse_runs(
    runs: IntoTable,
    method: Fusion | str = "reciprocal_rank",
    *,
    depth: int | None = None,
    cutoff: int | None = None,
    system: str = "fused",
) -> Fused:
    """Return one run of the runs of several systems.

    Items with equal fused scores go by id, the highest first, as :func:`palate.measures.evaluate` orders them. A query
    that some systems do not answer is fused from those that do.

    Args:
        runs: A dataframe or a path, columns ``system, query, item`` and ``score`` or ``rank``; at least two systems.
        method: A fusion or its name.
        depth: Ranks of each run that are looked at; all by default.
        cutoff: Ranks to return; all by default.
        system: What to call the fused run.

    Raises:
        InputError: The runs are not as said, or the method needs scores and a system has none.
        SettingsError: ``depth`` or ``cutoff`` is below 1, or the weights are not those of the systems.
        UnknownNameError: There is no such method.

    >>> runs = pl.DataFrame({"system": ["a", "a", "b", "b"], "query": 1, "item": ["x", "y", "y", "z"],
    ...                      "rank": [1, 2, 1, 2]})
    >>> fuse_runs(runs).runs["item"].to_list()
    ['y', 'x', 'z']
    """
    check_counts(**{name: n for name, n in (("depth", depth), ("cutoff", cutoff)) if n is not None})
    chosen = fusions.create(method) if isinstance(method, str) else method
    found = code_runs(runs, chosen, depth)
    fused = fused_run(found, chosen.fuse(found.coded), system)
    if cutoff is not None:
        fused = fused.filter(pl.col("rank") <= cutoff)
    return Fused(like(runs, fused), chosen, found.coded.systems, tuple(_notes(found.coded, chosen)))


def code_runs(runs: IntoTable, method: Fusion, depth: int | None = None) -> CodedPairs:
    """Return runs as ``method`` takes them.

    Raises:
        InputError: As :func:`fuse_runs`.
    """
    ranked = read_ranked(runs)
    systems = _systems(ranked)
    if method.needs_scores:
        name = type(method).__name__
        require_scores(ranked, name, "reciprocal_rank and borda need ranks only.")
    if depth is not None:
        ranked = ranked.filter(pl.col("rank") <= depth)
    ranked = ranked.with_columns(system=pl.col("system").cast(pl.String)).sort(
        "query", pl.col("item").cast(pl.String), descending=[False, True]
    )
    pairs = ranked.select("query", "item").unique(maintain_order=True)
    numbers = ranked.join(
        pairs.with_row_index("pair"), on=["query", "item"], how="left", maintain_order="left"
    )
    rows = numbers["system"].replace_strict({name: row for row, name in enumerate(systems)}).to_numpy()
    columns = numbers["pair"].to_numpy()
    ranks = np.zeros((len(systems), len(pairs)), dtype=np.int32)
    scores = np.full(ranks.shape, np.nan)
    ranks[rows, columns] = ranked["rank"].to_numpy()
    scores[rows, columns] = ranked["score"].cast(pl.Float64).fill_null(np.nan).to_numpy()
    queries = encode(pairs["query"]).codes
    starts = np.flatnonzero(np.append(True, queries[1:] != queries[:-1]))
    return CodedPairs(CodedRuns(systems, ranks, scores, starts), pairs)


def fused_run(found: CodedPairs, scores: FloatArray, system: str) -> pl.DataFrame:
    """Return fused scores as a run."""
    rows = found.pairs.with_columns(pl.lit(system).alias("system"), pl.Series("score", scores))
    # The pairs of a query come by item, the highest first; a stable sort keeps that among equal scores.
    ordered = rows.sort("query", "score", descending=[False, True], maintain_order=True)
    return ranked_again(ordered.with_columns(rank=pl.lit(0)))


def _systems(ranked: pl.DataFrame) -> tuple[str, ...]:
    names = ranked["system"].unique().cast(pl.String).sort().to_list()
    if len(names) < 2:
        raise InputError(
            "Fusion needs the runs of at least two systems, told apart by the column 'system'; there is one:"
            f" '{names[0]}'.",
            where="runs",
        )
    return tuple(names)


def _notes(runs: CodedRuns, method: Fusion) -> Iterator[str]:
    answered = np.add.reduceat(runs.ranked, runs.starts, axis=1) > 0
    n_queries = answered.shape[1]
    for name, row in zip(runs.systems, answered, strict=True):
        missing = n_queries - int(row.sum())
        if missing:
            yield (
                f"{name} does not answer {missing:,} of {n_queries:,} queries; those are fused from the others."
            )
    if getattr(method, "normalization", None) == "none":
        highest = np.fmax.reduce(runs.scores, axis=1)
        low, high = int(np.argmin(highest)), int(np.argmax(highest))
        if highest[high] > _FAR_APART * highest[low]:
            yield (
                f"the scores of {runs.systems[high]} reach {highest[high]:.4g} and those of {runs.systems[low]}"
                f" {highest[low]:.4g}: added as they are, the first decide. Consider the normalization min_max or z."
            )
