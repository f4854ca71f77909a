"""Random starts that depend on what was answered, not on what tasks, annotators and labels are called.

A random number for each task would start the same answers elsewhere once their tasks are renamed. Instead things are
divided along random waves over their features: alike things start alike, and every start has its own waves.
"""

from __future__ import annotations

import numpy as np

from palate.aggregation.labels._votes import share_of_given, task_of_answers, vote_shares
from palate.aggregation.labels.base import CodedAnswers, FloatArray

__all__ = ["annotator_features", "random_parts", "task_features"]

_STEEPNESS = 2.0
"""Of the waves: the largest part of a thing is exp(2 * 2) times the smallest at most."""

_FREQUENCY = 2.0
"""Standard deviation of waves' frequencies, for features of standard deviation 1."""

_NO_SPREAD = 1e-9
"""A feature that varies less is the same for all; its last digits depend on the order of sums."""


def random_parts(features: FloatArray, n_parts: int, rng: np.random.Generator) -> FloatArray:
    """Return how things are divided among parts.

    Args:
        features: Shape (..., n_features).
        n_parts: How many parts.
        rng: Where the waves come from.

    Returns:
        float64, shape (..., n_parts), above 0; sums over parts are 1.
    """
    n_features = features.shape[-1]
    flat = features.reshape(-1, n_features)
    spread = flat.std(axis=0)
    scaled = (features - flat.mean(axis=0)) / np.where(spread > _NO_SPREAD, spread, 1.0)
    directions = _FREQUENCY * rng.standard_normal((n_features, n_parts))
    phases = rng.uniform(0, 2 * np.pi, n_parts)
    waves = np.einsum("...f,fp->...p", scaled, directions) + phases
    parts: FloatArray = np.exp(_STEEPNESS * np.cos(waves))
    parts /= parts.sum(axis=-1, keepdims=True)
    return parts


def task_features(answers: CodedAnswers) -> FloatArray:
    """Return features of each task and label, shape (n_tasks, n_labels, 4).

    They are: the label's share of the votes; and of those who answered the task how far they share the votes of
    others, how far those do who gave the label (each counted by the label's share), and how much they answered.
    """
    shares = vote_shares(answers)
    agreement = share_of_given(answers, shares)[answers.annotators]
    activity = np.log(np.bincount(answers.annotators))[answers.annotators]
    tasks, n_tasks = task_of_answers(answers), len(shares)
    size = np.diff(answers.offsets)
    cells = tasks * np.int64(shares.shape[1]) + answers.labels
    of_givers = np.bincount(cells, weights=agreement, minlength=shares.size).reshape(shares.shape)
    columns = (
        shares,
        (np.bincount(tasks, weights=agreement, minlength=n_tasks) / size)[:, np.newaxis],
        of_givers / size[:, np.newaxis],
        (np.bincount(tasks, weights=activity, minlength=n_tasks) / size)[:, np.newaxis],
    )
    return np.stack([np.broadcast_to(column, shares.shape) for column in columns], axis=-1)


def annotator_features(answers: CodedAnswers) -> FloatArray:
    """Return features of each annotator and label, shape (n_annotators, n_labels, 4).

    They are: the label's share of the annotator's answers and of all answers; how far the annotator shares the
    votes of others; and how much they answered.
    """
    shape = len(answers.annotator_ids), len(answers.label_values)
    cells = answers.annotators * np.int64(shape[1]) + answers.labels
    given = np.bincount(cells, minlength=shape[0] * shape[1]).reshape(shape)
    size = given.sum(axis=1, keepdims=True)
    columns = (
        given / size,
        given.sum(axis=0) / size.sum(),
        share_of_given(answers, vote_shares(answers))[:, np.newaxis],
        np.log(size),
    )
    return np.stack([np.broadcast_to(column, shape) for column in columns], axis=-1)
