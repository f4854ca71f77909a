"""What has to happen when nobody clicks: overdue pages end, reviews fall due, pools close, rules are looked at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.sessions.models import Session

from palate.server.accounts.models import PasswordReset
from palate.server.projects.models import Pool
from palate.server.work.leave import end_overdue
from palate.server.work.models import Reply
from palate.server.work.review import accept_overdue
from palate.server.work.rules import apply_due_rules
from palate.server.work.trust import learn_trust
from palate.server.work.writing import writing

__all__ = ["Tidied", "tick"]

_REPLIES_KEPT = timedelta(days=2)


@dataclass(frozen=True)
class Tidied:
    """What one round did."""

    pages_ended: int
    pages_accepted: int
    pools_closed: int
    rules_looked_at: int


def tick(now: datetime) -> Tidied:
    """Do one round; every part is a transaction of its own and harmless to repeat."""
    done = Tidied(end_overdue(now), accept_overdue(now), _close_expired(now), apply_due_rules(now))
    learn_trust()
    Reply.objects.filter(at__lt=now - _REPLIES_KEPT).delete()
    Session.objects.filter(expire_date__lt=now).delete()
    PasswordReset.objects.filter(expires_at__lt=now).delete()
    return done


def _close_expired(now: datetime) -> int:
    closed = 0
    for pool in Pool.objects.filter(status__in=["open", "paused"], closes_at__lte=now).select_related(
        "project"
    ):
        with writing(now) as noted:
            still = Pool.objects.filter(pk=pool.pk, status__in=["open", "paused"])
            if still.update(status="closed", close_reason="expired", closed_at=now):
                noted.tell("pool_closed", pool, reason="expired")
                closed += 1
    return closed
