"""Pools: list, make, change, open, pause, close, archive, clone; what they cost and how far they are."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from ninja import Router
from pydantic import BaseModel, Field

from palate.server.api.endpoint import Caller, Listed, endpoint
from palate.server.api.paging import After, Limit, page_of
from palate.server.projects.describing import pool_spec
from palate.server.projects.life import change_status, projection_of
from palate.server.projects.life import clone_pool as clone
from palate.server.projects.making import create_pool as create_in
from palate.server.projects.making import update_pool as update_to
from palate.server.projects.models import Pool, Project
from palate.server.projects.specs import PoolSpec
from palate.server.work.available import hourly_pay
from palate.server.work.buying import ask_more

__all__ = ["router"]

router = Router(tags=["pools"])


class Progress(BaseModel):
    """How far a pool is.

    ``tasks`` counts all tasks, ``real_tasks`` those whose answer is not known; ``wanted`` is how many answers to real
    tasks are wanted, ``open`` how many of these nobody has or gives now, ``answers`` how many were given.
    """

    tasks: int
    real_tasks: int
    wanted: int
    open: int
    answers: int
    golden_answers: int
    golden_accuracy: float | None
    pages_active: int
    pages_submitted: int
    pages_accepted: int
    pages_rejected: int
    spent: Decimal
    committed: Decimal
    hourly_pay: Decimal | None


class Cost(BaseModel):
    """Pages and dollars."""

    pages: int
    total: Decimal


class Projection(BaseModel):
    """What a pool will cost if tasks need the fewest and the most answers."""

    least: Cost | None
    most: Cost | None


class PoolOut(BaseModel):
    """A pool with everything that makes it again, and how far it is."""

    id: int
    project: int
    name: str
    kind: str
    status: str
    close_reason: str
    spec: PoolSpec
    progress: Progress


class Status(BaseModel):
    """The status that a pool is to have."""

    status: Literal["open", "paused", "closed", "archived"]


class More(BaseModel):
    """Which tasks, by their keys, are to get more answers, and how many each."""

    tasks: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=200)]], Field(min_length=1, max_length=5000)
    ]
    answers: Annotated[int, Field(ge=1, le=100)] = 1


class BoughtOut(BaseModel):
    """How many tasks get more answers, how many more that are, and whether the pool was opened again for it."""

    tasks: int
    answers: int
    reopened: bool


class CloneName(BaseModel):
    """What the copy is to be called."""

    name: Annotated[str, Field(min_length=1, max_length=200)]


@endpoint(router, "GET", "/projects/{int:project}/pools", "reviewer", answer=Listed[PoolOut], project=Project)
def list_pools(caller: Caller, project: Project, after: After = 0, limit: Limit = 100) -> Listed[PoolOut]:  # noqa: ARG001
    """List the pools of a project, the oldest first."""
    rows = project.pools.select_related("tally", "training", "skill", "project")
    return page_of(rows, after, limit, _out)


@endpoint(
    router, "POST", "/projects/{int:project}/pools", "manager", answer=PoolOut, status=201, key="optional",
    project=Project,
)  # fmt: skip
def create_pool(caller: Caller, project: Project, body: PoolSpec) -> PoolOut:  # noqa: ARG001
    """Make a pool without tasks, a draft."""
    return _out(create_in(project, body))


@endpoint(router, "GET", "/pools/{int:pool}", "reviewer", answer=PoolOut, pool=Pool)
def get_pool(caller: Caller, pool: Pool) -> PoolOut:  # noqa: ARG001
    """Return a pool and how far it is."""
    return _out(pool)


@endpoint(router, "PUT", "/pools/{int:pool}", "manager", answer=PoolOut, key="optional", pool=Pool)
def update_pool(caller: Caller, pool: Pool, body: PoolSpec) -> PoolOut:  # noqa: ARG001
    """Change a pool's settings; what people were promised stays once it was opened."""
    return _out(update_to(pool, body))


@endpoint(router, "POST", "/pools/{int:pool}/status", "manager", answer=PoolOut, key="optional", pool=Pool)
def set_pool_status(caller: Caller, pool: Pool, body: Status) -> PoolOut:
    """Open, pause, close or archive a pool."""
    if pool.status == body.status:
        return _out(pool)
    return _out(change_status(pool, body.status, now=caller.now))


@endpoint(
    router,
    "POST",
    "/pools/{int:pool}/clone",
    "manager",
    answer=PoolOut,
    status=201,
    key="optional",
    pool=Pool,
)
def clone_pool(caller: Caller, pool: Pool, body: CloneName) -> PoolOut:  # noqa: ARG001
    """Make a draft with the same settings and tasks and no answers."""
    return _out(clone(pool, body.name))


@endpoint(router, "POST", "/pools/{int:pool}/more", "manager", answer=BoughtOut, key="required", pool=Pool)
def ask_for_more(caller: Caller, pool: Pool, body: More) -> BoughtOut:
    """Ask for more answers to some tasks than their overlap says; a pool that was completed is opened again."""
    bought = ask_more(pool, body.tasks, body.answers, now=caller.now)
    return BoughtOut.model_validate(bought, from_attributes=True)


@endpoint(router, "GET", "/pools/{int:pool}/projection", "reviewer", answer=Projection, pool=Pool)
def get_projection(caller: Caller, pool: Pool) -> Projection:  # noqa: ARG001
    """Return what a pool will cost; nothing for trainings, exams and pools without tasks."""
    found = projection_of(pool)
    if found is None:
        return Projection(least=None, most=None)
    least, most = (Cost(pages=cost.pages, total=cost.total) for cost in (found.least, found.most))
    return Projection(least=least, most=most)


def _out(pool: Pool) -> PoolOut:
    return PoolOut(
        id=pool.pk,
        project=pool.project_id,
        name=pool.name,
        kind=pool.kind,
        status=pool.status,
        close_reason=pool.close_reason,
        spec=pool_spec(pool),
        progress=_progress(pool),
    )


def _progress(pool: Pool) -> Progress:
    tally = type(pool.tally).objects.get(pool=pool)
    accuracy = min(1.0, tally.golden_right / tally.golden_answers) if tally.golden_answers else None
    return Progress(
        tasks=pool.tasks.count(),
        real_tasks=tally.tasks,
        wanted=tally.slots_wanted,
        open=tally.slots_open,
        answers=tally.answers,
        golden_answers=tally.golden_answers,
        golden_accuracy=accuracy,
        pages_active=tally.pages_active,
        pages_submitted=tally.pages_submitted,
        pages_accepted=tally.pages_accepted,
        pages_rejected=tally.pages_rejected,
        spent=tally.spent,
        committed=tally.committed,
        hourly_pay=hourly_pay(pool),
    )
