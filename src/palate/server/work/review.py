"""Accept and reject pages, pay bonuses, and ask for answers again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import F

from palate.asking import ASSIGNMENT
from palate.core.errors import PalateError
from palate.server.accounts.models import Account
from palate.server.projects.models import Pool, Task
from palate.server.work.leave import free_slots, locked_tasks
from palate.server.work.ledger import enter, pay_reward
from palate.server.work.models import Answer, Assignment, LedgerEntry, Message, Slot, Standing
from palate.server.work.writing import Writing, again_when_blocked, lock_annotator, writing

__all__ = [
    "accept",
    "accept_overdue",
    "accept_pages",
    "pay_bonus",
    "reject",
    "reject_pages",
    "return_to_others",
    "review_together",
]

_AT_ONCE = 50
_SAY_WHY = "Say why the pages are rejected: their annotators read it."


def accept_pages(pages: Iterable[UUID], *, now: datetime, comment: str = "") -> int:
    """Accept submitted pages, and rejected ones whose rejection was wrong; return how many changed.

    Raises:
        TransitionError: A page is in a status from which it cannot be accepted.
    """
    return sum(_review(key, "accepted", comment, now) for key in dict.fromkeys(pages))


def reject_pages(pages: Iterable[UUID], *, now: datetime, comment: str) -> int:
    """Reject submitted pages: they are not paid, and others get their tasks.

    Args:
        pages: Their ids.
        now: The moment, UTC.
        comment: Why; the annotators read it.

    Raises:
        PalateError: There is no comment.
        TransitionError: A page is in a status from which it cannot be rejected.
    """
    if not comment.strip():
        raise PalateError(_SAY_WHY)
    return sum(_review(key, "rejected", comment, now) for key in dict.fromkeys(pages))


@again_when_blocked
def review_together(
    pool: Pool, pages: Iterable[UUID], status: str, *, comment: str, now: datetime
) -> list[UUID]:
    """Accept or reject pages of a pool in one transaction, all or none; return those that changed.

    All locks are taken before anything is written, in the order in which everybody takes them.

    Args:
        pool: Where they are.
        pages: Their ids.
        status: ``accepted`` or ``rejected``.
        comment: For their annotators; needed to reject.
        now: The moment, UTC.

    Raises:
        PalateError: There is no comment to a rejection, or no such page.
        TransitionError: A page is in a status from which it cannot become that.
    """
    if status == "rejected" and not comment.strip():
        raise PalateError(_SAY_WHY)
    keys = set(pages)
    with writing(now) as noted:
        rows = Assignment.objects.filter(pool=pool, pk__in=keys)
        for annotator in Account.objects.filter(assignments__in=rows).distinct().order_by("pk"):
            lock_annotator(annotator)
        found = list(rows.select_related("pool__project", "annotator").order_by("pk"))
        if len(found) < len(keys):
            raise PalateError(
                f"{len(keys) - len(found)} of these pages are not in this pool. Nothing was changed."
            )
        changing = [page for page in found if page.status != status]
        for page in changing:
            ASSIGNMENT.check_transition(page.status, status)
        locked_tasks(list(Slot.objects.filter(assignment__in=changing).values_list("task_id", flat=True)))
        for page in changing:
            if status == "accepted":
                accept(page, noted, comment)
            else:
                reject(page, comment, noted)
        people = {page.annotator_id for page in changing}
        Standing.objects.filter(annotator__in=people, pool=pool).update(rules_due=True)
    return [page.pk for page in changing]


def accept_overdue(now: datetime) -> int:
    """Accept submitted pages that nobody reviewed in time; return how many."""
    accepted = 0
    for pool in Pool.objects.filter(tally__pages_submitted__gt=0):
        since = now - timedelta(days=pool.review_days)
        overdue = Assignment.objects.filter(pool=pool, status="submitted", submitted_at__lte=since)
        accepted += accept_pages(list(overdue.values_list("pk", flat=True)[:_AT_ONCE]), now=now)
    return accepted


@again_when_blocked
def _review(key: UUID, status: str, comment: str, now: datetime) -> bool:
    annotator = Account.objects.get(assignments=key)
    with writing(now) as noted:
        lock_annotator(annotator)
        page = Assignment.objects.select_related("pool__project", "annotator").get(pk=key)
        if page.status == status:
            return False
        ASSIGNMENT.check_transition(page.status, status)
        if status == "accepted":
            accept(page, noted, comment)
        else:
            reject(page, comment, noted)
        Standing.objects.filter(annotator=annotator, pool=page.pool).update(rules_due=True)
        return True


def accept(page: Assignment, noted: Writing, comment: str = "") -> None:
    """Accept and pay a page within a transaction."""
    before = page.status
    ASSIGNMENT.check_transition(before, "accepted")
    if before == "rejected":
        _count_again(page, noted)
        noted.count(page.pool, pages_rejected=-1, spent=page.reward)
        Standing.objects.filter(annotator=page.annotator, pool=page.pool).update(
            pages_rejected=F("pages_rejected") - 1, pages_accepted=F("pages_accepted") + 1
        )
    else:
        noted.count(page.pool, pages_submitted=-1, committed=-page.reward, spent=page.reward)
        Standing.objects.filter(annotator=page.annotator, pool=page.pool).update(
            pages_accepted=F("pages_accepted") + 1
        )
    page.status, page.accepted_at = "accepted", noted.now
    page.comment = comment or page.comment
    page.save(update_fields=["status", "accepted_at", "comment"])
    noted.count(page.pool, pages_accepted=1)
    pay_reward(page, noted)
    noted.tell("page_accepted", page.pool, annotator=page.annotator, assignment=page, after=before)


def reject(page: Assignment, comment: str, noted: Writing) -> None:
    """Reject a page within a transaction; its annotator is told why, its tasks go to others."""
    ASSIGNMENT.check_transition(page.status, "rejected")
    page.status, page.rejected_at, page.comment = "rejected", noted.now, comment
    page.save(update_fields=["status", "rejected_at", "comment"])
    freed = free_slots(page) - _unraise(page, noted)
    if not page.pool.replace_rejected:
        freed -= _want_fewer(page, noted)
    Standing.objects.filter(annotator=page.annotator, pool=page.pool).update(
        pages_rejected=F("pages_rejected") + 1
    )
    noted.count(page.pool, slots_open=freed, pages_submitted=-1, pages_rejected=1, committed=-page.reward)
    Message.objects.create(annotator=page.annotator, pool=page.pool, text=comment, at=noted.now)
    noted.tell("page_rejected", page.pool, annotator=page.annotator, assignment=page, comment=comment)


@again_when_blocked
def pay_bonus(account: Account, amount: Decimal, *, pool: Pool, note: str, key: str, now: datetime) -> bool:
    """Pay a bonus, once for a key; return whether it was paid now.

    Raises:
        PalateError: The amount is not above 0.
    """
    if not amount > 0:
        raise PalateError(f"A bonus is an amount above 0; it is {amount}.")
    with writing(now) as noted:
        lock_annotator(account)
        entry = LedgerEntry(
            annotator=account,
            project=pool.project,
            pool=pool,
            kind="bonus",
            amount=amount,
            note=note,
            key=key,
            at=now,
        )
        if not enter(entry):
            return False
        noted.count(pool, spent=amount)
        if note:
            Message.objects.create(
                annotator=account, pool=pool, text=f"Bonus of ${amount:.2f}: {note}", at=now
            )
        noted.tell("bonus_paid", pool, annotator=account, amount=str(amount), note=note)
        return True


def return_to_others(account: Account, pool: Pool, noted: Writing) -> int:
    """Ask others for every answer an annotator gave in a pool; the answers stay and stay paid. Return how many."""
    mine = Answer.objects.filter(
        annotator=account, pool=pool, task__kind="real", slot__held=True, slot__raised=False
    )
    rows = list(mine.values_list("slot", "task"))
    tasks = locked_tasks([task for _, task in rows])
    Slot.objects.filter(pk__in=[slot for slot, _ in rows]).update(raised=True)
    Task.objects.filter(pk__in=[task.pk for task in tasks]).update(
        overlap=F("overlap") + 1, open_slots=F("open_slots") + 1, raised=F("raised") + 1
    )
    noted.count(pool, slots_open=len(rows), slots_wanted=len(rows))
    return len(rows)


def _count_again(page: Assignment, noted: Writing) -> None:
    """Let the answers of a page that was rejected count: they take open slots, or the overlap grows by one."""
    slots = list(page.slots.filter(task__kind="real"))
    by_task = {slot.task_id: slot for slot in slots}
    grown = 0
    for task in locked_tasks(list(by_task)):
        if task.open_slots:
            task.open_slots -= 1
        else:
            task.overlap += 1
            task.raised += 1
            grown += 1
            by_task[task.pk].raised = True
        task.save(update_fields=["overlap", "open_slots", "raised"])
    page.slots.update(held=True)
    Slot.objects.bulk_update(slots, ["raised"])
    noted.count(page.pool, slots_open=grown - len(slots), slots_wanted=grown)


def _unraise(page: Assignment, noted: Writing) -> int:
    """Take back the slots of rejected answers that were asked for again already; return how many."""
    raised = page.slots.filter(raised=True)
    tasks = list(raised.values_list("task_id", flat=True))
    raised.update(raised=False)
    Task.objects.filter(pk__in=tasks).update(
        overlap=F("overlap") - 1, open_slots=F("open_slots") - 1, raised=F("raised") - 1
    )
    noted.count(page.pool, slots_wanted=-len(tasks))
    return len(tasks)


def _want_fewer(page: Assignment, noted: Writing) -> int:
    """Take back the slots that a rejection has freed, where rejected answers are not asked for again."""
    tasks = list(page.slots.filter(task__kind="real").values_list("task_id", flat=True))
    fewer = Task.objects.filter(pk__in=tasks, open_slots__gt=0)
    taken = fewer.update(overlap=F("overlap") - 1, open_slots=F("open_slots") - 1)
    noted.count(page.pool, slots_wanted=-taken)
    return taken
