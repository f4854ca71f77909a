"""One transaction of asking: what happened, the running sums and the events about it are stored together or not at all.

Locks are taken in one order everywhere, so that two transactions never wait for each other: the annotator, the
page, tasks by id, the sums of pools by id, the stream of events.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.db import OperationalError, connection, transaction
from django.db.models import F
from django.db.models.functions import Round

from palate.server.accounts.models import Account
from palate.server.projects.models import Pool, Tally
from palate.server.work.models import Assignment, Event

__all__ = ["BudgetSpentError", "Writing", "again_when_blocked", "lock_annotator", "writing"]

_EVENT_LOCK = 7_214_331
"""The advisory lock on PostgreSQL under which events get their ids, so that ids grow in the order of commits."""
_ATTEMPTS = 5
_MONEY = {"committed", "spent"}
"""Sums of dollars. SQLite adds them as floating point numbers: rounded each time, they stay exact."""

P = ParamSpec("P")
R = TypeVar("R")


class BudgetSpentError(Exception):
    """The pool's budget does not allow another page; the transaction is undone."""


@dataclass
class Writing:
    """Collects the events and the changes of sums of one transaction.

    Args:
        now: The moment at which all of it happens.
    """

    now: datetime
    _events: list[Event] = field(default_factory=list)
    _changes: dict[int, dict[str, int | float | Decimal]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(int))
    )
    _within_budget: dict[int, Decimal] = field(default_factory=dict)

    def count(self, pool: Pool, **changes: float | Decimal) -> None:
        """Add to sums of a pool's tally."""
        for name, change in changes.items():
            self._changes[pool.pk][name] += change  # type: ignore[operator]

    def keep_within(self, pool: Pool, budget: Decimal) -> None:
        """Undo the transaction if the pool's money, spent and committed, would exceed the budget."""
        self._within_budget[pool.pk] = budget

    def tell(
        self,
        kind: str,
        pool: Pool | None = None,
        *,
        annotator: Account | None = None,
        assignment: Assignment | None = None,
        **data: Any,
    ) -> None:
        """Note an event, to be stored at the end."""
        project = data.pop("project", None) or (pool.project if pool else None)
        self._events.append(
            Event(
                kind=kind,
                project=project,
                pool=pool,
                annotator=annotator,
                assignment=assignment,
                data=data,
                at=self.now,
            )
        )

    def finish(self) -> None:
        """Store the sums and the events."""
        for pool in sorted(self._changes):
            self._store_sums(pool, self._changes[pool])
        if self._events:
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_EVENT_LOCK])
            Event.objects.bulk_create(self._events)

    def _store_sums(self, pool: int, changes: dict[str, int | float | Decimal]) -> None:
        rows = Tally.objects.filter(pool=pool)
        if pool in self._within_budget:
            added = changes.get("committed", Decimal(0))
            rows = rows.alias(after=Round(F("committed") + F("spent") + Decimal(added), 4))
            rows = rows.filter(after__lte=self._within_budget[pool])
        changed: dict[str, Any] = {name: F(name) + change for name, change in changes.items() if change}
        for name in _MONEY & changed.keys():
            changed[name] = Round(changed[name], 4)
        if changed and not rows.update(**changed):
            raise BudgetSpentError
        if changed and not changes.get("pages_active", 0) > 0:  # where a page was begun, work goes on
            self._close_when_complete(pool)

    def _close_when_complete(self, pool: int) -> None:
        done = Pool.objects.filter(
            pk=pool,
            kind="main",
            status="open",
            tally__tasks__gt=0,
            tally__slots_open=0,
            tally__pages_active=0,
            tally__pages_submitted=0,
        )
        if done.update(status="closed", close_reason="completed", closed_at=self.now):
            self.tell("pool_closed", Pool.objects.select_related("project").get(pk=pool), reason="completed")


@contextmanager
def writing(now: datetime) -> Iterator[Writing]:
    """Open a transaction; at its end store the sums and events noted meanwhile."""
    with transaction.atomic():
        noted = Writing(now)
        yield noted
        noted.finish()


def lock_annotator(account: Account) -> None:
    """Let nobody else claim, submit or end pages of this annotator until the transaction ends."""
    if connection.vendor == "postgresql":
        Account.objects.select_for_update(no_key=True).only("pk").get(pk=account.pk)


def again_when_blocked(function: Callable[P, R]) -> Callable[P, R]:
    """Try a whole transaction again when the database gave it up in favour of another one."""

    @wraps(function)
    def tried(*arguments: P.args, **options: P.kwargs) -> R:
        for attempt in range(_ATTEMPTS):
            try:
                return function(*arguments, **options)
            except OperationalError as error:
                given_up = "deadlock" in str(error) or "locked" in str(error)
                if not given_up or attempt == _ATTEMPTS - 1 or connection.in_atomic_block:
                    raise
                time.sleep(0.02 * 2**attempt)
        raise AssertionError

    return tried
