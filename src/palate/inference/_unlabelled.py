"""What rankings are worth where most grades are only likely: sums, and shares of an ideal that depends on all grades."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from palate.inference._sequential_logit import Factors, GradeModel

__all__ = ["Learnt", "Targets", "drawn_values", "summed_values"]

FloatArray = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]

_DRAWN_VALUES = 1250
"""Values of queries drawn for a mean that is no sum; what is left of chance is a hundredth of the interval."""
_LEAST_DRAWS, _MOST_DRAWS = 10, 50


@dataclass(frozen=True)
class Targets:
    """What to estimate: the sum of weight times gain in every query, perhaps as a share of the best possible one.

    Args:
        weights: What an item's gain counts, shape (n_targets, n_items).
        gains: Of every grade, lowest first, from 0 and rising, shape (n_grades,).
        ideal: What the first m ranks of an ideal ranking weigh together, for m from 0; an ideal ranking has no more ranks
            that count than this array says. None if the sum is the value.
    """

    weights: FloatArray
    gains: FloatArray
    ideal: FloatArray | None = None


@dataclass(frozen=True)
class Learnt:
    """What one fold knows.

    Args:
        factors: Of all items.
        model: How likely people give each grade.
        fit: Which fit of it is this fold's.
        known: Code of the grade of every item, -1 where it is not known, shape (n_items,).
        held: Items of the sample whose grades are known but were not learnt from.
        labels: Codes of their grades.
    """

    factors: Factors
    model: GradeModel
    fit: int
    known: Codes
    held: Codes
    labels: Codes


def summed_values(learnt: Learnt, targets: Targets) -> tuple[FloatArray, FloatArray]:
    """Return the expected sums, shape (n_targets, n_queries), and how far they are off for each held item."""
    factors, known = learnt.factors, learnt.known
    expected = (learnt.model.shares(learnt.fit) @ targets.gains)[factors.cells, factors.queries]
    filled = np.where(known >= 0, targets.gains[known], expected)
    sums = [np.bincount(factors.queries, weights * filled, factors.sizes[2]) for weights in targets.weights]
    values: FloatArray = np.stack(sums).astype(np.float64)
    off = targets.gains[learnt.labels] - expected[learnt.held]
    return values, targets.weights[:, learnt.held] * off


def drawn_values(learnt: Learnt, targets: Targets, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Return the same for sums as shares of the ideal: means over grades drawn as the model has them.

    A query's u is drawn with them. The mean over draws is, where the model is right, the expected value; a held item moves
    it by what the value would be with its own grade minus that with its likely ones (the first step of von Mises, 1947, toward
    the truth from there). What is left is a product of errors of two items of one query.
    """
    draws = _Draws.of(learnt, targets, rng)
    ideal = draws.by_step(_at_least(draws.counts)).sum(axis=-1)
    sums = np.stack([draws.sums(weights) for weights in targets.weights])
    values = np.where(ideal > 0, sums / np.where(ideal > 0, ideal, 1.0), 0.0).mean(axis=1)
    return values, draws.errors(sums)


@dataclass(frozen=True)
class _Draws:
    """Sets of grades of all items; those of items that weigh nothing and are not held only as counts.

    Args:
        learnt: What is known.
        targets: What to estimate.
        counts: How many items of each query have each grade, shape (draws, n_queries, n_grades).
        single: Items drawn one by one; the held ones come first.
        grades: Codes of their grades, shape (draws, n_single).
        shares: Probability of the held items' grades, shape (n_held, n_grades).
    """

    learnt: Learnt
    targets: Targets
    counts: Codes
    single: Codes
    grades: Codes
    shares: FloatArray

    @classmethod
    def of(cls, learnt: Learnt, targets: Targets, rng: np.random.Generator) -> _Draws:
        """Draw the grades that are not known."""
        factors, model, known, held = learnt.factors, learnt.model, learnt.known, learnt.held
        n_cells, n_queries, n_grades = factors.n_cells, factors.sizes[2], len(targets.gains)
        n_draws = min(max(_DRAWN_VALUES // n_queries, _LEAST_DRAWS), _MOST_DRAWS)
        normal = rng.normal(size=(n_draws, *model.by_query.shape[1:]))
        u = model.by_query[learnt.fit] + np.einsum("qts,dqs->dqt", model.unsure[learnt.fit], normal)
        shares = model.shares(learnt.fit, u)
        apart = targets.weights.any(axis=0) & (known < 0)
        apart[held] = False
        single = np.concatenate([held, np.flatnonzero(apart)])
        by_place = shares.reshape(n_draws, n_cells * n_queries, n_grades)
        of_single = factors.cells[single] * n_queries + factors.queries[single]
        up_to = np.moveaxis(by_place.cumsum(axis=-1), -1, 0)
        chance, grades = rng.random((n_draws, len(single))), np.zeros((n_draws, len(single)), dtype=np.int64)
        for ends in up_to[:-1]:
            grades += chance > ends[:, of_single]
        rest = known < 0
        rest[single] = False
        places = factors.cells[rest] * n_queries + factors.queries[rest]
        sizes = np.bincount(places, minlength=n_cells * n_queries).reshape(n_cells, n_queries)
        counts = rng.multinomial(sizes, shares).sum(axis=1)
        of_known = factors.queries[known >= 0] * n_grades + known[known >= 0]
        counts += np.bincount(of_known, minlength=n_queries * n_grades).reshape(n_queries, n_grades)
        places = (np.arange(n_draws)[:, np.newaxis] * n_queries + factors.queries[single]) * n_grades + grades
        counts += np.bincount(places.ravel(), minlength=counts.size).reshape(counts.shape)
        of_held = by_place[:, of_single[: len(held)]].mean(axis=0)
        return cls(learnt, targets, counts, single, grades, of_held)

    def sums(self, weights: FloatArray) -> FloatArray:
        """Return the weighted gains of every draw, shape (draws, n_queries)."""
        queries, known, gains = self.learnt.factors.queries, self.learnt.known, self.targets.gains
        n_draws, n_queries = self.counts.shape[:2]
        sure = np.flatnonzero((weights != 0) & (known >= 0))
        fixed = np.bincount(queries[sure], weights=weights[sure] * gains[known[sure]], minlength=n_queries)
        weighing = np.flatnonzero(weights[self.single])
        items = self.single[weighing]
        places = np.arange(n_draws)[:, np.newaxis] * n_queries + queries[items]
        gained = weights[items] * gains[self.grades[:, weighing]]
        found = np.bincount(places.ravel(), weights=gained.ravel(), minlength=n_draws * n_queries)
        return found.astype(np.float64).reshape(n_draws, n_queries) + fixed

    def errors(self, sums: FloatArray) -> FloatArray:
        """Return the value with each held item's own grade minus that with its likely ones, shape (n_targets, n_held)."""
        items, labels, gains = self.learnt.held, self.learnt.labels, self.targets.gains
        queries, drawn = self.learnt.factors.queries[items], self.grades[:, : len(items)]
        without = _at_least(self.counts[:, queries]) - (np.arange(len(gains)) <= drawn[..., np.newaxis])
        at_base = self.by_step(without)
        one_more = self.by_step(without + 1) - at_base
        ideal = at_base.sum(axis=-1, keepdims=True) + one_more.cumsum(axis=-1)  # for every grade it may have
        found = []
        for weights, of_target in zip(self.targets.weights, sums, strict=True):
            others = of_target[:, queries] - weights[items] * gains[drawn]
            reached = others[..., np.newaxis] + weights[items][:, np.newaxis] * gains
            at = np.where(ideal > 0, reached / np.where(ideal > 0, ideal, 1.0), 0.0).mean(axis=0)
            found.append(at[np.arange(len(items)), labels] - (self.shares * at).sum(axis=1))
        return np.stack(found)

    def by_step(self, at_least: Codes) -> FloatArray:
        """Return what each step up the grades adds to the best ranking of so many items at each grade or above."""
        ideal = np.zeros(1) if self.targets.ideal is None else self.targets.ideal
        added: FloatArray = (
            np.diff(self.targets.gains, prepend=0.0) * ideal[np.minimum(at_least, len(ideal) - 1)]
        )
        return added


def _at_least(counts: Codes) -> Codes:
    """Return how many items have each grade or a higher one."""
    found: Codes = np.flip(np.flip(counts, -1).cumsum(-1), -1)
    return found
