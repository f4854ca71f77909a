"""Collusion: pairs of annotators who make the same mistakes more often than their confusions explain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.core.coding import IntArray
from palate.core.errors import InputError
from palate.core.settings import check_counts, check_positive
from palate.quality._answers import label_counts
from palate.quality._p_values import Correction, adjusted, check_level
from palate.quality.base import FloatArray, QualityCheck, SortedAnswers

__all__ = ["Collusion"]

_MOST_CELLS = 1 << 27
"""Cells of all confusion matrices beyond which they (1 GB) are too many."""

_ROUNDS = 20
"""Of expectation–maximization; the test wants confusions, not their last digits."""


@dataclass(frozen=True)
class Collusion(QualityCheck):
    """A one-sided test of each pair for the same wrong answer to too many of the tasks they share.

    Right answers are the same for good reasons; wrong ones tell copies, as in Wesolowsky, Detecting Excessive Similarity
    in Answers on Multiple Choice Exams, 2000. What is right is the golden label, else the most probable one by the others'
    answers, both left out, in Dawid and Skene's model, 1979. As that may itself be wrong, the probability that two give
    the same other label by themselves is ``sum over t of belief(t) sum over l of A(t, l) B(t, l)`` with their confusions
    A and B: being right together where the others are wrong explains much. The p-value of the number of same mistakes is the
    upper tail of the binomial distribution with the mean probability, which from one above the expected number on is
    never below that of the sum of unequal ones (Hoeffding, 1956); below, it is 1.

    Tasks that tempt everyone to the same mistake make it look a little like copying. On synthetic crowds of 20 without copies
    nobody was suspected in 20 of 20 at level 0.05, and in 18 of 20 where three tasks in ten were such. Copies by
    people who hardly err, or of few answers, stay unseen.

    ``found`` has the columns ``annotator, other, shared`` (tasks that count), ``same_wrong, expected, p_value`` (corrected)
    and ``suspect``, most suspect first; ``evidence``, for suspects, ``annotator, other, task, label, expected``: the
    mistakes both made, and what the others say.

    Args:
        level: Of the test.
        min_shared: Pairs who share fewer tasks are not tested.
        correction: For testing many pairs: ``holm`` or ``bh``.
        prior: Pseudo-answers, as the crowd gives them, to tasks of each truth by each annotator.
    """

    level: float = 0.01
    min_shared: int = 5
    correction: Correction = "holm"
    prior: float = 2.0

    def __post_init__(self) -> None:
        check_level(self.level, self.correction)
        check_counts(min_shared=self.min_shared)
        check_positive(prior=self.prior)

    def find(self, answers: SortedAnswers) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Return the test of every pair that shares enough tasks, and the same mistakes of suspects.

        Raises:
            InputError: There are so many annotators and labels that their confusions do not fit in memory.
        """
        first, second = _meetings(answers)
        confusion, scores = self._fit(answers)
        task = answers.tasks[first]
        beliefs = _shares(
            scores[task]
            - np.log(confusion[answers.annotators[first], :, answers.labels[first]])
            - np.log(confusion[answers.annotators[second], :, answers.labels[second]])
        )
        known = answers.golden[task]
        beliefs = np.where((known >= 0)[:, np.newaxis], _one_hot(known, beliefs.shape[1]), beliefs)
        truth = beliefs.argmax(axis=1)
        both = np.einsum(
            "mt,mtl,mtl->ml",
            beliefs,
            confusion[answers.annotators[first]],
            confusion[answers.annotators[second]],
        )
        chance = both.sum(axis=1) - both[np.arange(len(both)), truth]
        label = answers.labels[first]
        same = (label == answers.labels[second]) & (label != truth)
        n_annotators = np.int64(len(answers.annotator_ids))
        keys = answers.annotators[first] * n_annotators + answers.annotators[second]
        pairs, pair = np.unique(keys, return_inverse=True)
        shared = np.bincount(pair, minlength=len(pairs))
        tested = shared >= self.min_shared
        n_same = np.bincount(pair, weights=same, minlength=len(pairs)).astype(np.float64)
        expected = np.bincount(pair, weights=chance, minlength=len(pairs)).astype(np.float64)
        p_values = np.ones(len(pairs))
        p_values[tested] = adjusted(
            _upper_tail(n_same[tested], shared[tested], expected[tested]), self.correction
        )
        suspect = tested & (p_values <= self.level)
        names = answers.annotator_ids
        found = pl.DataFrame(
            {
                "annotator": names.gather(pairs // n_annotators),
                "other": names.gather(pairs % n_annotators),
                "shared": shared,
                "same_wrong": n_same.astype(np.int64),
                "expected": expected,
                "p_value": p_values,
                "suspect": suspect,
            }
        ).filter(pl.Series(tested))
        shown = np.flatnonzero(same & suspect[pair])
        evidence = pl.DataFrame(
            {
                "annotator": names.gather(answers.annotators[first[shown]]),
                "other": names.gather(answers.annotators[second[shown]]),
                "task": answers.task_ids.gather(task[shown]),
                "label": answers.label_values.gather(label[shown]),
                "expected": answers.label_values.gather(truth[shown]),
            }
        )
        return found.sort("p_value", "annotator", "other"), evidence.sort("annotator", "other", "task")

    def _fit(self, answers: SortedAnswers) -> tuple[FloatArray, FloatArray]:
        """Return everyone's confusion ``[annotator, truth, label]``, and the log-posterior of tasks but for a constant.

        It is Dawid and Skene's model, 1979, by a fixed number of rounds of expectation–maximization from vote shares.
        """
        n_annotators, n_labels = len(answers.annotator_ids), len(answers.label_values)
        if n_annotators * n_labels**2 > _MOST_CELLS:
            raise InputError(
                f"The confusions of {n_annotators:,} annotators with {n_labels:,} labels do not fit in memory. Check"
                " fewer annotators at a time, or merge labels.",
                where=answers.where,
            )
        votes = label_counts(answers)
        posterior = votes / votes.sum(axis=1, keepdims=True)
        golden = answers.golden[:, np.newaxis] >= 0
        cells = answers.annotators * np.int64(n_labels) + answers.labels
        for _ in range(_ROUNDS):
            posterior = np.where(golden, _one_hot(answers.golden, n_labels), posterior)
            counts = np.stack(
                [
                    np.bincount(cells, weights=of_truth[answers.tasks], minlength=n_annotators * n_labels)
                    for of_truth in posterior.T
                ]
            )
            counts = counts.reshape(n_labels, n_annotators, n_labels).transpose(1, 0, 2)
            crowd = counts.sum(axis=0) + 1 / n_labels
            own = counts + self.prior * crowd / crowd.sum(axis=1, keepdims=True)
            confusion = own / own.sum(axis=2, keepdims=True)
            spoken = np.log(confusion[answers.annotators, :, answers.labels])
            prior = np.log(posterior.sum(axis=0) + 1 / n_labels)
            starts = np.searchsorted(answers.tasks, np.arange(len(votes)))
            scores: FloatArray = np.add.reduceat(spoken, starts, axis=0) + prior
            posterior = _shares(scores)
        return confusion, scores


def _meetings(answers: SortedAnswers) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the positions of every two answers to a task, by the annotator with the lower code first."""
    table = pl.DataFrame({"task": answers.tasks, "annotator": answers.annotators}).with_row_index("position")
    met = table.join(table, on="task").filter(pl.col("annotator") < pl.col("annotator_right"))
    met = met.sort("position", "position_right").cast(pl.Int64)
    return met["position"].to_numpy(), met["position_right"].to_numpy()


def _shares(scores: FloatArray) -> FloatArray:
    """Return the probabilities whose logarithms the rows are, but for a constant."""
    odds = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: FloatArray = odds / odds.sum(axis=1, keepdims=True)
    return shares


def _one_hot(codes: IntArray, n_labels: int) -> FloatArray:
    """Return 1 at each code, shape (n, n_labels); zeros where there is none (-1)."""
    found: FloatArray = (codes[:, np.newaxis] == np.arange(n_labels)).astype(np.float64)
    return found


def _upper_tail(n_same: FloatArray, shared: npt.NDArray[np.int64], expected: FloatArray) -> FloatArray:
    """Return the probability of as many same mistakes or more."""
    from scipy.special import bdtrc

    mean = np.minimum(expected / shared, 1.0)
    found: FloatArray = np.where(n_same >= expected + 1, bdtrc(np.maximum(n_same - 1, 0), shared, mean), 1.0)
    return found
