"""An annotator's own work: what there is, a page of tasks as people see it, its answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from ninja import Router
from pydantic import BaseModel, Field

from palate.server.annotate.frame import language_of
from palate.server.annotate.page_form import answers_in, seed_of
from palate.server.api.endpoint import Caller, endpoint
from palate.server.projects.models import Pool
from palate.server.projects.reading import template_of
from palate.server.work.available import available_pools
from palate.server.work.claim import claim_page
from palate.server.work.leave import active_page, extend_deadline, skip_page
from palate.server.work.models import Assignment, Slot
from palate.server.work.refusals import Refused
from palate.server.work.submit import submit_page

__all__ = ["router"]

router = Router(tags=["own work"])
Given = str | list[str] | dict[str, list[str]] | None


class WorkLine(BaseModel):
    """A pool as an annotator sees it; ``why_not`` says what keeps them from taking a page."""

    pool: int
    name: str
    title: str
    kind: str
    reward: Decimal
    seconds_per_page: int
    page: UUID | None
    why_not: list[str]


class Work(BaseModel):
    """The open pools of the account's projects."""

    items: list[WorkLine]


class OwnTask(BaseModel):
    """One task as people see it. ``view['control']['name']`` is the field that the answer fills in."""

    position: int
    view: dict[str, Any]


class OwnPage(BaseModel):
    """A page of the account's own."""

    id: UUID
    pool: int
    title: str
    instructions: str
    status: str
    reward: Decimal
    deadline: datetime
    tasks: list[OwnTask]


class Answers(BaseModel):
    """Answers by position on the page, from "0".

    Each is what a form would hold: the value of the option that was chosen, a list of values, or the values of every
    field of the task's control. null leaves a task unanswered, where its template allows that.
    """

    answers: dict[Annotated[str, Field(pattern=r"^\d{1,3}$")], Given]


class Taught(BaseModel):
    """What a training says about one task."""

    position: int
    answer: Any
    right: float
    golden: list[Any]
    hint: str


class Submitted(BaseModel):
    """What became of a page."""

    id: UUID
    status: str
    feedback: list[Taught]


class Ended(BaseModel):
    """A page that was given back."""

    id: UUID
    status: str


@endpoint(router, "GET", "/work", "account", answer=Work)
def list_work(caller: Caller) -> Work:
    """List the work that the account may do, what it pays, and what stands in the way of the rest."""
    found = available_pools(caller.account, now=caller.now)
    if caller.project_id is not None:
        found = [one for one in found if one.pool.project_id == caller.project_id]
    return Work(
        items=[
            WorkLine(
                pool=one.pool.pk,
                name=one.pool.name,
                title=one.pool.project.title,
                kind=one.pool.kind,
                reward=one.pool.reward,
                seconds_per_page=one.pool.seconds_per_page,
                page=one.active.pk if one.active else None,
                why_not=list(one.why_not),
            )
            for one in found
        ]
    )


@endpoint(router, "POST", "/pools/{int:pool}/claim", "annotator", answer=OwnPage, key="optional", pool=Pool)
def claim(caller: Caller, pool: Pool) -> OwnPage:
    """Take a page of a pool, or get the one that is held there already."""
    return _page(claim_page(caller.account, pool, now=caller.now), caller)


@endpoint(router, "GET", "/pages/{uuid:assignment}", "annotator", answer=OwnPage, assignment=Assignment)
def get_own_page(caller: Caller, assignment: Assignment) -> OwnPage:
    """Return a page of one's own that is held now, with its tasks."""
    return _page(active_page(caller.account, assignment.pk, caller.now), caller)


@endpoint(
    router, "POST", "/pages/{uuid:assignment}/submit", "annotator", answer=Submitted, key="required",
    assignment=Assignment,
)  # fmt: skip
def submit(caller: Caller, assignment: Assignment, body: Answers) -> Submitted:
    """Submit the answers of a page. A page that was submitted before stays as it is."""
    slots = _slots(assignment)
    given = {int(position): answer for position, answer in body.answers.items()}
    forms = {slot.position: _form(slot, assignment, given.get(slot.position)) for slot in slots}
    answers, problems = answers_in(assignment, slots, forms)
    strange = set(given) - set(forms)
    if strange:
        raise Refused(
            "invalid", f"This page has {len(slots)} tasks; there is none at position {min(strange)}."
        )
    try:
        done = submit_page(caller.account, assignment.pk, answers, now=caller.now)
    except Refused as refused:
        raise Refused(refused.code, refused.text, {**refused.problems, **problems}) from None
    taught = [
        Taught(
            position=one.position, answer=one.answer, right=one.right, golden=list(one.golden), hint=one.hint
        )
        for one in done.feedback
    ]
    return Submitted(id=assignment.pk, status=done.assignment.status, feedback=taught)


@endpoint(
    router, "POST", "/pages/{uuid:assignment}/skip", "annotator", answer=Ended, key="optional", assignment=Assignment
)  # fmt: skip
def skip(caller: Caller, assignment: Assignment) -> Ended:
    """Give a page back unanswered; its tasks go to others."""
    return Ended(id=assignment.pk, status=skip_page(caller.account, assignment.pk, now=caller.now).status)


@endpoint(
    router, "POST", "/pages/{uuid:assignment}/extend", "annotator", answer=OwnPage, key="optional",
    assignment=Assignment,
)  # fmt: skip
def extend(caller: Caller, assignment: Assignment) -> OwnPage:
    """Get more time for a page, once."""
    return _page(extend_deadline(caller.account, assignment.pk, now=caller.now), caller)


def _slots(page: Assignment) -> list[Slot]:
    return list(page.slots.select_related("task").order_by("position"))


def _page(page: Assignment, caller: Caller) -> OwnPage:
    """Return a page. Nothing here depends on a task's kind, id or key: golden tasks look like all others."""
    project = page.pool.project
    template, language, seed = template_of(project), language_of(caller.account, project), seed_of(page)
    return OwnPage(
        id=page.pk,
        pool=page.pool_id,
        title=project.title,
        instructions=project.instructions,
        status=page.status,
        reward=page.reward,
        deadline=page.deadline,
        tasks=[
            OwnTask(
                position=slot.position,
                view=_plain(template.view(slot.task.input, seed=seed, language=language)),
            )
            for slot in _slots(page)
        ],
    )


def _form(slot: Slot, page: Assignment, given: Given) -> Mapping[str, list[str]]:
    if given is None:
        return {}
    if isinstance(given, dict):
        return given
    template = template_of(page.pool.project)
    control = template.view(slot.task.input, seed=seed_of(page)).control
    return {control.name: [given] if isinstance(given, str) else list(given)}


def _plain(value: Any) -> Any:
    """Return what is shown as JSON, each part with its kind."""
    if is_dataclass(value) and not isinstance(value, type):
        own = {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
        kind = getattr(value, "kind", None)
        return own if kind is None else {"kind": kind, **own}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    return value
