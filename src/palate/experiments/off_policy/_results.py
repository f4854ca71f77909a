"""What a log says of another policy."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from palate.experiments.off_policy.base import OffPolicyEstimator
from palate.experiments.off_policy.registry import off_policy_estimators
from palate.inference.base import Interval

__all__ = ["PolicyEvaluation", "PolicyValue"]


@dataclass(frozen=True)
class PolicyValue:
    """The mean reward that the target policy would get, by one estimator.

    Args:
        method: The estimator.
        value: With its interval.
        lift: The same minus the mean reward of the log, with an interval that knows that both are of the same rows.
        p_value: Of there being no lift.
        clipped: Share of rows whose weight was clipped.
        clipping: The value without clipping minus this one.
    """

    method: OffPolicyEstimator
    value: Interval
    lift: Interval
    p_value: float
    clipped: float
    clipping: float

    @property
    def name(self) -> str:
        """The estimator's name."""
        return off_policy_estimators.name_of(self.method)

    def to_dict(self) -> dict[str, Any]:
        """Return the value as JSON can hold it."""
        return {**asdict(self), "method": {"name": self.name, "settings": asdict(self.method)}}


@dataclass(frozen=True)
class PolicyEvaluation:
    """What a log says of another policy.

    Args:
        values: One an estimator; the last one is the one to go by.
        logged: The mean reward of the log, with its interval.
        rows: How many rows the log has.
        units: How many independent units: users, or rows.
        unit: ``user`` or ``row``.
        effective_rows: How many rows of the target policy's own log would have as much noise in their weights.
        mean_weight: 1 but for chance where propensities are right and the log may hold all of the target policy's items.
        largest_weight: The largest weight.
        notes: What should be known before the values are believed.
    """

    values: tuple[PolicyValue, ...]
    logged: Interval
    rows: int
    units: int
    unit: str
    effective_rows: float
    mean_weight: float
    largest_weight: float
    notes: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """What was found, as people read it."""
        found = self.values[-1]
        value, lift = found.value, found.lift
        words = f"{value.estimate:.4g} ({100 * value.confidence:g}% CI {value.low:.4g} … {value.high:.4g}) by {found.name}"
        if 0.0 in lift:
            side = "which is not clearly more or less than"
        else:
            side = "more than" if lift.estimate > 0 else "less than"
        return (
            f"The target policy would get a mean reward of {words}, {side} the {self.logged.estimate:.4g} of the log"
            f" ({lift.estimate:+.4g}, {lift.low:+.4g} … {lift.high:+.4g})"
        ).replace("-", "−")

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON can hold it."""
        return {
            "sentence": self.sentence,
            "values": [value.to_dict() for value in self.values],
            "logged": asdict(self.logged),
            "rows": self.rows,
            "units": self.units,
            "unit": self.unit,
            "effective_rows": self.effective_rows,
            "mean_weight": self.mean_weight,
            "largest_weight": self.largest_weight,
            "notes": list(self.notes),
        }
