"""Money: entries are only added, each once, and balances are their sums."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q, Sum

from palate.server.accounts.models import Account
from palate.server.work.models import Assignment, LedgerEntry
from palate.server.work.writing import Writing

__all__ = ["Earnings", "earnings_of", "enter", "pay_reward"]


@dataclass(frozen=True)
class Earnings:
    """What an annotator has earned, US dollars.

    Args:
        pending: Rewards of pages that wait for review.
        earned: Rewards, bonuses and adjustments so far.
        paid_out: Of these, what was paid out.
    """

    pending: Decimal
    earned: Decimal
    paid_out: Decimal

    @property
    def balance(self) -> Decimal:
        """What is still to be paid out."""
        return self.earned - self.paid_out


def earnings_of(account: Account) -> Earnings:
    """Return an annotator's earnings over all projects."""
    sums = LedgerEntry.objects.filter(annotator=account).aggregate(
        earned=Sum("amount", filter=~Q(kind="payout")), paid=Sum("amount", filter=Q(kind="payout"))
    )
    pending = Assignment.objects.filter(annotator=account, status="submitted").aggregate(sum=Sum("reward"))[
        "sum"
    ]
    return Earnings(pending or Decimal(0), sums["earned"] or Decimal(0), -(sums["paid"] or Decimal(0)))


def pay_reward(page: Assignment, noted: Writing) -> None:
    """Enter the reward of an accepted page, once however often it is called; its annotator is locked."""
    key = f"reward:{page.pk}"
    if not page.reward or LedgerEntry.objects.filter(key=key).exists():
        return
    LedgerEntry.objects.create(
        annotator=page.annotator,
        project=page.pool.project,
        pool=page.pool,
        assignment=page,
        kind="reward",
        amount=page.reward,
        key=key,
        at=noted.now,
    )


def enter(entry: LedgerEntry) -> bool:
    """Add an entry unless one with its key is there; return whether it was added."""
    _, added = LedgerEntry.objects.get_or_create(
        key=entry.key,
        defaults={
            name: getattr(entry, name)
            for name in ("annotator", "project", "pool", "assignment", "kind", "amount", "note", "at")
        },
    )
    return added
