"""Newman's iteration for Bradley and Terry's model: each strength from its own wins and losses, by turns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from palate.aggregation.pairs._pair_counts import PairCounts, connected_groups
from palate.aggregation.pairs._pair_model import outcome_probabilities
from palate.aggregation.pairs.base import (
    CodedComparisons,
    Effect,
    FloatArray,
    PairAggregator,
    PairFit,
    PairStart,
)
from palate.core.coding import IntArray
from palate.core.progress import Progress, no_progress
from palate.core.settings import check_counts, check_positive

__all__ = ["Newman"]


@dataclass(frozen=True)
class Newman(PairAggregator):
    """The scores of ``BradleyTerry`` by the iteration of Newman, 2023, equations 19, 28 and 29; no intervals.

    A strength p (the exponential of a score) becomes the quotient of what speaks for it and against it: with
    w wins, t ties, and the chance z = p + q + 2 v sqrt(p q) of all outcomes against a strength q,

        p = sum (w + t/2) (q + v sqrt(p q)) / z  /  sum (w' + t/2) (1 + v sqrt(q / p)) / z,

    w' being losses. Things move one after another, each with the strengths that those before it just got; v is half
    of Davidson's weight of ties, exp(effect ``tie``) / 2, and moves after them. Scores are relative to the mean of
    their connected group.

    Args:
        regularization: Virtual comparisons a thing, half won, half lost against an average one; above 0. The
            paper's prior is 2.
        tolerance: Stop when no score moves by more than this.
        max_iter: Most passes.

    >>> import polars as pl
    >>> rows = [("A", "B", "left")] * 3 + [("A", "B", "right")]
    >>> comparisons = pl.DataFrame(rows, schema=["left", "right", "label"], orient="row")
    >>> found = Newman(regularization=1e-9).aggregate(comparisons).scores
    >>> round(float(np.exp(found["score"][0] - found["score"][1])), 3)
    3.0
    """

    goes_on: ClassVar[bool] = True

    regularization: float = 0.1
    tolerance: float = 1e-10
    max_iter: int = 10_000

    def __post_init__(self) -> None:
        check_positive(regularization=self.regularization, tolerance=self.tolerance)
        check_counts(max_iter=self.max_iter)

    def fit(self, comparisons: CodedComparisons, progress: Progress = no_progress) -> PairFit:
        """Return scores and the fitted probabilities."""
        return self._settled(comparisons, np.ones(len(comparisons.ids)), 0.5, progress)

    def fit_from(
        self, comparisons: CodedComparisons, start: PairStart, progress: Progress = no_progress
    ) -> PairFit:
        """Return what ``fit`` does in fewer passes, from the strengths that were found before."""
        v = float(start.others[0]) or 0.5  # 0 where nothing had tied
        return self._settled(comparisons, np.where(np.isnan(start.by_id), 1.0, start.by_id), v, progress)

    def _settled(
        self, comparisons: CodedComparisons, roots: FloatArray, v: float, progress: Progress
    ) -> PairFit:
        from palate.aggregation.pairs._turns_kernel import balance_ties, newman_pass

        pairs, n_ids = comparisons.pairs, len(comparisons.ids)
        components = connected_groups(pairs.first, pairs.second, n_ids)
        offsets, others, wins, losses = _by_thing(pairs, n_ids)
        v = v if pairs.ties.any() else 0.0
        half, converged, done = self.regularization / 2, False, 0
        while not converged and done < self.max_iter:
            moved = newman_pass(offsets, others, wins, losses, half, v, roots)
            shift = _best_shift(roots, v, components)
            roots *= np.exp(shift / 2)[components - 1]
            moved = max(moved, float(np.abs(shift).max()))
            if v:
                before, v = (
                    v,
                    balance_ties(pairs.first, pairs.second, pairs.comparisons, pairs.ties, half, v, roots),
                )
                moved = max(moved, abs(np.log(v / before)))
            done += 1
            progress(done, self.max_iter)
            converged = moved <= self.tolerance
        scores = 2 * np.log(roots)
        scores -= (np.bincount(components, scores)[1:] / np.bincount(components)[1:])[components - 1]
        c = float(np.log(2 * v)) if v else -np.inf
        win, tie = outcome_probabilities("davidson", scores[pairs.first] - scores[pairs.second], c)
        return PairFit(
            scores=scores,
            win_probability=win,
            tie_probability=tie,
            components=components,
            effects=(Effect("tie", c),) if v else (),
            converged=converged,
            iterations=done,
            end=PairStart(roots, others=np.array([v])),
        )


def _best_shift(roots: FloatArray, v: float, components: IntArray) -> FloatArray:
    """Return by how much the scores of each group should move together: shape (n_groups,), a step of Newton's.

    Only virtual comparisons hold a group where it is. They weigh so little beside the real ones that turns alone
    would take thousands of passes to get there.
    """
    chance = roots + 1 / roots + 2 * v
    lead = (roots - 1 / roots) / chance
    slope = (1 - 2 * v / chance - lead**2) / 2
    found: FloatArray = -np.bincount(components, lead)[1:] / np.bincount(components, slope)[1:]
    return np.clip(found, -1, 1)


def _by_thing(
    pairs: PairCounts, n_ids: int
) -> tuple[npt.NDArray[np.int64], IntArray, FloatArray, FloatArray]:
    """Return for each thing whom it met, how often it won and lost against these, ties counted half."""
    thing = np.concatenate([pairs.first, pairs.second])
    order = np.argsort(thing, kind="stable")
    others = np.concatenate([pairs.second, pairs.first])[order]
    wins, losses = pairs.first_wins + pairs.ties / 2, pairs.second_wins + pairs.ties / 2
    offsets = np.searchsorted(thing[order], np.arange(n_ids + 1))
    return offsets, others, np.append(wins, losses)[order], np.append(losses, wins)[order]
