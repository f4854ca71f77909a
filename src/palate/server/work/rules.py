"""Quality rules: what they look at is read from the database, what they decide is done in the same transaction."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from palate.quality.rules import (
    AcceptAll,
    AccessRevoked,
    ChangeOverlap,
    Fired,
    MajorityVote,
    PausePool,
    QualityRule,
    RejectAll,
    Restrict,
    SetSkill,
)
from palate.server.accounts.models import Account
from palate.server.projects.models import Pool, Skill
from palate.server.work.facts import Facts
from palate.server.work.finishing import set_skill
from palate.server.work.models import Answer, Assignment, Restriction, RuleAction, Standing
from palate.server.work.restricting import restrict_now
from palate.server.work.review import accept, reject, return_to_others
from palate.server.work.writing import Writing, again_when_blocked, lock_annotator, writing

__all__ = ["apply_due_rules", "apply_rules", "others_due", "rules_of"]

_DUE_AT_ONCE = 100


def rules_of(pool: Pool) -> list[tuple[QualityRule, bool]]:
    """Return the rules that hold in a pool, and of each whether it looks at the whole project."""
    return [
        *((rule, True) for rule in _parsed(json.dumps(pool.project.quality_rules, sort_keys=True))),
        *((rule, False) for rule in _parsed(json.dumps(pool.quality_rules, sort_keys=True))),
    ]


def apply_rules(account: Account, pool: Pool, noted: Writing) -> None:
    """Look at all rules about an annotator in a pool and do what they say; within a transaction.

    Rules about lost access come last, as other rules may take it.
    """
    rules = sorted(rules_of(pool), key=lambda one: isinstance(one[0].event, AccessRevoked))
    for rule, whole_project in rules:
        fired = rule.evaluate(Facts(account, pool, noted.now, whole_project))
        if fired is not None and _first_time(fired, rule, account, pool, noted):
            _act(fired, rule, account, pool, noted)


def others_due(pool: Pool, answers: Iterable[Answer]) -> None:
    """Have the rules about majorities looked at for those who answered the same tasks before."""
    if not any(isinstance(rule.event, MajorityVote) for rule, _ in rules_of(pool)):
        return
    tasks = [answer.task_id for answer in answers]
    others = Answer.objects.filter(task__in=tasks).values_list("annotator", flat=True)
    Standing.objects.filter(pool=pool, annotator__in=set(others), rules_due=False).update(rules_due=True)


def apply_due_rules(now: datetime) -> int:
    """Look at the rules about annotators whose answers others have answered since; return about how many."""
    due = Standing.objects.filter(rules_due=True).select_related("annotator")[:_DUE_AT_ONCE]
    return sum(_apply_due(standing.pk, standing.annotator, now) for standing in list(due))


@again_when_blocked
def _apply_due(standing_id: int, account: Account, now: datetime) -> bool:
    with writing(now) as noted:
        lock_annotator(account)
        if not Standing.objects.filter(pk=standing_id, rules_due=True).update(rules_due=False):
            return False
        standing = Standing.objects.select_related("pool__project").get(pk=standing_id)
        apply_rules(account, standing.pool, noted)
        return True


def _first_time(fired: Fired, rule: QualityRule, account: Account, pool: Pool, noted: Writing) -> bool:
    _, created = RuleAction.objects.get_or_create(
        key=":".join(map(str, fired.key)),
        defaults={
            "pool": pool,
            "annotator": account,
            "rule": rule.as_mapping(),
            "facts": {name: None if value is None else float(value) for name, value in fired.values.items()},
            "at": noted.now,
        },
    )
    return created


def _act(fired: Fired, rule: QualityRule, account: Account, pool: Pool, noted: Writing) -> None:
    noted.tell("rule_fired", pool, annotator=account, rule=rule.sentence, action=fired.action.name)
    action = fired.action
    waiting = Assignment.objects.filter(annotator=account, pool=pool, status="submitted")
    match action:
        case Restrict():
            until = None if action.seconds is None else noted.now + timedelta(seconds=action.seconds)
            restrict_now(
                Restriction(
                    annotator=account,
                    scope=action.scope,
                    pool=pool if action.scope == "pool" else None,
                    project=None if action.scope == "all" else pool.project,
                    reason="Your answers did not meet the requirements of this work.",
                    created_at=noted.now,
                    until=until,
                ),
                noted,
            )
        case AcceptAll():
            for page in waiting.select_related("pool__project", "annotator"):
                accept(page, noted)
        case RejectAll():
            for page in waiting.select_related("pool__project", "annotator"):
                reject(page, action.comment, noted)
        case SetSkill():
            skill, _ = Skill.objects.get_or_create(project=pool.project, name=action.skill)
            set_skill(account, skill, action.value, noted, reason=rule.sentence, pool=pool)
        case ChangeOverlap():
            return_to_others(account, pool, noted)
        case PausePool():
            if Pool.objects.filter(pk=pool.pk, status="open").update(status="paused"):
                noted.tell("pool_paused", pool, by="quality rule")


@lru_cache(maxsize=256)
def _parsed(rules: str) -> Sequence[QualityRule]:
    listed: list[dict[str, Any]] = json.loads(rules)
    return [QualityRule.from_mapping(rule) for rule in listed]
