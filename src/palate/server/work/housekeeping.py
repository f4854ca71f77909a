"""What has to happen when nobody clicks: overdue pages end, reviews fall due, pools close, rules are looked at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from palate.asking import DynamicOverlap, GoldenAnswer, calibrate
from palate.server.projects.models import Pool, Tally
from palate.server.projects.reading import overlap_of, template_of
from palate.server.work.leave import end_overdue
from palate.server.work.models import Answer, Reply
from palate.server.work.review import accept_overdue
from palate.server.work.rules import apply_due_rules
from palate.server.work.writing import writing

__all__ = ["Tidied", "tick"]

_REPLIES_KEPT = timedelta(days=2)
_CALIBRATED_AGAIN_FROM = 1.2
_CALIBRATED_ON_AT_MOST = 20_000


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
    _calibrate()
    Reply.objects.filter(at__lt=now - _REPLIES_KEPT).delete()
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


def _calibrate() -> None:
    """Find the temperature of pools with dynamic overlap again where golden answers have grown by a fifth."""
    for tally in Tally.objects.filter(pool__status="open", golden_answers__gt=0).select_related(
        "pool__project"
    ):
        overlap = overlap_of(tally.pool)
        grown = tally.golden_answers >= _CALIBRATED_AGAIN_FROM * tally.calibrated_on
        if not isinstance(overlap, DynamicOverlap) or not grown:
            continue
        labels = len(template_of(tally.pool.project).own_labels())
        history = _golden_history(tally.pool)
        Tally.objects.filter(pk=tally.pk).update(
            temperature=calibrate(history, labels, overlap.maximum), calibrated_on=tally.golden_answers
        )


def _golden_history(pool: Pool) -> list[GoldenAnswer]:
    template = template_of(pool.project)
    rows = Answer.objects.filter(pool=pool, task__kind="golden").order_by("-pk").select_related("task")
    return [
        GoldenAnswer(
            str(row.task_id),
            str(row.annotator_id),
            row.label,
            template.label_of(row.task.golden[0]["answer"]),
        )
        for row in reversed(rows[:_CALIBRATED_ON_AT_MOST])
        if row.task.golden
    ]
