"""Pages that annotators filled in: list, look at, accept, reject."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Router
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from palate.server.api.endpoint import Caller, Listed, endpoint
from palate.server.api.paging import Limit
from palate.server.manage.reviewing import PageFilter, pages_matching
from palate.server.projects.models import Pool
from palate.server.work.models import Answer, Assignment
from palate.server.work.review import accept_pages, reject_pages, review_together

__all__ = ["router"]

router = Router(tags=["pages"])
_AT_ONCE = 200
Status = Literal["active", "submitted", "accepted", "rejected", "skipped", "expired"]


class AnswerOnPage(BaseModel):
    """One answer of a page."""

    task: str
    value: Any
    label: str
    right: float | None


class PageLine(BaseModel):
    """A page in a list."""

    id: UUID
    pool: int
    annotator: str
    status: Status
    reward: Decimal
    claimed_at: datetime
    deadline: datetime
    submitted_at: datetime | None
    accepted_at: datetime | None
    rejected_at: datetime | None
    comment: str


class PageOut(PageLine):
    """A page with its answers, in the order in which the tasks stood on it."""

    answers: list[AnswerOnPage]


class Comment(BaseModel):
    """Words to the annotator."""

    comment: Annotated[str, Field(max_length=2000)] = ""


class Reason(BaseModel):
    """Why a page is rejected; its annotator reads it."""

    comment: Annotated[str, Field(min_length=1, max_length=2000, pattern=r"\S")]


class Matching(BaseModel):
    """Which pages of the pool: the oldest that wait, or the newest that were rejected."""

    model_config = ConfigDict(extra="forbid")

    status: Literal["submitted", "rejected"] = "submitted"
    annotator: Annotated[str, Field(max_length=20)] = ""
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None


class ReviewIn(BaseModel):
    """A verdict on several pages: those that are named, or those that match."""

    model_config = ConfigDict(extra="forbid")

    verdict: Literal["accepted", "rejected"]
    comment: Annotated[str, Field(max_length=2000)] = ""
    pages: Annotated[list[UUID], Field(min_length=1, max_length=_AT_ONCE)] | None = None
    matching: Matching | None = None

    @model_validator(mode="after")
    def _names_or_matches(self) -> ReviewIn:
        if (self.pages is None) == (self.matching is None):
            raise ValueError("Give either 'pages' or 'matching'.")
        return self


class Reviewed(BaseModel):
    """The pages that changed; ``more`` says whether further pages match."""

    changed: list[UUID]
    more: bool


@endpoint(router, "GET", "/pools/{int:pool}/pages", "reviewer", answer=Listed[PageLine], pool=Pool)
def list_pages(
    caller: Caller,  # noqa: ARG001
    pool: Pool,
    after: UUID | None = None,
    limit: Limit = 100,
    status: Status | None = None,
) -> Listed[PageLine]:
    """List the pages of a pool, in no particular order; perhaps those of one status only."""
    rows = Assignment.objects.filter(pool=pool).select_related("annotator").order_by("pk")
    if status is not None:
        rows = rows.filter(status=status)
    if after is not None:
        rows = rows.filter(pk__gt=after)
    found = list(rows[: limit + 1])
    following = str(found[limit - 1].pk) if len(found) > limit else None
    return Listed(items=[PageLine(**_line(page)) for page in found[:limit]], next=following)


@endpoint(router, "GET", "/pages/{uuid:assignment}/review", "reviewer", answer=PageOut, assignment=Assignment)
def get_page(caller: Caller, assignment: Assignment) -> PageOut:  # noqa: ARG001
    """Return a page with its answers, for review."""
    return _out(assignment)


@endpoint(
    router, "POST", "/pages/{uuid:assignment}/accept", "reviewer", answer=PageOut, key="required",
    assignment=Assignment,
)  # fmt: skip
def accept_page(caller: Caller, assignment: Assignment, body: Comment) -> PageOut:
    """Accept and pay a submitted page, or one whose rejection was wrong."""
    accept_pages([assignment.pk], now=caller.now, comment=body.comment)
    return _out(assignment)


@endpoint(
    router, "POST", "/pages/{uuid:assignment}/reject", "reviewer", answer=PageOut, key="required",
    assignment=Assignment,
)  # fmt: skip
def reject_page(caller: Caller, assignment: Assignment, body: Reason) -> PageOut:
    """Reject a submitted page: it is not paid, its annotator is told why, others get its tasks."""
    reject_pages([assignment.pk], now=caller.now, comment=body.comment)
    return _out(assignment)


@endpoint(router, "POST", "/pools/{int:pool}/reviews", "reviewer", answer=Reviewed, key="required", pool=Pool)
def review_pages(caller: Caller, pool: Pool, body: ReviewIn) -> Reviewed:
    """Accept or reject up to 200 pages at once, all or none.

    A rejection needs a comment, which the annotators read. To take a wrong rejection back, send what 'changed' named
    with the verdict 'accepted', or let {"status": "rejected", "since": …} match. Pages that have the verdict already
    are left as they are.
    """
    more = False
    if body.pages is not None:
        keys = body.pages
    else:
        keys = list(pages_matching(pool, _filter(body.matching)).values_list("pk", flat=True)[: _AT_ONCE + 1])
        keys, more = keys[:_AT_ONCE], len(keys) > _AT_ONCE
    changed = review_together(pool, keys, body.verdict, comment=body.comment.strip(), now=caller.now)
    return Reviewed(changed=changed, more=more)


def _filter(wanted: Matching | None) -> PageFilter:
    wanted = wanted or Matching()
    since, until = (moment.isoformat() if moment else "" for moment in (wanted.since, wanted.until))
    return PageFilter(wanted.status, wanted.annotator.replace("\0", ""), since, until)


def _line(page: Assignment) -> dict[str, Any]:
    names = (
        "status",
        "reward",
        "claimed_at",
        "deadline",
        "submitted_at",
        "accepted_at",
        "rejected_at",
        "comment",
    )
    return {
        "id": page.pk,
        "pool": page.pool_id,
        "annotator": page.annotator.code,
        **{name: getattr(page, name) for name in names},
    }


def _out(page: Assignment) -> PageOut:
    page.refresh_from_db()
    rows = Answer.objects.filter(slot__assignment=page).select_related("task").order_by("slot__position")
    answers = [
        AnswerOnPage(task=row.task.key, value=row.value, label=row.label, right=row.right) for row in rows
    ]
    return PageOut(**_line(page), answers=answers)
