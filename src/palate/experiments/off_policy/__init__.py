"""Tell from the log of one policy how another one would do."""

from typing import TYPE_CHECKING

from palate.core.lazy import lazy_exports

if TYPE_CHECKING:
    from palate.experiments.off_policy._evaluate import evaluate_policy as evaluate_policy
    from palate.experiments.off_policy._results import PolicyEvaluation as PolicyEvaluation
    from palate.experiments.off_policy._results import PolicyValue as PolicyValue
    from palate.experiments.off_policy.base import Logged as Logged
    from palate.experiments.off_policy.base import OffPolicyEstimator as OffPolicyEstimator
    from palate.experiments.off_policy.doubly_robust import DoublyRobust as DoublyRobust
    from palate.experiments.off_policy.ips import IPS as IPS
    from palate.experiments.off_policy.registry import off_policy_estimators as off_policy_estimators
    from palate.experiments.off_policy.snips import SNIPS as SNIPS

__getattr__, __all__ = lazy_exports(
    __name__,
    {
        "IPS": "ips",
        "SNIPS": "snips",
        "DoublyRobust": "doubly_robust",
        "Logged": "base",
        "OffPolicyEstimator": "base",
        "PolicyEvaluation": "_results",
        "PolicyValue": "_results",
        "evaluate_policy": "_evaluate",
        "off_policy_estimators": "registry",
    },
)
