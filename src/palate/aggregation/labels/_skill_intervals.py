"""How well the skill of an annotator is known: credible intervals."""

from __future__ import annotations

import numpy as np

from palate.aggregation.labels._coded import CodedAnswers, FloatArray
from palate.aggregation.labels._found import LabelFit
from palate.aggregation.labels._votes import n_by_decision
from palate.core.coding import IntArray

__all__ = ["skill_intervals"]

_TAIL = 0.025
_BEFOREHAND = 0.5
"""Pseudo-counts of right and of wrong answers: Jeffreys' prior."""


def skill_intervals(answers: CodedAnswers, fit: LabelFit, decided: IntArray) -> tuple[FloatArray, FloatArray]:
    """Return the ends of central 95% credible intervals, each of shape (n_annotators,); NaN where there is no skill.

    The skill is a share of right answers, for each true label where there is a confusion matrix. Each share has the
    Beta distribution that follows from Jeffreys' prior and the number of answers to tasks decided for that label; their
    mean over labels is taken for a Beta distribution of the same mean and variance. The decisions themselves are
    taken for right, and a skill beyond an end, where only a method's own prior puts it, moves the end.

    Args:
        answers: What people answered.
        fit: What a method found.
        decided: Shape (n_tasks,): the most probable label of each task, the lowest of several.
    """
    from scipy.special import betaincinv

    shares, weights = fit.skill[:, np.newaxis], np.ones(1)
    counts = answers.answers_each[:, np.newaxis]
    if fit.confusion is not None:
        shares, weights = (
            np.einsum("att->at", fit.confusion),
            np.einsum("tj->j", fit.posterior) / len(fit.posterior),
        )
        counts = n_by_decision(answers, decided)
    right, wrong = shares * counts + _BEFOREHAND, (1 - shares) * counts + _BEFOREHAND
    total = right + wrong
    mean = (right / total) @ weights
    variance = (right * wrong / (total**2 * (total + 1))) @ weights**2
    strength = mean * (1 - mean) / variance - 1
    low, high = (betaincinv(mean * strength, (1 - mean) * strength, q) for q in (_TAIL, 1 - _TAIL))
    return np.minimum(low, fit.skill), np.maximum(high, fit.skill)
