"""EBCC: annotators who err alike because tasks of one label are of different kinds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from palate.aggregation.labels._iterative import Climb, IterativeAggregator, part_of
from palate.aggregation.labels._starts import random_parts, task_features
from palate.aggregation.labels._votes import vote_shares
from palate.aggregation.labels.base import CodedAnswers, LabelFit
from palate.core.progress import Progress, no_progress
from palate.core.randomness import generator

__all__ = ["EBCC"]


@dataclass(frozen=True)
class EBCC(IterativeAggregator):
    """Bayesian classifier combination with subtypes, by variational Bayes. Li, Rubinstein and Cohn, 2019.

    Each true label has ``subtypes``, and each annotator a row of confusion for each of them: hard tasks on which
    everybody makes the same mistake become a subtype instead of so many independent witnesses. Label and subtype
    of a task are inferred together; the number of subtypes is a maximum, those that are not
    needed stay empty.

    The bound on the evidence has many peaks. Every start divides the vote shares of the tasks among the
    subtypes along random waves over what was answered and by whom, so that renaming tasks changes nothing (the paper
    divides each task by chance); the start that leads to the highest bound wins.

    Args:
        subtypes: Most kinds of tasks of one true label. With 1 this is ``IBCC``, but for its priors.
        restarts: Random starts.
        right: Dirichlet parameter of right answers.
        wrong: Dirichlet parameter of each wrong label.
        prevalence: Dirichlet parameter of each true label.
        concentration: Sum of the Dirichlet parameters of one label's subtypes; the smaller, the fewer are used.

    Priors are those of the paper's experiments, which allow 10 subtypes; on each of eight public data sets 3 give as
    accurate judgments, and a higher bound, three times as fast. ``log_likelihood`` of the result is the bound of the best start;
    ``confusion`` and ``skill`` are posterior means, over subtypes too.
    """

    max_iter: int = 500
    subtypes: int = 3
    restarts: int = 5
    right: float = 4.0
    wrong: float = 1.0
    prevalence: float = 1.0
    concentration: float = 0.1

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_least(1, "subtypes", "restarts")
        self._check_least(0.01, "right", "wrong", "prevalence")
        self._check_least(0.002 * self.subtypes, "concentration")

    def fit(self, answers: CodedAnswers, progress: Progress = no_progress) -> LabelFit:
        """Return posterior, and mean skill and confusion, of the start that led highest.

        Raises:
            InputError: There are so many tasks, annotators, labels and subtypes that what is kept of them does
                not fit in memory.
        """
        from palate.aggregation.labels._subtype_beliefs import SubtypeBeliefs
        from palate.aggregation.labels._subtype_passes import SubtypePasses

        passes = SubtypePasses(answers, self.subtypes, self.threads)
        shares, features = vote_shares(answers)[:, :, np.newaxis], task_features(answers)
        best, found = Climb((), converged=False), LabelFit(shares[:, :, 0], shares[:, 0, 0])
        for start in range(self.restarts):
            parts = random_parts(features, self.subtypes, generator(self.seed, "ebcc", start))
            beliefs = SubtypeBeliefs(passes, shares * parts, self)
            part = part_of(progress, start, self.restarts)
            climb = self._climb(beliefs.improve, len(answers.labels), part)
            if not best.heights or climb.heights[-1] > best.heights[-1]:
                best, found = climb, beliefs.summary(climb)
        return found
