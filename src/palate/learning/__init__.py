"""Learn to rank from judgments."""

from typing import TYPE_CHECKING

from palate.core.lazy import lazy_exports

if TYPE_CHECKING:
    from palate.learning._cross_fit import CrossFit as CrossFit
    from palate.learning._cross_fit import cross_fit as cross_fit
    from palate.learning._features import INTERACTION_FEATURES as INTERACTION_FEATURES
    from palate.learning._features import SYSTEM_FEATURES as SYSTEM_FEATURES
    from palate.learning._features import feature_table as feature_table
    from palate.learning._learn import learn as learn
    from palate.learning._learn import rerank as rerank
    from palate.learning.base import Beliefs as Beliefs
    from palate.learning.base import FittedRanker as FittedRanker
    from palate.learning.base import LearningData as LearningData
    from palate.learning.base import Ranker as Ranker
    from palate.learning.lambdamart import LambdaMART as LambdaMART
    from palate.learning.ordinal import Ordinal as Ordinal
    from palate.learning.ranknet import RankNet as RankNet
    from palate.learning.registry import rankers as rankers
    from palate.learning.regression import Regression as Regression
    from palate.learning.xendcg import XENDCG as XENDCG

__getattr__, __all__ = lazy_exports(
    __name__,
    {
        "INTERACTION_FEATURES": "_features",
        "SYSTEM_FEATURES": "_features",
        "XENDCG": "xendcg",
        "Beliefs": "base",
        "CrossFit": "_cross_fit",
        "FittedRanker": "base",
        "LambdaMART": "lambdamart",
        "LearningData": "base",
        "Ordinal": "ordinal",
        "RankNet": "ranknet",
        "Ranker": "base",
        "Regression": "regression",
        "cross_fit": "_cross_fit",
        "feature_table": "_features",
        "learn": "_learn",
        "rankers": "registry",
        "rerank": "_learn",
    },
)
