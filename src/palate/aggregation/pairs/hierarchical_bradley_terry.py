"""Hierarchical Bradley–Terry: an item's scores differ between queries, as much as the comparisons say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.aggregation._score_intervals import Uncertainty, centred, rank_bounds
from palate.aggregation.pairs._pair_counts import connected_groups
from palate.aggregation.pairs._query_scores import (
    QueryCounts,
    QueryScores,
    count_by_query,
    most_probable,
    spread_from,
)
from palate.aggregation.pairs._reliability import logistic
from palate.aggregation.pairs.base import CodedComparisons, Effect, FloatArray, PairAggregator, PairFit
from palate.core.coding import IntArray, encode
from palate.core.errors import InputError
from palate.core.progress import Progress, no_progress
from palate.core.settings import check_counts, check_positive

__all__ = ["HierarchicalBradleyTerry"]

_NORMAL_95 = 1.959963984540054
"""97.5% quantile of the normal distribution."""

_MOST_ITEMS, _MOST_CELLS = 3_000, 1 << 24
"""Items whose covariance is inverted (72 MB), and numbers of all queries' matrices together (128 MB each)."""

_LEAST_SPREAD = 1e-4
"""Of scores between queries: less makes no difference that could be seen."""


@dataclass(frozen=True)
class HierarchicalBradleyTerry(PairAggregator):
    """Scores by query that are shrunk to the item's own, for items (such as systems) compared in many queries.

    In query q an item has the score ``own + moved``: its own score, normal around 0 with the standard deviation
    ``between_items``, and what the query adds, normal with the standard deviation ``between_queries``. It is preferred
    to another with the logistic function of the difference, as in Bradley and Terry's model; a tie is half a comparison
    won and half lost. A query with few comparisons has about the items' own scores, one with many those of its own;
    an item's own score counts queries, not comparisons, so that one query compared often does not decide it. Its
    intervals are wider than those of ``BradleyTerry`` as far as queries differ.

    This is a generalized linear mixed model (Böckenholt, Hierarchical modeling of paired comparison data, 2001, with a
    logistic link). What queries add is integrated out by Laplace's approximation. The items' own scores are the most
    probable ones after that, and the standard deviations are learned by expectation–maximization, under gamma priors of
    shape 2, which keep them from 0 (Chung et al., 2013). Bounds are credible intervals, given these deviations. In
    simulations with 5 comparisons an item and query, and 60 to 100 queries, both deviations are found 3 to 9% too small, and
    bounds of nominal 95% hold 93% of the items' own scores.

    Comparisons need the column ``query``; without it, all are of one query, and nothing moves. The result's ``queries``
    has the scores in each query. The probability of a pair is that in a query like these.

    Args:
        rate: Of the gamma priors of both standard deviations, which are most probably ``1 / rate`` beforehand; above 0.
        tolerance: Stop when neither standard deviation changes by more than this share of itself.
        max_iter: Most rounds.

    Raises:
        InputError: By ``aggregate`` and ``fit``: a comparison names no query while others do, or there are so many items,
            or items in a query, that their covariances do not fit in memory.

    >>> import polars as pl
    >>> rows = [(q, "A", "B", "left" if q < 8 else "right") for q in range(10) for _ in range(9)]
    >>> comparisons = pl.DataFrame(rows, schema=["query", "left", "right", "label"], orient="row")
    >>> found = HierarchicalBradleyTerry().aggregate(comparisons)
    >>> found.queries.filter(item="A")["score"].sign().to_list()
    [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, -1.0, -1.0]
    """

    rate: float = 1.0
    tolerance: float = 1e-9
    max_iter: int = 1000

    def __post_init__(self) -> None:
        check_positive(rate=self.rate, tolerance=self.tolerance)
        check_counts(max_iter=self.max_iter)

    def fit(self, comparisons: CodedComparisons, progress: Progress = no_progress) -> PairFit:
        """Return the items' own scores, with bounds, and those in each query."""
        queries, ids = _queries(comparisons)
        n_ids, pairs = len(comparisons.ids), comparisons.pairs
        _check_size(comparisons, queries)
        counts = count_by_query(queries, comparisons.left, comparisons.right, comparisons.outcome, n_ids)
        several = len(ids) > 1
        spreads = np.array([1.0, 1.0 if several else 0.0])
        found, done, converged = _begin(counts), 0, False
        while not converged and done < self.max_iter:
            spreads, found, converged = self._accelerated(counts, spreads, found)
            done += 1
            progress(done, self.max_iter)
        components = connected_groups(pairs.first, pairs.second, n_ids)
        own = (
            found.items
            - (np.bincount(components, found.items)[1:] / np.bincount(components)[1:])[components - 1]
        )
        member = np.equal.outer(components, np.arange(1, components.max() + 1)).astype(float)
        sure = Uncertainty(centred(found.item_covariance, member, components - 1), np.zeros(0), np.inf)
        low_rank, high_rank = rank_bounds(own, sure, components)
        # A logistic function of a normal variable: MacKay, 1992, equation 10.
        flatter = np.sqrt(1 + np.pi / 8 * 2 * spreads[1] ** 2)
        effects = Effect("between_items", float(spreads[0])), Effect("between_queries", float(spreads[1]))
        return PairFit(
            scores=own,
            win_probability=logistic((own[pairs.first] - own[pairs.second]) / flatter),
            low=own - _NORMAL_95 * sure.errors,
            high=own + _NORMAL_95 * sure.errors,
            low_rank=low_rank,
            high_rank=high_rank,
            components=components,
            effects=effects[: 1 + several],
            converged=converged,
            iterations=done,
            queries=_query_table(comparisons, ids, counts, found, float(spreads[1])),
        )

    def _accelerated(
        self, counts: QueryCounts, spreads: FloatArray, found: QueryScores
    ) -> tuple[FloatArray, QueryScores, bool]:
        """Return spreads two steps of expectation–maximization further, and as far beyond as these suggest.

        Varadhan and Roland, 2008 (SQUAREM, third step length), on logarithms.
        """
        moving = spreads > 0
        once, found = self._step(counts, spreads, found)
        first = np.log(once[moving] / spreads[moving])
        if np.abs(first).max() <= self.tolerance:
            return once, found, True
        twice, found = self._step(counts, once, found)
        bent = np.log(twice[moving] / once[moving]) - first
        bend = float(np.sqrt(np.sum(bent**2)))
        length = min(-float(np.sqrt(np.sum(first**2))) / max(bend, 1e-300), -1.0)
        further = spreads.copy()
        jump = np.clip(-2 * length * first + length**2 * bent, -3, 3)
        further[moving] = np.maximum(spreads[moving] * np.exp(jump), _LEAST_SPREAD)
        settled, found = self._step(counts, further, found)
        return settled, found, False

    def _step(
        self, counts: QueryCounts, spreads: FloatArray, found: QueryScores
    ) -> tuple[FloatArray, QueryScores]:
        """Return the spreads that are most probable given the scores under these spreads."""
        item_spread, query_spread = spreads.tolist()
        found = most_probable(counts, item_spread, query_spread, (found.items, found.moved))
        own, between = found.squares(counts, query_spread)
        better = np.array([spread_from(own, counts.n_items, self.rate), 0.0])
        if query_spread:
            n_places = int(np.count_nonzero(counts.there))
            better[1] = max(spread_from(between, n_places, self.rate), _LEAST_SPREAD)
        return better, found


def _begin(counts: QueryCounts) -> QueryScores:
    """Return equal scores."""
    none, matrices = np.zeros(counts.items.shape), np.zeros((*counts.items.shape, counts.items.shape[1]))
    return QueryScores(np.zeros(counts.n_items), none, np.zeros((0, 0)), matrices, matrices, none)


def _queries(comparisons: CodedComparisons) -> tuple[IntArray, pl.Series]:
    """Return the code of each comparison's query, and the queries; one of no name where the table names none."""
    if "query" not in comparisons.table.columns:
        return np.zeros(len(comparisons.left), dtype=np.int32), pl.Series([None], dtype=pl.String)
    column = comparisons.table["query"]
    missing = column.is_null().arg_true()
    if len(missing):
        raise InputError(
            "The comparison names no query, while the table has queries. Fill it in, or remove the column.",
            where="comparisons",
            row=int(missing[0]) + 1,
            column="query",
        )
    found = encode(column)
    return found.codes, found.values


def _check_size(comparisons: CodedComparisons, queries: IntArray) -> None:
    n_ids = len(comparisons.ids)
    places = np.append(queries, queries) * np.int64(n_ids) + np.append(comparisons.left, comparisons.right)
    sizes: npt.NDArray[np.intp] = np.bincount(np.unique(places) // n_ids)
    if n_ids > _MOST_ITEMS or len(sizes) * int(sizes.max()) ** 2 > _MOST_CELLS:
        raise InputError(
            f"{n_ids:,} items, up to {sizes.max():,} in one of {len(sizes):,} queries, are too many to learn how their"
            f" scores depend on each other (at most {_MOST_ITEMS:,} items). Choose bradley_terry.",
            where="comparisons",
        )


def _query_table(
    comparisons: CodedComparisons, ids: pl.Series, counts: QueryCounts, found: QueryScores, spread: float
) -> pl.DataFrame:
    """Return the scores in each query, best first."""
    scores, errors = found.in_queries(counts, spread)
    met = np.zeros(counts.items.shape, dtype=np.int64)
    for place in (counts.first, counts.second):
        np.add.at(met, (counts.query, place), (counts.wins + counts.losses).astype(np.int64))
    query, place = np.nonzero(counts.there)
    order = np.lexsort((-scores[query, place].round(9), query))
    query, place = query[order], place[order]
    margins = _NORMAL_95 * errors[query, place]
    return pl.DataFrame(
        {
            "query": ids.gather(query),
            "item": comparisons.ids.gather(counts.items[query, place]),
            "score": scores[query, place],
            "low": scores[query, place] - margins,
            "high": scores[query, place] + margins,
            "comparisons": met[query, place],
        }
    )
