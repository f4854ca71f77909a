"""KOS: tasks and annotators send each other messages until those who are reliable stand out. Two labels only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from palate.aggregation.labels._votes import share_of_given, vote_shares
from palate.aggregation.labels.base import CodedAnswers, LabelAggregator, LabelFit
from palate.core.errors import InputError, SettingsError
from palate.core.progress import Progress, no_progress
from palate.core.randomness import generator

__all__ = ["KOS"]


@dataclass(frozen=True)
class KOS(LabelAggregator):
    """Iterative message passing for two labels. Karger, Oh and Shah, 2011 and 2014, algorithm 1.

    With answers as signs A, task i tells annotator j what others say of it, ``x[i, j] = sum of A[i, k] * y[k, i]``
    over its annotators k other than j, and annotator j tells task i how reliable they were elsewhere,
    ``y[j, i] = mean of A[h, j] * x[h, j]`` over their tasks h other than i. The first messages y are drawn from a
    normal distribution with mean 1 and variance 1. A task's label is the sign of ``sum of A[i, j] * y[j, i]``.

    The paper has a sum where we take the mean. There all annotators answer equally many tasks and both are the
    same. Where a few give most answers, sums let these few drown all others: 49.8% right instead of 91.4% on
    the public set ``rte``, 43.1% instead of 94.2% on ``temporal``, 89.5% instead of 92.7% on ``product``.

    The messages converge up to a common sign, which random starts leave to chance. Here it is settled for each
    connected part of the tasks and annotators on its own: known labels decide it where there are some, else
    answers agree with the decisions rather than disagree. Messages are scaled in every pass, so that none
    overflows. Of several starts the one counts under whose decisions the answers are most probable, if every
    annotator is right with their own probability. A task that no message reaches, such as one with a single
    answer, is decided by vote. Golden tasks send their known label, as loud as others on average.

    The posterior of a label is the share of the messages' sizes that speak for it; it is a share of votes, not a
    probability by a model. Skill is the mean posterior of the labels an annotator gave.

    Args:
        max_iter: Most passes from each start.
        tolerance: Stop when no message changes by more than this, where their mean square is 1.
        restarts: How many random starts, drawn from ``seed``.

    >>> import polars as pl
    >>> rows = [(task, name, "no" if name == "c" else ["yes", "no"][task % 2]) for task in range(4) for name in "abc"]
    >>> answers = pl.DataFrame(rows, schema=["task", "annotator", "label"], orient="row")
    >>> KOS().aggregate(answers).labels["label"].to_list()
    ['yes', 'no', 'yes', 'no']
    """

    most_labels: ClassVar[int | None] = 2

    max_iter: int = 100
    tolerance: float = 1e-6
    restarts: int = 3

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("max_iter", "restarts"):
            if getattr(self, name) < 1:
                raise SettingsError(f"'{name}' must be at least 1; it is {getattr(self, name)}.")
        if not self.tolerance >= 0:
            raise SettingsError(f"'tolerance' must be a number from 0 on; it is {self.tolerance}.")

    def fit(self, answers: CodedAnswers, progress: Progress = no_progress) -> LabelFit:
        """Return the share of messages for each label, from the best start.

        Raises:
            InputError: There are more than two labels.
        """
        from palate.aggregation.labels._messages import Messages

        n_labels = len(answers.label_values)
        if n_labels > 2:
            raise InputError(
                f"kos tells two labels apart; these answers and golden tasks have {n_labels:,}. Choose"
                " one_coin_dawid_skene or m_msr, which weigh annotators likewise for any number of labels."
            )
        votes = vote_shares(answers)
        if n_labels < 2:
            progress(1, 1)
            return LabelFit(votes, share_of_given(answers, votes))
        messages = Messages(answers)
        found = []
        for restart in range(self.restarts):
            start = generator(self.seed, "kos", restart).normal(1.0, 1.0, len(answers.labels))
            found.append(messages.settle(start, self.max_iter, self.tolerance))
            progress(restart + 1, self.restarts)
        best = max(found, key=lambda settled: messages.log_likelihood(settled.votes))
        for_second = np.divide(
            best.votes, best.loudness, out=np.zeros_like(best.votes), where=best.loudness > 0
        )
        heard = (for_second != 0) & (answers.golden < 0)
        posterior = np.where(
            heard[:, np.newaxis], np.stack([1 - for_second, 1 + for_second], axis=1) / 2, votes
        )
        skill = share_of_given(answers, posterior)
        return LabelFit(posterior, skill, converged=best.converged, iterations=best.iterations)
