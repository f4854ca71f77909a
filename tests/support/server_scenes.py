"""Accounts, projects and pools for tests of the server, made through the same functions as the pages use."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from palate.server.accounts.models import Account, Membership
from palate.server.projects.life import change_status
from palate.server.projects.making import create_pool, create_project
from palate.server.projects.models import Pool, Project, Tally, Task
from palate.server.projects.specs import PoolSpec, ProjectSpec
from palate.server.projects.tasks import TaskRow, add_tasks
from palate.server.work.models import Answer, Assignment, LedgerEntry, Slot

__all__ = ["NOW", "PASSWORD", "account", "answers_to", "open_pool", "project", "recount"]

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
PASSWORD = "correct horse battery"  # noqa: S105 (of accounts that live for one test)
_numbers = itertools.count(1)


def account(
    login: str = "", project: Project | None = None, role: str = "annotator", **fields: Any
) -> Account:
    """Return a new account, a member of the project if one is given. Logging in works with PASSWORD."""
    made = Account(login=login or f"person-{next(_numbers)}", **fields)
    made.password = _HASH
    made.save()
    if project is not None:
        Membership.objects.create(account=made, project=project, role=role)
    return made


def project(manager: Account | None = None, **spec: Any) -> Project:
    """Return a new project, by default of graded relevance."""
    settings = {"name": f"project {next(_numbers)}", "template": "graded_relevance", **spec}
    return create_project(ProjectSpec.model_validate(settings), manager or account(is_manager=True))


def rows(real: int, golden: int = 0, training: int = 0, start: int = 0) -> list[TaskRow]:
    """Return tasks of graded relevance; those with a known answer are all relevant."""
    numbers = iter(range(start, start + real + golden + training))
    shown = [{"query": f"query {number}", "title": f"product {number}"} for number in numbers]
    return [
        *(TaskRow(one, key=one["query"]) for one in shown[:real]),
        *(
            TaskRow(one, key=one["query"], kind="golden", golden="relevant")
            for one in shown[real : real + golden]
        ),
        *(
            TaskRow(one, key=one["query"], kind="training", golden="relevant", hint="It fits.")
            for one in shown[real + golden :]
        ),
    ]


def open_pool(
    of: Project | None = None,
    *,
    real: int = 10,
    golden: int = 0,
    teaching: int = 0,
    status: str = "open",
    tasks: list[TaskRow] | None = None,
    **spec: Any,
) -> Pool:
    """Return a pool with tasks, open unless said otherwise; five tasks a page unless its mix says otherwise."""
    settings = {
        "name": f"pool {next(_numbers)}",
        "reward": Decimal("0.05"),
        "page_mix": {"real": 5 - bool(golden), "golden": int(bool(golden))},
        **spec,
    }
    pool = create_pool(of or project(), PoolSpec.model_validate(settings))
    add_tasks(pool, tasks if tasks is not None else rows(real, golden, teaching))
    return change_status(pool, status, now=NOW) if status != "draft" else pool


def answers_to(page: Assignment, choose: Callable[[Slot], Any] = lambda _: "relevant") -> Mapping[int, Any]:
    """Return an answer to every task of a page, by position."""
    return {slot.position: choose(slot) for slot in page.slots.select_related("task")}


def recount(pool: Pool) -> None:
    """Check the running sums against the rows that they sum, and every promise about overlap and money."""
    tasks = list(Task.objects.filter(pool=pool))
    held = Slot.objects.filter(task__pool=pool, held=True, task__kind="real")
    for task in tasks:
        if task.kind == "real":
            assert task.open_slots == task.overlap - held.filter(task=task).count(), task.key
    real = [task for task in tasks if task.kind == "real"]
    tally = Tally.objects.get(pool=pool)
    pages = Assignment.objects.filter(pool=pool)
    assert tally.tasks == len(real)
    assert tally.slots_wanted == sum(task.overlap for task in real)
    assert tally.slots_open == sum(task.open_slots for task in real)
    for status in ("active", "submitted", "accepted", "rejected"):
        assert getattr(tally, f"pages_{status}") == pages.filter(status=status).count(), status
    assert tally.answers == Answer.objects.filter(pool=pool, task__kind="real").count()
    committed = sum((page.reward for page in pages.filter(status__in=["active", "submitted"])), Decimal(0))
    assert tally.committed == committed
    rewards = LedgerEntry.objects.filter(pool=pool, kind="reward")
    accepted = {page.pk: page.reward for page in pages.filter(status="accepted")}
    assert {entry.assignment_id: entry.amount for entry in rewards} == {
        k: v for k, v in accepted.items() if v
    }
    assert tally.spent == sum((entry.amount for entry in LedgerEntry.objects.filter(pool=pool)), Decimal(0))


def _hashed() -> str:
    from django.contrib.auth.hashers import make_password

    return make_password(PASSWORD)


_HASH = _hashed()
