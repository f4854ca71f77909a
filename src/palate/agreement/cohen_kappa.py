"""Cohen's kappa: agreement of two annotators beyond chance, a mean over all pairs that share tasks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from palate.agreement._weighting import Weighting, check_weighting, label_weights
from palate.agreement.base import AnnotatorCoefficient, Answerers, FloatArray, LabelCounts

__all__ = ["CohenKappa"]


@dataclass(frozen=True)
class CohenKappa(AnnotatorCoefficient):
    """Agreement of two annotators beyond what their own habits give by chance. Cohen, 1960; weighted, 1968.

    For a pair, on the tasks that both answered, it is ``1 - observed / expected`` disagreement; expected is that of
    independent draws from either's own labels. The value is the mean over pairs (Light, 1971), each weighing as many
    tasks as it shares, so that pairs who met once or twice do not drown the others; where all share all tasks, it is
    Light's plain mean. Pairs who both gave one and the same label throughout say nothing and are left out.

    Args:
        weighting: ``none``: labels differ or not; for labels that are numbers, ``linear`` counts their difference,
            ``quadratic`` its square.

    The interval comes from resampled tasks by way of the first-order change of the value with the weight of a task
    (whose variance for one pair is that of Fleiss, Cohen and Everitt, 1969): a pair that shares a few tasks has no kappa in
    many resamples, and one that is too low in others.

    >>> import polars as pl
    >>> answers = pl.DataFrame({"task": [1, 1, 2, 2], "annotator": ["a", "b", "a", "b"], "label": [1, 1, 1, 2]})
    >>> CohenKappa().measure(answers).value
    0.0
    """

    weighting: Weighting = "none"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_weighting(self.weighting)

    def terms(self, data: LabelCounts, given: Answerers) -> tuple[FloatArray, FloatArray]:
        """Return what each task adds to the mean kappa: over its pairs of answers that say something, and how many."""
        distances = self._distances(data)
        first, second, task = _answer_pairs(given.offsets)
        kappa, counted = _kappa_terms(
            _codes(given.annotators[first], given.annotators[second]),
            given.labels[first],
            given.labels[second],
            distances,
        )
        n_tasks = len(given.rows)
        total: FloatArray = np.bincount(task, weights=kappa, minlength=n_tasks).astype(np.float64)
        return total, np.bincount(task, weights=counted, minlength=n_tasks).astype(np.float64)

    def _distances(self, data: LabelCounts) -> FloatArray:
        """Return how far apart labels are; whole numbers for whole numbers, whose sums are exact in any order."""
        label_weights(data, self.weighting)  # refuses labels that are no numbers
        if self.weighting == "none" or data.values is None:
            return 1 - np.eye(data.counts.shape[1])
        differences: FloatArray = np.abs(np.subtract.outer(data.values, data.values))
        return differences if self.weighting == "linear" else differences**2


def _kappa_terms(
    pair: npt.NDArray[np.int64],
    one: npt.NDArray[np.int32],
    other: npt.NDArray[np.int32],
    distances: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Return what each pair of answers adds to the sum of shared tasks times kappa, and whether it counts.

    For n shared tasks, sum of distances D and sum E over all n² combinations of answers, a pair of annotators has
    n kappa = n - n² D / E. A pair of answers of distance d changes n by 1, D by d, and E by e, the distances of either
    answer from all of the other annotator; the change of n² D / E is (2 n D + n² d) / E - n² D e / E². These changes add
    up to n² D / E, for d adds up to D, and e to 2 E.

    Args:
        pair: Shape (n,): which two annotators.
        one: Shape (n,): the label of one of them.
        other: Likewise.
        distances: Shape (n_labels, n_labels).
    """
    n_pairs, n_labels = int(pair.max()) + 1, len(distances)
    far = distances[one, other]
    shared = np.bincount(pair, minlength=n_pairs).astype(np.float64)
    observed = np.bincount(pair, weights=far, minlength=n_pairs)
    given_by_one, given_by_other = (
        np.bincount(pair * n_labels + label, minlength=n_pairs * n_labels).reshape(n_pairs, n_labels)
        for label in (one, other)
    )
    from_one, from_other = given_by_one @ distances, given_by_other @ distances
    expected = np.sum(from_one * given_by_other, axis=1)
    says = expected[pair] > 0
    n, d, e = shared[pair], observed[pair], np.where(says, expected[pair], 1.0)
    change = from_one[pair, other] + from_other[pair, one]
    lost = (2 * n * d + n**2 * far) / e - n**2 * d * change / e**2
    counted = says.astype(np.float64)
    return counted * (1 - lost), counted


def _codes(one: npt.NDArray[np.int32], other: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
    """Return the code of each pair of annotators."""
    keys = one * (np.int64(other.max()) + 1) + other
    codes: npt.NDArray[np.int64] = np.unique(keys, return_inverse=True)[1]
    return codes


def _answer_pairs(offsets: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], ...]:
    """Return the positions of every two answers to a task, the first before the second, and the task."""
    firsts, seconds, tasks = [], [], []
    sizes = np.diff(offsets)
    for size in np.unique(sizes):
        of_size = np.flatnonzero(sizes == size)
        left, right = np.triu_indices(size, 1)
        firsts.append((offsets[of_size, np.newaxis] + left).ravel())
        seconds.append((offsets[of_size, np.newaxis] + right).ravel())
        tasks.append(np.repeat(of_size, len(left)))
    return np.concatenate(firsts), np.concatenate(seconds), np.concatenate(tasks)
