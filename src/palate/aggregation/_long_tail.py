"""How far the errors of an annotator with few answers can be trusted."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["chi_square_quantiles"]

FloatArray = npt.NDArray[np.float64]


def chi_square_quantiles(n_answers: npt.ArrayLike, significance: float) -> FloatArray:
    """Return the lower ``significance / 2`` quantile of the chi-square distribution of so many answers.

    An annotator's squared errors divided by it bound their variance from above, by much where answers are few: Li
    et al., A Confidence-Aware Approach for Truth Discovery on Long-Tail Data, 2014, equation 5.
    """
    from scipy.special import gammaincinv

    halves = np.asarray(n_answers, dtype=np.float64) / 2.0
    return np.asarray(2.0 * gammaincinv(halves, significance / 2.0), dtype=np.float64)
