"""The rules of asking people: pages, overlap, slots, audiences, skills, pay. Pure functions of the standard library."""

from typing import TYPE_CHECKING

from palate.core.lazy import lazy_exports

if TYPE_CHECKING:
    from palate.asking.accuracy import annotator_accuracy as annotator_accuracy
    from palate.asking.attention import Consistency as Consistency
    from palate.asking.attention import Pair as Pair
    from palate.asking.attention import Side as Side
    from palate.asking.attention import attention_pairs as attention_pairs
    from palate.asking.attention import consistency as consistency
    from palate.asking.attention import swapped_repeats as swapped_repeats
    from palate.asking.audience import Audience as Audience
    from palate.asking.audience import Device as Device
    from palate.asking.audience import Profile as Profile
    from palate.asking.audience import SkillRange as SkillRange
    from palate.asking.calibration import GoldenAnswer as GoldenAnswer
    from palate.asking.calibration import calibrate as calibrate
    from palate.asking.confusion import Confusions as Confusions
    from palate.asking.confusion import believed_confusions as believed_confusions
    from palate.asking.life_cycle import ASSIGNMENT as ASSIGNMENT
    from palate.asking.life_cycle import POOL as POOL
    from palate.asking.life_cycle import AssignmentStatus as AssignmentStatus
    from palate.asking.life_cycle import CloseReason as CloseReason
    from palate.asking.life_cycle import LifeCycle as LifeCycle
    from palate.asking.life_cycle import PoolStatus as PoolStatus
    from palate.asking.life_cycle import TransitionError as TransitionError
    from palate.asking.life_cycle import check_close_reason as check_close_reason
    from palate.asking.overlap import DynamicOverlap as DynamicOverlap
    from palate.asking.overlap import FixedOverlap as FixedOverlap
    from palate.asking.overlap import Overlap as Overlap
    from palate.asking.overlap import open_slots as open_slots
    from palate.asking.overlap import overlap_from_mapping as overlap_from_mapping
    from palate.asking.page_mix import GoldenRate as GoldenRate
    from palate.asking.page_mix import PageKind as PageKind
    from palate.asking.page_mix import PageMix as PageMix
    from palate.asking.page_mix import PagePlan as PagePlan
    from palate.asking.page_mix import page_order as page_order
    from palate.asking.page_mix import plan_page as plan_page
    from palate.asking.pay import Budget as Budget
    from palate.asking.pay import PoolCost as PoolCost
    from palate.asking.pay import bonus_to_floor as bonus_to_floor
    from palate.asking.pay import effective_hourly_pay as effective_hourly_pay
    from palate.asking.pay import floor_shortfall as floor_shortfall
    from palate.asking.pay import money as money
    from palate.asking.pay import pool_cost as pool_cost
    from palate.asking.pay import projected_hourly_pay as projected_hourly_pay
    from palate.asking.posterior import WeightedAnswer as WeightedAnswer
    from palate.asking.posterior import label_posterior as label_posterior
    from palate.asking.skills import Skill as Skill
    from palate.asking.skills import check_skill as check_skill
    from palate.asking.skills import last_records as last_records
    from palate.asking.skills import right_rate as right_rate
    from palate.asking.slots import Hold as Hold
    from palate.asking.slots import SlotError as SlotError
    from palate.asking.slots import TaskSlots as TaskSlots

__getattr__, __all__ = lazy_exports(
    __name__,
    {
        "ASSIGNMENT": "life_cycle",
        "AssignmentStatus": "life_cycle",
        "Audience": "audience",
        "Budget": "pay",
        "CloseReason": "life_cycle",
        "Consistency": "attention",
        "Device": "audience",
        "DynamicOverlap": "overlap",
        "FixedOverlap": "overlap",
        "GoldenAnswer": "calibration",
        "GoldenRate": "page_mix",
        "Hold": "slots",
        "LifeCycle": "life_cycle",
        "Overlap": "overlap",
        "POOL": "life_cycle",
        "PageKind": "page_mix",
        "PageMix": "page_mix",
        "PagePlan": "page_mix",
        "Pair": "attention",
        "PoolCost": "pay",
        "PoolStatus": "life_cycle",
        "Profile": "audience",
        "Side": "attention",
        "Skill": "skills",
        "SkillRange": "audience",
        "SlotError": "slots",
        "TaskSlots": "slots",
        "TransitionError": "life_cycle",
        "WeightedAnswer": "posterior",
        "annotator_accuracy": "accuracy",
        "attention_pairs": "attention",
        "believed_confusions": "confusion",
        "Confusions": "confusion",
        "bonus_to_floor": "pay",
        "calibrate": "calibration",
        "check_close_reason": "life_cycle",
        "check_skill": "skills",
        "consistency": "attention",
        "effective_hourly_pay": "pay",
        "floor_shortfall": "pay",
        "label_posterior": "posterior",
        "last_records": "skills",
        "money": "pay",
        "open_slots": "overlap",
        "overlap_from_mapping": "overlap",
        "page_order": "page_mix",
        "plan_page": "page_mix",
        "pool_cost": "pay",
        "projected_hourly_pay": "pay",
        "right_rate": "skills",
        "swapped_repeats": "attention",
    },
)
