"""How a page ends without answers: it is skipped, its time runs out, or its annotator is restricted."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from django.db.models import F

from palate.asking import ASSIGNMENT
from palate.server.accounts.models import Account
from palate.server.projects.models import Pool, Task
from palate.server.work.models import Assignment, Slot, Standing
from palate.server.work.refusals import Refused
from palate.server.work.writing import Writing, again_when_blocked, lock_annotator, writing

__all__ = ["active_page", "end_overdue", "end_page", "extend_deadline", "save_draft", "skip_page"]

_OVERDUE_AT_ONCE = 50
_DRAFT_LONGEST = 200_000


def active_page(account: Account, assignment_id: UUID, now: datetime) -> Assignment:
    """Return a page that its annotator holds and has time for.

    Raises:
        Refused: It is not theirs, it ended, or its time is over.
    """
    page = (
        Assignment.objects.select_related("pool__project", "pool__skill")
        .filter(pk=assignment_id, annotator=account)
        .first()
    )
    if page is None:
        raise Refused("not_yours", "There is no such page for you.")
    if page.status == "expired" or (page.status == "active" and page.deadline < now):
        raise Refused(
            "late", "The time for this page is over; its tasks went back to others. Start a new page."
        )
    if page.status != "active":
        raise Refused("ended", f"This page is {page.status} already.")
    return page


@again_when_blocked
def skip_page(account: Account, assignment_id: UUID, *, now: datetime) -> Assignment:
    """Give a page back unanswered; its tasks go to others.

    Raises:
        Refused: It is not theirs, it ended, or its time is over.
    """
    with writing(now) as noted:
        lock_annotator(account)
        page = active_page(account, assignment_id, now)
        end_page(page, "skipped", noted)
        Standing.objects.filter(annotator=account, pool=page.pool).update(
            skipped_in_a_row=F("skipped_in_a_row") + 1
        )
        from palate.server.work.rules import apply_rules  # rules may end pages themselves

        apply_rules(account, page.pool, noted)
    return page


@again_when_blocked
def extend_deadline(account: Account, assignment_id: UUID, *, now: datetime) -> Assignment:
    """Give an annotator more time for a page, once.

    Raises:
        Refused: It is not theirs, it ended, its time is over, or it was extended before.
    """
    with writing(now) as noted:
        lock_annotator(account)
        page = active_page(account, assignment_id, now)
        if page.extended or not page.pool.extension_seconds:
            raise Refused("extended", "This page had more time already.")
        page.deadline += timedelta(seconds=page.pool.extension_seconds)
        page.extended = True
        page.save(update_fields=["deadline", "extended"])
        noted.tell("page_extended", page.pool, annotator=account, assignment=page)
    return page


@again_when_blocked
def save_draft(account: Account, assignment_id: UUID, draft: dict[str, Any], *, now: datetime) -> None:
    """Keep what an annotator has filled in so far, as the form's values.

    Raises:
        Refused: The page is not theirs, it ended, its time is over, or the draft is too long.
    """
    if len(str(draft)) > _DRAFT_LONGEST:
        raise Refused("invalid", f"A draft has at most {_DRAFT_LONGEST:,} characters.")
    page = active_page(account, assignment_id, now)
    Assignment.objects.filter(pk=page.pk, status="active").update(draft=draft, drafted_at=now)


def end_overdue(now: datetime, *, pool: Pool | None = None) -> int:
    """End active pages whose time is over, each in a transaction of its own; return how many."""
    overdue = Assignment.objects.filter(status="active", deadline__lt=now)
    if pool is not None:
        overdue = overdue.filter(pool=pool)
    pages = list(overdue.order_by("deadline").select_related("annotator")[:_OVERDUE_AT_ONCE])
    return sum(_expire(page.pk, page.annotator, now) for page in pages)


@again_when_blocked
def _expire(assignment_id: UUID, account: Account, now: datetime) -> bool:
    with writing(now) as noted:
        lock_annotator(account)
        still = Assignment.objects.filter(pk=assignment_id, status="active", deadline__lt=now)
        page = still.select_related("pool__project").first()
        if page is None:
            return False
        end_page(page, "expired", noted)
        return True


def end_page(page: Assignment, status: Literal["skipped", "expired"], noted: Writing) -> None:
    """End an active page without answers and give its slots back, within a transaction."""
    ASSIGNMENT.check_transition(page.status, status)
    page.status = status
    setattr(page, f"{status}_at", noted.now)
    page.save(update_fields=["status", f"{status}_at"])
    freed = free_slots(page)
    noted.count(page.pool, slots_open=freed, pages_active=-1, committed=-page.reward)
    noted.tell(f"page_{status}", page.pool, annotator=page.annotator, assignment=page)


def free_slots(page: Assignment) -> int:
    """Give the slots of a page's real tasks back to others; return how many."""
    held = list(
        Slot.objects.filter(assignment=page, held=True, task__kind="real").values_list("task_id", flat=True)
    )
    Slot.objects.filter(assignment=page).update(held=False)
    tasks = locked_tasks(held)
    Task.objects.filter(pk__in=[task.pk for task in tasks]).update(open_slots=F("open_slots") + 1)
    return len(tasks)


def locked_tasks(keys: list[int]) -> list[Task]:
    """Return tasks, locked in the order of their ids."""
    return list(Task.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=keys).order_by("pk"))
