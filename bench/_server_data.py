# ruff: noqa: S608 (statements of fixed words, written for two databases)
"""A database as it looks after months of work: many tasks, many answers, and people who have seen thousands of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from django.db import connection, transaction

from palate.server.accounts.models import Account, Membership
from palate.server.projects.life import change_status
from palate.server.projects.making import create_pool, create_project
from palate.server.projects.models import Pool, Tally, Task
from palate.server.projects.specs import PoolSpec, ProjectSpec
from palate.server.projects.tasks import TaskRow, add_tasks
from palate.server.work.models import Assignment, Slot

__all__ = ["PAGE", "Place", "add_history", "add_seen", "annotators", "make_place", "task_rows"]

PAGE = 10
"""Tasks a page."""
_EARLIER = 100
"""Annotators who gave the answers that are there."""
_INSTRUCTIONS = (
    "# What to do\n\nSay how well each product fits the query.\n\n- **Relevant**: it is what was asked for."
)
_START = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Place:
    """An open pool, and who manages it."""

    pool: Pool
    manager: Account


def task_rows(n_tasks: int) -> Iterator[TaskRow]:
    """Give tasks of graded relevance, with a picture and a price."""
    for number in range(n_tasks):
        yield TaskRow(
            {
                "query": f"wireless headphones number {number % 997}",
                "title": f"Headphones {number}, over-ear, with a case and a cable",
                "text": "Closed cups, 30 hours of battery, folds flat.",
                "price": f"${number % 90 + 10}.99",
                "image": f"https://pictures.example.org/{number}.jpg",
            },
            key=f"task-{number}",
        )


def make_place(n_tasks: int, *, overlap: int = 3) -> Place:
    """Make a project with an open pool of tasks, ten a page."""
    manager = Account.objects.create_account("manager@example.org", None, is_manager=True)
    project = create_project(
        ProjectSpec.model_validate(
            {"name": "Benchmark", "template": "graded_relevance", "instructions": _INSTRUCTIONS}
        ),
        manager,
    )
    spec = {
        "name": "Benchmark",
        "reward": Decimal("0.05"),
        "overlap": overlap,
        "page_mix": {"real": PAGE},
    }
    pool = create_pool(project, PoolSpec.model_validate(spec))
    add_tasks(pool, task_rows(n_tasks))
    return Place(change_status(pool, "open", now=_START), manager)


def annotators(place: Place, n: int, name: str = "annotator") -> list[Account]:
    """Make accounts that may work in the project."""
    made = Account.objects.bulk_create(
        Account(login=f"{name}-{number}@example.org", password="!")  # noqa: S106 (nobody can log in with it)
        for number in range(n)
    )
    Membership.objects.bulk_create(
        Membership(account=one, project=place.pool.project, role="annotator") for one in made
    )
    return made


def add_history(place: Place) -> int:
    """Add ten answers to every task, by a hundred annotators who are each a tenth of them through.

    Every pool has room for as many answers again. The rows are made by the database itself.
    """
    earlier = annotators(place, _EARLIER, "earlier")
    first, pool = earlier[0].pk, place.pool
    n_tasks = Task.objects.filter(pool=pool).count()
    values = {
        "first": first,
        "pool": pool.pk,
        "project": pool.project_id,
        "at": _START,
        "pages": n_tasks // PAGE // PAGE,
        "people": _EARLIER,
        "page": PAGE,
    }
    with transaction.atomic():
        for statement in _statements():
            with connection.cursor() as cursor:
                cursor.execute(statement, values)
        _settle(pool, n_tasks)
    if connection.vendor == "postgresql":  # it would do that by itself soon; on SQLite nobody does
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    return n_tasks * PAGE


def add_seen(account: Account, pool: Pool, n_tasks: int) -> None:
    """Let an annotator have seen the tasks that are handed out first, all of which others can still answer."""
    page = Assignment.objects.create(
        pool=pool,
        annotator=account,
        status="skipped",
        reward=pool.reward,
        seed=1,
        claimed_at=_START,
        deadline=_START,
    )
    tasks = Task.objects.filter(pool=pool).order_by("position").values_list("pk", flat=True)[:n_tasks]
    Slot.objects.bulk_create(
        Slot(assignment=page, task_id=task, annotator=account, position=position, held=False)
        for position, task in enumerate(tasks)
    )


def _settle(pool: Pool, n_tasks: int) -> None:
    """Make the running sums say what the rows do."""
    answers = n_tasks * PAGE
    Task.objects.filter(pool=pool).update(overlap=2 * PAGE, open_slots=PAGE)
    Tally.objects.filter(pool=pool).update(
        slots_wanted=2 * answers,
        slots_open=answers,
        answers=answers,
        pages_accepted=answers // PAGE,
        spent=pool.reward * (answers // PAGE),
    )


def _statements() -> list[str]:
    """Return the statements that make pages, slots, answers, payments and events, in this database's words."""
    page_number = "a.n * %(pages)s + p.n + 1"
    of_slot = _hex("a.n * %(pages)s + t.position / (%(page)s * %(page)s) + 1")
    both = f"{_numbers('people', 'a')}, {_numbers('pages', 'p')}"
    who = "%(first)s + a.n"
    pages = f"""
        INSERT INTO work_assignment (id, pool_id, annotator_id, status, reward, seed, claimed_at, deadline, extended,
            submitted_at, accepted_at, comment, draft)
        SELECT {_id(_hex(page_number))}, %(pool)s, {who}, 'accepted', 0.05, 7, %(at)s, %(at)s, false, %(at)s, %(at)s,
            '', {_json("{}")} FROM {both}"""
    slots = f"""
        INSERT INTO work_slot (assignment_id, task_id, annotator_id, position, round, held, raised)
        SELECT {_id(of_slot)}, t.id, {who}, (t.position / %(page)s) %% %(page)s, 0, true, false
        FROM {_numbers("people", "a")} JOIN projects_task t ON t.position %% %(page)s = a.n %% %(page)s
        WHERE t.pool_id = %(pool)s ORDER BY a.n, t.position"""
    answers = f"""
        INSERT INTO work_answer (slot_id, pool_id, task_id, annotator_id, value, label, round, seconds, submitted_at)
        SELECT s.id, %(pool)s, s.task_id, s.annotator_id, {_json('"relevant"')},
            CASE WHEN (s.id * 7919) %% 10 < 7 THEN 'relevant' ELSE 'irrelevant' END, 0, 4.5, %(at)s FROM work_slot s"""
    standings = f"""
        INSERT INTO work_standing (annotator_id, pool_id, pages_submitted, pages_accepted, pages_rejected,
            skipped_in_a_row, tasks_answered, golden_answered, golden_right, seconds, round, rules_due)
        SELECT {who}, %(pool)s, %(pages)s, %(pages)s, 0, 0, %(pages)s * %(page)s, 0, 0, 45.0 * %(pages)s, 0, false
        FROM {_numbers("people", "a")}"""
    payments = f"""
        INSERT INTO work_ledgerentry (annotator_id, project_id, pool_id, assignment_id, kind, amount, note, key, at)
        SELECT {who}, %(project)s, %(pool)s, {_id(_hex(page_number))}, 'reward', 0.05, '',
            'reward:' || {_hex(page_number)}, %(at)s FROM {both}"""
    events = [
        f"""
        INSERT INTO work_event (kind, project_id, pool_id, annotator_id, assignment_id, data, at)
        SELECT '{kind}', %(project)s, %(pool)s, {who}, {_id(_hex(page_number))}, {_json("{}")}, %(at)s FROM {both}"""
        for kind in ("page_claimed", "page_submitted", "page_accepted")
    ]
    return [pages, slots, answers, standings, payments, *events]


def _numbers(how_many: str, name: str) -> str:
    """Return a table of the numbers from 0 in its column n."""
    if connection.vendor == "postgresql":
        return f"generate_series(0, %({how_many})s - 1) AS {name}(n)"
    counted = f"SELECT 0 UNION ALL SELECT n + 1 FROM s WHERE n < %({how_many})s - 1"
    return f"(WITH RECURSIVE s(n) AS ({counted}) SELECT n FROM s) AS {name}"


def _hex(number: str) -> str:
    return (
        f"lpad(to_hex({number}), 32, '0')"
        if connection.vendor == "postgresql"
        else f"printf('%%032x', {number})"
    )


def _id(hex_number: str) -> str:
    return f"{hex_number}::uuid" if connection.vendor == "postgresql" else hex_number


def _json(text: str) -> str:
    return f"'{text}'::jsonb" if connection.vendor == "postgresql" else f"'{text}'"
