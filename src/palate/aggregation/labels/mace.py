"""MACE: annotators either know or guess, each with guesses of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

import numpy as np

from palate.aggregation.labels._iterative import Climb, IterativeAggregator, part_of
from palate.aggregation.labels._starts import annotator_features, random_parts
from palate.aggregation.labels._votes import vote_shares
from palate.aggregation.labels.base import CodedAnswers, FloatArray, Keeps, LabelFit, Start
from palate.core.errors import SettingsError
from palate.core.progress import Progress, no_progress
from palate.core.randomness import generator

__all__ = ["MACE"]

Learning = Literal["variational", "em"]


@dataclass(frozen=True)
class MACE(IterativeAggregator):
    """Annotators who know the true label, or else guess. Hovy, Berg-Kirkpatrick, Vaswani and Hovy, 2013.

    To each task an annotator gives the true label with the probability ``knows[a]``, and otherwise, whatever
    the task, label l with the probability ``guesses[a, l]``. True labels are equally probable beforehand. Who
    answers without looking is found even if they always give the most frequent label.

    What is maximized is the likelihood with pseudo-counts (``em``) or the variational bound on the evidence under
    Beta and Dirichlet priors (``variational``, the authors' recommendation). Either has several peaks: the first start
    is from vote shares, the others take a random share of each annotator's answers for knowledge; the highest wins. Everything is added up in
    logarithms, so that nothing underflows.

    Args:
        learning: ``variational`` or ``em``.
        restarts: Starts, the one from vote shares included.
        knowing: Beta parameters of knowing and of guessing, in ``variational``.
        guessing: Dirichlet parameter of each guessed label, in ``variational``. 10, as in the authors' program,
            has a lower bound on each of eight public data sets, and a mean accuracy of 80.0% to 80.2%.
        smoothing: Pseudo-count of knowing, of guessing and of each guessed label, in ``em``; above 0.

    ``log_likelihood`` of the result is that of the best start. The skill of an annotator is the probability that
    they know, plus that they guess right, averaged over the posterior of the judgments.
    """

    keeps: ClassVar[Keeps | None] = "confusions"

    max_iter: int = 200
    learning: Learning = "variational"
    restarts: int = 10
    knowing: float = 0.5
    guessing: float = 1.0
    smoothing: float = 0.1

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.learning not in get_args(Learning):
            raise SettingsError(
                f"'learning' must be one of {', '.join(get_args(Learning))}; it is {self.learning!r}."
            )
        self._check_least(1, "restarts")
        self._check_least(0.01, "knowing", "guessing")
        self._check_least(1e-6, "smoothing")

    def fit(self, answers: CodedAnswers, progress: Progress = no_progress) -> LabelFit:
        """Return posterior, skill and confusion of the start that led highest."""
        return self._highest(answers, vote_shares(answers), self.restarts, progress)

    def fit_from(self, answers: CodedAnswers, start: Start, progress: Progress = no_progress) -> LabelFit:
        """Return what ``fit`` does, but only from the posterior of ``start``: of the peaks, the one found before."""
        return self._highest(answers, start.posterior, 1, progress)

    def _highest(
        self, answers: CodedAnswers, first: FloatArray, restarts: int, progress: Progress
    ) -> LabelFit:
        """Return the highest of several climbs, the first of them from this posterior."""
        from palate.aggregation.labels._mace_passes import MacePasses

        passes = MacePasses(answers, self.threads)
        features = annotator_features(answers)

        def step() -> float:
            if self.learning == "em":
                return passes.maximize(self.smoothing)
            return passes.average(self.knowing, self.guessing)

        best, found = Climb((), converged=False), passes.posterior
        knows, guesses = passes.knows, passes.guesses
        for start in range(restarts):
            if start == 0:
                passes.start_from(first)
            else:
                parts = random_parts(features, 2, generator(self.seed, "mace", start))
                passes.start_with(parts[:, :, 0])
            climb = self._climb(step, len(answers.labels), part_of(progress, start, restarts))
            if not best.heights or climb.heights[-1] > best.heights[-1]:
                best, found = climb, passes.posterior.copy()
                knows, guesses = passes.knows, passes.guesses
        confusion = np.eye(guesses.shape[1]) * knows[:, np.newaxis, np.newaxis]
        confusion += ((1 - knows)[:, np.newaxis] * guesses)[:, np.newaxis]
        skill = np.einsum("ajj,j->a", confusion, found.mean(axis=0))
        return LabelFit(
            found, np.minimum(skill, 1.0), confusion, best.heights, best.converged, len(best.heights)
        )
