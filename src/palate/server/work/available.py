"""What work there is for an annotator, what it pays, and what stands in the way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Sum

from palate.asking import projected_hourly_pay
from palate.asking.audience import Device
from palate.server.accounts.models import Account
from palate.server.projects.models import Pool, Project
from palate.server.work.admission import why_not
from palate.server.work.models import Assignment, Standing

__all__ = ["AvailablePool", "available_pools", "hourly_pay"]

_PAGES_THAT_SAY_SOMETHING = 5


@dataclass(frozen=True)
class AvailablePool:
    """A pool as an annotator sees it.

    Args:
        pool: The pool.
        hourly: What an hour has paid so far, US dollars; None before enough pages were submitted.
        active: The page that the annotator holds there.
        why_not: What keeps them from taking a page; empty if they may.
    """

    pool: Pool
    hourly: Decimal | None
    active: Assignment | None
    why_not: tuple[str, ...]


def available_pools(account: Account, *, now: datetime, device: Device = "desktop") -> list[AvailablePool]:
    """Return the open pools of an annotator's projects, those that they may work in first."""
    mine = Project.objects.filter(memberships__account=account, archived_at=None)
    pools = Pool.objects.filter(project__in=mine, status="open").select_related(
        "project", "training", "skill"
    )
    active = {page.pool_id: page for page in Assignment.objects.filter(annotator=account, status="active")}
    found = []
    for pool in pools.order_by("-priority", "pk"):
        page = active.get(pool.pk)
        reasons = (
            () if page else tuple(reason.text for reason in why_not(account, pool, now=now, device=device))
        )
        found.append(AvailablePool(pool, hourly_pay(pool), page, reasons))
    return sorted(found, key=lambda one: (one.active is None, bool(one.why_not)))


def hourly_pay(pool: Pool) -> Decimal | None:
    """Return what an hour of work in a pool has paid on average, once a few pages say something."""
    sums = Standing.objects.filter(pool=pool).aggregate(seconds=Sum("seconds"), pages=Sum("pages_submitted"))
    if not sums["seconds"] or (sums["pages"] or 0) < _PAGES_THAT_SAY_SOMETHING:
        return None
    return projected_hourly_pay(Decimal(pool.reward), sums["seconds"] / sums["pages"])
