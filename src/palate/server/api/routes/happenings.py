"""The ledger, the stream of events, and invitations of a project."""

from __future__ import annotations

import threading
import time
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from django.db.models import QuerySet
from ninja import Query, Router
from pydantic import BaseModel, Field

from palate.server.accounts.invitations import LONGEST_DAYS, MOST_USES, Terms, invite, revoke_invitation
from palate.server.accounts.models import Invitation
from palate.server.api.endpoint import Caller, Done, Listed, endpoint
from palate.server.api.paging import After, Limit, page_of
from palate.server.projects.models import Pool, Project
from palate.server.work.models import Event, LedgerEntry
from palate.server.work.told import told

__all__ = ["router"]

router = Router(tags=["ledger, events, invitations"])
_LOOK_EVERY = 1.0
_WAITING = threading.BoundedSemaphore(2)
"""Requests that may wait for an event at one time in this process: each holds a thread that others need."""
Wait = Annotated[
    float,
    Query(
        ge=0,
        le=25,
        description="Seconds to wait for an event, if there is none after 'after'; a busy server waits less.",
    ),
]


class EntryOut(BaseModel):
    """A movement of money, US dollars; entries are only ever added."""

    id: int
    at: datetime
    annotator: str
    pool: int | None
    page: UUID | None
    kind: str
    amount: Decimal
    note: str


class EventOut(BaseModel):
    """Something that happened; ids grow in the order in which events become visible."""

    id: int
    at: datetime
    kind: str
    pool: int | None
    annotator: str | None
    page: UUID | None
    data: dict[str, Any]


class InvitationIn(BaseModel):
    """Whom to let in."""

    role: Literal["annotator", "reviewer", "manager"] = "annotator"
    uses: Annotated[int, Field(ge=1, le=MOST_USES)] = 1
    days: Annotated[int, Field(ge=1, le=LONGEST_DAYS)] = 7
    note: Annotated[str, Field(max_length=200)] = ""


class InvitationOut(BaseModel):
    """An invitation, without its code."""

    id: int
    role: str
    uses: int
    max_uses: int
    note: str
    expires_at: datetime


class Invited(InvitationOut):
    """A new invitation. The code is shown now and never again; the link carries it behind '#'."""

    code: str
    link: str


@endpoint(
    router, "GET", "/projects/{int:project}/ledger", "manager", answer=Listed[EntryOut], project=Project
)
def list_project_ledger(
    caller: Caller,  # noqa: ARG001
    project: Project,
    after: After = 0,
    limit: Limit = 100,
) -> Listed[EntryOut]:
    """List the movements of money in a project."""
    return _ledger(LedgerEntry.objects.filter(project=project), after, limit)


@endpoint(router, "GET", "/pools/{int:pool}/ledger", "manager", answer=Listed[EntryOut], pool=Pool)
def list_pool_ledger(caller: Caller, pool: Pool, after: After = 0, limit: Limit = 100) -> Listed[EntryOut]:  # noqa: ARG001
    """List the movements of money in a pool."""
    return _ledger(LedgerEntry.objects.filter(pool=pool), after, limit)


@endpoint(
    router, "GET", "/projects/{int:project}/events", "reviewer", answer=Listed[EventOut], project=Project
)
def list_project_events(
    caller: Caller,  # noqa: ARG001
    project: Project,
    after: After = 0,
    limit: Limit = 100,
    wait: Wait = 0,
) -> Listed[EventOut]:
    """List what happened in a project after an event; perhaps wait until something does."""
    return _events(Event.objects.filter(project=project), after, limit, wait)


@endpoint(router, "GET", "/pools/{int:pool}/events", "reviewer", answer=Listed[EventOut], pool=Pool)
def list_pool_events(
    caller: Caller,  # noqa: ARG001
    pool: Pool,
    after: After = 0,
    limit: Limit = 100,
    wait: Wait = 0,
) -> Listed[EventOut]:
    """List what happened in a pool after an event; perhaps wait until something does."""
    return _events(Event.objects.filter(pool=pool), after, limit, wait)


@endpoint(
    router, "GET", "/projects/{int:project}/invitations", "manager", answer=Listed[InvitationOut], project=Project
)  # fmt: skip
def list_invitations(
    caller: Caller,  # noqa: ARG001
    project: Project,
    after: After = 0,
    limit: Limit = 100,
) -> Listed[InvitationOut]:
    """List a project's invitations, without their codes."""
    return page_of(
        project.invitations.all(),
        after,
        limit,
        lambda row: InvitationOut.model_validate(row, from_attributes=True),
    )


@endpoint(
    router, "POST", "/projects/{int:project}/invitations", "manager", answer=Invited, status=201, key="optional",
    remembered=False, project=Project,
)  # fmt: skip
def create_invitation(caller: Caller, project: Project, body: InvitationIn) -> Invited:
    """Make a link that lets people in; a retry with the same idempotency key gets the same link."""
    terms = Terms(body.role, uses=body.uses, days=body.days, note=body.note)
    form_key = f"api:{project.pk}:{caller.key}" if caller.key else ""
    made, code = invite(caller.account, terms, project, form_key=form_key[:100], now=caller.now)
    shown = InvitationOut.model_validate(made, from_attributes=True).model_dump()
    return Invited(**shown, code=code, link=caller.request.build_absolute_uri(f"/join/#{code}"))


@endpoint(
    router, "POST", "/invitations/{int:invitation}/revoke", "manager", answer=Done, key="optional",
    invitation=Invitation,
)  # fmt: skip
def end_invitation(caller: Caller, invitation: Invitation) -> Done:
    """End an invitation; who came in through it stays."""
    revoke_invitation(invitation, now=caller.now)
    return Done()


def _ledger(rows: QuerySet[LedgerEntry], after: int, limit: int) -> Listed[EntryOut]:
    return page_of(rows.select_related("annotator"), after, limit, _entry)


def _entry(entry: LedgerEntry) -> EntryOut:
    return EntryOut(
        id=entry.pk,
        at=entry.at,
        annotator=entry.annotator.code,
        pool=entry.pool_id,
        page=entry.assignment_id,
        kind=entry.kind,
        amount=entry.amount,
        note=entry.note,
    )


def _events(rows: QuerySet[Event], after: int, limit: int, wait: float) -> Listed[EventOut]:
    until = time.monotonic() + wait
    found = page_of(rows.select_related("annotator"), after, limit, _event)
    if found.items or not wait or not _WAITING.acquire(blocking=False):
        return found
    try:
        while not found.items and time.monotonic() < until:
            time.sleep(min(_LOOK_EVERY, max(0.0, until - time.monotonic())))
            found = page_of(rows.select_related("annotator"), after, limit, _event)
    finally:
        _WAITING.release()
    return found


def _event(event: Event) -> EventOut:
    return EventOut(**told(event))
