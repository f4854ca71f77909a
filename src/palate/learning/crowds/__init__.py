"""Learn a classifier from the answers of many people at once, and how each of them errs: one file a method."""

from typing import TYPE_CHECKING

from palate.core.lazy import lazy_exports

if TYPE_CHECKING:
    from palate.learning.crowds._accuracy import Accuracy as Accuracy
    from palate.learning.crowds._accuracy import crowd_accuracy as crowd_accuracy
    from palate.learning.crowds._saved import load_crowd as load_crowd
    from palate.learning.crowds.base import CrowdData as CrowdData
    from palate.learning.crowds.base import CrowdFit as CrowdFit
    from palate.learning.crowds.base import CrowdLearner as CrowdLearner
    from palate.learning.crowds.base import CrowdResult as CrowdResult
    from palate.learning.crowds.base import History as History
    from palate.learning.crowds.base import SmallNetwork as SmallNetwork
    from palate.learning.crowds.base import TaskFeatures as TaskFeatures
    from palate.learning.crowds.conal import CoNAL as CoNAL
    from palate.learning.crowds.crowd_layer import CrowdLayer as CrowdLayer
    from palate.learning.crowds.crowdlab import CROWDLAB as CROWDLAB
    from palate.learning.crowds.registry import crowd_learners as crowd_learners
    from palate.learning.crowds.trace_regularized import TraceRegularized as TraceRegularized
    from palate.learning.crowds.two_stage import TwoStage as TwoStage

__getattr__, __all__ = lazy_exports(
    __name__,
    {
        "CROWDLAB": "crowdlab",
        "Accuracy": "_accuracy",
        "CoNAL": "conal",
        "CrowdData": "base",
        "CrowdFit": "base",
        "CrowdLayer": "crowd_layer",
        "CrowdLearner": "base",
        "CrowdResult": "base",
        "History": "base",
        "SmallNetwork": "base",
        "TaskFeatures": "base",
        "TraceRegularized": "trace_regularized",
        "TwoStage": "two_stage",
        "crowd_accuracy": "_accuracy",
        "crowd_learners": "registry",
        "load_crowd": "_saved",
    },
)
