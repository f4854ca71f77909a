"""The hot loop of EBCC: Dawid–Skene's over (true label, subtype) pairs, with golden tasks held to their label."""
# ruff: noqa: PLR0917 (compiled functions take flat arrays and counts, by position)

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from palate.aggregation.labels._confusion_kernel import (
    _add_logarithms,
    _multiply,
    _scale_and_count,
    _sum,
)
from palate.core.compiling import compiled

__all__ = ["expect_subtypes"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int32]
OffsetArray = npt.NDArray[np.int64]


@compiled
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
    but for ``priors``, shape (n_labels + 1, 2, n_blocks, LANES): ``priors[0]`` where no label is known, and
    ``priors[known + 1]``, 0 for all other labels, where one is.
    """
    log_likelihood, n_left = 0.0, 0
    for task in range(start, stop):
        first, end = offsets[task], offsets[task + 1]
        if end - first >= most_factors:
            n_left += 1  # a call here would slow the loop down
            continue
        prior = priors[golden[task] + 1, 0]
        total = _multiply(task, first, end, cells, prior, confusion[0], posterior)
        log_likelihood += math.log(total)
        _scale_and_count(task, first, end, cells, 1.0 / total, posterior, counts)
    for task in range(start, stop if n_left else start):
        first, end = offsets[task], offsets[task + 1]
        if end - first >= most_factors:
            prior = priors[golden[task] + 1, 1]
            greatest, total = _add_logarithms(task, first, end, cells, prior, confusion[1], posterior)
            log_likelihood += greatest + math.log(total)
            _scale_and_count(task, first, end, cells, 1.0 / total, posterior, counts)
    _sum(start, stop, posterior, votes)
    return log_likelihood
