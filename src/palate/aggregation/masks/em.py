"""EM for masks: learn how much of what is there each annotator marks, and how much of what is not, and weigh by that."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from palate.aggregation.masks._vote_patterns import VotePatterns, spread, vote_patterns
from palate.aggregation.masks.base import CodedMasks, FloatArray, MaskAggregator, MaskFit
from palate.core.coding import IntArray
from palate.core.errors import SettingsError
from palate.core.progress import Progress, no_progress
from palate.core.settings import check_counts

__all__ = ["EM"]

_TIE = 1e-9
"""Posteriors that differ from half by less are half: rounding is no reason."""


@dataclass(frozen=True)
class EM(MaskAggregator):
    """Expectation–maximization of annotators' sensitivity and specificity. Warfield, Zou and Wells, 2004 (STAPLE).

    An annotator marks a pixel of the truth with a probability of their own, the sensitivity, and leaves another
    unmarked with another, the specificity. Starting from vote shares, the posterior of every pixel and these
    parameters are estimated in turn, which never lowers what is maximized. A pixel is in the result where its
    posterior is above a half.

    STAPLE fixes the share of a task's pixels that are in the truth at the mean share marked, which is too high or too
    low where annotators err more to one side; here it is estimated with the rest, task by task. And annotators'
    parameters are shared by all tasks, which tells more of each; aggregate tasks one by one for parameters a task. Pixels that the same annotators marked are counted together, which changes
    nothing but the time.

    Args:
        prior: Probability that a pixel is in the truth; None estimates it, task by task.
        right: Pseudo-count: how many pixels an annotator is taken to have got right beforehand, of those in the
            truth and of the others.
        wrong: Pseudo-count likewise, of pixels they got wrong. ``right=0, wrong=0`` gives maximum likelihood.
        max_iter: Most passes.
        tolerance: Stop when a pass raises the log-posterior by no more than this a mask.

    The result's ``annotators`` has the columns ``sensitivity`` and ``specificity``. ``log_likelihood`` is the
    logarithm of the likelihood times the prior that the pseudo-counts stand for, without the prior's constant.
    """

    prior: float | None = None
    right: float = 1.0
    wrong: float = 0.01
    max_iter: int = 100
    tolerance: float = 1e-6

    def __post_init__(self) -> None:
        if self.prior is not None and not 0 < self.prior < 1:
            raise SettingsError(f"'prior' must be between 0 and 1, or None; it is {self.prior}.")
        check_counts(max_iter=self.max_iter)
        for name in ("right", "wrong", "tolerance"):
            value = getattr(self, name)
            if not 0 <= value < np.inf:
                raise SettingsError(f"'{name}' must be a number from 0 on; it is {value}.")

    def fit(self, masks: CodedMasks, progress: Progress = no_progress) -> MaskFit:
        """Return the most probable masks at the parameters of the last pass."""
        tasks = [
            _Task(own, vote_patterns(arrays))
            for own, arrays in map(masks.of_task, range(len(masks.task_ids)))
        ]
        posteriors = [task.patterns.votes.mean(axis=1) for task in tasks]
        values: list[float] = []
        converged = False
        while not converged and len(values) < self.max_iter:
            rates = self._most_probable(tasks, posteriors, len(masks.annotator_ids))
            found = [
                task.expect(rates, self.prior if self.prior is not None else task.share(posterior))
                for task, posterior in zip(tasks, posteriors, strict=True)
            ]
            posteriors = [posterior for posterior, _ in found]
            values.append(sum(value for _, value in found) + self._log_prior(rates))
            converged = len(values) > 1 and values[-1] - values[-2] <= self.tolerance * len(masks.masks)
            progress(len(values), self.max_iter)
        chosen = [
            spread(posterior > 0.5 + _TIE, masks.of_task(task)[1])
            for task, posterior in enumerate(posteriors)
        ]
        quality = {"sensitivity": rates[0], "specificity": rates[1]}
        return MaskFit(chosen, quality, converged, len(values), tuple(values))

    def _most_probable(
        self, tasks: list[_Task], posteriors: list[FloatArray], n_annotators: int
    ) -> FloatArray:
        """Return sensitivity and specificity, shape (2, n_annotators), that the posteriors make most probable."""
        right = np.full((2, n_annotators), float(self.right))
        total = np.full((2, n_annotators), float(self.right + self.wrong))
        for task, posterior in zip(tasks, posteriors, strict=True):
            inside = posterior * task.patterns.pixels
            outside = (1 - posterior) * task.patterns.pixels
            right[:, task.annotators] += inside @ task.patterns.votes, outside @ ~task.patterns.votes
            total[:, task.annotators] += np.array([[inside.sum()], [outside.sum()]])
        nothing_known = np.full_like(right, 0.5)
        rates: FloatArray = np.divide(right, total, out=nothing_known, where=total > 0)
        return np.minimum(rates, 1.0)

    def _log_prior(self, rates: FloatArray) -> float:
        value = 0.0
        for weight, rate in ((self.right, rates), (self.wrong, 1 - rates)):
            if weight > 0:
                value += weight * float(np.log(rate).sum())
        return value


@dataclass(frozen=True)
class _Task:
    """The votes of a task.

    Args:
        annotators: int32, shape (n_masks,).
        patterns: What they marked.
    """

    annotators: IntArray
    patterns: VotePatterns

    def share(self, posterior: FloatArray) -> float:
        """Return the mean of the pixels' posterior."""
        return min(float(self.patterns.pixels @ posterior / self.patterns.pixels.sum()), 1.0)

    def expect(self, rates: FloatArray, share: float) -> tuple[FloatArray, float]:
        """Return the posterior of each pattern, and the log-likelihood of all pixels.

        Args:
            rates: Sensitivity and specificity, shape (2, n_annotators).
            share: Probability that a pixel is in the truth.
        """
        votes, pixels = self.patterns.votes, self.patterns.pixels
        with np.errstate(divide="ignore"):
            marks, leaves = np.log([rates, 1 - rates])[:, :, self.annotators]
            prior = np.log([share, 1 - share])
        inside = prior[0] + np.where(votes, marks[0], leaves[0]).sum(axis=1)
        outside = prior[1] + np.where(votes, leaves[1], marks[1]).sum(axis=1)
        both = np.logaddexp(inside, outside)
        return np.exp(inside - both), float(pixels @ both)
