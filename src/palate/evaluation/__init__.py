"""From runs, judgments and answers to verdicts: what needs measures, aggregation, sampling and inference together."""

from typing import TYPE_CHECKING

from palate.core.lazy import lazy_exports

if TYPE_CHECKING:
    from palate.evaluation._held_out import later_items as later_items
    from palate.evaluation._self_preference import Favour as Favour
    from palate.evaluation._spread import DepthSpread as DepthSpread
    from palate.evaluation._spread import Spread as Spread
    from palate.evaluation._spread import assumed_spread as assumed_spread
    from palate.evaluation._spread import spread_of_values as spread_of_values
    from palate.evaluation._spread_of_answers import spread_of_answers as spread_of_answers
    from palate.evaluation.crossed_noise import CrossedNoise as CrossedNoise
    from palate.evaluation.crossed_noise import CrossedVerdict as CrossedVerdict
    from palate.evaluation.declared_models import shared_with_judge as shared_with_judge
    from palate.evaluation.fusion_weights import TunedWeights as TunedWeights
    from palate.evaluation.fusion_weights import tune_interpolation as tune_interpolation
    from palate.evaluation.judge_confusion import ConfusionCell as ConfusionCell
    from palate.evaluation.judge_confusion import JudgeConfusion as JudgeConfusion
    from palate.evaluation.judge_confusion import confusion_of_judge as confusion_of_judge
    from palate.evaluation.judge_drift import DriftRound as DriftRound
    from palate.evaluation.judge_drift import JudgeDrift as JudgeDrift
    from palate.evaluation.judge_drift import drift_of_judge as drift_of_judge
    from palate.evaluation.judge_worth import JudgeLabel as JudgeLabel
    from palate.evaluation.judge_worth import JudgeWorth as JudgeWorth
    from palate.evaluation.judge_worth import Savings as Savings
    from palate.evaluation.judge_worth import worth_of_judge as worth_of_judge
    from palate.evaluation.leave_holes import HoleBounds as HoleBounds
    from palate.evaluation.leave_holes import hole_bounds as hole_bounds
    from palate.evaluation.model_annotators import JointLabels as JointLabels
    from palate.evaluation.model_annotators import aggregate_with_models as aggregate_with_models
    from palate.evaluation.model_annotators import people_overlap as people_overlap
    from palate.evaluation.model_assisted import AssistedEvaluation as AssistedEvaluation
    from palate.evaluation.model_assisted import AssistedValue as AssistedValue
    from palate.evaluation.model_assisted import evaluate_assisted as evaluate_assisted
    from palate.evaluation.plan import Design as Design
    from palate.evaluation.plan import Goal as Goal
    from palate.evaluation.plan import Plan as Plan
    from palate.evaluation.plan import Prices as Prices
    from palate.evaluation.plan import plan_designs as plan_designs
    from palate.evaluation.posterior import PosteriorValues as PosteriorValues
    from palate.evaluation.posterior import posterior_values as posterior_values
    from palate.evaluation.preference_agreement import MeasureAgreement as MeasureAgreement
    from palate.evaluation.preference_agreement import measure_agreement as measure_agreement
    from palate.evaluation.prelabels import PrelabelPull as PrelabelPull
    from palate.evaluation.prelabels import prelabel_pull as prelabel_pull
    from palate.evaluation.prelabels import with_prelabels as with_prelabels
    from palate.evaluation.sampled_judgments import SampledEvaluation as SampledEvaluation
    from palate.evaluation.sampled_judgments import evaluate_sampled as evaluate_sampled
    from palate.evaluation.stopping import Watched as Watched
    from palate.evaluation.stopping import watch_comparisons as watch_comparisons
    from palate.evaluation.stopping import watch_values as watch_values
    from palate.evaluation.tuning import TunedRecommender as TunedRecommender
    from palate.evaluation.tuning import tune_recommender as tune_recommender

__getattr__, __all__ = lazy_exports(
    __name__,
    {
        "AssistedEvaluation": "model_assisted",
        "AssistedValue": "model_assisted",
        "ConfusionCell": "judge_confusion",
        "CrossedNoise": "crossed_noise",
        "CrossedVerdict": "crossed_noise",
        "DepthSpread": "_spread",
        "Design": "plan",
        "DriftRound": "judge_drift",
        "Favour": "_self_preference",
        "Goal": "plan",
        "HoleBounds": "leave_holes",
        "JointLabels": "model_annotators",
        "JudgeConfusion": "judge_confusion",
        "JudgeDrift": "judge_drift",
        "JudgeLabel": "judge_worth",
        "JudgeWorth": "judge_worth",
        "MeasureAgreement": "preference_agreement",
        "Plan": "plan",
        "PosteriorValues": "posterior",
        "PrelabelPull": "prelabels",
        "Prices": "plan",
        "SampledEvaluation": "sampled_judgments",
        "Savings": "judge_worth",
        "Spread": "_spread",
        "TunedRecommender": "tuning",
        "TunedWeights": "fusion_weights",
        "Watched": "stopping",
        "aggregate_with_models": "model_annotators",
        "assumed_spread": "_spread",
        "confusion_of_judge": "judge_confusion",
        "drift_of_judge": "judge_drift",
        "evaluate_assisted": "model_assisted",
        "evaluate_sampled": "sampled_judgments",
        "hole_bounds": "leave_holes",
        "later_items": "_held_out",
        "measure_agreement": "preference_agreement",
        "people_overlap": "model_annotators",
        "plan_designs": "plan",
        "posterior_values": "posterior",
        "prelabel_pull": "prelabels",
        "shared_with_judge": "declared_models",
        "spread_of_answers": "_spread_of_answers",
        "spread_of_values": "_spread",
        "tune_interpolation": "fusion_weights",
        "tune_recommender": "tuning",
        "watch_comparisons": "stopping",
        "watch_values": "stopping",
        "with_prelabels": "prelabels",
        "worth_of_judge": "judge_worth",
    },
)
