"""How probable each label of a task is, by Bayes' rule, given who answered what."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from palate.core.errors import PalateError, SettingsError

__all__ = ["WeightedAnswer", "check_temperature", "label_posterior", "log_scores", "shares"]


class WeightedAnswer(NamedTuple):
    """An answer to a task and how far it is to be trusted.

    Args:
        label: The label given.
        accuracy: How often the annotator is right, above 0 and below 1; errors are spread evenly.
        likelihood: By right label, how often the annotator says ``label``, above 0; takes the place of the accuracy,
            and names all labels there are.
    """

    label: str
    accuracy: float
    likelihood: Mapping[str, float] | None = None


def label_posterior(
    answers: Sequence[WeightedAnswer], n_labels: int, temperature: float = 1.0
) -> dict[str, float]:
    """Return how probable each label is that an answer names; what is left to 1 is shared by the others evenly.

    Bayes' rule with a uniform prior over ``n_labels``. An annotator with the accuracy q gives the right label with
    the probability q and each other with ``(1 − q) / (n_labels − 1)``, unless the answer says better. The logarithm
    of the likelihood is divided by ``temperature``.

    Raises:
        PalateError: There are fewer than two labels to choose from, fewer than answers name, or a number is outside
            its range.

    >>> label_posterior([WeightedAnswer("cat", 0.8), WeightedAnswer("dog", 0.6)], n_labels=2)
    {'cat': 0.727..., 'dog': 0.272...}
    """
    check_temperature(temperature)
    scores = log_scores(answers, n_labels)
    others = [0.0] * (n_labels - len(scores))
    return dict(zip(scores, shares([*scores.values(), *others], 1 / temperature), strict=False))


def log_scores(answers: Sequence[WeightedAnswer], n_labels: int) -> dict[str, float]:
    """Return the log-likelihood of each label that an answer names, less that of any other label.

    Raises:
        PalateError: As of :func:`label_posterior`.
    """
    scores: dict[str, float] = defaultdict(float)
    for label, accuracy, likelihood in answers if n_labels > 1 else ():
        if likelihood is not None:
            _add_likelihood(scores, likelihood, n_labels)
        elif 0 < accuracy < 1:
            scores[label] += math.log(accuracy * (n_labels - 1) / (1 - accuracy))
        else:
            raise PalateError(
                f"An annotator's accuracy must be above 0 and below 1; it is {accuracy}. Take annotator_accuracy()."
            )
    if n_labels < max(2, len(scores)):
        raise PalateError(
            f"A task has at least 2 labels, and no fewer than answers name ({len(scores)}); 'n_labels' is {n_labels}."
        )
    return dict(scores)


def _add_likelihood(scores: dict[str, float], likelihood: Mapping[str, float], n_labels: int) -> None:
    if len(likelihood) != n_labels or not all(0 < value <= 1 for value in likelihood.values()):
        raise PalateError(
            f"A likelihood names all {n_labels} labels, each with a number above 0 and at most 1; it is"
            f" {dict(likelihood)}."
        )
    for label, value in likelihood.items():
        scores[label] += math.log(value)


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
