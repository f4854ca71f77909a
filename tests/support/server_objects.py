"""A small world of two projects and everybody who may ask for something in them, for the matrix of access.

``MAKERS`` says, for each name that an argument of an address may have, which object (or word) stands for it. A new
argument needs a line here, else the matrix fails.
"""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Literal

import server_scenes as scene

from palate.server.accounts.codes import hash_of
from palate.server.accounts.models import Account, ApiToken, Invitation, Membership
from palate.server.hooks.models import Webhook
from palate.server.projects.models import Pool, Project, Skill, Task
from palate.server.projects.pictures import staging, store_pictures
from palate.server.projects.tasks import TaskRow
from palate.server.work.claim import claim_page
from palate.server.work.models import (
    Answer,
    Assignment,
    Event,
    LedgerEntry,
    Message,
    Restriction,
    SkillValue,
    TaskReport,
)
from palate.server.work.submit import submit_page

__all__ = ["MAKERS", "ROLES", "SIDES", "Role", "Side", "World", "make_world", "marker"]

Side = Literal["this", "other"]
Role = Literal[
    "nobody",
    "outsider",
    "creator",
    "annotator",
    "reviewer",
    "manager",
    "other annotator",
    "other manager",
    "admin",
]
SIDES: tuple[Side, ...] = ("this", "other")
ROLES: tuple[Role, ...] = (
    "nobody",
    "outsider",
    "creator",
    "annotator",
    "reviewer",
    "manager",
    "other annotator",
    "other manager",
    "admin",
)


def marker(side: Side) -> str:
    """Return a word that stands in all objects of one project, and that its outsiders must never read."""
    return f"marker-of-{side}-project"


@dataclass
class Half:
    """One project with everything in it."""

    project: Project
    pool: Pool
    people: dict[str, Account] = field(default_factory=dict)
    skill: Skill | None = None


@dataclass
class World:
    """Two projects; ``people`` has somebody for every role but nobody."""

    halves: dict[Side, Half]
    people: dict[str, Account]

    def fellow(self, side: Side) -> Account:
        """Return an annotator of a project who has none of the roles of the matrix."""
        return self.halves[side].people["fellow"]


def make_world() -> World:
    """Return both projects, each with a pool in which annotators have answered."""
    halves: dict[Side, Half] = {side: _half(side) for side in SIDES}
    this, other = halves["this"], halves["other"]
    people = {
        "outsider": scene.account("outsider"),
        "creator": scene.account("creator", is_manager=True),
        "annotator": scene.account("annotator", this.project),
        "reviewer": scene.account("reviewer", this.project, "reviewer"),
        "manager": this.people["manager"],
        "other annotator": scene.account("other-annotator", other.project),
        "other manager": other.people["manager"],
        "admin": scene.account("admin", is_admin=True, is_manager=True),
    }
    scene.account("second-admin", is_admin=True)
    world = World(halves, people)
    for role in ("annotator", "reviewer", "manager"):
        _page(people[role], this.pool, answered=False)
    for half in halves.values():
        _page(half.people["fellow"], half.pool, answered=False)
    return world


def _half(side: Side) -> Half:
    word = marker(side)
    manager = scene.account(
        f"manager-{len(word)}", is_manager=True
    )  # who reads their own name learns nothing
    project = scene.project(
        manager, name=f"{word} project", title=f"{word} title", instructions=f"{word} instructions"
    )
    tasks = [
        TaskRow({"query": f"{word} {number}", "title": f"{word} product"}, key=f"{word}-{number}")
        for number in range(40)
    ]
    pool = scene.open_pool(project, tasks=tasks, name=f"{word} pool", auto_accept=False, overlap=9)
    half = Half(project, pool, {"manager": manager})
    half.people["fellow"] = scene.account(f"{word}-fellow", project, name=f"{word} fellow")
    scene.account(f"{word}-manager", project, "manager", name=f"{word} manager")
    half.skill = Skill.objects.create(project=project, name=f"{word} skill")
    SkillValue.objects.create(
        skill=half.skill, annotator=half.people["fellow"], value=0.5, reason=word, at=_now()
    )
    _page(half.people["fellow"], pool, answered=True)
    Event.objects.create(kind="page_rejected", project=project, pool=pool, data={"comment": word}, at=_now())
    return half


def _now() -> datetime:
    return datetime.now(UTC)


def _page(owner: Account, pool: Pool, *, answered: bool) -> Assignment:
    """Return a page of somebody, who is for a moment a member of the project if they are not."""
    page = Assignment.objects.filter(annotator=owner, pool=pool, status="active").first()
    if page is None:
        membership, is_guest = Membership.objects.get_or_create(account=owner, project=pool.project)
        page = claim_page(owner, pool, now=_now())
        if is_guest:
            membership.delete()
    if answered:
        submit_page(owner, page.pk, scene.answers_to(page), now=_now() + timedelta(seconds=30))
        page.refresh_from_db()
    return page


def _answer(owner: Account, pool: Pool) -> Answer:
    found = Answer.objects.filter(annotator=owner, pool=pool).first()
    if found is None:
        _page(owner, pool, answered=True)
        found = Answer.objects.filter(annotator=owner, pool=pool).first()
    assert found is not None
    return found


def _token(world: World, side: Side, owner: Account) -> object:
    expires = _now() + timedelta(days=9)
    text = uuid.uuid4().hex
    token = ApiToken.objects.create(
        account=owner, name=marker(side), token_hash=hash_of(text), hint="x", scope="read", expires_at=expires
    )
    return token.pk


def _invitation(world: World, side: Side, owner: Account) -> object:
    made = Invitation.objects.create(
        code_hash=hash_of(uuid.uuid4().hex),
        project=world.halves[side].project,
        role="annotator",
        note=marker(side),
        created_by=world.halves[side].people["manager"],
        expires_at=_now() + timedelta(days=9),
    )
    return made.pk


def _ledger_entry(world: World, side: Side, owner: Account) -> object:
    half = world.halves[side]
    made = LedgerEntry.objects.create(
        annotator=half.people["fellow"],
        project=half.project,
        pool=half.pool,
        kind="bonus",
        amount=Decimal(1),
        note=marker(side),
        key=uuid.uuid4().hex,
        at=_now(),
    )
    return made.pk


def _restriction(world: World, side: Side, owner: Account) -> object:
    half = world.halves[side]
    made = Restriction.objects.create(
        annotator=half.people["fellow"],
        scope="project",
        project=half.project,
        reason=marker(side),
        created_at=_now(),
    )
    return made.pk


def _report(world: World, side: Side, owner: Account) -> object:
    half = world.halves[side]
    task = half.pool.tasks.order_by("pk").last()
    made, _ = TaskReport.objects.get_or_create(
        task=task, annotator=half.people["fellow"], defaults={"text": marker(side), "at": _now()}
    )
    return made.pk


def _message(world: World, side: Side, owner: Account) -> object:
    return Message.objects.create(
        annotator=owner, pool=world.halves[side].pool, text=marker(side), at=_now()
    ).pk


def _membership(world: World, side: Side, owner: Account) -> object:
    return Membership.objects.get(account=world.fellow(side), project=world.halves[side].project).pk


def _task(world: World, side: Side, owner: Account) -> Task:
    task = world.halves[side].pool.tasks.order_by("pk").first()
    assert task is not None
    return task


def _picture(world: World, side: Side, owner: Account) -> object:
    """Return the name of a picture; what is in it reads as text."""
    project, name = world.halves[side].project, f"{marker(side)}.gif"
    with staging(project) as staged:
        staged.take(name, io.BytesIO(b"GIF89a"))
        store_pictures(project, staged.pictures.values())
    return name


def _webhook(world: World, side: Side, owner: Account) -> object:
    made = Webhook.objects.create(
        project=world.halves[side].project,
        url=f"https://hooks.example.org/{marker(side)}",
        salt=uuid.uuid4().hex,
        key=uuid.uuid4().hex,
        next_try=_now(),
        created_at=_now(),
    )
    return made.pk


MAKERS: dict[str, Callable[[World, Side, Account], object]] = {
    "project": lambda world, side, _: world.halves[side].project.pk,
    "pool": lambda world, side, _: world.halves[side].pool.pk,
    "task": lambda world, side, owner: _task(world, side, owner).pk,
    "skill": lambda world, side, _: world.halves[side].skill.pk,  # type: ignore[union-attr]
    "assignment": lambda world, side, owner: _page(owner, world.halves[side].pool, answered=False).pk,
    "answer": lambda world, side, owner: _answer(owner, world.halves[side].pool).pk,
    "report": _report,
    "restriction": _restriction,
    "entry": _ledger_entry,
    "invitation": _invitation,
    "membership": _membership,
    "message": _message,
    "token": _token,
    "account": lambda world, side, _: world.fellow(side).pk,
    "picture": _picture,
    "webhook": _webhook,
}
