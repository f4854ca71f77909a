"""Random histories of many annotators at once: overlap stays exact, money adds up, nobody sees a task twice."""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.db import connection
from django.db.models import Count
from server_scenes import NOW, account, answers_to, open_pool, recount

from palate.core.errors import PalateError
from palate.server.accounts.models import Account
from palate.server.config import ServerConfig
from palate.server.projects.life import change_status
from palate.server.projects.models import Pool, Task
from palate.server.work.claim import claim_page
from palate.server.work.housekeeping import tick
from palate.server.work.leave import skip_page
from palate.server.work.models import Answer, Assignment, Restriction, Slot
from palate.server.work.refusals import Refused
from palate.server.work.review import accept_pages, reject_pages
from palate.server.work.submit import submit_page

_HISTORIES = 100 if os.environ.get("PALATE_REQUIRE_ALL") else 6
_STEPS = 4


class _Clock:
    """Time that all threads share; it runs on with every look, a second at a time."""

    def __init__(self) -> None:
        self._seconds = 0
        self._lock = threading.Lock()

    def now(self) -> datetime:
        with self._lock:
            self._seconds += 1
            return NOW + timedelta(seconds=self._seconds)


def _annotate(person: Account, pool: Pool, clock: _Clock, seed: int) -> None:
    """Claim, answer, answer twice, skip or walk away, a few times."""
    rng = random.Random(f"{seed} {person.pk}")  # noqa: S311 (no secret is made of it)
    for _ in range(_STEPS):
        try:
            page = claim_page(person, pool, now=clock.now())
            deed = rng.random()
            if deed < 0.6:
                submit_page(person, page.pk, answers_to(page), now=clock.now())
            elif deed < 0.7:
                submit_page(person, page.pk, answers_to(page), now=clock.now())
                submit_page(person, page.pk, answers_to(page), now=clock.now())
            elif deed < 0.8:
                skip_page(person, page.pk, now=clock.now())
            elif deed < 0.9:
                submit_page(person, page.pk, answers_to(page), now=page.deadline + timedelta(seconds=1))
        except Refused:
            continue


def _manage(pool: Pool, clock: _Clock, seed: int) -> None:
    """Accept, reject, take rejections back, pause and open again."""
    rng = random.Random(f"{seed} manager")  # noqa: S311 (no secret is made of it)
    for _ in range(_STEPS * 3):
        waiting = list(Assignment.objects.filter(pool=pool, status="submitted").values_list("pk", flat=True))
        rejected = list(Assignment.objects.filter(pool=pool, status="rejected").values_list("pk", flat=True))
        deed = rng.random()
        try:
            if deed < 0.4 and waiting:
                accept_pages([rng.choice(waiting)], now=clock.now())
            elif deed < 0.7 and waiting:
                reject_pages([rng.choice(waiting)], now=clock.now(), comment="Not what was asked.")
            elif deed < 0.85 and rejected:
                accept_pages([rng.choice(rejected)], now=clock.now())
            elif deed < 0.9:
                change_status(pool, "paused", now=clock.now())
                change_status(pool, "open", now=clock.now())
            else:
                tick(clock.now())
        except PalateError:  # somebody else was faster
            continue


def _at_once(deeds: list[Callable[[], None]]) -> None:
    errors: list[BaseException] = []

    def run(deed: Callable[[], None]) -> None:
        try:
            deed()
        except BaseException as error:  # noqa: BLE001 (shown by the test)
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


@pytest.mark.parametrize("seed", range(_HISTORIES))
def test_overlap_is_exact_in_a_random_history(database: ServerConfig, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 (no secret is made of it)
    dynamic = {"minimum": 1, "maximum": 4, "confidence": 0.9}
    pool = open_pool(
        real=rng.randint(3, 25),
        golden=rng.choice([0, 3]),
        overlap=rng.choice([1, 2, 3, dynamic]),
        auto_accept=rng.random() < 0.5,
        replace_rejected=rng.random() < 0.8,
        seconds_per_page=rng.choice([10, 60, 600]),
        budget=rng.choice([None, Decimal(1)]),
    )
    people = [account(project=pool.project) for _ in range(rng.randint(2, 32))]
    clock = _Clock()
    Restriction.objects.create(annotator=people[0], scope="pool", pool=pool, reason="test", created_at=NOW)
    deeds = [partial(_annotate, person, pool, clock, seed) for person in people]
    _at_once([*deeds, partial(_manage, pool, clock, seed)])
    recount(pool)
    assert not Assignment.objects.filter(annotator=people[0]).exists()
    _finish(pool, clock)
    recount(pool)
    _check_overlap(pool)


def _finish(pool: Pool, clock: _Clock) -> None:
    """Let new people come until nothing is left, or the budget is spent."""
    later = clock.now() + timedelta(days=30)
    tick(later)
    accept_pages(
        Assignment.objects.filter(pool=pool, status="submitted").values_list("pk", flat=True), now=later
    )
    while True:
        newcomer = account(project=pool.project)
        try:
            page = claim_page(newcomer, pool, now=later)
        except Refused as refused:
            if refused.code not in {"no_tasks", "closed", "budget"}:
                raise
            return
        submit_page(newcomer, page.pk, answers_to(page), now=later)


def _check_overlap(pool: Pool) -> None:
    held = dict(
        Slot.objects.filter(task__pool=pool, held=True, task__kind="real")
        .values_list("task")
        .annotate(n=Count("pk"))
    )
    pool.refresh_from_db()
    for task in Task.objects.filter(pool=pool, kind="real"):
        assert held.get(task.pk, 0) <= task.overlap
        if pool.close_reason != "budget":
            assert held.get(task.pk, 0) == task.overlap, "a task lacks answers although people remained"
    seen = Slot.objects.filter(task__pool=pool).values("annotator", "task").annotate(n=Count("pk"))
    assert all(row["n"] == 1 for row in seen)
    assert (
        Answer.objects.filter(pool=pool).count()
        == Answer.objects.filter(pool=pool).values("slot").distinct().count()
    )
