"""Annotators of a project: what they did, restrictions, bonuses. They are called by their codes."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from django.db.models import Q
from ninja import Router
from pydantic import AwareDatetime, BaseModel, Field

from palate.server.accounts.models import Account
from palate.server.api.endpoint import Caller, Done, Listed, endpoint
from palate.server.api.errors import ApiError
from palate.server.api.paging import After, Limit, page_of
from palate.server.projects.models import Pool, Project
from palate.server.work.admission import skills_of
from palate.server.work.models import Restriction, Standing
from palate.server.work.restricting import lift, restrict
from palate.server.work.review import pay_bonus as pay

__all__ = ["Code", "Words", "annotator_called", "router"]

router = Router(tags=["annotators"])
Code = Annotated[str, Field(min_length=1, max_length=20, description="The annotator's code.")]
Words = Annotated[str, Field(min_length=1, max_length=300, pattern=r"\S")]


class AnnotatorOut(BaseModel):
    """An annotator of a project and their skills."""

    id: int
    code: str
    role: Literal["annotator", "reviewer", "manager"]
    skills: dict[str, float]


class StandingOut(BaseModel):
    """What an annotator has done in a pool."""

    annotator: str
    pages_submitted: int
    pages_accepted: int
    pages_rejected: int
    tasks_answered: int
    golden_answered: int
    golden_right: float
    seconds: float
    finished_at: datetime | None


class RestrictionIn(BaseModel):
    """Who may not work, why, and until when; without an end, for good."""

    annotator: Code
    reason: Words
    until: AwareDatetime | None = None


class RestrictionOut(BaseModel):
    """A restriction."""

    id: int
    annotator: str
    scope: Literal["pool", "project", "all"]
    pool: int | None
    reason: str
    created_at: datetime
    until: datetime | None
    lifted_at: datetime | None


class Bonus(BaseModel):
    """A payment beside the rewards."""

    annotator: Code
    amount: Annotated[Decimal, Field(gt=0, le=1000, max_digits=8, decimal_places=4)]
    note: Annotated[str, Field(max_length=300)] = ""


@endpoint(
    router,
    "GET",
    "/projects/{int:project}/annotators",
    "manager",
    answer=Listed[AnnotatorOut],
    project=Project,
)
def list_annotators(
    caller: Caller, project: Project, after: After = 0, limit: Limit = 100
) -> Listed[AnnotatorOut]:
    """List the members of a project with their skills."""

    def show(member: object) -> AnnotatorOut:
        account: Account = member.account  # type: ignore[attr-defined]
        skills = skills_of(account, project.pk, caller.now)
        return AnnotatorOut(id=member.pk, code=account.code, role=member.role, skills=skills)  # type: ignore[attr-defined]

    return page_of(project.memberships.select_related("account"), after, limit, show)


@endpoint(router, "GET", "/pools/{int:pool}/annotators", "reviewer", answer=Listed[StandingOut], pool=Pool)
def list_standings(caller: Caller, pool: Pool, after: After = 0, limit: Limit = 100) -> Listed[StandingOut]:  # noqa: ARG001
    """List what annotators have done in a pool."""
    rows = Standing.objects.filter(pool=pool).select_related("annotator")
    names = tuple(name for name in StandingOut.model_fields if name != "annotator")
    return page_of(
        rows,
        after,
        limit,
        lambda row: StandingOut(annotator=row.annotator.code, **{name: getattr(row, name) for name in names}),
    )


@endpoint(
    router, "GET", "/projects/{int:project}/restrictions", "manager", answer=Listed[RestrictionOut], project=Project
)  # fmt: skip
def list_restrictions(
    caller: Caller,  # noqa: ARG001
    project: Project,
    after: After = 0,
    limit: Limit = 100,
) -> Listed[RestrictionOut]:
    """List the restrictions in a project and its pools, lifted ones too."""
    return page_of(project.restrictions.select_related("annotator"), after, limit, _restriction)


@endpoint(
    router, "POST", "/projects/{int:project}/restrictions", "manager", answer=RestrictionOut, status=201,
    key="optional", project=Project,
)  # fmt: skip
def restrict_in_project(caller: Caller, project: Project, body: RestrictionIn) -> RestrictionOut:
    """Keep an annotator from working in a project; the page that they hold goes back to others."""
    account = annotator_called(project, body.annotator)
    return _restriction(
        restrict(account, reason=body.reason, now=caller.now, project=project, until=body.until)
    )


@endpoint(
    router, "POST", "/pools/{int:pool}/restrictions", "manager", answer=RestrictionOut, status=201, key="optional",
    pool=Pool,
)  # fmt: skip
def restrict_in_pool(caller: Caller, pool: Pool, body: RestrictionIn) -> RestrictionOut:
    """Keep an annotator from working in a pool; the page that they hold goes back to others."""
    account = annotator_called(pool.project, body.annotator)
    return _restriction(restrict(account, reason=body.reason, now=caller.now, pool=pool, until=body.until))


@endpoint(
    router, "POST", "/restrictions/{int:restriction}/lift", "manager", answer=RestrictionOut, key="optional",
    restriction=Restriction,
)  # fmt: skip
def lift_restriction(caller: Caller, restriction: Restriction) -> RestrictionOut:
    """Let an annotator work again."""
    lift(restriction, now=caller.now)
    restriction.refresh_from_db()
    return _restriction(restriction)


@endpoint(router, "POST", "/pools/{int:pool}/bonus", "manager", answer=Done, key="required", pool=Pool)
def pay_bonus(caller: Caller, pool: Pool, body: Bonus) -> Done:
    """Pay an annotator a bonus, once for an idempotency key."""
    account = annotator_called(pool.project, body.annotator)
    key = f"api:{caller.account.pk}:{caller.key}"
    if len(key) > 100:
        raise ApiError(
            422, "wrong_key", "For payments, the idempotency key has at most 80 letters.", "Idempotency-Key"
        )
    pay(account, body.amount, pool=pool, note=body.note, key=key, now=caller.now)
    return Done()


def annotator_called(project: Project, code: str) -> Account:
    """Return the annotator of a code who is a member of a project or has worked there.

    Raises:
        ApiError: There is none.
    """
    here = Q(memberships__project=project) | Q(standings__pool__project=project)
    found = Account.objects.filter(here, code=code).first()
    if found is None:
        raise ApiError(422, "unknown_name", "The project has no annotator with this code.", "annotator")
    return found


def _restriction(found: Restriction) -> RestrictionOut:
    return RestrictionOut(
        id=found.pk,
        annotator=found.annotator.code,
        scope=found.scope,  # type: ignore[arg-type]  # one of the three
        pool=found.pool_id,
        reason=found.reason,
        created_at=found.created_at,
        until=found.until,
        lifted_at=found.lifted_at,
    )
