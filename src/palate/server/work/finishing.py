"""The end of a training or an exam: the skill that it results in."""

from __future__ import annotations

from datetime import timedelta

from palate.server.accounts.models import Account
from palate.server.projects.models import Pool, Skill, Task
from palate.server.work.models import Answer, SkillValue, Standing
from palate.server.work.writing import Writing

__all__ = ["finish_preparation", "set_skill"]


def finish_preparation(account: Account, pool: Pool, noted: Writing) -> None:
    """When nothing of a training or exam is left for an annotator, note that it is finished and set its skill."""
    if pool.kind == "main":
        return
    standing = Standing.objects.get(annotator=account, pool=pool)
    answered = Answer.objects.filter(pool=pool, annotator=account, round=standing.round)
    if answered.count() < Task.objects.filter(pool=pool).count():
        return
    standing.finished_at = noted.now
    standing.save(update_fields=["finished_at"])
    rights = list(answered.values_list("right", flat=True))
    value = sum(right or 0.0 for right in rights) / len(rights)
    noted.tell(f"{pool.kind}_finished", pool, annotator=account, right_rate=round(value, 4))
    if pool.skill is not None:
        set_skill(account, pool.skill, value, noted, reason=f"{pool.kind} “{pool.name}”", pool=pool)


def set_skill(
    account: Account,
    skill: Skill,
    value: float | None,
    noted: Writing,
    *,
    reason: str,
    pool: Pool | None = None,
) -> None:
    """Give an annotator a value of a skill; the history stays. None takes the skill away."""
    expires = noted.now + timedelta(days=skill.valid_days) if skill.valid_days else None
    SkillValue.objects.create(
        skill=skill, annotator=account, value=value, reason=reason[:300], at=noted.now, expires_at=expires
    )
    shown = None if value is None else round(value, 4)
    noted.tell(
        "skill_set",
        pool,
        annotator=account,
        project=skill.project,
        skill=skill.name,
        value=shown,
        reason=reason,
    )
