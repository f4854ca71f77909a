"""What quality rules look at: the histories of one annotator in a pool or a project, read from the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Q, QuerySet
from django.db.models.functions import Coalesce

from palate.quality.rules import (
    AcceptedPages,
    AttentionAnswer,
    CheckedAnswer,
    Income,
    Need,
    PageEnd,
    PageReview,
    PageTime,
    Revocation,
    TrainingAnswer,
    Vote,
)
from palate.server.accounts.models import Account
from palate.server.projects.models import Pool
from palate.server.work.admission import audience_of, profile_of, restrictions_of
from palate.server.work.models import Answer, Assignment, LedgerEntry, SkillValue

__all__ = ["RIGHT_FROM", "Facts"]

RIGHT_FROM = 0.999
"""The share right from which an answer counts as right."""
_VOTES_LOOKED_AT = 1_000
"""The last answers among which votes are looked for where a rule sets no size."""


@dataclass(frozen=True)
class Facts:
    """An annotator's histories.

    Args:
        account: Who.
        pool: Where the rule is looked at.
        now: When.
        whole_project: Whether the rule is the project's, so that all its pools count.
    """

    account: Account
    pool: Pool
    now: datetime
    whole_project: bool

    @property
    def annotator(self) -> str:
        """The annotator's id, and where the rule looks: what it did there it does not do again there."""
        place = f"project {self.pool.project_id}" if self.whole_project else f"pool {self.pool.pk}"
        return f"{self.account.pk} in {place}"

    def history(self, need: Need) -> Sequence[Any]:
        """Return the records that a rule needs, old to new."""
        return _READERS[need.record](self, need)

    def _here(self, rows: QuerySet[Any], need: Need) -> list[Any]:
        """Return the last rows of the annotator in the pool or project, old to new."""
        place = Q(pool__project=self.pool.project_id) if self.whole_project else Q(pool=self.pool)
        found = rows.filter(place, annotator=self.account)
        return list(reversed(found[: need.size] if need.size is not None else found))

    def _checked(self, need: Need) -> list[CheckedAnswer]:
        rows = Answer.objects.filter(right__isnull=False, task__attention=False).order_by("-pk")
        shown = self._here(rows.values_list("pk", "right", "task__kind"), need)
        return [CheckedAnswer(key, right >= RIGHT_FROM, kind == "training") for key, right, kind in shown]

    def _votes(self, need: Need) -> list[Vote]:
        rows = Answer.objects.filter(task__kind="real", slot__held=True).order_by("-pk")
        wide = Need(Vote, _VOTES_LOOKED_AT if need.size is None else need.size * 3)
        mine = self._here(rows.values_list("pk", "task", "label"), wide)
        counts: dict[int, dict[str, int]] = defaultdict(dict)
        answers = Answer.objects.filter(task__in={task for _, task, _ in mine}, slot__held=True)
        for task, label, count in answers.values_list("task", "label").annotate(count=Count("pk")):
            counts[task][label] = count
        enough = [
            Vote(key, label, counts[task])
            for key, task, label in mine
            if sum(counts[task].values()) >= (need.answers or 1)
        ]
        return enough if need.size is None else enough[-need.size :]

    def _times(self, need: Need) -> list[PageTime]:
        rows = Assignment.objects.filter(submitted_at__isnull=False).order_by("-submitted_at", "-pk")
        pages = self._here(rows, need)
        ids = _growing(page.submitted_at for page in pages)
        return [
            PageTime(key, (page.submitted_at - page.claimed_at).total_seconds())
            for key, page in zip(ids, pages, strict=True)
        ]

    def _ends(self, need: Need) -> list[PageEnd]:
        ended = Assignment.objects.annotate(ended=Coalesce("submitted_at", "skipped_at"))
        pages = self._here(ended.filter(ended__isnull=False).order_by("-ended", "-pk"), need)
        ids = _growing(page.ended for page in pages)
        return [PageEnd(key, page.status == "skipped") for key, page in zip(ids, pages, strict=True)]

    def _accepted(self, need: Need) -> list[AcceptedPages]:
        pages = self._here(
            Assignment.objects.filter(status="accepted").order_by("-accepted_at"), Need(need.record)
        )
        return [AcceptedPages(_growing([pages[-1].accepted_at])[0], len(pages))] if pages else []

    def _reviews(self, need: Need) -> list[PageReview]:
        rows = Assignment.objects.filter(status__in=["accepted", "rejected"])
        decided = rows.annotate(decided=Coalesce("accepted_at", "rejected_at")).order_by("-decided", "-pk")
        pages = self._here(decided, need)
        ids = _growing(page.decided for page in pages)
        return [PageReview(key, str(page.pk), _verdict(page)) for key, page in zip(ids, pages, strict=True)]

    def _income(self, need: Need) -> list[Income]:
        since = self.now - timedelta(seconds=need.seconds or 0)
        rows = LedgerEntry.objects.filter(at__gt=since, kind__in=["reward", "bonus"]).order_by("-pk")
        return [Income(row.pk, row.amount, row.at) for row in self._here(rows, need)]

    def _attention(self, need: Need) -> list[AttentionAnswer]:
        checks = Answer.objects.filter(Q(task__attention=True) | Q(task__repeats__isnull=False)).order_by(
            "-pk"
        )
        rows = self._here(checks.select_related("task"), need)
        first = self._first_answers({row.task.repeats_id for row in rows if row.task.repeats_id})
        found = []
        for row in rows:
            if row.task.attention and row.right is not None and row.label in _SWAPPED:
                found.append(AttentionAnswer(row.pk, row.right >= RIGHT_FROM))
            elif first.get(row.task.repeats_id or 0) in _SWAPPED and row.label in _SWAPPED:
                found.append(AttentionAnswer(row.pk, row.label == _SWAPPED[first[row.task.repeats_id]]))
        return found

    def _first_answers(self, tasks: set[int]) -> dict[int, str]:
        return dict(
            Answer.objects.filter(annotator=self.account, task__in=tasks).values_list("task", "label")
        )

    def _training(self, need: Need) -> list[TrainingAnswer]:
        rows = Answer.objects.filter(task__kind="training", round=0, right__isnull=False).order_by("-pk")
        shown = self._here(rows.values_list("pk", "slot__assignment", "right"), need)
        return [TrainingAnswer(key, str(page), right >= RIGHT_FROM) for key, page, right in shown]

    def _revocations(self, _: Need) -> list[Revocation]:
        restrictions = restrictions_of(self.account, self.pool, self.now)
        if restrictions:
            return [Revocation(2 * max(found.pk for found in restrictions), "restriction")]
        last = SkillValue.objects.filter(annotator=self.account, skill__project=self.pool.project_id)
        key = last.aggregate(last=Max("pk"))["last"]
        skills = profile_of(self.account, self.pool.project_id, self.now, None).skills
        if key is None or all(wanted.admits(skills) for wanted in audience_of(self.pool).skills):
            return []
        return [Revocation(2 * key + 1, "skill change")]


_SWAPPED: Mapping[str, str] = {"left": "right", "right": "left", "tie": "tie"}
_READERS: Mapping[type[Any], Callable[[Facts, Need], Sequence[Any]]] = {
    CheckedAnswer: Facts._checked,  # noqa: SLF001 (its own)
    Vote: Facts._votes,  # noqa: SLF001
    PageTime: Facts._times,  # noqa: SLF001
    PageEnd: Facts._ends,  # noqa: SLF001
    AcceptedPages: Facts._accepted,  # noqa: SLF001
    PageReview: Facts._reviews,  # noqa: SLF001
    Income: Facts._income,  # noqa: SLF001
    AttentionAnswer: Facts._attention,  # noqa: SLF001
    TrainingAnswer: Facts._training,  # noqa: SLF001
    Revocation: Facts._revocations,  # noqa: SLF001
}


def _growing(moments: Iterable[datetime]) -> list[int]:
    """Return ids that grow with every record: its microsecond, or the next one where two fall into the same."""
    found: list[int] = []
    for moment in moments:
        microsecond = round(moment.timestamp() * 1_000_000)
        found.append(max(microsecond, found[-1] + 1) if found else microsecond)
    return found


def _verdict(page: Assignment) -> Any:
    if page.status == "rejected":
        return "rejected"
    return "accepted after rejection" if page.rejected_at is not None else "accepted"
