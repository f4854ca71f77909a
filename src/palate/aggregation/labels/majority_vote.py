"""The label that most annotators gave."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from palate.aggregation.labels._votes import task_of_answers, vote_shares
from palate.aggregation.labels.base import CodedAnswers, LabelAggregator, LabelFit
from palate.core.progress import Progress, no_progress

__all__ = ["MajorityVote"]


@dataclass(frozen=True)
class MajorityVote(LabelAggregator):
    """The label that most annotators gave; every answer counts the same.

    The posterior of a task is the share of its answers that each label got; a golden task has its known
    label. The skill of an annotator is the mean, over the tasks they answered, of the posterior of the
    label they gave: how likely it is that another answer drawn from the same task says the same. Their own
    answer is part of that share, so that whoever answers a task alone agrees with themselves entirely.

    >>> import polars as pl
    >>> answers = pl.DataFrame({"task": [1, 1, 1], "annotator": ["a", "b", "c"], "label": ["cat", "cat", "dog"]})
    >>> MajorityVote().aggregate(answers).labels.rows()
    [(1, 'cat', 0.66...)]
    """

    def fit(self, answers: CodedAnswers, progress: Progress = no_progress) -> LabelFit:
        """Return vote shares and how far each annotator shares the votes of others."""
        posterior = vote_shares(answers)
        given = posterior[task_of_answers(answers), answers.labels]
        n_annotators = len(answers.annotator_ids)
        n_answers = np.bincount(answers.annotators, minlength=n_annotators)
        skill = np.bincount(answers.annotators, weights=given, minlength=n_annotators) / n_answers
        progress(1, 1)
        return LabelFit(posterior, skill)
