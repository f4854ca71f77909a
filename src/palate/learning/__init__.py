"""Learn to rank from judgments."""

from typing import TYPE_CHECKING

from palate.core.lazy import lazy_exports

if TYPE_CHECKING:
    from palate.learning._click_log import CLICKS as CLICKS
    from palate.learning._click_log import clicks_on_lists as clicks_on_lists
    from palate.learning._clicks import clicks_to_judgments as clicks_to_judgments
    from palate.learning._contributions import Contributions as Contributions
    from palate.learning._contributions import contributions_of as contributions_of
    from palate.learning._cross_fit import CrossFit as CrossFit
    from palate.learning._cross_fit import cross_fit as cross_fit
    from palate.learning._declared import declared_features as declared_features
    from palate.learning._declared import feature_gaps as feature_gaps
    from palate.learning._features import INTERACTION_FEATURES as INTERACTION_FEATURES
    from palate.learning._features import SYSTEM_FEATURES as SYSTEM_FEATURES
    from palate.learning._features import feature_table as feature_table
    from palate.learning._learn import features_for as features_for
    from palate.learning._learn import learn as learn
    from palate.learning._learn import rerank as rerank
    from palate.learning._model import LearnedRanker as LearnedRanker
    from palate.learning._model import ModelCard as ModelCard
    from palate.learning._model import SavedModel as SavedModel
    from palate.learning._model import load_model as load_model
    from palate.learning._model import read_card as read_card
    from palate.learning._model import save_model as save_model
    from palate.learning._past_features import PAST_FEATURES as PAST_FEATURES
    from palate.learning._preferences import preference_values as preference_values
    from palate.learning._propensity import Propensities as Propensities
    from palate.learning._propensity import randomized_propensities as randomized_propensities
    from palate.learning._propensity import swap_propensities as swap_propensities
    from palate.learning._table_features import QUERIES as QUERIES
    from palate.learning._text_features import TEXT_FEATURES as TEXT_FEATURES
    from palate.learning._text_features import sentence_embedding as sentence_embedding
    from palate.learning.base import Beliefs as Beliefs
    from palate.learning.base import FittedRanker as FittedRanker
    from palate.learning.base import LearningData as LearningData
    from palate.learning.base import Preferences as Preferences
    from palate.learning.base import Ranker as Ranker
    from palate.learning.lambdamart import LambdaMART as LambdaMART
    from palate.learning.listmle import ListMLE as ListMLE
    from palate.learning.listnet import ListNet as ListNet
    from palate.learning.ordinal import Ordinal as Ordinal
    from palate.learning.ranknet import RankNet as RankNet
    from palate.learning.registry import rankers as rankers
    from palate.learning.regression import Regression as Regression
    from palate.learning.xendcg import XENDCG as XENDCG

__getattr__, __all__ = lazy_exports(
    __name__,
    {
        "swap_propensities": "_propensity",
        "randomized_propensities": "_propensity",
        "Propensities": "_propensity",
        "clicks_to_judgments": "_clicks",
        "CLICKS": "_click_log",
        "clicks_on_lists": "_click_log",
        "ListNet": "listnet",
        "ListMLE": "listmle",
        "preference_values": "_preferences",
        "Preferences": "base",
        "features_for": "_learn",
        "save_model": "_model",
        "load_model": "_model",
        "read_card": "_model",
        "SavedModel": "_model",
        "ModelCard": "_model",
        "LearnedRanker": "_model",
        "contributions_of": "_contributions",
        "Contributions": "_contributions",
        "sentence_embedding": "_text_features",
        "declared_features": "_declared",
        "feature_gaps": "_declared",
        "TEXT_FEATURES": "_text_features",
        "QUERIES": "_table_features",
        "PAST_FEATURES": "_past_features",
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
