"""How probable each label of a task is, by Bayes' rule, given who answered what."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from palate.core.errors import PalateError, SettingsError

__all__ = ["WeightedAnswer", "check_temperature", "label_posterior", "log_scores", "shares"]


class WeightedAnswer(NamedTuple):
    """An answer to a task and the accuracy of who gave it.

    Args:
        label: The label given.
        accuracy: How often the annotator is right, above 0 and below 1.
    """

    label: str
    accuracy: float


def label_posterior(
    answers: Sequence[WeightedAnswer], n_labels: int, temperature: float = 1.0
) -> dict[str, float]:
    """Return how probable each label is that somebody gave; what is left to 1 is shared by the other labels evenly.

    Bayes' rule with a uniform prior over ``n_labels``. An annotator with the accuracy q gives the right label with
    the probability q and each other with ``(1 − q) / (n_labels − 1)``. The logarithm of the likelihood is divided by
    ``temperature``.

    Raises:
        PalateError: There are fewer than two labels to choose from, fewer than were given, or an accuracy is not
            above 0 and below 1.

    >>> label_posterior([WeightedAnswer("cat", 0.8), WeightedAnswer("dog", 0.6)], n_labels=2)
    {'cat': 0.727..., 'dog': 0.272...}
    """
    check_temperature(temperature)
    given = list(dict.fromkeys(answer.label for answer in answers))
    if n_labels < max(2, len(given)):
        raise PalateError(
            f"A task has at least 2 labels, and no fewer than were given ({len(given)}); 'n_labels' is {n_labels}."
        )
    scores = log_scores(answers, n_labels)
    return dict(
        zip(given, shares([*scores, *[0.0] * (n_labels - len(given))], 1 / temperature), strict=False)
    )


def log_scores(answers: Sequence[WeightedAnswer], n_labels: int) -> list[float]:
    """Return the log-likelihood of each label given, less that of a label nobody gave."""
    scores: dict[str, float] = defaultdict(float)
    for label, accuracy in answers:
        if not 0 < accuracy < 1:
            raise PalateError(
                f"An annotator's accuracy must be above 0 and below 1; it is {accuracy}. Take annotator_accuracy()."
            )
        scores[label] += math.log(accuracy * (n_labels - 1) / (1 - accuracy))
    return list(scores.values())


def shares(scores: Sequence[float], sharpness: float) -> list[float]:
    """Return probabilities in proportion to ``exp(sharpness * score)``."""
    highest = max(scores, default=0.0)
    weights = [math.exp(sharpness * (score - highest)) for score in scores]
    total = sum(weights)
    return [weight / total for weight in weights]


def check_temperature(temperature: float) -> None:
    """Raise an error unless ``temperature`` is a number above 0."""
    if not 0 < temperature < math.inf:
        raise SettingsError(f"'temperature' must be a number above 0; it is {temperature}.")
