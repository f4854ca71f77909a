"""Whether a rule makes sense in the pool it is written for."""

from __future__ import annotations

from dataclasses import dataclass

from palate.core.errors import SettingsError
from palate.quality.rules._actions import AcceptAll, RejectAll
from palate.quality.rules._rule import QualityRule
from palate.quality.rules.attention_check import AttentionCheck
from palate.quality.rules.golden_answers import GoldenAnswers
from palate.quality.rules.majority_vote import MajorityVote
from palate.quality.rules.training import Training

__all__ = ["PoolTraits", "check_in_pool"]


@dataclass(frozen=True)
class PoolTraits:
    """What a rule has to know of a pool.

    Args:
        taste: Whether its tasks are questions of taste, such as which of two is better.
        golden: Whether its pages hold golden or training tasks.
        attention: Whether its pages hold attention checks.
        training: Whether it is a training.
        reviewed: Whether pages wait for acceptance.
        overlap: The most answers of a task.
    """

    taste: bool = False
    golden: bool = True
    attention: bool = False
    training: bool = False
    reviewed: bool = True
    overlap: int = 3


def check_in_pool(rule: QualityRule, pool: PoolTraits) -> None:
    """Raise an error if a rule makes no sense in a pool.

    Raises:
        SettingsError: It makes none; the text says why and what to do.
    """
    event, name = rule.event, rule.event_name
    reasons = {
        "its tasks are questions of taste, which have no right answer: take 'attention_check' instead": (
            pool.taste and not event.taste
        ),
        "its pages hold no golden and no training tasks: add some to the page mix": (
            isinstance(event, GoldenAnswers) and not pool.golden
        ),
        "its pages hold no attention checks: add some": (
            isinstance(event, AttentionCheck) and not pool.attention
        ),
        "it is no training": isinstance(event, Training) and not pool.training,
        f"its tasks get at most {pool.overlap} answers, so none has the majority that the rule waits for": (
            isinstance(event, MajorityVote) and event.answers_needed > pool.overlap
        ),
        f"its pages are accepted at once, so '{rule.action.name}' has nothing to do: let them wait for review": (
            isinstance(rule.action, AcceptAll | RejectAll) and not pool.reviewed
        ),
    }
    for reason, applies in reasons.items():
        if applies:
            raise SettingsError(f"A rule about '{name}' makes no sense in this pool: {reason}.")
