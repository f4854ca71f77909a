"""The answers laid out for the kernels of Dawid–Skene; each pass over them is a sum over partitions of tasks."""

from __future__ import annotations

import numpy as np

from palate.aggregation.labels._confusion_kernel import (
    LANES,
    count_votes,
    expect_and_count,
    from_blocks,
    in_blocks,
)
from palate.aggregation.labels.base import CodedAnswers, FloatArray
from palate.core.errors import InputError
from palate.core.partitions import cut, sum_over_partitions

__all__ = ["ConfusionPasses"]

_ANSWERS_A_PARTITION = 1 << 17
"""About a millisecond of work: enough to outweigh handing it to a thread."""

_MOST_COUNTS = 1 << 28
"""Confusion counts beyond which a few copies of them (2 GB each) are too much for most machines."""

_SAFE_EXPONENT = 650.0
"""exp(-650) is still a normal double; products below exp(-708) begin to lose digits."""


class ConfusionPasses:
    """Passes over the answers, each of which leaves a posterior.

    Args:
        answers: What people answered.
        threads: Most threads at a time; None takes all processors.

    Raises:
        InputError: There are so many annotators and labels that their confusion does not fit in memory.
    """

    def __init__(self, answers: CodedAnswers, threads: int | None) -> None:
        self._answers = answers
        self._threads = threads
        self._n_labels = len(answers.label_values)
        self._n_columns = -(-self._n_labels // LANES) * LANES
        n_annotators = len(answers.annotator_ids)
        n_counts = n_annotators * self._n_labels * self._n_columns
        if n_counts > _MOST_COUNTS:
            raise InputError(
                f"A confusion matrix of {self._n_labels:,} labels for each of {n_annotators:,} annotators does"
                " not fit in memory. Merge rare labels, or choose majority_vote."
            )
        self._cells = answers.annotators * np.int32(self._n_labels) + answers.labels
        self._n_cells = n_annotators * self._n_labels
        self._padded = np.zeros((len(answers.task_ids), self._n_columns))
        self._in_blocks = self._padded.reshape(len(self._padded), -1, LANES)  # the same numbers
        self._partitions = cut(answers.offsets, max(_ANSWERS_A_PARTITION, 2 * n_counts))

    @property
    def posterior(self) -> FloatArray:
        """What the last pass found: float64, shape (n_tasks, n_labels)."""
        return np.ascontiguousarray(self._padded[:, : self._n_labels])

    def count(self, posterior: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return what this posterior counts to.

        Returns:
            Counts, shape (n_annotators, n_labels, n_labels): how often each annotator gave each label to
            tasks of each true label; and votes, shape (n_labels,): how many tasks have each true label.
        """
        self._padded[:, : self._n_labels] = posterior

        def share(start: int, stop: int) -> tuple[FloatArray, FloatArray]:
            counts, votes = self._nothing()
            count_votes(start, stop, self._answers.offsets, self._cells, self._in_blocks, counts, votes)
            return counts, votes

        return self._unpadded(*sum_over_partitions(share, self._partitions, self._threads))

    def expect(self, confusion: FloatArray, prior: FloatArray) -> tuple[FloatArray, FloatArray, float]:
        """Find the posterior under these parameters; return what it counts to and the log-likelihood.

        Args:
            confusion: Shape (n_annotators, n_labels, n_labels), ``[annotator, label, truth]``.
            prior: Shape (n_labels,).
        """
        priors = _with_logarithm(in_blocks(prior[np.newaxis])[:, 0])
        confusions = _with_logarithm(in_blocks(confusion.reshape(self._n_cells, self._n_labels)))
        smallest = min(x[1].min(where=np.isfinite(x[1]), initial=-1e-9) for x in (priors, confusions))
        most_factors = int(_SAFE_EXPONENT / -smallest)

        def share(start: int, stop: int) -> tuple[FloatArray, FloatArray, FloatArray]:
            counts, votes = self._nothing()
            log_likelihood = expect_and_count(
                start,
                stop,
                self._answers.offsets,
                self._cells,
                self._answers.golden,
                priors,
                confusions,
                most_factors,
                self._in_blocks,
                counts,
                votes,
            )
            return counts, votes, np.array([log_likelihood])

        counts, votes, log_likelihood = sum_over_partitions(share, self._partitions, self._threads)
        return *self._unpadded(counts, votes), float(log_likelihood[0])

    def _nothing(self) -> tuple[FloatArray, FloatArray]:
        n_blocks = self._in_blocks.shape[1]
        return np.zeros((n_blocks, self._n_cells, LANES)), np.zeros((n_blocks, LANES))

    def _unpadded(self, counts: FloatArray, votes: FloatArray) -> tuple[FloatArray, FloatArray]:
        unpadded = from_blocks(counts, self._n_labels).reshape(-1, self._n_labels, self._n_labels)
        return unpadded, votes.ravel()[: self._n_labels]


def _with_logarithm(probabilities: FloatArray) -> FloatArray:
    """Return probabilities and their logarithms."""
    with np.errstate(divide="ignore"):
        return np.stack([probabilities, np.log(probabilities)])
