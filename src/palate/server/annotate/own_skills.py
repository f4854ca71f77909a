"""The skills that annotators may see of themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from palate.server.accounts.models import Account
from palate.server.work.models import SkillValue

__all__ = ["OwnSkill", "own_skill", "own_skills"]


@dataclass(frozen=True)
class OwnSkill:
    """A skill as its holder sees it: ``value`` from 0 to 1."""

    name: str
    project: str
    value: float
    expires_at: datetime | None

    @property
    def percent(self) -> int:
        """The value in percent."""
        return round(100 * self.value)


def own_skills(account: Account, now: datetime) -> list[OwnSkill]:
    """Return an annotator's skills that are not hidden and hold at this moment."""
    last: dict[int, SkillValue] = {}
    values = SkillValue.objects.filter(annotator=account, skill__hidden=False)
    for value in values.select_related("skill__project").order_by("pk"):
        last[value.skill_id] = value
    return [found for value in last.values() if (found := _shown(value, now))]


def own_skill(account: Account, skill_id: int, now: datetime) -> OwnSkill | None:
    """Return one skill, None if it is hidden or there is none."""
    values = SkillValue.objects.filter(annotator=account, skill=skill_id, skill__hidden=False)
    value = values.select_related("skill__project").order_by("pk").last()
    return _shown(value, now) if value else None


def _shown(value: SkillValue, now: datetime) -> OwnSkill | None:
    if value.value is None or (value.expires_at is not None and value.expires_at <= now):
        return None
    return OwnSkill(value.skill.name, value.skill.project.title, value.value, value.expires_at)
