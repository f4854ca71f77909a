"""Doubly robust: a model of rewards, set right by what was seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palate.core.errors import InputError
from palate.experiments.off_policy.base import Logged, OffPolicyEstimator
from palate.inference.base import FloatArray

__all__ = ["DoublyRobust"]


@dataclass(frozen=True)
class DoublyRobust(OffPolicyEstimator):
    """What a model expects of the policy, plus the weighted mean of what it got wrong.

    Dudík, Langford and Li, ICML 2011. Right if the propensities are, however bad the model; the better
    the model, the less noise. The model has not seen the row that it predicts (cross-fitting: Chernozhukov et
    al., Econometrics Journal, 2018), so that errors are those of a mean.

    Raises:
        InputError: There are no predictions.
    """

    needs_model: ClassVar[bool] = True

    def influence(self, logged: Logged) -> tuple[float, FloatArray]:
        """Return the value and how far each row pulls it."""
        if logged.predicted is None or logged.expected is None:
            raise InputError(
                "The doubly robust estimate needs the target policy's probabilities of all items, not of the logged ones"
                " only: give the table of the policy (item, probability).",
                where="policy",
            )
        values = logged.expected + self.clipped(logged) * (logged.rewards - logged.predicted)
        value = float(values.mean())
        return value, values - value
