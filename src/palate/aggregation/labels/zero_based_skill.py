"""Zero-based skill: votes weighed by skills that move step by step towards agreement with those votes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from palate.aggregation.labels._coded import FloatArray
from palate.aggregation.labels._votes import agreement_with, vote_shares
from palate.aggregation.labels.base import CodedAnswers, Keeps, LabelAggregator, LabelFit, Start
from palate.core.errors import SettingsError
from palate.core.progress import Progress, no_progress

__all__ = ["ZeroBasedSkill"]


@dataclass(frozen=True)
class ZeroBasedSkill(LabelAggregator):
    """Votes weighed by skills, and skills moved towards agreement with these votes, in turn. Crowd-Kit's method.

    All skills start equal, at what guessing would get. A step adds ``learning_rate * (agreement - skill)``,
    where agreement is the share of an annotator's answers that equal the label with the most skill behind it
    (an answer with one of m tied labels counts 1/m). The rate is multiplied by ``reduce_factor`` at every
    ``reduce_every``-th step. The posterior of a task is each label's share of the skills of those who answered
    it, at the last skills; golden tasks have their known label throughout.

    Args:
        max_iter: Most steps.
        learning_rate: Share of the way to go in a first step, in (0, 1].
        reduce_every: After how many steps the rate is reduced.
        reduce_factor: What the rate is multiplied by, in (0, 1].
        tolerance: Stop when no skill is further than this from the agreement it moves towards.

    >>> import polars as pl
    >>> rows = [(1, "a", "x"), (1, "b", "x"), (1, "c", "y"), (2, "a", "y"), (2, "b", "y"), (2, "c", "x")]
    >>> answers = pl.DataFrame(rows, schema=["task", "annotator", "label"], orient="row")
    >>> ZeroBasedSkill().aggregate(answers).annotators["skill"].to_list()
    [1.0, 1.0, 0.0]
    """

    keeps: ClassVar[Keeps | None] = "weights"

    max_iter: int = 100
    learning_rate: float = 1.0
    reduce_every: int = 20
    reduce_factor: float = 0.5
    tolerance: float = 1e-5

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("max_iter", "reduce_every"):
            if getattr(self, name) < 1:
                raise SettingsError(f"'{name}' must be at least 1; it is {getattr(self, name)}.")
        for name in ("learning_rate", "reduce_factor"):
            if not 0 < getattr(self, name) <= 1:
                raise SettingsError(f"'{name}' must be above 0 and at most 1; it is {getattr(self, name)}.")
        if not self.tolerance >= 0:
            raise SettingsError(f"'tolerance' must be a number from 0 on; it is {self.tolerance}.")

    def fit(self, answers: CodedAnswers, progress: Progress = no_progress) -> LabelFit:
        """Return shares of the weighed votes at the last skills."""
        skill = np.full(len(answers.annotator_ids), 1 / len(answers.label_values))
        return self._settled(answers, skill, progress)

    def fit_from(self, answers: CodedAnswers, start: Start, progress: Progress = no_progress) -> LabelFit:
        """Return what ``fit`` does, but begin with the skills that a posterior gives."""
        return self._settled(answers, agreement_with(answers, start.posterior), progress)

    def _settled(self, answers: CodedAnswers, skill: FloatArray, progress: Progress) -> LabelFit:
        rate = self.learning_rate
        posterior = vote_shares(answers, skill)
        converged = False
        iteration = 0
        while not converged and iteration < self.max_iter:
            iteration += 1
            rate *= self.reduce_factor if iteration % self.reduce_every == 0 else 1.0
            way = agreement_with(answers, posterior) - skill
            converged = bool(np.abs(way).max() <= self.tolerance)
            skill = np.clip(skill + rate * way, 0.0, 1.0)
            posterior = vote_shares(answers, skill)
            progress(iteration, self.max_iter)
        return LabelFit(posterior, skill, converged=converged, iterations=iteration)
