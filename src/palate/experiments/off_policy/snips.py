"""Self-normalized inverse propensity scoring."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from palate.core.errors import InputError
from palate.experiments.off_policy.base import Logged, OffPolicyEstimator
from palate.inference.base import FloatArray

__all__ = ["SNIPS"]


@dataclass(frozen=True)
class SNIPS(OffPolicyEstimator):
    """The mean reward, rows weighted. Hájek 1971; Swaminathan and Joachims, NeurIPS 2015.

    Weights are divided by their own sum, which takes out the noise of how large they happened to be: a reward
    that is the same in all rows is estimated exactly. Its bias is of the order of 1 / rows. Errors are by the
    delta method for a ratio of means.

    Raises:
        InputError: All weights are 0.
    """

    def influence(self, logged: Logged) -> tuple[float, FloatArray]:
        """Return the value and how far each row pulls it."""
        weights = self.clipped(logged)
        mean = float(weights.mean())
        if not mean:
            raise InputError(
                "The target policy shows none of the logged items, so the log says nothing of it.",
                where="log",
            )
        value = float(np.average(logged.rewards, weights=weights))
        return value, weights * (logged.rewards - value) / mean
