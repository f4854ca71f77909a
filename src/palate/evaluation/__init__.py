"""From runs, judgments and answers to verdicts: what needs measures, aggregation, sampling and inference together."""

from typing import TYPE_CHECKING

from palate.core.lazy import lazy_exports

if TYPE_CHECKING:
    from palate.evaluation._self_preference import Favour as Favour
    from palate.evaluation._spread import DepthSpread as DepthSpread
    from palate.evaluation._spread import Spread as Spread
    from palate.evaluation._spread import assumed_spread as assumed_spread
    from palate.evaluation._spread import spread_of_values as spread_of_values
    from palate.evaluation._spread_of_answers import spread_of_answers as spread_of_answers
    from palate.evaluation.crossed_noise import CrossedNoise as CrossedNoise
    from palate.evaluation.crossed_noise import CrossedVerdict as CrossedVerdict
    from palate.evaluation.fusion_weights import TunedWeights as TunedWeights
    from palate.evaluation.fusion_weights import tune_interpolation as tune_interpolation
    from palate.evaluation.judge_worth import JudgeLabel as JudgeLabel
    from palate.evaluation.judge_worth import JudgeWorth as JudgeWorth
    from palate.evaluation.judge_worth import Savings as Savings
    from palate.evaluation.judge_worth import worth_of_judge as worth_of_judge
    from palate.evaluation.leave_holes import HoleBounds as HoleBounds
    from palate.evaluation.leave_holes import hole_bounds as hole_bounds
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
    from palate.evaluation.sampled_judgments import SampledEvaluation as SampledEvaluation
    from palate.evaluation.sampled_judgments import evaluate_sampled as evaluate_sampled
    from palate.evaluation.stopping import Watched as Watched
    from palate.evaluation.stopping import watch_comparisons as watch_comparisons
    from palate.evaluation.stopping import watch_values as watch_values

__getattr__, __all__ = lazy_exports(
    __name__,
    {
        "AssistedEvaluation": "model_assisted",
        "AssistedValue": "model_assisted",
        "CrossedNoise": "crossed_noise",
        "CrossedVerdict": "crossed_noise",
        "DepthSpread": "_spread",
        "Design": "plan",
        "Favour": "_self_preference",
        "Goal": "plan",
        "HoleBounds": "leave_holes",
        "JudgeLabel": "judge_worth",
        "JudgeWorth": "judge_worth",
        "MeasureAgreement": "preference_agreement",
        "Plan": "plan",
        "PosteriorValues": "posterior",
        "Prices": "plan",
        "SampledEvaluation": "sampled_judgments",
        "Savings": "judge_worth",
        "Spread": "_spread",
        "TunedWeights": "fusion_weights",
        "Watched": "stopping",
        "assumed_spread": "_spread",
        "evaluate_assisted": "model_assisted",
        "evaluate_sampled": "sampled_judgments",
        "hole_bounds": "leave_holes",
        "measure_agreement": "preference_agreement",
        "plan_designs": "plan",
        "posterior_values": "posterior",
        "spread_of_answers": "_spread_of_answers",
        "spread_of_values": "_spread",
        "tune_interpolation": "fusion_weights",
        "watch_comparisons": "stopping",
        "watch_values": "stopping",
        "worth_of_judge": "judge_worth",
    },
)
