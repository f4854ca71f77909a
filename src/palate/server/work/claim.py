"""Hand out a page: in one short transaction, never a task too often, never the same task to somebody twice."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import F, Q, QuerySet

from palate.asking import page_order, plan_page
from palate.asking.audience import Device
from palate.core.errors import PalateError
from palate.server.accounts.models import Account
from palate.server.projects.models import Exclusion, Pool, Task
from palate.server.projects.reading import mix_of
from palate.server.work.admission import why_not
from palate.server.work.leave import end_overdue
from palate.server.work.models import Assignment, Slot, Standing
from palate.server.work.refusals import Refused
from palate.server.work.writing import BudgetSpentError, Writing, again_when_blocked, lock_annotator, writing

__all__ = ["claim_page"]

_NO_TASKS = "There is nothing left to do here for you at the moment."


@dataclass(frozen=True)
class _Picked:
    """Tasks for a page, those that count towards overlap apart."""

    real: list[Task]
    others: list[Task]


def claim_page(account: Account, pool: Pool, *, now: datetime, device: Device = "desktop") -> Assignment:
    """Return the annotator's active page in the pool, or a new one.

    Args:
        account: The annotator.
        pool: Where to work.
        now: The moment of the claim, UTC.
        device: ``phone`` or ``desktop``, for pools that admit one only.

    Raises:
        Refused: No page can be handed out; its text says why.
    """
    end_overdue(now, pool=pool)
    try:
        try:
            return _claim(account, pool.pk, now, device, skip_locked=True)
        except _LooksShortError:
            return _claim(account, pool.pk, now, device, skip_locked=False)
    except BudgetSpentError:
        _close_for_budget(pool, now)
        raise Refused("budget", "The budget of this work is spent. Nothing more is handed out.") from None


class _LooksShortError(Exception):
    """There are few tasks, or others are claiming them at this moment: only waiting for their locks will tell.

    The transaction is undone first. Who waited for tasks while holding others could be waited for.
    """


@again_when_blocked
def _claim(account: Account, pool_id: int, now: datetime, device: Device, *, skip_locked: bool) -> Assignment:
    with writing(now) as noted:
        lock_annotator(account)
        pool = Pool.objects.select_related("project", "skill").get(pk=pool_id)
        if not _belongs(account, pool):
            raise Refused("not_admitted", "You do not belong to this project any more.")
        active = Assignment.objects.filter(annotator=account, pool=pool, status="active").first()
        if active is not None:
            return active
        reasons = why_not(account, pool, now=now, device=device)
        if reasons:
            raise Refused(reasons[0].code, " ".join(reason.text for reason in reasons))
        standing = _standing(account, pool)
        seed = secrets.randbits(63)
        picked = _pick(account, pool, standing, seed, skip_locked=skip_locked)
        return _hand_out(standing, picked, seed, noted)


def _belongs(account: Account, pool: Pool) -> bool:
    """Return whether somebody may work in the project at this moment: what let them in may be older."""
    people = Account.objects.filter(pk=account.pk, is_active=True)
    return people.filter(Q(is_admin=True) | Q(memberships__project=pool.project_id)).exists()


def _standing(account: Account, pool: Pool) -> Standing:
    """Return the annotator's standing in the pool; a training or exam that was finished begins anew."""
    standing, _ = Standing.objects.get_or_create(annotator=account, pool=pool)
    standing.annotator, standing.pool = account, pool
    if standing.finished_at is not None:
        standing.finished_at, standing.round = None, standing.round + 1
        standing.save(update_fields=["finished_at", "round"])
    return standing


def _pick(account: Account, pool: Pool, standing: Standing, seed: int, *, skip_locked: bool) -> _Picked:
    mix = mix_of(pool)
    unseen = _unseen(account, pool, standing)
    golden = list(unseen.filter(kind="golden").values_list("pk", flat=True)) if _asks_golden(pool) else []
    training = (
        list(unseen.filter(kind="training").order_by("position")[: mix.training]) if mix.training else []
    )
    real = _open_tasks(account, unseen, mix.size, skip_locked=skip_locked) if mix.real else []
    plan = plan_page(
        mix,
        standing.tasks_answered,
        available_real=len(real),
        available_golden=len(golden),
        available_training=len(training),
        seed=seed,
    )
    if mix.real and skip_locked and (plan is None or plan.size < mix.size):
        raise _LooksShortError
    if plan is None:
        raise Refused("no_tasks", _NO_TASKS)
    chosen = secrets.SystemRandom().sample(golden, plan.golden)
    by_key = Task.objects.in_bulk(chosen)
    return _Picked(real[: plan.real], [*(by_key[key] for key in chosen), *training[: plan.training]])


def _asks_golden(pool: Pool) -> bool:
    mix = mix_of(pool)
    return bool(mix.golden or mix.golden_rate)


def _unseen(account: Account, pool: Pool, standing: Standing) -> QuerySet[Task]:
    # Not a condition on each task: PostgreSQL may look through all that they have seen for every task.
    seen = Slot.objects.filter(annotator=account, round=standing.round)
    return Task.objects.filter(pool=pool).exclude(pk__in=seen.values("task"))


def _open_tasks(account: Account, unseen: QuerySet[Task], wanted: int, *, skip_locked: bool) -> list[Task]:
    """Return real tasks with an open slot, locked, those that were begun first."""
    excluded = Exclusion.objects.filter(annotator=account)
    free = unseen.exclude(pk__in=excluded.values("task"))
    rows = free.filter(Q(reserved_for=None) | Q(reserved_for=account), open_slots__gt=0)
    ordered = rows.order_by("position" if skip_locked else "pk")  # those who wait all wait in the same order
    locked = ordered.select_for_update(skip_locked=skip_locked, no_key=True, of=("self",))
    tasks: list[Task] = []
    for task in locked[: wanted + 2]:
        if not any(task.repeats_id == other.pk or other.repeats_id == task.pk for other in tasks):
            tasks.append(task)  # a pair and its repetition are not seen together
    return tasks[:wanted]


def _hand_out(standing: Standing, picked: _Picked, seed: int, noted: Writing) -> Assignment:
    account, pool = standing.annotator, standing.pool
    page = Assignment.objects.create(
        pool=pool,
        annotator=account,
        reward=pool.reward,
        seed=seed,
        claimed_at=noted.now,
        deadline=noted.now + timedelta(seconds=pool.seconds_per_page),
    )
    tasks = [*picked.real, *picked.others]
    keep = 0 if mix_of(pool).shuffle else len(picked.real)
    order = page_order(len(tasks), seed, keep) if pool.kind != "training" else range(len(tasks))
    Slot.objects.bulk_create(
        Slot(assignment=page, task=tasks[index], annotator=account, position=position, round=standing.round)
        for position, index in enumerate(order)
    )
    real = [task.pk for task in picked.real]
    if real and Task.objects.filter(pk__in=real, open_slots__gt=0).update(
        open_slots=F("open_slots") - 1
    ) != len(real):
        raise PalateError("A task was given to somebody else at this moment. Try again.")
    noted.count(pool, slots_open=-len(real), pages_active=1, committed=Decimal(pool.reward))
    if pool.budget is not None and pool.reward:
        noted.keep_within(pool, pool.budget)
    noted.tell("page_claimed", pool, annotator=account, assignment=page, tasks=len(tasks))
    return page


def _close_for_budget(pool: Pool, now: datetime) -> None:
    with writing(now) as noted:
        open_pool = Pool.objects.filter(pk=pool.pk, status="open")
        if open_pool.update(status="closed", close_reason="budget", closed_at=now):
            noted.tell("pool_closed", pool, reason="budget")
