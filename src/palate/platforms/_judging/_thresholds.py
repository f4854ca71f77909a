"""Where a similarity begins to mean a grade: the proportional-odds model of people's labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Thresholds", "fit_thresholds"]

FloatArray = npt.NDArray[np.float64]
_RIDGE = 1e-2
"""On the slope, by similarity in standard deviations: finite where grades are told apart without error."""


@dataclass(frozen=True)
class Thresholds:
    """P(grade is t or higher) = logistic(slope · (similarity − centre) / scale − starts[t − 1]) (McCullagh, JRSS-B, 1980).

    Args:
        slope: Above 0 where nearer means better.
        starts: Ascending, shape (n_labels - 1,).
        centre: Of the similarities.
        scale: Of them.
    """

    slope: float
    starts: FloatArray
    centre: float
    scale: float

    def shares(self, similarity: FloatArray) -> FloatArray:
        """Return the probability of every label, shape (n, n_labels)."""
        x = self.slope * (similarity - self.centre) / self.scale
        at_least = _logistic(x[:, np.newaxis] - self.starts)
        ends = np.ones((len(x), 1))
        whole = np.concatenate([ends, at_least, 0 * ends], axis=1)
        found: FloatArray = whole[:, :-1] - whole[:, 1:]
        return found


def fit_thresholds(
    similarity: FloatArray, labels: npt.NDArray[np.int64], n_labels: int, *, symmetric: bool = False
) -> Thresholds:
    """Fit the model by maximum likelihood, half a label of each grade added so that none is impossible.

    Args:
        similarity: Shape (n,).
        labels: People's, codes, lowest first, shape (n,).
        n_labels: How many there are, at least 2.
        symmetric: Whether labels mirror each other around a similarity of 0, as left and right do.
    """
    from scipy.optimize import minimize

    centre = 0.0 if symmetric else float(similarity.mean())
    scale = float(np.sqrt(np.mean((similarity - centre) ** 2))) or 1.0
    x = (similarity - centre) / scale
    counts = np.bincount(labels, minlength=n_labels) + 0.5
    if symmetric:
        counts = counts + counts[::-1]
    above = 1 - np.cumsum(counts)[:-1] / counts.sum()
    starts = -np.log(above / (1 - above))
    rows = np.concatenate([x, np.zeros(n_labels)])
    codes = np.concatenate([labels, np.arange(n_labels)])
    weights = np.concatenate([np.ones(len(x)), np.full(n_labels, 0.5)])

    def unpacked(values: FloatArray) -> tuple[float, FloatArray]:
        found = np.cumsum(np.concatenate([values[1:2], np.exp(values[2:])]))
        return float(values[0]), (found - found[::-1]) / 2 if symmetric else found

    def loss(values: FloatArray) -> float:
        slope, begins = unpacked(values)
        shares = Thresholds(slope, begins, 0.0, 1.0).shares(rows)[np.arange(len(rows)), codes]
        return float(-(weights * np.log(np.maximum(shares, 1e-300))).sum() + _RIDGE * slope**2)

    begin = np.concatenate([[0.5], starts[:1], np.log(np.maximum(np.diff(starts), 1e-3))])
    slope, begins = unpacked(np.asarray(minimize(loss, begin, method="BFGS").x))
    return Thresholds(slope, begins, centre, scale)


def _logistic(x: FloatArray) -> FloatArray:
    from scipy.special import expit

    found: FloatArray = expit(x)
    return found
