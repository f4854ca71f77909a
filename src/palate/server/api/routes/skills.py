"""Skills of a project: what there is, values set by hand, and their history."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from ninja import Router
from pydantic import BaseModel, Field

from palate.server.accounts.models import Account
from palate.server.api.endpoint import Caller, Done, Listed, endpoint
from palate.server.api.errors import ApiError
from palate.server.api.paging import After, Limit, page_of
from palate.server.api.routes.annotators import Code, Words, annotator_called
from palate.server.projects.making import set_up_skill
from palate.server.projects.models import Project, Skill
from palate.server.projects.specs import SkillSpec
from palate.server.work.finishing import set_skill
from palate.server.work.models import SkillValue
from palate.server.work.writing import again_when_blocked, lock_annotator, writing

__all__ = ["router"]

router = Router(tags=["annotators"])


class SkillOut(BaseModel):
    """A skill of a project; ``hidden``: annotators do not see theirs; values end after ``valid_days``."""

    id: int
    name: str
    hidden: bool
    valid_days: int | None


class SkillIn(BaseModel):
    """A value of a skill; null takes it away."""

    annotator: Code
    skill: Annotated[str, Field(min_length=1, max_length=100)]
    value: Annotated[float, Field(ge=0, le=1)] | None
    reason: Words = "set by a manager"


class SkillValueOut(BaseModel):
    """An entry in the history of a skill; null took it away."""

    id: int
    skill: str
    annotator: str
    value: float | None
    reason: str
    at: datetime
    expires_at: datetime | None


@endpoint(
    router, "GET", "/projects/{int:project}/skills", "manager", answer=Listed[SkillOut], project=Project
)
def list_skills(caller: Caller, project: Project, after: After = 0, limit: Limit = 100) -> Listed[SkillOut]:  # noqa: ARG001
    """List the skills of a project."""
    return page_of(project.skills.all(), after, limit, _skill)


@endpoint(
    router,
    "PUT",
    "/projects/{int:project}/skills",
    "manager",
    answer=SkillOut,
    key="optional",
    project=Project,
)
def set_up_project_skill(caller: Caller, project: Project, body: SkillSpec) -> SkillOut:  # noqa: ARG001
    """Make a skill, or change the one of this name."""
    return _skill(set_up_skill(project, body))


@endpoint(
    router, "POST", "/projects/{int:project}/skills", "manager", answer=Done, key="optional", project=Project
)
def set_annotator_skill(caller: Caller, project: Project, body: SkillIn) -> Done:
    """Set an annotator's skill by hand."""
    account = annotator_called(project, body.annotator)
    skill = project.skills.filter(name=body.skill).first()
    if skill is None:
        known = ", ".join(project.skills.values_list("name", flat=True)) or "none"
        raise ApiError(422, "unknown_name", f"The project has no such skill; it has {known}.", "skill")
    _set(account, skill, body, caller.now)
    return Done()


@endpoint(
    router, "GET", "/projects/{int:project}/skills/history", "manager", answer=Listed[SkillValueOut], project=Project
)  # fmt: skip
def list_skill_values(
    caller: Caller,  # noqa: ARG001
    project: Project,
    after: After = 0,
    limit: Limit = 100,
) -> Listed[SkillValueOut]:
    """List every value that a skill of a project ever had, the oldest first; the last of each annotator counts."""
    rows = SkillValue.objects.filter(skill__project=project).select_related("skill", "annotator")
    return page_of(rows, after, limit, _value)


@again_when_blocked
def _set(account: Account, skill: Skill, body: SkillIn, now: datetime) -> None:
    with writing(now) as noted:
        lock_annotator(account)
        set_skill(account, skill, body.value, noted, reason=body.reason)


def _skill(skill: Skill) -> SkillOut:
    return SkillOut.model_validate(skill, from_attributes=True)


def _value(row: SkillValue) -> SkillValueOut:
    return SkillValueOut(
        id=row.pk,
        skill=row.skill.name,
        annotator=row.annotator.code,
        value=row.value,
        reason=row.reason,
        at=row.at,
        expires_at=row.expires_at,
    )
