"""How likely people give each grade, by a judge's label, by where systems rank the item, and by the query.

P(grade is t or higher | it is t - 1 or higher) is the logistic function of a_t + b_label + c_band + u_query,t: the sequential
logit model (Tutz, Sequential models in categorical regression, CSDA 1991). It asks nothing of the judge's
scale: labels may be names, run backwards, or be unlike people's. The b, c and u are normal around 0, and their
variances come from the data (MacKay, Bayesian interpolation, Neural Computation 1992; that of u by EM): where a judge says nothing,
or queries do not differ, they shrink to 0 and cost next to nothing.

Many fits, such as those of cross-fitting, run at once: all that is needed are counts in an array.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Factors", "GradeModel", "fit_grades"]

FloatArray = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]

_ITERATIONS = 30
_WEAK = 0.05
"""Precision of a_t around the logit of its share: next to nothing, but it keeps a grade that nobody gave finite."""
_LEAST, _MOST = 1e-4, 9.0
"""Between these the variances of b, c and u may lie."""
_LONGEST_STEP = 2.0
_CLOSE = 1e-3


@dataclass(frozen=True)
class Factors:
    """What is known of items without people.

    Args:
        judged: Code of the judge's label, shape (n_items,).
        bands: Code of where systems rank the item, shape (n_items,).
        queries: Code of the query, shape (n_items,).
        sizes: How many codes each of the three has.
    """

    judged: Codes
    bands: Codes
    queries: Codes
    sizes: tuple[int, int, int]

    def of(self, items: Codes) -> Factors:
        """Return what is known of some items."""
        return Factors(self.judged[items], self.bands[items], self.queries[items], self.sizes)

    @property
    def cells(self) -> Codes:
        """Code of label and band together, shape (n_items,)."""
        return self.judged * self.sizes[1] + self.bands

    @property
    def n_cells(self) -> int:
        """How many of these there are."""
        return self.sizes[0] * self.sizes[1]


@dataclass(frozen=True)
class GradeModel:
    """What fits found.

    Args:
        heights: a_t + b_label + c_band, shape (n_fits, n_steps, n_cells).
        by_query: u, shape (n_fits, n_queries, n_steps).
        unsure: The Cholesky factor of its covariance, given what people said, shape (n_fits, n_queries, n_steps, n_steps).
    """

    heights: FloatArray
    by_query: FloatArray
    unsure: FloatArray

    def shares(self, fit: int, by_query: FloatArray | None = None) -> FloatArray:
        """Return the probability of every grade, shape (…, n_cells, n_queries, n_grades).

        Args:
            fit: Which fit.
            by_query: Other values of u, shape (…, n_queries, n_steps); those found by default.
        """
        shift = self.by_query[fit] if by_query is None else by_query
        chances = _logistic(self.heights[fit][:, :, np.newaxis] + shift.swapaxes(-1, -2)[..., np.newaxis, :])
        at_least = np.cumprod(chances, axis=-3)
        ends = at_least[..., :1, :, :]
        whole = np.concatenate([np.ones_like(ends), at_least, np.zeros_like(ends)], axis=-3)
        found: FloatArray = np.moveaxis(whole[..., :-1, :, :] - whole[..., 1:, :, :], -3, -1)
        return found


def fit_grades(labels: Codes, factors: Factors, fits: npt.NDArray[np.bool_], n_grades: int) -> GradeModel:
    """Fit the model to people's labels.

    Args:
        labels: People's grade of every row, a code from 0 for the lowest, shape (n,).
        factors: Of the same rows.
        fits: Which rows each fit learns from, shape (n_fits, n).
        n_grades: How many grades there are, at least 2.
    """
    tried, taken = _step_counts(labels, factors, fits, n_grades)
    n_fits, n_steps, _, n_queries = tried.shape
    design, groups = _design(n_steps, *factors.sizes[:2])
    flat = design.reshape(-1, len(groups))
    all_tried, all_taken = tried.sum((2, 3)), taken.sum((2, 3))
    usual = np.zeros((n_fits, len(groups)))
    usual[:, :n_steps] = np.log((all_taken + 0.5) / (all_tried - all_taken + 0.5))
    found = _Found(usual, np.zeros((n_fits, n_queries, n_steps)))
    spread = np.ones((n_fits, 2))  # variances of b and c
    covariance = np.tile(np.eye(n_steps) * 0.25 + 0.25, (n_fits, 1, 1))  # of u
    for _ in range(_ITERATIONS):
        chance = _logistic(
            found.heights(design)[..., np.newaxis] + found.by_query.swapaxes(1, 2)[:, :, np.newaxis]
        )
        missed, weights = taken - tried * chance, tried * chance * (1 - chance)
        precision = np.concatenate([np.full((n_fits, 1), _WEAK), 1 / spread], axis=1)[:, groups]
        prior = np.linalg.inv(covariance)
        own = np.linalg.inv(_diagonal(weights.sum(2).swapaxes(1, 2)) + prior[:, np.newaxis])
        cross = (weights.swapaxes(2, 3) @ design).transpose(0, 2, 3, 1)
        scaled = cross @ own
        inner = flat.T @ (weights.sum(3).reshape(n_fits, -1, 1) * flat) + _diagonal(precision)
        inverse = np.linalg.inv(inner - (scaled @ cross.swapaxes(2, 3)).sum(1))
        pull = missed.sum(3).reshape(n_fits, -1) @ flat - precision * (found.front - usual)
        own_pull = missed.sum(2).swapaxes(1, 2) - found.by_query @ prior
        move = np.einsum("bfg,bg->bf", inverse, pull - np.einsum("bqft,bqt->bf", scaled, own_pull))
        own_move = np.einsum("bqts,bqs->bqt", own, own_pull) - np.einsum("bqft,bf->bqt", scaled, move)
        found = _Found(found.front + _short(move), found.by_query + _short(own_move))
        unsure = own + scaled.swapaxes(2, 3) @ (inverse[:, np.newaxis] @ scaled)
        before, spread = spread, _spreads(found.front, inverse, spread, groups)
        covariance = np.einsum("bqt,bqs->bts", found.by_query, found.by_query) + unsure.sum(1)
        covariance = covariance / n_queries + _LEAST * np.eye(n_steps)
        if max(np.abs(move).max(), np.abs(own_move).max(), np.abs(spread - before).max()) < _CLOSE:
            break
    return GradeModel(
        found.heights(design), found.by_query, np.asarray(np.linalg.cholesky(unsure), np.float64)
    )


@dataclass(frozen=True)
class _Found:
    """The a, b and c, shape (n_fits, n_front), and the u, shape (n_fits, n_queries, n_steps)."""

    front: FloatArray
    by_query: FloatArray

    def heights(self, design: FloatArray) -> FloatArray:
        found: FloatArray = (design @ self.front.T).transpose(2, 0, 1)
        return found


def _diagonal(values: FloatArray) -> FloatArray:
    found: FloatArray = values[..., np.newaxis] * np.eye(values.shape[-1])
    return found


def _short(step: FloatArray) -> FloatArray:
    return np.clip(step, -_LONGEST_STEP, _LONGEST_STEP)


def _step_counts(
    labels: Codes, factors: Factors, fits: npt.NDArray[np.bool_], n_grades: int
) -> tuple[FloatArray, FloatArray]:
    """Return how often each step up the grades was tried and taken, both (n_fits, n_steps, n_cells, n_queries)."""
    n_cells, n_queries = factors.n_cells, factors.sizes[2]
    places = (labels * n_cells + factors.cells) * n_queries + factors.queries
    counts = np.stack([np.bincount(places[rows], minlength=n_grades * n_cells * n_queries) for rows in fits])
    counts = counts.reshape(len(fits), n_grades, n_cells, n_queries)
    at_least = np.flip(np.flip(counts, 1).cumsum(1), 1).astype(np.float64)
    return at_least[:, :-1], at_least[:, 1:]


def _design(n_steps: int, n_judged: int, n_bands: int) -> tuple[FloatArray, Codes]:
    """Return which a, b and c add up at each step of each cell, and the kind (0, 1, 2) of each of these."""
    step, judged, band = (
        codes.ravel()
        for codes in np.meshgrid(np.arange(n_steps), np.arange(n_judged), np.arange(n_bands), indexing="ij")
    )
    design = np.concatenate([np.eye(n_steps)[step], np.eye(n_judged)[judged], np.eye(n_bands)[band]], axis=1)
    return design.reshape(n_steps, n_judged * n_bands, -1), np.repeat([0, 1, 2], [n_steps, n_judged, n_bands])


def _logistic(height: FloatArray) -> FloatArray:
    chance: FloatArray = 1 / (1 + np.exp(-np.clip(height, -30, 30)))
    return chance


def _spreads(front: FloatArray, inverse: FloatArray, spread: FloatArray, groups: Codes) -> FloatArray:
    """Return the variances that the values of b and c and what is left unsure of them call for."""
    unsure = np.diagonal(inverse, axis1=1, axis2=2)
    new = [
        (front[:, groups == kind] ** 2).sum(1)
        / np.maximum((1 - unsure[:, groups == kind] / spread[:, [kind - 1]]).sum(1), 1e-3)
        for kind in (1, 2)
    ]
    clipped: FloatArray = np.clip(np.stack(new, axis=1), _LEAST, _MOST)
    return clipped
