"""The hot loop of EBCC: Dawid–Skene's over (true label, subtype) pairs, with golden tasks held to their label."""
# ruff: noqa: PLR0917 (compiled functions take flat arrays and counts, by position)

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from palate.aggregation.labels._confusion_kernel import _add_logarithms, _compiled, _count, _multiply, _sum

__all__ = ["expect_subtypes"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int32]
OffsetArray = npt.NDArray[np.int64]


@_compiled
def expect_subtypes(
    start: int,
    stop: int,
    offsets: OffsetArray,
    cells: IntArray,
    golden: IntArray,
    priors: FloatArray,
    confusion: FloatArray,
    most_factors: int,
    posterior: FloatArray,
    counts: FloatArray,
    votes: FloatArray,
) -> float:
    """Write the posterior of the tasks ``start:stop``, count it, and return their log-likelihood.

    The arguments are those of ``_confusion_kernel.expect_and_count``, with a column a (true label, subtype),
    but for ``priors``, shape (n_labels + 1, 2, n_columns): ``priors[0]`` where no label is known, and
    ``priors[known + 1]``, 0 for all other labels, where one is.
    """
    log_likelihood = 0.0
    for task in range(start, stop):
        first, end = offsets[task], offsets[task + 1]
        prior = priors[golden[task] + 1]
        if end - first < most_factors:
            log_likelihood += math.log(_multiply(task, first, end, cells, prior, confusion, posterior))
        else:
            log_likelihood += _add_logarithms(task, first, end, cells, prior, confusion, posterior)
        _count(task, first, end, cells, posterior, counts)
    _sum(start, stop, posterior, votes)
    return log_likelihood
