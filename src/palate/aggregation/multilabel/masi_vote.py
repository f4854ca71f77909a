"""The set of labels nearest to all that were given, where nearness of sets is MASI."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from palate.aggregation.multilabel._candidates import Candidates, candidates
from palate.aggregation.multilabel._similarity import similarity
from palate.aggregation.multilabel.base import (
    BoolArray,
    CodedSets,
    FloatArray,
    MultilabelAggregator,
    MultilabelFit,
)
from palate.core.progress import Progress, no_progress
from palate.core.settings import check_counts

__all__ = ["MasiVote"]

_LEAST_WEIGHT = 0.01
"""Even who never agrees decides where nobody else answered."""


@dataclass(frozen=True)
class MasiVote(MultilabelAggregator):
    """The set with the least total MASI distance to the sets given, weighed by how far annotators agree.

    MASI (Passonneau, 2006) gives partial credit: sets are the nearer the more labels they share, and nearer still
    where one holds the other. Labels are decided together: a set that many gave is not replaced by a mixture
    that nobody gave. Where a task was given at most six labels, all their subsets are compared; where more, the
    sets that were given and the labels most often given. Where several sets are as near, the smallest wins,
    then the one of lower labels.

    An annotator weighs 1.01 less the mean distance of their sets to the decided ones, and sets and weights are found
    in turn, from equal weights on. Each round lowers ``sum over annotators of answers * (1.01 * d - d**2 / 2)``, d
    being that mean distance, of which the rounds are majorize–minimize steps; ``log_likelihood`` is minus that.

    A label's probability is the share of the weight of those who gave it. The skill of an annotator is 1 - d.

    Args:
        max_iter: Most rounds; 1 lets everybody weigh the same.

    >>> import polars as pl
    >>> answers = pl.DataFrame({"task": [1] * 3, "annotator": ["a", "b", "c"], "labels": [["x", "y"], ["x"], ["x", "y"]]})
    >>> MasiVote().aggregate(answers).labels["labels"].to_list()
    [['x', 'y']]
    """

    max_iter: int = 50

    def __post_init__(self) -> None:
        super().__post_init__()
        check_counts(max_iter=self.max_iter)

    def fit(self, answers: CodedSets, progress: Progress = no_progress) -> MultilabelFit:
        """Return the nearest sets, the share of weight of each label, and how far annotators agree."""
        choices = candidates(answers)
        n_answers = np.bincount(answers.annotators, minlength=len(answers.annotator_ids))
        distance = np.zeros(len(n_answers))
        objective: list[float] = []
        converged = False
        while not converged and len(objective) < self.max_iter:
            weights = (1 + _LEAST_WEIGHT - distance)[answers.annotators]
            decided, tied = _nearest(answers, choices, weights)
            total = np.bincount(
                answers.annotators, weights=1 - similarity(answers, decided), minlength=len(n_answers)
            )
            distance = total / n_answers
            objective.append(-float(n_answers @ ((1 + _LEAST_WEIGHT) * distance - distance**2 / 2)))
            converged = len(objective) > 1 and objective[-1] - objective[-2] <= 1e-12
            progress(len(objective), self.max_iter)
        return MultilabelFit(
            decided=decided,
            probabilities=_shares(answers, weights),
            skill=1 - distance,
            tied=tied,
            log_likelihood=tuple(objective),
            converged=converged,
            iterations=len(objective),
        )


def _nearest(
    answers: CodedSets, choices: list[Candidates], weights: FloatArray
) -> tuple[BoolArray, BoolArray]:
    """Return the nearest candidate of each task, and whether another is as near; golden tasks have their set."""
    decided, tied = answers.golden_sets.copy(), np.zeros(len(choices), dtype=np.bool_)
    for task in np.flatnonzero(~answers.golden).tolist():
        choice = choices[task]
        first, end = answers.offsets[task], answers.offsets[task + 1]
        near = choice.similarities @ weights[first:end]
        best = np.flatnonzero(near >= near.max() - 1e-9)
        decided[task, choice.labels] = choice.members[best[0]]
        tied[task] = len(best) > 1
    return decided, tied


def _shares(answers: CodedSets, weights: FloatArray) -> FloatArray:
    """Return the share of each task's weight of those who gave each label; 0 or 1 for golden tasks."""
    n_tasks, n_labels = answers.golden_sets.shape
    tasks = np.repeat(np.arange(n_tasks), np.diff(answers.offsets))
    rows = np.repeat(np.arange(len(tasks)), np.diff(answers.set_offsets))
    cells = tasks[rows] * n_labels + answers.labels
    given = np.bincount(cells, weights=weights[rows], minlength=n_tasks * n_labels).reshape(n_tasks, n_labels)
    total = np.bincount(tasks, weights=weights, minlength=n_tasks)
    shares = np.minimum(given / total[:, np.newaxis], 1.0)
    return np.where(answers.golden[:, np.newaxis], answers.golden_sets, shares)
