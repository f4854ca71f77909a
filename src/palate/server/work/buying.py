"""Buy more answers: to the tasks whose label is not sure enough, whoever decides that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F

from palate.core.errors import InputError
from palate.server.projects.models import Pool, Task
from palate.server.work.leave import locked_tasks
from palate.server.work.writing import Writing, again_when_blocked, writing

__all__ = ["Bought", "ask_more"]

_MOST = 1000
"""Answers that a task may want."""


@dataclass(frozen=True)
class Bought:
    """What was asked for.

    Args:
        tasks: How many tasks get more answers.
        answers: How many more, over all tasks.
        reopened: Whether the pool had been completed and was opened again.
    """

    tasks: int
    answers: int
    reopened: bool


@again_when_blocked
def ask_more(pool: Pool, keys: Sequence[str], answers: int, *, now: datetime) -> Bought:
    """Ask for more answers to some tasks than their overlap says; a pool that was completed is opened again.

    Args:
        pool: Where they are.
        keys: Of real tasks; once each, however often they are named.
        answers: How many more to each.
        now: The moment, UTC.

    Raises:
        InputError: There is no such real task, or it would want more than 1,000 answers.
    """
    wanted = list(dict.fromkeys(keys))
    with writing(now) as noted:
        found = dict(Task.objects.filter(pool=pool, kind="real", key__in=wanted).values_list("key", "pk"))
        missing = [key for key in wanted if key not in found]
        if missing:
            raise InputError(
                f"The pool has no real task '{missing[0]}' ({len(missing):,} such). Golden and training tasks want no"
                " more answers than they get.",
                column="tasks",
            )
        tasks = locked_tasks(list(found.values()))
        full = [task for task in tasks if task.overlap + answers > _MOST]
        if full:
            raise InputError(
                f"Task '{full[0].key}' would want {full[0].overlap + answers:,} answers; at most {_MOST:,} can be asked for.",
                column="answers",
            )
        Task.objects.filter(pk__in=[task.pk for task in tasks]).update(
            overlap=F("overlap") + answers, open_slots=F("open_slots") + answers, raised=F("raised") + answers
        )
        bought = len(tasks) * answers
        noted.count(pool, slots_open=bought, slots_wanted=bought)
        return Bought(len(tasks), bought, _opened_again(pool, noted) if bought else False)


def _opened_again(pool: Pool, noted: Writing) -> bool:
    """Open a pool that was closed because it had all its answers."""
    completed = Pool.objects.filter(pk=pool.pk, status="closed", close_reason="completed")
    if not completed.update(status="open", close_reason="", closed_at=None):
        return False
    noted.tell("pool_opened", pool, reason="more answers")
    return True
