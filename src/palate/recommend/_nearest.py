"""Serve products of vectors: the items with the highest ones, all compared or found through a graph."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import sparse

from palate.core.coding import IntArray, encode_like
from palate.core.errors import InputError, SettingsError
from palate.core.extras import needed
from palate.core.settings import check_counts
from palate.recommend._factors import Factors, FittedFactors
from palate.recommend._top import longest_of, top_screened
from palate.recommend.base import CodedInteractions, ScoreArray

__all__ = ["NearestItems", "measure_recall", "recommend_nearest"]

_BLOCK_CELLS = 1 << 22
"""Most products in memory at once."""

Method = Literal["exact", "approximate"]


@dataclass(frozen=True)
class NearestItems:
    """The items whose vectors have the highest products with a user's.

    ``exact`` compares all, a block of users at a time. ``approximate`` walks a graph of neighbours (HNSW: Malkov and Yashunin, 2020),
    built by ``usearch`` in one thread, so that the same vectors give the same graph. A graph needs distances:
    each item gets one number more, which makes all vectors as long as the longest, so that the order by angle
    is the order by product (Bachrach and others, 2014). The scores of what was found are always exact.

    Args:
        item_vectors: float32, shape (n_items, n_factors).
        method: ``exact``, or ``approximate``, which needs the extra ``deep``.
        links: Neighbours of each item in the graph.
        build_width: Items looked at to place one in the graph.
        search_width: Items looked at to answer, at least; more find more of the true ones and take longer.
    """

    item_vectors: Factors
    method: Method = "exact"
    links: int = 16
    build_width: int = 128
    search_width: int = 128

    def __post_init__(self) -> None:
        check_counts(links=self.links, build_width=self.build_width, search_width=self.search_width)
        if self.method not in {"exact", "approximate"}:
            raise SettingsError(f"'method' must be exact or approximate; it is {self.method!r}.")
        if self.item_vectors.ndim != 2 or not len(self.item_vectors):
            raise InputError(f"Expected a vector for each item; the shape is {self.item_vectors.shape}.")

    def find(self, user_vectors: Factors, cutoff: int) -> tuple[IntArray, ScoreArray]:
        """Return each user's nearest items, best first, and their products, shape (n_users, cutoff) or narrower.

        Of equal products the items' order decides. Where fewer items were found than ``cutoff``, codes are -1
        and scores -inf.

        Raises:
            InputError: Users' and items' vectors differ in length.
        """
        check_counts(cutoff=cutoff)
        if user_vectors.ndim != 2 or user_vectors.shape[1] != self.item_vectors.shape[1]:
            raise InputError(
                f"Users' vectors must have {self.item_vectors.shape[1]} numbers each, as items' have; the shape is"
                f" {user_vectors.shape}."
            )
        cutoff = min(cutoff, len(self.item_vectors))
        look = self._exact if self.method == "exact" else self._approximate
        block = max(1, _BLOCK_CELLS // (len(self.item_vectors) if self.method == "exact" else cutoff))
        starts = range(0, max(len(user_vectors), 1), block)
        parts = [look(user_vectors[start : start + block], cutoff) for start in starts]
        items, scores = (np.concatenate(part) for part in zip(*parts, strict=True))
        order = np.lexsort((items, -scores), axis=1)
        return np.take_along_axis(items, order, axis=1), np.take_along_axis(scores, order, axis=1)

    def _exact(self, users: Factors, cutoff: int) -> tuple[IntArray, ScoreArray]:
        nobody = np.full(len(users), -1, dtype=np.int32)
        top = top_screened(
            nobody, users.astype(np.float64), self.item_vectors, None, cutoff, longest=self._longest
        )
        return top.items, top.scores

    @cached_property
    def _longest(self) -> float:
        return longest_of(self.item_vectors)

    def _approximate(self, users: Factors, cutoff: int) -> tuple[IntArray, ScoreArray]:
        items = np.full((len(users), cutoff), -1, dtype=np.int32)
        scores = np.full(items.shape, -np.inf)
        if not len(users):
            return items, scores
        queries = np.concatenate([users, np.zeros((len(users), 1), dtype=np.float32)], axis=1)
        matches = self._graph.search(queries, cutoff, threads=1)
        # A single query answers with flat arrays.
        keys, counts = np.atleast_2d(matches.keys), np.atleast_1d(getattr(matches, "counts", len(matches)))
        found = np.arange(keys.shape[1]) < counts[:, None]
        rows, places = np.nonzero(found)
        items[rows, places] = keys[found]
        scores[rows, places] = np.einsum(
            "ij,ij->i",
            users[rows].astype(np.float64),
            self.item_vectors[items[rows, places]].astype(np.float64),
        )
        return items, scores

    @cached_property
    def _graph(self) -> Any:
        """Return the graph over vectors of one length."""
        index = needed("usearch.index", extra="deep", for_="method = 'approximate'")
        vectors = self.item_vectors.astype(np.float64)
        squares = (vectors**2).sum(axis=1)
        rest = np.sqrt(squares.max() - squares)
        # Where all vectors are 0, so are all products: any direction will do.
        rest[squares.max() == 0] = 1.0
        graph = index.Index(
            ndim=vectors.shape[1] + 1,
            metric="cos",
            dtype="f32",
            connectivity=self.links,
            expansion_add=self.build_width,
            expansion_search=self.search_width,
        )
        graph.add(
            np.arange(len(vectors)),
            np.concatenate([vectors, rest[:, None]], axis=1).astype(np.float32),
            threads=1,
        )
        return graph


def measure_recall(nearest: NearestItems, user_vectors: Factors, cutoff: int) -> float:
    """Return the share of the true nearest items that are found, over all users.

    >>> vectors = np.eye(3, dtype=np.float32)
    >>> measure_recall(NearestItems(vectors), vectors, 2)
    1.0
    """
    exact = NearestItems(nearest.item_vectors).find(user_vectors, cutoff)[0]
    found = nearest.find(user_vectors, cutoff)[0]
    hits = sum(len(np.intersect1d(true, mine)) for true, mine in zip(exact, found, strict=True))
    return hits / exact.size


def recommend_nearest(
    fitted: FittedFactors,
    interactions: CodedInteractions,
    cutoff: int,
    users: pl.Series | None = None,
    *,
    nearest: NearestItems | None = None,
    skip_seen: bool = True,
    system: str = "recommender",
) -> pl.DataFrame:
    """Return each user's ``cutoff`` nearest items, as ``recommend_top`` does, for recommenders by factors.

    To leave out what a user has seen, that many more are looked for. An approximate search may find fewer
    than ``cutoff`` others.

    Args:
        fitted: Of ``als``, ``bpr``, ``logistic_mf``, ``matrix_factorization`` or ``two_tower``.
        interactions: What it learned from.
        cutoff: Items a user.
        users: Whom to recommend to; all known users by default. An unknown one is the mean of the known.
        nearest: Of ``fitted.item_factors``; exact by default.
        skip_seen: Whether to leave out what a user already interacted with.
        system: What to call it in the runs.

    Returns:
        Columns ``system, query, item, rank, score``, sorted by query and rank.

    Raises:
        InputError: ``users`` is empty or has missing ones, or ``fitted`` has no factors.
    """
    if not isinstance(fitted, FittedFactors):
        raise InputError(
            "Nearest items need a recommender by factors: als, bpr, logistic_mf, matrix_factorization, two_tower."
        )
    check_counts(cutoff=cutoff)
    finder = nearest or NearestItems(fitted.item_factors)
    ids = interactions.user_ids if users is None else users.unique().sort()
    if ids.is_empty() or ids.null_count():
        raise InputError(
            "Expected at least one user to recommend to, and none of them missing.", where="users"
        )
    codes = encode_like(ids.cast(interactions.user_ids.dtype, strict=False), interactions.user_ids)
    seen = _seen(interactions, codes) if skip_seen else None
    n_seen = np.zeros(len(codes), dtype=np.int64) if seen is None else np.diff(seen.indptr)
    order = np.argsort(n_seen, kind="stable")  # users who have seen as much are asked for together
    block = max(1, _BLOCK_CELLS // len(fitted.item_factors))
    parts = []
    for start in range(0, len(order), block):
        rows = order[start : start + block]
        items, scores = finder.find(_vectors(fitted, codes[rows]), cutoff + int(n_seen[rows].max()))
        kept = items >= 0
        if seen is not None:
            kept &= ~_marked(seen, rows, items)
        kept &= np.cumsum(kept, axis=1) <= cutoff
        places, columns = np.nonzero(kept)
        parts.append((rows[places], items[places, columns], scores[places, columns]))
    who, what, score = (np.concatenate(part) for part in zip(*parts, strict=True))
    return _runs(ids, who, interactions.item_ids.gather(what), score, system)


def _runs(ids: pl.Series, who: IntArray, items: pl.Series, score: ScoreArray, system: str) -> pl.DataFrame:
    """Return the rows by user; each user's come best first."""
    order = np.argsort(who, kind="stable")
    ranked = pl.DataFrame({"query": ids.gather(who), "item": items, "score": score})[order]
    rank = pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("query")
    return ranked.select(pl.lit(system).alias("system"), "query", "item", rank.alias("rank"), "score")


def _vectors(fitted: FittedFactors, codes: IntArray) -> Factors:
    vectors: Factors = fitted.user_factors[codes]
    vectors[codes < 0] = fitted.user_factors.mean(axis=0)
    return vectors


def _seen(interactions: CodedInteractions, codes: IntArray) -> sparse.csr_array[Any]:
    """Return which items each of these users met, shape (n, n_items)."""
    shape = (len(interactions.user_ids) + 1, len(interactions.item_ids))
    marks = np.ones(len(interactions.users), dtype=np.bool_)
    met = sparse.coo_array((marks, (interactions.users, interactions.items)), shape=shape).tocsr()
    # The row after the last user's is empty: it is that of unknown users, whose code is -1.
    return met[codes]


def _marked(
    seen: sparse.csr_array[Any], rows: npt.NDArray[np.int64], items: IntArray
) -> npt.NDArray[np.bool_]:
    """Return which of each row's items were seen."""
    dense: npt.NDArray[np.bool_] = seen[rows].toarray()
    marks: npt.NDArray[np.bool_] = np.take_along_axis(dense, np.maximum(items, 0), axis=1)
    return marks
