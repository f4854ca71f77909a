"""The off-policy estimators there are, by name."""

from __future__ import annotations

from palate.core.registry import Registry
from palate.experiments.off_policy.base import OffPolicyEstimator

__all__ = ["off_policy_estimators"]

off_policy_estimators: Registry[OffPolicyEstimator] = Registry(
    "off-policy estimator", "palate.experiments.off_policy", "palate.off_policy_estimators"
)
