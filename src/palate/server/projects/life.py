"""Open, pause, close, archive and clone pools."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from palate.asking import POOL, PoolCost, pool_cost
from palate.core.errors import PalateError
from palate.server.projects.models import Pool, Tally
from palate.server.projects.reading import mix_of, overlap_of
from palate.server.projects.tasks import copy_tasks
from palate.server.work.writing import writing

__all__ = ["Projection", "change_status", "clone_pool", "projection_of"]


@dataclass(frozen=True)
class Projection:
    """What a pool will cost, before it is opened.

    Args:
        least: If every task needs the fewest answers.
        most: If every task needs the most.
    """

    least: PoolCost
    most: PoolCost


def projection_of(pool: Pool) -> Projection | None:
    """Return what the pool's real tasks will cost; None for trainings, exams and empty pools."""
    n_tasks = pool.tasks.filter(kind="real").count()
    if pool.kind != "main" or not n_tasks:
        return None
    return Projection(*pool_cost(mix_of(pool), n_tasks, overlap_of(pool), Decimal(pool.reward)))


def change_status(pool: Pool, status: str, *, now: datetime) -> Pool:
    """Open, pause, close or archive a pool.

    Raises:
        PalateError: It cannot be so from its present status, or lacks what it needs to be opened.
    """
    with writing(now) as noted:
        locked = (
            Pool.objects.select_for_update(no_key=True, of=("self",))
            .select_related("project")
            .get(pk=pool.pk)
        )
        POOL.check_transition(locked.status, status)
        if status == "open":
            _check_ready(locked, now)
            locked.opened_at = locked.opened_at or now
            locked.close_reason, locked.closed_at = "", None
        if status == "closed":
            locked.close_reason, locked.closed_at = "manual", now
        locked.status = status
        locked.save(update_fields=["status", "opened_at", "close_reason", "closed_at"])
        noted.tell(f"pool_{'opened' if status == 'open' else status}", locked)
    return locked


def clone_pool(pool: Pool, name: str) -> Pool:
    """Return a draft with the same settings and tasks and no answers."""
    with transaction.atomic():
        copy = Pool.objects.get(pk=pool.pk)
        copy.pk = None
        copy.name, copy.status, copy.close_reason = name, "draft", ""
        copy.opened_at = copy.closed_at = copy.closes_at = None
        copy.created_at = timezone.now()
        copy.save()
        Tally.objects.create(pool=copy)
        copy_tasks(pool, copy)
    return copy


def _check_ready(pool: Pool, now: datetime) -> None:
    mix = mix_of(pool)
    counts = {kind: pool.tasks.filter(kind=kind).count() for kind in ("real", "golden", "training")}
    needed = {"main": "real", "training": "training", "exam": "golden"}[pool.kind]
    if not counts[needed]:
        raise PalateError(
            f"The pool “{pool.name}” has no {needed} tasks yet. Upload some before you open it."
        )
    if pool.kind == "main" and mix.golden > counts["golden"] and mix.minimum_golden > counts["golden"]:
        raise PalateError(
            f"Every page is to hold {mix.minimum_golden} golden tasks, and the pool has {counts['golden']}."
        )
    if pool.closes_at is not None and pool.closes_at <= now:
        raise PalateError(f"The pool closes at {pool.closes_at:%Y-%m-%d %H:%M} UTC, which is past.")
    if pool.training is not None and pool.training.status not in {"open", "closed"}:
        raise PalateError(
            f"Open the training “{pool.training.name}” first: nobody could start here without it."
        )
