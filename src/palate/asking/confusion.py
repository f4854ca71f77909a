"""What each annotator says where which label is right, from golden tasks and from what the others say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from palate.asking.calibration import GoldenAnswer
from palate.asking.posterior import WeightedAnswer, label_posterior
from palate.core.errors import PalateError

__all__ = ["Confusions", "believed_confusions"]

_STRENGTH = 5.0
"""Answers a right label that speak for an annotator's erring like the crowd."""
_RIGHT_AT_FIRST = 0.5
"""What the crowd is right before the first answer, with the weight of one answer: K of Toloka's dynamic overlap."""

Rows = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Confusions:
    """How often annotators say which label where which one is right.

    Args:
        crowd: By right label, by label said: how often annotators say so on the whole.
        annotators: By annotator, the same; who is not named here errs like the crowd.
    """

    crowd: Rows
    annotators: Mapping[str, Rows]

    def weigh(self, annotator: str, label: str) -> WeightedAnswer:
        """Return an answer as dynamic overlap takes it.

        Raises:
            PalateError: There is no such label.
        """
        if label not in self.crowd:
            raise PalateError(f"There is no label '{label}'; there are {', '.join(self.crowd)}.")
        rows = self.annotators.get(annotator, self.crowd)
        likelihood = {truth: row[label] for truth, row in rows.items()}
        return WeightedAnswer(label, sum(rows[name][name] for name in rows) / len(rows), likelihood)


def believed_confusions(
    golden: Iterable[GoldenAnswer],
    tasks: Sequence[Sequence[tuple[str, str]]],
    labels: Sequence[str],
    passes: int = 2,
) -> Confusions:
    """Return how annotators err, by golden tasks and by all other answers.

    A few golden tasks an annotator say little. Every other task counts for each label as much as it is probable,
    given all answers to it; that follows from how annotators err, which follows from that. It is the model of Dawid
    and Skene (1979) by expectation and maximization, begun with the golden tasks and stopped after a few passes. As
    far as little is known of annotators, they are taken as erring like the crowd: five answers' weight a right label.

    Args:
        golden: Answers to golden tasks.
        tasks: For each real task, (annotator, label) of its answers.
        labels: All labels there are, at least two.
        passes: How often to go over the tasks; 0 leaves it to the golden tasks.

    Raises:
        PalateError: There are fewer than two labels, or an answer has none of them.

    >>> golden = [GoldenAnswer(str(n), "ann", "cat", "cat") for n in range(20)]
    >>> found = believed_confusions(golden, [[("ann", "dog"), ("bob", "dog")]], ["cat", "dog"])
    >>> found.annotators["ann"]["cat"]["cat"]
    0.995...
    """
    if len(set(labels)) < 2:
        raise PalateError(f"Labels to choose from are at least 2; here: {', '.join(labels) or 'none'}.")
    known = [({answer.right_label: 1.0}, [(answer.annotator, answer.label)]) for answer in golden]
    found = _confusions(known, labels)
    for _ in range(passes):
        believed = [
            (label_posterior([found.weigh(*a) for a in task], len(labels)), task) for task in tasks if task
        ]
        found = _confusions([*known, *believed], labels)
    return found


def _confusions(
    tasks: Iterable[tuple[Mapping[str, float], Sequence[tuple[str, str]]]], labels: Sequence[str]
) -> Confusions:
    """Return how annotators err where the labels of tasks have these probabilities."""
    counts: dict[str, dict[tuple[str, str], float]] = defaultdict(lambda: defaultdict(float))
    for believed, answers in tasks:
        for annotator, label in answers:
            for truth, probability in believed.items():
                _check_labels(labels, truth, label)
                counts[annotator][truth, label] += probability
    everybody: dict[tuple[str, str], float] = defaultdict(float)
    for own in counts.values():
        for cell, count in own.items():
            everybody[cell] += count
    wrong = (1 - _RIGHT_AT_FIRST) / (len(labels) - 1)
    start = {a: {b: _RIGHT_AT_FIRST if a == b else wrong for b in labels} for a in labels}
    crowd = _rows(everybody, start, 1.0)
    return Confusions(crowd, {annotator: _rows(own, crowd, _STRENGTH) for annotator, own in counts.items()})


def _rows(counts: Mapping[tuple[str, str], float], prior: Rows, strength: float) -> Rows:
    """Return shares by row, with ``strength`` answers that are as the prior says."""
    found = {}
    for truth, row in prior.items():
        total = strength + sum(counts.get((truth, label), 0.0) for label in row)
        found[truth] = {
            label: (strength * share + counts.get((truth, label), 0.0)) / total
            for label, share in row.items()
        }
    return found


def _check_labels(labels: Sequence[str], *given: str) -> None:
    unknown = next((label for label in given if label not in labels), None)
    if unknown is not None:
        raise PalateError(f"There is no label '{unknown}'; there are {', '.join(labels)}.")
