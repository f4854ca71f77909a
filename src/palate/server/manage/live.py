"""How a pool is doing now, in queries that stay fast with a million answers.

Totals come from running sums; what needs single answers looks at the last ones only, and says so.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from statistics import median
from typing import Any

from django.db.models import Count, Exists, Func, IntegerField, OuterRef, Q, Sum
from django.db.models.functions import TruncHour

from palate.asking import projected_hourly_pay
from palate.server.manage.charts import Bars, Dots, bars, dots
from palate.server.manage.overview import PoolState
from palate.server.manage.task_words import words_of_task
from palate.server.projects.models import Pool, Task
from palate.server.projects.reading import mix_of, template_of
from palate.server.work.models import (
    Answer,
    Assignment,
    LedgerEntry,
    Restriction,
    RuleAction,
    SkillValue,
    Standing,
    TaskReport,
)

__all__ = ["Happening", "LivePool", "RecentAnswers", "TaskNote", "live_pool"]

_LAST = 500
_HOURS = 24
_ANNOTATORS = 300
_LISTED = 10
_TASKS = 6
_LOW_ACCURACY = 0.6
_ZERO = Func(template="0", output_field=IntegerField())
"""Written into the query: SQLite counts from the index of open tasks alone only where it need not compare a parameter."""


@dataclass(frozen=True)
class TaskNote:
    """A task that stands out, and by how much."""

    task: Task
    words: str
    n_answers: int
    seconds: float
    labels: str
    share: float


@dataclass(frozen=True)
class Happening:
    """Something that a rule or a person did to an annotator."""

    at: datetime
    what: str
    code: str
    detail: str


@dataclass(frozen=True)
class RecentAnswers:
    """What the last answers say.

    Args:
        n: How many there are.
        seconds: Their median seconds a task; None without any.
        agreement: Share of pairs of answers to the same task that are equal; None without pairs.
        disputed: Tasks on which answers differ most.
        slowest: Tasks that took longest.
    """

    n: int
    seconds: float | None
    agreement: float | None
    disputed: tuple[TaskNote, ...]
    slowest: tuple[TaskNote, ...]


@dataclass(frozen=True)
class LivePool:
    """Everything that the page of a pool shows of its progress."""

    state: PoolState
    recent: RecentAnswers
    hourly: Decimal | None
    tasks_open: int
    bonuses: Decimal
    accuracy: float | None
    per_hour: Bars
    annotators: Dots
    n_annotators: int
    n_working: int
    happenings: tuple[Happening, ...]
    restrictions: tuple[Restriction, ...]
    reports: tuple[TaskReport, ...]
    now: datetime

    @property
    def budget_left(self) -> Decimal | None:
        """What may still be spent; None without a budget."""
        budget = self.state.pool.budget
        return (
            None
            if budget is None
            else max(Decimal(0), budget - self.state.tally.spent - self.state.tally.committed)
        )

    @property
    def budget_share(self) -> float:
        """Share of the budget that is spent or committed."""
        pool, tally = self.state.pool, self.state.tally
        return float(min(1, (tally.spent + tally.committed) / pool.budget)) if pool.budget else 0.0


def live_pool(pool: Pool, *, now: datetime) -> LivePool:
    """Return how a pool is doing."""
    tally = pool.tally
    its_task = Task.objects.filter(pk=OuterRef("task"), pool=pool)  # from reports to tasks: there are fewer
    recent = _recent(pool)
    size = mix_of(pool).size
    hourly = None
    if recent.seconds and pool.reward:
        hourly = projected_hourly_pay(Decimal(pool.reward), recent.seconds * size)
    standings = list(
        Standing.objects.filter(pool=pool, pages_submitted__gt=0)
        .select_related("annotator")
        .order_by("-pages_submitted")[:_ANNOTATORS]
    )
    points = [
        (one.pages_submitted, min(1.0, one.golden_right / one.golden_answered), one.annotator.code)
        for one in standings
        if one.golden_answered
    ]
    prepared = pool.tasks.exclude(kind="real").count() if not tally.tasks else 0
    return LivePool(
        state=PoolState(pool, tally, prepared),
        recent=recent,
        hourly=hourly,
        tasks_open=pool.tasks.filter(open_slots__gt=_ZERO).count(),
        bonuses=LedgerEntry.objects.filter(pool=pool, kind="bonus").aggregate(sum=Sum("amount"))["sum"]
        or Decimal(0),
        accuracy=min(1.0, tally.golden_right / tally.golden_answers) if tally.golden_answers else None,
        per_hour=_per_hour(pool, now),
        annotators=dots(points, _LOW_ACCURACY),
        n_annotators=len(standings),
        n_working=tally.pages_active,
        happenings=_happenings(pool),
        restrictions=_restrictions(pool, now),
        reports=tuple(
            TaskReport.objects.filter(Exists(its_task), resolved_at=None)
            .select_related("task", "annotator")
            .order_by("-pk")[:_LISTED]
        ),
        now=now,
    )


def _recent(pool: Pool) -> RecentAnswers:
    last = list(Answer.objects.filter(pool=pool).order_by("-pk").values_list("task_id", "seconds")[:_LAST])
    if not last:
        return RecentAnswers(0, None, None, (), ())
    tasks = {task for task, _ in last}
    rows = Answer.objects.filter(task__in=tasks, task__kind="real", slot__held=True)
    labels: dict[int, Counter[str]] = defaultdict(Counter)
    times: dict[int, list[float]] = defaultdict(list)
    for task, label, seconds in rows.values_list("task_id", "label", "seconds"):
        labels[task][label] += 1
        times[task].append(seconds)
    agreeing = sum(n * (n - 1) for counts in labels.values() for n in counts.values())
    pairs = sum(total * (total - 1) for total in (counts.total() for counts in labels.values()))
    disputed = sorted(
        (task for task in labels if len(labels[task]) > 1), key=lambda task: (_top_share(labels[task]), task)
    )
    slowest = sorted(times, key=lambda task: -median(times[task]))
    chosen = Task.objects.in_bulk([*disputed[:_TASKS], *slowest[:_TASKS]])
    template = template_of(pool.project)

    def note(task: int) -> TaskNote:
        counts = labels[task]
        said = ", ".join(f"{label[:40] or '–'} {count}" for label, count in counts.most_common(4))
        words = words_of_task(template, chosen[task].input)
        return TaskNote(chosen[task], words, counts.total(), median(times[task]), said, _top_share(counts))

    return RecentAnswers(
        len(last),
        median(seconds for _, seconds in last),
        agreeing / pairs if pairs else None,
        tuple(note(task) for task in disputed[:_TASKS]),
        tuple(note(task) for task in slowest[:_TASKS]),
    )


def _top_share(counts: Counter[str]) -> float:
    return max(counts.values()) / counts.total()


def _per_hour(pool: Pool, now: datetime) -> Bars:
    this_hour = now.replace(minute=0, second=0, microsecond=0)
    hours = [this_hour - timedelta(hours=back) for back in reversed(range(_HOURS))]
    rows = Assignment.objects.filter(
        pool=pool, status__in=["submitted", "accepted", "rejected"], submitted_at__gte=hours[0]
    )
    grouped: Any = (
        rows.annotate(hour=TruncHour("submitted_at")).values("hour").annotate(n=Count("pk")).order_by("hour")
    )
    counts = {one["hour"]: one["n"] for one in grouped}
    return bars([counts.get(hour, 0) for hour in hours], [f"{hour:%H}:00" for hour in hours], "pages")


def _happenings(pool: Pool) -> tuple[Happening, ...]:
    """Return what rules did last, and skills that were set; from the tables that hold nothing else."""
    from palate.quality.rules import QualityRule

    actions = RuleAction.objects.filter(pool=pool).select_related("annotator").order_by("-pk")[:_LISTED]
    skills = SkillValue.objects.filter(skill__project=pool.project_id).select_related("annotator", "skill")
    found = [
        Happening(one.at, "Rule", one.annotator.code, QualityRule.from_mapping(one.rule).sentence)
        for one in actions
    ]
    found += [
        Happening(
            one.at,
            f"Skill “{one.skill.name}”",
            one.annotator.code,
            f"{'taken away' if one.value is None else f'{one.value:.0%}'}: {one.reason}",
        )
        for one in skills.order_by("-pk")[:_LISTED]
    ]
    return tuple(sorted(found, key=lambda one: one.at, reverse=True)[:_LISTED])


def _restrictions(pool: Pool, now: datetime) -> tuple[Restriction, ...]:
    current = Restriction.objects.filter(Q(until=None) | Q(until__gt=now), lifted_at=None)
    here = current.filter(Q(pool=pool) | Q(scope="project", project=pool.project_id))
    return tuple(here.select_related("annotator").order_by("-pk")[: _LISTED * 2])
