"""Submitted pages as reviewers look at them: which match, what was answered, and decisions on many at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet

from palate.asking import ASSIGNMENT
from palate.core.errors import InputError, PalateError
from palate.server.annotate.answer_words import answer_words
from palate.server.annotate.page_form import seed_of
from palate.server.annotate.shown_tasks import ShownTask, shown_tasks, slots_of
from palate.server.manage.task_words import words_of_task
from palate.server.projects.models import Pool
from palate.server.projects.reading import template_of
from palate.server.work.models import Assignment, Slot
from palate.server.work.review import accept_pages, reject_pages

__all__ = [
    "AnsweredTask",
    "PageFilter",
    "ReviewedPage",
    "decide",
    "page_as_answered",
    "pages_matching",
    "reviewed",
]

STATUSES = ("submitted", "rejected", "accepted")
_AT_ONCE = 1_000
_RIGHT_FROM = 0.999


@dataclass(frozen=True)
class PageFilter:
    """Which pages of a pool are looked at.

    Args:
        status: ``submitted``, ``rejected`` or ``accepted``.
        annotator: The code of the only annotator, or nothing.
        since: Decided, or submitted where nothing is decided, not before; as a form has it.
        until: Likewise, not after.
    """

    status: str = "submitted"
    annotator: str = ""
    since: str = ""
    until: str = ""

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> PageFilter:
        """Return the filter in an address or a form; what makes no sense is left out."""
        status = str(given.get("status", ""))
        times = [str(given.get(name, "")) for name in ("since", "until")]
        since, until = (text if _moment(text) else "" for text in times)
        return cls(
            status if status in STATUSES else "submitted",
            str(given.get("annotator", "")).replace("\0", "")[:20],
            since,
            until,
        )

    @property
    def query(self) -> str:
        """The filter as an address has it."""
        from urllib.parse import urlencode

        given = {"status": self.status, "annotator": self.annotator, "since": self.since, "until": self.until}
        return urlencode({name: value for name, value in given.items() if value})


@dataclass(frozen=True)
class AnsweredTask:
    """One answer in words."""

    number: int
    words: str
    answer: str
    kind: str
    is_right: bool | None


@dataclass(frozen=True)
class ReviewedPage:
    """A page with its answers."""

    page: Assignment
    answers: tuple[AnsweredTask, ...]
    seconds: float

    @property
    def known(self) -> int:
        """Answers whose right answer is known."""
        return sum(one.is_right is not None for one in self.answers)

    @property
    def right(self) -> int:
        """Of these, those that are right."""
        return sum(bool(one.is_right) for one in self.answers)


def pages_matching(pool: Pool, wanted: PageFilter) -> QuerySet[Assignment]:
    """Return the pages that a filter lets through, the oldest first where they wait, else the newest."""
    pages = Assignment.objects.filter(pool=pool, status=wanted.status)
    if wanted.annotator:
        pages = pages.filter(annotator__code=wanted.annotator)
    moment = {"submitted": "submitted_at", "rejected": "rejected_at", "accepted": "accepted_at"}[
        wanted.status
    ]
    since, until = _moment(wanted.since), _moment(wanted.until)
    if since:
        pages = pages.filter(**{f"{moment}__gte": since})
    if until:
        pages = pages.filter(**{f"{moment}__lte": until})
    return pages.order_by("submitted_at" if wanted.status == "submitted" else "-submitted_at", "pk")


def reviewed(pool: Pool, pages: Sequence[Assignment]) -> list[ReviewedPage]:
    """Return pages with their answers in words."""
    template = template_of(pool.project)
    slots = Slot.objects.select_related("task", "answer").order_by("position")
    found = []
    for page in (
        Assignment.objects.filter(pk__in=[one.pk for one in pages])
        .select_related("annotator", "pool__project")
        .prefetch_related(Prefetch("slots", slots))
    ):
        seed = seed_of(page)
        answers = []
        for slot in page.slots.all():
            answer = getattr(slot, "answer", None)
            value = answer.value if answer else None
            control = template.view(slot.task.input, seed=seed).control
            said = answer_words(control, template.form_from_answer(value, slot.task.input, seed))
            right = answer.right if answer else None
            answers.append(
                AnsweredTask(
                    slot.position + 1,
                    words_of_task(template, slot.task.input),
                    ", ".join(said) or "–",
                    slot.task.kind,
                    None if right is None else right >= _RIGHT_FROM,
                )
            )
        found.append(ReviewedPage(page, tuple(answers), _seconds(page)))
    order = {page.pk: place for place, page in enumerate(pages)}
    return sorted(found, key=lambda one: order[one.page.pk])


def page_as_answered(page: Assignment) -> list[ShownTask]:
    """Return the tasks of a page as its annotator saw them, with the answers filled in."""
    template, seed = template_of(page.pool.project), seed_of(page)
    slots = slots_of(page)
    answers = {slot.pk: slot for slot in Slot.objects.filter(assignment=page).select_related("answer")}
    forms = {}
    for slot in slots:
        answer = getattr(answers[slot.pk], "answer", None)
        value = answer.value if answer else None
        forms[slot.position] = template.form_from_answer(value, slot.task.input, seed)
    return shown_tasks(page, slots, forms)


def decide(
    pool: Pool, chosen: Sequence[str], wanted: PageFilter | None, verdict: str, comment: str, *, now: datetime
) -> int:
    """Accept or reject pages; return how many changed.

    Args:
        pool: Where they are.
        chosen: Their ids, as a form has them.
        wanted: Take all pages that match this instead, up to 1,000.
        verdict: ``accepted`` or ``rejected``.
        comment: For their annotators.
        now: The moment, UTC.

    Raises:
        PalateError: Nothing was chosen, or a page cannot take the verdict.
    """
    if verdict not in {"accepted", "rejected"}:
        raise InputError("Choose to accept or to reject.")
    if wanted is not None:
        ids = list(pages_matching(pool, wanted).values_list("pk", flat=True)[:_AT_ONCE])
    else:
        keys = [key for key in map(_uuid, chosen[:_AT_ONCE]) if key]
        pages = Assignment.objects.filter(pool=pool, pk__in=keys)
        for page in pages:  # all or none
            if page.status != verdict:
                ASSIGNMENT.check_transition(page.status, verdict)
        ids = list(pages.values_list("pk", flat=True))
    if not ids:
        raise PalateError("No page was chosen.")
    if verdict == "accepted":
        return accept_pages(ids, now=now, comment=comment.strip()[:2000])
    return reject_pages(ids, now=now, comment=comment.strip()[:2000])


def _seconds(page: Assignment) -> float:
    return (page.submitted_at - page.claimed_at).total_seconds() if page.submitted_at else 0.0


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text) if len(text) <= 32 else None
    except ValueError:
        return None
    return found.replace(tzinfo=found.tzinfo or UTC) if found else None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
