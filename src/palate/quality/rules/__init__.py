"""Quality rules: when something happens to an annotator and conditions hold, do something about it."""

from typing import TYPE_CHECKING

from palate.core.lazy import lazy_exports

if TYPE_CHECKING:
    from palate.quality.rules._actions import ACTIONS as ACTIONS
    from palate.quality.rules._actions import AcceptAll as AcceptAll
    from palate.quality.rules._actions import ChangeOverlap as ChangeOverlap
    from palate.quality.rules._actions import PausePool as PausePool
    from palate.quality.rules._actions import RejectAll as RejectAll
    from palate.quality.rules._actions import Restrict as Restrict
    from palate.quality.rules._actions import RuleAction as RuleAction
    from palate.quality.rules._actions import Scope as Scope
    from palate.quality.rules._actions import SetSkill as SetSkill
    from palate.quality.rules._actions import SetSkillFromRate as SetSkillFromRate
    from palate.quality.rules._actions import action_from_mapping as action_from_mapping
    from palate.quality.rules._conditions import Comparator as Comparator
    from palate.quality.rules._conditions import Condition as Condition
    from palate.quality.rules._fit import PoolTraits as PoolTraits
    from palate.quality.rules._fit import check_in_pool as check_in_pool
    from palate.quality.rules._records import AcceptedPages as AcceptedPages
    from palate.quality.rules._records import AttentionAnswer as AttentionAnswer
    from palate.quality.rules._records import CheckedAnswer as CheckedAnswer
    from palate.quality.rules._records import Income as Income
    from palate.quality.rules._records import PageEnd as PageEnd
    from palate.quality.rules._records import PageReview as PageReview
    from palate.quality.rules._records import PageTime as PageTime
    from palate.quality.rules._records import Revocation as Revocation
    from palate.quality.rules._records import TrainingAnswer as TrainingAnswer
    from palate.quality.rules._records import Vote as Vote
    from palate.quality.rules._rule import ActionKey as ActionKey
    from palate.quality.rules._rule import Fired as Fired
    from palate.quality.rules._rule import QualityRule as QualityRule
    from palate.quality.rules._schema import rule_schema as rule_schema
    from palate.quality.rules.acceptance_rate import AcceptanceRate as AcceptanceRate
    from palate.quality.rules.access_revoked import AccessRevoked as AccessRevoked
    from palate.quality.rules.attention_check import AttentionCheck as AttentionCheck
    from palate.quality.rules.base import AnnotatorFacts as AnnotatorFacts
    from palate.quality.rules.base import ConditionField as ConditionField
    from palate.quality.rules.base import FieldKind as FieldKind
    from palate.quality.rules.base import Need as Need
    from palate.quality.rules.base import QualityEvent as QualityEvent
    from palate.quality.rules.base import Record as Record
    from palate.quality.rules.base import Value as Value
    from palate.quality.rules.golden_answers import GoldenAnswers as GoldenAnswers
    from palate.quality.rules.income import EarnedIncome as EarnedIncome
    from palate.quality.rules.majority_vote import MajorityVote as MajorityVote
    from palate.quality.rules.page_reviewed import PageReviewed as PageReviewed
    from palate.quality.rules.page_submit_time import PageSubmitTime as PageSubmitTime
    from palate.quality.rules.pages_accepted import PagesAccepted as PagesAccepted
    from palate.quality.rules.pages_skipped import PagesSkipped as PagesSkipped
    from palate.quality.rules.registry import quality_events as quality_events
    from palate.quality.rules.training import Training as Training

__getattr__, __all__ = lazy_exports(
    __name__,
    {
        "ACTIONS": "_actions",
        "AcceptAll": "_actions",
        "AcceptanceRate": "acceptance_rate",
        "AcceptedPages": "_records",
        "AccessRevoked": "access_revoked",
        "ActionKey": "_rule",
        "AnnotatorFacts": "base",
        "AttentionAnswer": "_records",
        "AttentionCheck": "attention_check",
        "ChangeOverlap": "_actions",
        "CheckedAnswer": "_records",
        "Comparator": "_conditions",
        "Condition": "_conditions",
        "ConditionField": "base",
        "EarnedIncome": "income",
        "FieldKind": "base",
        "Fired": "_rule",
        "GoldenAnswers": "golden_answers",
        "Income": "_records",
        "MajorityVote": "majority_vote",
        "Need": "base",
        "PageEnd": "_records",
        "PageReview": "_records",
        "PageReviewed": "page_reviewed",
        "PageSubmitTime": "page_submit_time",
        "PageTime": "_records",
        "PagesAccepted": "pages_accepted",
        "PagesSkipped": "pages_skipped",
        "PausePool": "_actions",
        "PoolTraits": "_fit",
        "QualityEvent": "base",
        "QualityRule": "_rule",
        "Record": "base",
        "RejectAll": "_actions",
        "Restrict": "_actions",
        "Revocation": "_records",
        "RuleAction": "_actions",
        "Scope": "_actions",
        "SetSkill": "_actions",
        "SetSkillFromRate": "_actions",
        "Training": "training",
        "TrainingAnswer": "_records",
        "Value": "base",
        "Vote": "_records",
        "action_from_mapping": "_actions",
        "check_in_pool": "_fit",
        "quality_events": "registry",
        "rule_schema": "_schema",
    },
)
