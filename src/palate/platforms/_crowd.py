"""Simulated annotators: who they are, and how each of them errs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["KINDS", "Crowd", "confusions", "draw_crowd", "kind_counts"]

FloatArray = npt.NDArray[np.float64]

KINDS = ("expert", "average", "spammer")

_ACCURACY_SPREAD = 60.0
"""Concentration of the Beta distribution of accuracies: an expert of 0.9 varies by about 0.04."""
_ACTIVITY_SPREAD = 0.8
"""Of the logarithm of how often an annotator takes a page: a fifth of them do about half of the work."""
_PACE_SPREAD = 0.3
"""Of the logarithm of an annotator's usual seconds a task."""
_DISTANCE_DECAY = 0.35
"""An error two grades off is this much as likely as one a single grade off."""
_FAVOURITE_SHARE = 0.85
"""How often a spammer with a favourite label gives it."""


@dataclass(frozen=True)
class Crowd:
    """Annotators, whatever they are asked.

    Args:
        names: Their ids.
        kinds: Index into ``KINDS``, shape (n_annotators,).
        accuracy: Usual probability of a right answer, likewise; spammers' is not used.
        favours: Whether a spammer answers with a favourite label instead of at random, likewise.
        activity: Share of the pages that each takes while there is work for all; sums to 1.
        pace: Each one's usual time a task, as a multiple of everybody's.
    """

    names: tuple[str, ...]
    kinds: npt.NDArray[np.int64]
    accuracy: FloatArray
    favours: npt.NDArray[np.bool_]
    activity: FloatArray
    pace: FloatArray


def kind_counts(annotators: int, shares: tuple[float, ...]) -> npt.NDArray[np.int64]:
    """Return how many annotators are of each kind: shares rounded by largest remainder.

    >>> kind_counts(7, (0.3, 0.5, 0.2)).tolist()
    [2, 4, 1]
    """
    exact = annotators * np.array(shares)
    counts = np.floor(exact + 1e-9).astype(np.int64)
    largest = np.argsort(-(exact - counts), kind="stable")
    counts[largest[: annotators - int(counts.sum())]] += 1
    return counts


def draw_crowd(
    annotators: int,
    shares: tuple[float, float, float],
    accuracies: tuple[float, float],
    rng: np.random.Generator,
) -> Crowd:
    """Draw annotators.

    Args:
        annotators: How many.
        shares: Of experts, average ones and spammers.
        accuracies: Mean accuracy of experts and of average ones, in (0, 1].
        rng: For the draw.
    """
    kinds = rng.permutation(np.repeat(np.arange(3), kind_counts(annotators, shares)))
    means = np.array([*accuracies, 0.5])[kinds]
    spammers = np.flatnonzero(kinds == KINDS.index("spammer"))
    favours = np.zeros(annotators, dtype=np.bool_)
    favours[spammers[1::2]] = True
    activity = rng.lognormal(sigma=_ACTIVITY_SPREAD, size=annotators)
    width = len(str(annotators))
    return Crowd(
        names=tuple(f"a{number:0{width}d}" for number in range(1, annotators + 1)),
        kinds=kinds,
        accuracy=_around(means, rng),
        favours=favours,
        activity=activity / activity.sum(),
        pace=rng.lognormal(sigma=_PACE_SPREAD, size=annotators),
    )


def confusions(crowd: Crowd, n_labels: int, rng: np.random.Generator, *, ordered: bool) -> FloatArray:
    """Draw each annotator's confusion, shape (n_annotators, n_labels, n_labels): ``[a, truth, answer]``.

    An honest annotator is right with about their accuracy, a bit more or less for each truth; what is
    left goes to the wrong labels by lot and, where labels are ordered, rather to near ones. Spammers'
    answers do not depend on the truth.
    """
    n = len(crowd.names)
    distance = np.abs(np.arange(n_labels)[:, None] - np.arange(n_labels)[None, :]).astype(np.float64)
    weight = _DISTANCE_DECAY ** (distance - 1.0) if ordered else np.ones_like(distance)
    weight = weight * rng.gamma(4.0, size=(n, n_labels, n_labels))
    diagonal = np.arange(n_labels)
    weight[:, diagonal, diagonal] = 0.0
    right = _around(np.repeat(crowd.accuracy[:, None], n_labels, axis=1), rng)
    confusion: FloatArray = weight / weight.sum(axis=2, keepdims=True) * (1.0 - right)[:, :, None]
    confusion[:, diagonal, diagonal] = right
    favourite = rng.integers(n_labels, size=n)
    spammers = crowd.kinds == KINDS.index("spammer")
    confusion[spammers] = 1.0 / n_labels
    partial = np.flatnonzero(spammers & crowd.favours)
    confusion[partial] = (1.0 - _FAVOURITE_SHARE) / (n_labels - 1)
    confusion[partial, :, favourite[partial]] = _FAVOURITE_SHARE
    return confusion


def _around(means: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Draw from Beta distributions with these means; a mean of 1 stays 1."""
    sure = means >= 1.0
    within = np.where(sure, 0.5, np.maximum(means, 1e-6))
    drawn = rng.beta(within * _ACCURACY_SPREAD, (1.0 - within) * _ACCURACY_SPREAD)
    return np.where(sure, 1.0, drawn)
