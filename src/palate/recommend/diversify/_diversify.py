"""Diversify runs: tables in, a run out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from palate.core.coding import IntArray, encode_like
from palate.core.errors import InputError
from palate.core.frames import IntoTable, like
from palate.core.settings import check_counts
from palate.recommend._ranked_runs import ranked_again, read_ranked, require_scores
from palate.recommend.diversify._item_vectors import ItemVectors, read_vectors, wanted_shares
from palate.recommend.diversify.base import Candidates, Diversifier, FloatArray
from palate.recommend.diversify.registry import diversifiers

__all__ = ["Diversified", "diversify_run"]


@dataclass(frozen=True, eq=False)
class Diversified:
    """Runs in an order that is diverse, too.

    Args:
        runs: Columns ``system, query, item, rank, score, rank_before, score_before``; the kind of frame that came.
            ``score`` is 1 / rank: nothing but the order is left of the system's own, which is ``score_before``.
        method: What diversified them.
        moved: Share of the items shown that would not have been shown without it.
        notes: What a reader must know beside the runs, as sentences.
    """

    runs: Any
    method: Diversifier
    moved: float
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Knowledge:
    """What is known of the rows of a table of runs: the vectors of items, and the row of ``targets`` of its user."""

    vectors: ItemVectors
    items: IntArray
    users: IntArray
    targets: FloatArray | None


def diversify_run(
    runs: IntoTable,
    items: IntoTable,
    method: Diversifier | str = "mmr",
    *,
    cutoff: int = 10,
    depth: int = 100,
    past: IntoTable | None = None,
    separator: str | None = None,
    system: str | None = None,
) -> Diversified:
    """Return the runs' first ``depth`` items in an order that weighs relevance and diversity, ``cutoff`` of them.

    Args:
        runs: A dataframe or a path, columns ``query, item, score`` and ``system`` if there are several. Scores count
            from the lowest (0) to the highest (1) of those looked at, ranking by ranking.
        items: What items are made of: ``item, category`` and perhaps ``weight``, a row for each category of an item;
            for MMR also ``item`` and columns of numbers.
        method: A diversification or its name.
        cutoff: Ranks to return.
        depth: Ranks to choose from.
        past: What users liked, ``user, item``: tells which categories they are after (XQuAD, Calibrated). A user who is
            not in it is taken for the mean of those who are.
        separator: Where one row of ``items`` names several categories: what stands between them.
        system: What to call the diversified system; by default its name and the method's, such as ``als+mmr``.

    Raises:
        InputError: A table is not as said, no item of the runs has a category, or the method needs a past.
        SettingsError: ``cutoff`` or ``depth`` is below 1.
        UnknownNameError: There is no such method.

    >>> run = pl.DataFrame({"query": 1, "item": ["a", "b", "c"], "score": [3.0, 2.9, 1.0]})
    >>> kinds = pl.DataFrame({"item": ["a", "b", "c"], "category": ["drama", "drama", "comedy"]})
    >>> diversify_run(run, kinds, "xquad", cutoff=2).runs["item"].to_list()
    ['a', 'b']
    >>> diversify_run(run, kinds, "mmr", cutoff=2).runs["item"].to_list()
    ['a', 'c']
    """
    check_counts(cutoff=cutoff, depth=depth)
    chosen = diversifiers.create(method) if isinstance(method, str) else method
    name = diversifiers.name_of(chosen)
    ranked = read_ranked(runs)
    require_scores(ranked, name, "Fuse it with another by rank first, or rank it by a system that scores.")
    ranked = ranked.filter(pl.col("rank") <= depth)
    known = _knowledge(ranked, items, chosen, past=past, separator=separator)
    places = [place for rows in _rankings(ranked) for place in _pick(ranked, rows, chosen, known, cutoff)]
    picked = ranked[places].rename({"rank": "rank_before", "score": "score_before"})
    named = pl.col("system").cast(pl.String) + f"+{name}" if system is None else pl.lit(system)
    found = ranked_again(picked.with_columns(named.alias("system"), rank=pl.lit(0), score=pl.lit(0.0)))
    found = found.with_columns(score=1 / pl.col("rank"))
    found = found.select("system", "query", "item", "rank", "score", "rank_before", "score_before")
    moved = len(found.filter(pl.col("rank_before") > cutoff)) / len(found)
    return Diversified(like(runs, found), chosen, moved, tuple(_notes(ranked, known, past)))


def _knowledge(
    ranked: pl.DataFrame,
    items: IntoTable,
    method: Diversifier,
    *,
    past: IntoTable | None,
    separator: str | None,
) -> _Knowledge:
    name = diversifiers.name_of(method)
    vectors = read_vectors(items, separator)
    if method.needs_categories and not vectors.are_categories:
        raise InputError(
            f"'{name}' needs the categories of items, in the columns 'item' and 'category'; there are only features:"
            f" {', '.join(vectors.names[:5])}.",
            where="categories",
        )
    codes = vectors.codes_of(ranked["item"])
    if (codes < 0).all():
        raise InputError(
            f"None of the {ranked['item'].n_unique():,} items in the runs is in this table; items are called such as"
            f" {ranked['item'][0]} in the runs and {vectors.items[0]} here.",
            where="categories",
            column="item",
        )
    if past is None:
        if method.needs_target:
            raise InputError(
                f"'{name}' compares with what users liked; give their interactions (user, item).",
                where="past",
            )
        return _Knowledge(vectors, codes, np.full(len(ranked), -1, dtype=np.int32), None)
    users, targets = wanted_shares(past, vectors)
    return _Knowledge(vectors, codes, encode_like(ranked["query"], users), targets)


def _rankings(ranked: pl.DataFrame) -> Iterator[slice]:
    stop = 0
    for length in ranked.select(pl.struct("system", "query").rle()).to_series().struct.field("len"):
        start, stop = stop, stop + length
        yield slice(start, stop)


def _pick(
    ranked: pl.DataFrame, rows: slice, method: Diversifier, known: _Knowledge, cutoff: int
) -> list[int]:
    """Return the rows of the items picked from one ranking, in their new order."""
    # Of an unknown user the row is -1, the last one: the mean.
    target = None if known.targets is None else known.targets[known.users[rows.start]]
    scores = ranked["score"][rows.start : rows.stop].to_numpy()
    candidates = Candidates(_relevance(scores), known.vectors.rows(known.items[rows]), target)
    found: list[int] = (method.pick(candidates, cutoff) + rows.start).tolist()
    return found


def _relevance(scores: FloatArray) -> FloatArray:
    heights = scores / 2 - scores.min() / 2  # halves, so that no difference of two floats is infinite
    top = heights.max()
    relevance: FloatArray = heights / top if top > 0 else np.ones(len(scores))
    return relevance


def _notes(ranked: pl.DataFrame, known: _Knowledge, past: IntoTable | None) -> Iterator[str]:
    bare = ranked["item"].filter(pl.Series(known.items < 0)).n_unique()
    if bare:
        kind = "category" if known.vectors.are_categories else "features"
        yield (
            f"{bare:,} of {ranked['item'].n_unique():,} items have no {kind}: they are similar to none and cover none."
        )
    if past is not None:
        unknown = ranked["query"].filter(pl.Series(known.users < 0)).n_unique()
        if unknown:
            yield (
                f"{unknown:,} of {ranked['query'].n_unique():,} users have no past with a category: they are taken for the"
                " mean of the others."
            )
