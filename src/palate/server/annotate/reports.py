"""Annotators say that a task is broken."""

from __future__ import annotations

from datetime import datetime

from palate.server.accounts.models import Account
from palate.server.work.models import Assignment, TaskReport
from palate.server.work.refusals import Refused
from palate.server.work.writing import again_when_blocked, writing

__all__ = ["report_task"]

_LONGEST = 1_000


@again_when_blocked
def report_task(
    account: Account, assignment: Assignment, number: str, text: str, *, now: datetime
) -> TaskReport:
    """Store what is wrong with a task; a second report on it replaces the first.

    Args:
        account: Who reports.
        assignment: The page on which they saw it.
        number: The task's number on the page, from 1, as the form has it.
        text: What is wrong.
        now: When.

    Raises:
        Refused: The page has no such task, or the text is empty or too long.
    """
    text = text.replace("\0", "").strip()
    if not text or len(text) > _LONGEST:
        raise Refused("invalid", f"Say in 1 to {_LONGEST:,} letters what is wrong with the task.")
    position = int(number) - 1 if number.isascii() and number.isdecimal() and len(number) < 4 else -1
    slot = assignment.slots.filter(position=position).first() if position >= 0 else None
    if slot is None:
        raise Refused("invalid", "This page has no such task.")
    with writing(now) as noted:
        found, _ = TaskReport.objects.update_or_create(
            task_id=slot.task_id, annotator=account, defaults={"text": text, "at": now, "resolved_at": None}
        )
        noted.tell(
            "task_reported", assignment.pool, annotator=account, assignment=assignment, task=slot.task_id
        )
    return found
