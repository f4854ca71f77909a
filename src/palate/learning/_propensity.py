"""How probably people look at each rank, from logs in which items changed places."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import optimize, sparse, special

from palate.core.errors import InputError, SettingsError
from palate.core.frames import IntoTable
from palate.core.linear_algebra import one_thread
from palate.core.randomness import generator
from palate.core.resampling import check_resampling
from palate.learning._click_log import read_clicks
from palate.learning.base import FloatArray, IntArray

__all__ = ["Propensities", "randomized_propensities", "swap_propensities"]

Design = Literal["randomized", "swaps"]

_PULL = 1e-6
"""Keeps the one direction in which the likelihood does not change, all propensities up and all relevance down, at rest."""


@dataclass(frozen=True)
class Propensities:
    """How probably people look at each rank, against the first.

    Args:
        table: Columns ``rank, propensity, low, high, impressions, clicks``; 1 at the first rank. Null bounds where the log
            does not give them.
        design: What the log is: ``randomized``, or ``swaps``.
        confidence: Of the intervals.
        notes: What a reader must know beside the numbers.
    """

    table: pl.DataFrame
    design: Design
    confidence: float
    notes: tuple[str, ...] = ()


def randomized_propensities(log: IntoTable, confidence: float = 0.95) -> Propensities:
    """Return each rank's share of clicks over that of the first, of a log whose items stood at ranks drawn by lot.

    Where every item is as likely at each rank, ranks differ only in how probably they are looked at (Joachims, Swaminathan
    and Schnabel, 2017, section 4). Intervals are those of a ratio of two shares on the logarithm's scale, impressions taken as
    independent.

    Args:
        log: Columns ``query, item, rank, clicks``: a row for each item each time it was shown.
        confidence: Of the intervals.

    Raises:
        InputError: The log is not as said, or nothing was clicked at the first rank.
        SettingsError: ``confidence`` is not between 0 and 1.
    """
    _check_confidence(confidence)
    frame = read_clicks(log)
    by_rank = _by_rank(frame)
    first = by_rank.row(0, named=True)
    if not first["clicks"]:
        raise InputError(
            f"Nothing was clicked at rank {first['rank']}, so that the other ranks have nothing to be compared with.",
            where="clicks",
        )
    shares = by_rank["clicks"].to_numpy() / by_rank["impressions"].to_numpy()
    ratio = shares / shares[0]
    clicks, shown = (
        by_rank["clicks"].to_numpy().astype(float),
        by_rank["impressions"].to_numpy().astype(float),
    )
    clicked = clicks > 0
    spread = np.sqrt(
        1 / np.maximum(clicks, 1) - 1 / shown + 1 / clicks[0] - 1 / shown[0]
    ) * NormalDist().inv_cdf(0.5 + confidence / 2)
    low, high = ratio * np.exp(-spread), ratio * np.exp(spread)
    low[0] = high[0] = 1.0
    low[~clicked] = high[~clicked] = np.nan
    never = by_rank["rank"].to_numpy()[~clicked]
    notes = (f"Nothing was clicked at the ranks {', '.join(map(str, never))}.",) if len(never) else ()
    return Propensities(_table(by_rank, ratio, low, high), "randomized", confidence, notes)


def swap_propensities(
    log: IntoTable, confidence: float = 0.95, resamples: int = 200, seed: int = 0
) -> Propensities:
    """Return what the same item's clicks at different ranks say, for the same query.

    Different systems, or interleaved lists, put an item at different ranks. Each such item compares two ranks, whatever its
    relevance: Agarwal and others (2019, section 4.3), intervention harvesting with the AllPairs estimator. It maximizes, over
    propensities p and the mean relevance r of the items that stood at both ranks,
    Σ c_k ln(p_k r) + (n − c_k) ln(1 − p_k r), with c_k the sum of these n items' shares of clicks at rank k. Intervals are of
    a bootstrap of queries.

    Args:
        log: Columns ``query, item, rank, clicks``: a row for each item each time it was shown.
        confidence: Of the intervals.
        resamples: Bootstrap samples.
        seed: For these.

    Raises:
        InputError: The log is not as said, or no item stood at two ranks and was clicked.
        SettingsError: ``confidence`` is not between 0 and 1, or ``resamples`` too few for it.
    """
    check_resampling(resamples, confidence)
    frame = read_clicks(log)
    by_rank = _by_rank(frame)
    ranks = by_rank["rank"].to_numpy()
    pairs = _swapped(frame, ranks)
    met = pairs.sums(np.ones(pairs.n_queries))
    reached = _reached(met)
    if not reached[1:].any():
        raise InputError(
            "No item was shown at two ranks for one query, so that nothing tells what ranks do from what items are. Use a log"
            " of several systems, of interleaved lists, or one with items at ranks drawn by lot.",
            where="clicks",
        )
    # A few dozen numbers: several threads that wait for one another took twenty times as long.
    with one_thread():
        found = _most_likely(met, reached)
        draws = _resampled(pairs, resamples, seed)
    tail = (1 - confidence) / 2
    known = np.isfinite(draws).mean(axis=0) > 0.9
    low, high = (np.full(len(ranks), np.nan) for _ in range(2))
    low[known], high[known] = np.nanquantile(draws[:, known], (tail, 1 - tail), axis=0)
    lost = ranks[~reached]
    notes = (
        (f"No swaps join the ranks {', '.join(map(str, lost))} with the first: nothing is known of them.",)
        if len(lost)
        else ()
    )
    return Propensities(_table(by_rank, found, low, high), "swaps", confidence, notes)


def _resampled(pairs: _Pairs, resamples: int, seed: int) -> FloatArray:
    """Return the propensities of bootstrap samples of queries, shape (resamples, n_ranks)."""
    draws = np.empty((resamples, pairs.n_ranks))
    for number in range(resamples):
        lots = generator(seed, "learn", "propensities", number).integers(0, pairs.n_queries, pairs.n_queries)
        drawn = pairs.sums(np.bincount(lots, minlength=pairs.n_queries).astype(np.float64))
        draws[number] = _most_likely(drawn, _reached(drawn))
    return draws


@dataclass(frozen=True)
class _Sums:
    """For each two ranks: how many items stood at both, and the sum of their shares of clicks at the first of the two.

    Both of shape (n_ranks, n_ranks).
    """

    items: FloatArray
    clicks: FloatArray


@dataclass(frozen=True)
class _Pairs:
    """Items that stood at two ranks for a query: which two, the share of clicks at the first, and the query."""

    first: IntArray
    second: IntArray
    share: FloatArray
    query: IntArray
    n_ranks: int
    n_queries: int

    def sums(self, weights: FloatArray) -> _Sums:
        """Add up over queries, each counted as often as ``weights`` say."""
        place, count = self.first * self.n_ranks + self.second, self.n_ranks**2
        shape = (self.n_ranks, self.n_ranks)
        weight = weights[self.query]
        items = np.bincount(place, weights=weight, minlength=count)
        clicks = np.bincount(place, weights=weight * self.share, minlength=count)
        return _Sums(items.reshape(shape).astype(np.float64), clicks.reshape(shape).astype(np.float64))


def _swapped(frame: pl.DataFrame, ranks: npt.NDArray[np.int64]) -> _Pairs:
    shares = (
        frame.sort("query", "item", "rank")
        .group_by("query", "item", "rank", maintain_order=True)
        .agg(share=pl.col("clicked").mean())
    )
    shares = shares.with_columns(group=pl.struct("query").rle_id().cast(pl.Int64))
    both = shares.join(
        shares.select("query", "item", other="rank"), on=["query", "item"], how="inner"
    ).filter(pl.col("rank") != pl.col("other"))
    return _Pairs(
        np.searchsorted(ranks, both["rank"].to_numpy()).astype(np.int64),
        np.searchsorted(ranks, both["other"].to_numpy()).astype(np.int64),
        both["share"].to_numpy(),
        both["group"].to_numpy(),
        len(ranks),
        int(shares["group"].max()) + 1,  # type: ignore[arg-type]  # a column of whole numbers
    )


def _reached(sums: _Sums) -> npt.NDArray[np.bool_]:
    """Return which ranks swaps with clicks join with the first."""
    clicked = (sums.items > 0) & ((sums.clicks + sums.clicks.T) > 0)
    joined = sparse.csr_matrix(clicked.astype(np.int8))
    labels = sparse.csgraph.connected_components(joined, directed=False)[1]
    reached: npt.NDArray[np.bool_] = labels == labels[0]
    return reached


def _most_likely(sums: _Sums, reached: npt.NDArray[np.bool_]) -> FloatArray:
    """Return the propensities of the ranks ``reached`` against the first; NaN of the others."""
    count = len(reached)
    one, two = np.nonzero(np.triu((sums.items > 0) & reached[:, None] & reached[None, :], 1))
    n = sums.items[one, two]
    clicks = np.stack([sums.clicks[one, two], sums.clicks[two, one]])
    ends = np.stack([one, two])

    def loss(parameters: FloatArray) -> tuple[float, FloatArray]:
        looked, relevant = parameters[:count], parameters[count:]
        # ln p and ln r by the logistic function, so that both are from 0 to 1.
        log_both = special.log_expit(looked)[ends] + special.log_expit(relevant)
        chance = np.minimum(np.exp(log_both), 1 - 1e-12)
        total = -(clicks * log_both + (n - clicks) * np.log1p(-chance)).sum() / n.sum()
        slope = -(clicks - (n - clicks) * chance / (1 - chance)) / n.sum()
        of_looked = np.bincount(ends.ravel(), weights=slope.ravel(), minlength=count) * special.expit(-looked)
        of_relevant = slope.sum(axis=0) * special.expit(-relevant)
        gradient = np.concatenate([of_looked, of_relevant]) + 2 * _PULL * parameters
        return total + _PULL * float((parameters**2).sum()), gradient

    found = np.full(count, np.nan)
    if not len(n):
        return found
    best = optimize.minimize(
        loss, np.zeros(count + len(n)), jac=True, method="L-BFGS-B", options={"maxiter": 2000, "gtol": 1e-7}
    )
    looked = special.expit(best.x[:count])
    found[reached] = (looked / looked[0])[reached]
    return found


def _check_confidence(confidence: float) -> None:
    if not 0 < confidence < 1:
        raise SettingsError(f"The confidence must be between 0 and 1, such as 0.95; it is {confidence!r}.")


def _by_rank(frame: pl.DataFrame) -> pl.DataFrame:
    by_rank = frame.group_by("rank").agg(
        impressions=pl.len().cast(pl.Int64), clicks=pl.col("clicked").sum().cast(pl.Int64)
    )
    return by_rank.with_columns(pl.col("rank").cast(pl.Int64)).sort("rank")


def _table(by_rank: pl.DataFrame, found: FloatArray, low: FloatArray, high: FloatArray) -> pl.DataFrame:
    columns = {"propensity": found, "low": low, "high": high}
    numbers = [pl.Series(name, values).fill_nan(None) for name, values in columns.items()]
    return by_rank.select("rank", *numbers, "impressions", "clicks")
