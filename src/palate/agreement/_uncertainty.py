"""Uncertainty: the entropy of a task's answers. It measures disagreement, so it is no coefficient among the others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from palate.agreement.base import AgreementCoefficient, FloatArray, LabelCounts

__all__ = ["Uncertainty", "entropies"]


@dataclass(frozen=True)
class Uncertainty(AgreementCoefficient):
    """Entropy of the shares of a task's labels in nats, a mean over tasks: 0 where all agree.

    Shannon, A Mathematical Theory of Communication, 1948. Tasks with one answer, whose entropy is 0 whatever it is, do not count. For single tasks see
    :func:`palate.agreement.agreement_by_task`.

    >>> import polars as pl
    >>> answers = pl.DataFrame({"task": [1, 1], "annotator": ["a", "b"], "label": ["cat", "dog"]})
    >>> round(Uncertainty().measure(answers).value, 3)
    0.693
    """

    def values(self, data: LabelCounts, weights: FloatArray) -> FloatArray:
        """Return the mean entropy for each weighting of tasks, in [0, log of the number of labels]."""
        values: FloatArray = weights @ entropies(data.counts) / weights.sum(axis=1)
        return values


def entropies(counts: FloatArray) -> FloatArray:
    """Return the entropy in nats of the shares of each row, shape (n_rows,); no row may be empty."""
    shares = counts / counts.sum(axis=1, keepdims=True)
    logs = np.zeros_like(shares)
    np.log(shares, out=logs, where=shares > 0)
    found: FloatArray = np.maximum(-np.sum(shares * logs, axis=1), 0.0)
    return found
