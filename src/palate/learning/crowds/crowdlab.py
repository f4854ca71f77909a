"""Consensus from any classifier's probabilities and the annotators' answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from palate.core.errors import InputError
from palate.core.frames import IntoTable
from palate.core.progress import Progress, no_progress
from palate.core.randomness import generator
from palate.core.settings import check_counts
from palate.learning.crowds._classifiers import Trained, fit_shares
from palate.learning.crowds._crowdlab import Weighed, consensus, majority
from palate.learning.crowds._data import CrowdData, Duplicates, IntArray, crowd_data
from palate.learning.crowds._posterior import posterior_of
from palate.learning.crowds.base import (
    CrowdFit,
    CrowdLearner,
    CrowdResult,
    History,
    KnownLabels,
    crowd_result,
)

__all__ = ["CROWDLAB"]


@dataclass(frozen=True)
class CROWDLAB(CrowdLearner):
    """A weighted mean of a classifier and the annotators. Goh, Tkachenko and Mueller, 2022, section 3.

    A classifier learns from majority votes in ``folds`` parts, so that each task's probabilities come from one that has
    not seen it. They and the answers are averaged: the classifier says p(label), each annotator P for their label and
    (1 - P) / (K - 1) for the others. P is the mean share of a task's answers that are its consensus. With the error e of always
    saying the most frequent label, an annotator weighs ``1 - (1 - s) / e``, s how often others say the same on their tasks, and
    the classifier ``(1 - (1 - a) / e) sqrt(answers a task)``, a its accuracy. All of these are found with majority votes for
    the consensus, on tasks of two answers or more; of equally many votes the label wins that the classifier finds more
    probable, then the rarer one. Weights are 1e-6 at least, as in the authors' library.

    The consensus is the label that this mean finds most probable. At the end the classifier learns it, of all tasks. The
    confusion of an annotator is how often they give which label to tasks of each consensus.

    Args:
        folds: Parts of the answered tasks.
    """

    folds: int = 5

    def __post_init__(self) -> None:
        super().__post_init__()
        check_counts(folds=self.folds - 1)

    def judge(
        self, answers: IntoTable, probabilities: IntoTable, *, on_duplicate: Duplicates = "error"
    ) -> CrowdResult:
        """Return the consensus of answers and of probabilities that you have; nothing learns.

        Args:
            answers: Columns ``task, annotator, label``, a dataframe or a path.
            probabilities: Each answered task's, by a classifier that did not learn from its answers: columns ``task`` and
                one a label, rows that sum to 1.
            on_duplicate: As in :meth:`fit`.

        Returns:
            A result whose ``judgments``, ``annotators`` and ``confusion`` are filled; it cannot foretell.

        Raises:
            InputError: A table is not as said, or no task has two answers.
        """
        data = crowd_data(probabilities, answers, on_duplicate)
        given = posterior_of(probabilities, data)
        return crowd_result(
            self,
            0,
            data,
            _fit_of(data, consensus(data, given, majority(data, given)), None, History()),
            given,
        )

    def fit_coded(
        self,
        data: CrowdData,
        classifier: Any,
        known: KnownLabels | None = None,
        seed: int = 0,
        progress: Progress = no_progress,
    ) -> CrowdFit:
        """Foretell each part by what the others teach, find the consensus, and learn from it."""
        # Of labels with equally many votes, one at random: a rule would teach the classifier that label.
        chance = generator(seed, "crowds", "ties").random((len(data.task_ids), data.n_labels))
        votes = np.eye(data.n_labels)[majority(data, chance)]
        folds = self._folds(data, votes.argmax(axis=1), seed)
        unseen = np.zeros_like(votes)
        for part, held in enumerate(folds):
            learn = np.setdiff1d(data.answered, held)
            unseen[held] = fit_shares(classifier, data, votes, learn, self, seed=seed)[0].probabilities(
                data.values[held]
            )
            progress(part + 1, self.folds + 1)
        weighed = consensus(data, unseen, majority(data, unseen))
        targets = np.eye(data.n_labels)[weighed.probabilities.argmax(axis=1)]
        trained, history = fit_shares(classifier, data, targets, data.answered, self, seed=seed, known=known)
        progress(self.folds + 1, self.folds + 1)
        return _fit_of(data, weighed, trained, history)

    def _folds(self, data: CrowdData, votes: IntArray, seed: int) -> list[IntArray]:
        """Return the answered tasks in parts that hold each label alike; which task goes where is random."""
        if len(data.answered) < self.folds:
            raise InputError(
                f"{self.folds} folds need as many answered tasks; there are {len(data.answered)}. Lower 'folds'.",
                where="answers",
            )
        shuffled = generator(seed, "crowds", "folds").permutation(data.answered)
        by_label = shuffled[np.argsort(votes[shuffled], kind="stable")]
        return [np.sort(by_label[part :: self.folds]) for part in range(self.folds)]


def _fit_of(data: CrowdData, weighed: Weighed, trained: Trained | None, history: History) -> CrowdFit:
    decided = np.eye(data.n_labels)[weighed.probabilities.argmax(axis=1)]
    note = f"The classifier weighs {weighed.classifier:.3g}, an answer {np.mean(weighed.annotators):.3g} in the mean."
    return CrowdFit(
        trained, weighed.probabilities, data.confusion(decided), history, weighed.annotators, (note,)
    )
