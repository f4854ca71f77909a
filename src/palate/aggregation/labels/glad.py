"""GLAD: annotators differ in ability, and tasks in ease."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from palate.aggregation.labels._iterative import IterativeAggregator
from palate.aggregation.labels.base import CodedAnswers, FloatArray, Keeps, LabelFit, Start
from palate.core.progress import Progress, no_progress

__all__ = ["GLAD"]

_EASES = 101
"""Quantiles of the tasks' ease that skills are averaged over: thousands would not change the second digit."""


@dataclass(frozen=True)
class GLAD(IterativeAggregator):
    """Generative model of labels, abilities and difficulties. Whitehill et al., 2009.

    An annotator of ability ``a`` is right on a task of ease ``b > 0`` with log-odds ``a * b - log(n_labels - 1)``, and
    gives all wrong labels alike. True labels are equally probable beforehand; ability and the logarithm of ease
    are normal about ``ability`` and ``log_ease`` with variance 1.

    With two labels the log-odds are theirs, ``a * b``. With more, theirs make people right half the time on the
    hardest tasks and by no ability at all; here that is one in ``n_labels``, as it is by guessing. (On five
    grades of web pages this takes accuracy from 1% to 85%.)

    Ability and ease are those of highest posterior density, the true labels summed over. Whitehill et al. climb
    there by expectation–maximization with a gradient ascent in every step; its gradient at the current posterior of
    labels is that of the sum itself (Fisher's identity), so L-BFGS climbs the same hill without the detour,
    and stops where it is flat, not where the expected part of it is.

    Args:
        ability: Mean of abilities beforehand.
        log_ease: Mean of the logarithm of ease beforehand.
        adversaries: Whether abilities below 0, the habit of being wrong, are looked for; without them, nobody is
            taken for worse than chance.

    ``log_likelihood`` of the result includes the logarithm of the normal densities, without their constant; it never
    falls. The skill of an annotator is the probability of a right answer, averaged over tasks of all eases.
    """

    keeps: ClassVar[Keeps | None] = "skills"

    max_iter: int = 200
    ability: float = 1.0
    log_ease: float = 1.0
    adversaries: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_least(0, "ability")
        self._check_least(-10, "log_ease")

    def fit(self, answers: CodedAnswers, progress: Progress = no_progress) -> LabelFit:
        """Return posterior and skill at the parameters of the last pass."""
        return self._climbed(answers, None, progress)

    def fit_from(self, answers: CodedAnswers, start: Start, progress: Progress = no_progress) -> LabelFit:
        """Return what ``fit`` does, but begin with the abilities and eases that were found before."""
        return self._climbed(answers, start, progress)

    def _climbed(self, answers: CodedAnswers, start: Start | None, progress: Progress) -> LabelFit:
        from palate.aggregation.labels._glad_passes import GladPasses

        passes = GladPasses(answers, self.ability, self.log_ease, self.threads)
        climb = passes.climb(
            adversaries=self.adversaries,
            max_iter=self.max_iter,
            gain_to_stop=self.tolerance * len(answers.labels),
            progress=progress,
            start=None if start is None else (start.by_annotator, start.by_task),
        )
        eases = np.quantile(passes.ease, np.linspace(0, 1, _EASES))
        return LabelFit(
            passes.posterior,
            _skill(passes.ability, eases),
            None,
            climb.heights,
            climb.converged,
            len(climb.heights),
            by_task=np.log(passes.ease),
            by_annotator=passes.ability,
        )


def _skill(ability: FloatArray, eases: FloatArray) -> FloatArray:
    from scipy.special import expit

    skill: FloatArray = expit(ability[:, np.newaxis] * eases).mean(axis=1)
    return skill
