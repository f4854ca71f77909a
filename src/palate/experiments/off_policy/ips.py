"""Inverse propensity scoring."""

from __future__ import annotations

from dataclasses import dataclass

from palate.experiments.off_policy.base import Logged, OffPolicyEstimator
from palate.inference.base import FloatArray

__all__ = ["IPS"]


@dataclass(frozen=True)
class IPS(OffPolicyEstimator):
    """The mean of weight times reward. Horvitz and Thompson, JASA, 1952; clipped: Ionides, JCGS, 2008.

    Unbiased if the propensities are right and no item of the target policy was left out of the log's; its noise
    grows with the weights and with how far rewards lie from 0.
    """

    def influence(self, logged: Logged) -> tuple[float, FloatArray]:
        """Return the value and how far each row pulls it."""
        values = self.clipped(logged) * logged.rewards
        value = float(values.mean())
        return value, values - value
