"""What golden tasks say of the posterior: how much less sure than it is it should be."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from palate.asking.accuracy import annotator_accuracy
from palate.asking.posterior import WeightedAnswer, log_scores, shares
from palate.core.errors import PalateError

__all__ = ["GoldenAnswer", "calibrate"]

_SHARPEST, _FLATTEST = 0.25, 20.0
"""The bounds of a temperature: beyond them a few golden tasks would decide alone."""
_PRIOR_DEVIATION = 0.5
"""Standard deviation of the prior of 1/temperature about 1: one golden task is no proof, a hundred outweigh it."""
_HALVINGS = 40


class GoldenAnswer(NamedTuple):
    """An answer to a task whose right label is known.

    Args:
        task: The golden task.
        annotator: Who gave it.
        label: The label given.
        right_label: The label that is right.
    """

    task: str
    annotator: str
    label: str
    right_label: str


def calibrate(
    history: Sequence[GoldenAnswer],
    n_labels: int,
    most: int,
    weigh: Callable[[str, str], WeightedAnswer] | None = None,
) -> float:
    """Return the temperature at which the posterior of golden tasks' labels is as right as it says.

    The temperature is the one under which the right labels are most probable (Guo et al., 2017, scaled likelihood in
    place of logits). Dynamic overlap looks at a task after every answer, so each golden task counts with its first
    1, 2, … ``most`` answers, which share its weight. A handful of golden tasks proves little: a normal prior draws
    the result to 1.

    Args:
        history: Answers to golden tasks, from old to new.
        n_labels: Labels that an annotator can choose from.
        most: The most answers of a task to look at: the maximum of the overlap.
        weigh: How dynamic overlap trusts what an annotator says, such as ``Confusions.weigh``; None takes accuracies
            on the other golden tasks.

    Returns:
        The temperature, from 0.25 to 20; 1 without history.

    Raises:
        PalateError: There are fewer than two labels to choose from, or fewer than are given or right, or ``most``
            is below 1.
    """
    if n_labels < 2 or most < 1:
        raise PalateError(
            f"A task has at least 2 labels and an overlap of at least 1; 'n_labels' is {n_labels}, 'most' {most}."
        )
    cases = _golden_cases(_weighted(history, weigh), n_labels, most)

    def slope(sharpness: float) -> float:
        """Return how fast the penalized log-likelihood rises with 1/temperature; it falls throughout."""
        found = (1 - sharpness) / _PRIOR_DEVIATION**2
        for scores, right, weight in cases:
            expected = sum(s * p for s, p in zip(scores, shares(scores, sharpness), strict=True))
            found += weight * (scores[right] - expected)
        return found

    return 1 / _root(slope, 1 / _FLATTEST, 1 / _SHARPEST)


def _weighted(
    history: Sequence[GoldenAnswer], weigh: Callable[[str, str], WeightedAnswer] | None
) -> dict[tuple[str, str], list[WeightedAnswer]]:
    """Return the answers of every golden task, by the task and its right label."""
    seen = Counter(answer.annotator for answer in history)
    right = Counter(answer.annotator for answer in history if answer.label == answer.right_label)
    tasks: dict[tuple[str, str], list[WeightedAnswer]] = defaultdict(list)
    for task, annotator, label, right_label in history:
        if weigh is None:
            others_right = right[annotator] - (label == right_label)
            found = WeightedAnswer(label, annotator_accuracy(others_right, seen[annotator] - 1))
        else:
            found = weigh(annotator, label)
        tasks[task, right_label].append(found)
    return tasks


def _golden_cases(
    tasks: Mapping[tuple[str, str], Sequence[WeightedAnswer]], n_labels: int, most: int
) -> list[tuple[list[float], int, float]]:
    """Return, for the first answers of every golden task, all labels' scores, which one is right and its weight."""
    cases = []
    for (task, truth), answers in tasks.items():
        first = answers[:most]
        for n in range(1, len(first) + 1):
            scores = {truth: 0.0} | log_scores(first[:n], n_labels)
            if len(scores) > n_labels:
                raise PalateError(
                    f"The golden task '{task}' has more labels than the {n_labels} ('n_labels') to choose from."
                )
            others = [0.0] * (n_labels - len(scores))
            cases.append(([*scores.values(), *others], 0, 1 / len(first)))
    return cases


def _root(falling: Callable[[float], float], low: float, high: float) -> float:
    """Return where a falling function is 0 between ``low`` and ``high``, or the bound that is nearest to it."""
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if falling(middle) > 0 else (low, middle)
    return (low + high) / 2
