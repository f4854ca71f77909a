"""What managers do about one annotator of a pool: write, pay a bonus, restrict and let work again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum

from palate.core.errors import InputError, PalateError
from palate.server.accounts.models import Account
from palate.server.projects.models import Pool
from palate.server.work.models import LedgerEntry, Message, Restriction, Standing
from palate.server.work.restricting import lift, restrict
from palate.server.work.review import pay_bonus

__all__ = [
    "AnnotatorRow",
    "annotator_called",
    "annotator_rows",
    "bonus",
    "keep_away",
    "let_work",
    "standings_of",
    "tell",
]

_LONGEST_MESSAGE = 2_000
_HIGHEST_BONUS = Decimal(1000)
_LONGEST_DAYS = 3650


@dataclass(frozen=True)
class AnnotatorRow:
    """What one annotator has done in a pool."""

    standing: Standing
    earned: Decimal
    restriction: Restriction | None

    @property
    def accuracy(self) -> float | None:
        """Share of golden answers that are right."""
        one = self.standing
        return min(1.0, one.golden_right / one.golden_answered) if one.golden_answered else None

    @property
    def seconds(self) -> float | None:
        """Mean seconds a task."""
        one = self.standing
        return one.seconds / one.tasks_answered if one.tasks_answered else None


def standings_of(pool: Pool, order: str) -> QuerySet[Standing]:
    """Return the annotators of a pool in one of a few orders."""
    by = {
        "pages": ("-pages_submitted", "pk"),
        "accuracy": (F("golden_right") / (F("golden_answered") * 1.0 + 0.001), "pk"),
        "fast": (F("seconds") / (F("tasks_answered") * 1.0 + 0.001), "pk"),
        "rejected": ("-pages_rejected", "pk"),
    }
    rows = Standing.objects.filter(pool=pool).select_related("annotator")
    return rows.order_by(*by.get(order, by["pages"]))  # type: ignore[arg-type]  # expressions order, too


def annotator_rows(pool: Pool, standings: list[Standing], now: datetime) -> list[AnnotatorRow]:
    """Return what annotators did, with what they earned and whether they may work."""
    who = [standing.annotator_id for standing in standings]
    sums: Any = (
        LedgerEntry.objects.filter(pool=pool, annotator__in=who).exclude(kind="payout").values("annotator")
    )
    earned = {one["annotator"]: one["sum"] for one in sums.annotate(sum=Sum("amount"), n=Count("pk"))}
    restricted = {one.annotator_id: one for one in _in_force(pool, now).filter(annotator__in=who)}
    return [
        AnnotatorRow(one, earned.get(one.annotator_id, Decimal(0)), restricted.get(one.annotator_id))
        for one in standings
    ]


def annotator_called(pool: Pool, code: str) -> Account:
    """Return the annotator of a pool with this code.

    Raises:
        InputError: Nobody with it has worked in the pool.
    """
    found = Account.objects.filter(standings__pool=pool, code=code.replace("\0", "")[:20]).first()
    if found is None:
        raise InputError("Nobody with this code has worked in the pool.")
    return found


def tell(account: Account, pool: Pool, text: str, *, now: datetime) -> None:
    """Write to an annotator.

    Raises:
        InputError: There are no words, or too many.
    """
    text = text.replace("\0", "").strip()
    if not 0 < len(text) <= _LONGEST_MESSAGE:
        raise InputError(f"Write 1 to {_LONGEST_MESSAGE:,} letters; these are {len(text):,}.")
    Message.objects.create(annotator=account, pool=pool, text=text, at=now)


def bonus(account: Account, pool: Pool, amount: str, note: str, key: str, *, now: datetime) -> None:
    """Pay a bonus, once for a key.

    Raises:
        PalateError: The amount is none, or too large to be meant.
    """
    try:
        found = Decimal(amount.strip().removeprefix("$"))
    except InvalidOperation:
        raise InputError(f"A bonus is an amount such as 0.50; it is {amount[:30]!r}.") from None
    if not found.is_finite() or not 0 < found <= _HIGHEST_BONUS or found != round(found, 4):
        raise InputError(
            f"A bonus is an amount from 0.0001 to {_HIGHEST_BONUS} dollars; it is {amount[:30]}."
        )
    if not key:
        raise PalateError("The form has no key. Reload the page and send it again.")
    pay_bonus(
        account,
        found,
        pool=pool,
        note=note.replace("\0", "").strip()[:300],
        key=f"bonus:{key}"[:100],
        now=now,
    )


def keep_away(account: Account, pool: Pool, scope: str, days: str, reason: str, *, now: datetime) -> None:
    """Restrict an annotator in the pool or in its project.

    Raises:
        PalateError: There is no reason, or the days are no number.
    """
    days = days.strip()
    if days and not (days.isascii() and days.isdecimal() and 0 < int(days[:9]) <= _LONGEST_DAYS):
        raise InputError(f"The days are a whole number from 1 to {_LONGEST_DAYS:,}, or empty for good.")
    until = now + timedelta(days=int(days)) if days else None
    where = {"project": pool.project} if scope == "project" else {"pool": pool}
    if _in_force(pool, now).filter(annotator=account, scope=scope if scope == "project" else "pool").exists():
        return  # sent twice
    restrict(account, reason=reason.replace("\0", ""), now=now, until=until, **where)


def let_work(account: Account, pool: Pool, *, now: datetime) -> int:
    """Lift the restrictions of an annotator in the pool and its project; return how many there were."""
    found = list(_in_force(pool, now).filter(annotator=account))
    for restriction in found:
        lift(restriction, now=now)
    return len(found)


def _in_force(pool: Pool, now: datetime) -> QuerySet[Restriction]:
    current = Restriction.objects.filter(Q(until=None) | Q(until__gt=now), lifted_at=None)
    return current.filter(Q(pool=pool) | Q(scope="project", project=pool.project_id))
