"""The answers laid out for the kernel of EBCC; each pass over them is a sum over partitions of tasks."""

from __future__ import annotations

import numpy as np

from palate.aggregation.labels._confusion_kernel import LANES, count_votes, from_blocks, in_blocks
from palate.aggregation.labels._subtype_kernel import expect_subtypes
from palate.aggregation.labels.base import CodedAnswers, FloatArray
from palate.core.errors import InputError
from palate.core.partitions import cut, sum_over_partitions

__all__ = ["SubtypePasses"]

_ANSWERS_A_PARTITION = 1 << 16
"""Some milliseconds of work: enough to outweigh handing it to a thread."""

_MOST_NUMBERS = 1 << 28
"""Counts, or probabilities of tasks, beyond which a few copies of them (2 GB each) are too much for most machines."""

_SAFE_EXPONENT = 650.0
"""exp(-650) is still a normal double; products below exp(-708) begin to lose digits."""


class SubtypePasses:
    """Passes over the answers, each of which leaves a posterior of (true label, subtype) pairs.

    Args:
        answers: What people answered.
        n_subtypes: How many subtypes each true label has.
        threads: Most threads at a time; None takes all processors.

    Raises:
        InputError: There are so many tasks, annotators, labels and subtypes that what is kept of them does not
            fit in memory.
    """

    def __init__(self, answers: CodedAnswers, n_subtypes: int, threads: int | None) -> None:
        self._answers = answers
        self._threads = threads
        self._n_labels, self._n_subtypes = len(answers.label_values), n_subtypes
        self._n_pairs = self._n_labels * n_subtypes
        n_columns = -(-self._n_pairs // LANES) * LANES
        self._n_cells = len(answers.annotator_ids) * self._n_labels
        if max(self._n_cells, len(answers.task_ids)) * n_columns > _MOST_NUMBERS:
            raise InputError(
                f"{n_subtypes} subtypes of {self._n_labels:,} labels, for {len(answers.annotator_ids):,} annotators"
                f" and {len(answers.task_ids):,} tasks, do not fit in memory. Take fewer subtypes, or choose ibcc."
            )
        self._cells = answers.annotators * np.int32(self._n_labels) + answers.labels
        self._padded = np.zeros((len(answers.task_ids), n_columns))
        self._in_blocks = self._padded.reshape(len(self._padded), -1, LANES)  # the same numbers
        self._partitions = cut(answers.offsets, max(_ANSWERS_A_PARTITION, 2 * self._n_cells * n_columns))

    @property
    def posterior(self) -> FloatArray:
        """What the last pass found, of true labels: float64, shape (n_tasks, n_labels)."""
        pairs = self._padded[:, : self._n_pairs].reshape(-1, self._n_labels, self._n_subtypes)
        labels: FloatArray = pairs.sum(axis=2)
        labels /= labels.sum(axis=1, keepdims=True)  # what rounding left
        return labels

    def count(self, posterior: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return what a posterior of pairs, shape (n_tasks, n_labels, n_subtypes), counts to.

        Returns:
            Counts, shape (n_annotators, n_labels, n_labels, n_subtypes), ``[annotator, label, truth, subtype]``,
            and votes, shape (n_labels, n_subtypes): how many tasks have each true label and subtype.
        """
        self._padded[:, : self._n_pairs] = posterior.reshape(len(posterior), -1)

        def share(start: int, stop: int) -> tuple[FloatArray, FloatArray]:
            counts, votes = self._nothing()
            count_votes(start, stop, self._answers.offsets, self._cells, self._in_blocks, counts, votes)
            return counts, votes

        return self._unpadded(*sum_over_partitions(share, self._partitions, self._threads))

    def expect(self, confusion: FloatArray, prior: FloatArray) -> tuple[FloatArray, FloatArray, float]:
        """Find the posterior under these parameters; return what it counts to and the log-likelihood.

        Args:
            confusion: As the counts; above 0.
            prior: As the votes; above 0.
        """
        blocks, priors = in_blocks(confusion.reshape(self._n_cells, -1)), self._priors(prior)
        with np.errstate(divide="ignore"):
            confusions = np.stack([blocks, np.log(blocks)])
            np.log(priors[:, 0], out=priors[:, 1])
        smallest = np.log(min(confusion.min(), prior.min()))
        most_factors = int(_SAFE_EXPONENT / -min(smallest, -1e-9))

        def share(start: int, stop: int) -> tuple[FloatArray, FloatArray, FloatArray]:
            counts, votes = self._nothing()
            log_likelihood = expect_subtypes(
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

    def _priors(self, prior: FloatArray) -> FloatArray:
        """Return the prior of all pairs and that of each label's alone, with room for logarithms."""
        priors = np.zeros((self._n_labels + 1, 2, self._padded.shape[1]))
        priors[0, 0, : self._n_pairs] = prior.ravel()
        for label in range(self._n_labels):
            pairs = slice(label * self._n_subtypes, (label + 1) * self._n_subtypes)
            priors[label + 1, 0, pairs] = prior[label]
        return priors.reshape(self._n_labels + 1, 2, -1, LANES)

    def _nothing(self) -> tuple[FloatArray, FloatArray]:
        n_blocks = self._in_blocks.shape[1]
        return np.zeros((n_blocks, self._n_cells, LANES)), np.zeros((n_blocks, LANES))

    def _unpadded(self, counts: FloatArray, votes: FloatArray) -> tuple[FloatArray, FloatArray]:
        pairs = self._n_labels, self._n_subtypes
        counts = from_blocks(counts, self._n_pairs).reshape(-1, self._n_labels, *pairs)
        return counts, votes.ravel()[: self._n_pairs].reshape(pairs)
