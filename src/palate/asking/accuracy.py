"""How often an annotator is right, from golden tasks and from what the others say."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from palate.asking.posterior import WeightedAnswer, label_posterior
from palate.core.errors import PalateError

__all__ = ["annotator_accuracy", "believed_accuracies"]

_PSEUDO = 0.5
"""K of Toloka's dynamic overlap: right and wrong golden answers each that everybody starts with."""


def annotator_accuracy(right: float, seen: int) -> float:
    """Return how often an annotator is taken to be right, above 0 and below 1.

    ``(K + right) / (2 K + seen)`` with K = 0.5, as Toloka's dynamic overlap has it: who has answered no golden task
    has 0.5, which says nothing where there are two labels.

    Args:
        right: Golden tasks answered right; or how many of the answers are right as far as is believed.
        seen: Golden tasks answered, or answers of which something is believed.

    Raises:
        PalateError: More is right than was seen.

    >>> annotator_accuracy(0, 0), annotator_accuracy(9, 10)
    (0.5, 0.863...)
    """
    if not 0 <= right <= seen:
        raise PalateError(f"Right answers are from 0 to all {seen} that were seen; there are {right}.")
    return (_PSEUDO + right) / (2 * _PSEUDO + seen)


def believed_accuracies(
    golden: Mapping[str, tuple[int, int]],
    tasks: Collection[Sequence[tuple[str, str]]],
    n_labels: int,
    passes: int = 3,
) -> dict[str, float]:
    """Return how often each annotator is taken to be right, by golden tasks and by all other answers.

    A few golden tasks an annotator say little. Every other answer counts as right with the probability of its label,
    given all answers to the task; these probabilities follow from the accuracies, which follow from them. That is
    the one-coin model of Dawid and Skene (1979) by expectation and maximization, started from the golden tasks and
    stopped after a few passes.

    Args:
        golden: By annotator, golden tasks answered right and golden tasks answered.
        tasks: For each real task, (annotator, label) of its answers.
        n_labels: Labels that an annotator can choose from.
        passes: How often to go over the tasks; 0 leaves the golden tasks alone.

    Returns:
        One accuracy for everybody in ``golden`` or ``tasks``.

    Raises:
        PalateError: There are fewer than two labels to choose from, fewer than a task was given, or more golden
            tasks are right than were seen.

    >>> tasks = [[("ann", "cat"), ("bob", "cat")], [("ann", "cat"), ("bob", "cat")]]
    >>> believed_accuracies({"ann": (9, 10)}, tasks, n_labels=2)["bob"]
    0.7...
    """
    known = {annotator: golden.get(annotator, (0, 0)) for task in tasks for annotator, _ in task} | {**golden}
    accuracies = {annotator: annotator_accuracy(right, seen) for annotator, (right, seen) in known.items()}
    for _ in range(passes):
        right: dict[str, float] = {annotator: counts[0] for annotator, counts in known.items()}
        seen = {annotator: counts[1] for annotator, counts in known.items()}
        for task in tasks:
            answers = [WeightedAnswer(label, accuracies[annotator]) for annotator, label in task]
            believed = label_posterior(answers, n_labels)
            for annotator, label in task:
                right[annotator] += believed[label]
                seen[annotator] += 1
        accuracies = {name: annotator_accuracy(min(right[name], seen[name]), seen[name]) for name in known}
    return accuracies
