"""Take the answers of a page: checked, stored, graded and paid in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F

from palate.asking import DynamicOverlap, label_posterior
from palate.server.accounts.models import Account
from palate.server.projects.models import Pool, Task
from palate.server.projects.reading import overlap_of, template_of
from palate.server.work.facts import RIGHT_FROM
from palate.server.work.finishing import finish_preparation
from palate.server.work.leave import active_page, end_overdue, locked_tasks
from palate.server.work.models import Answer, Assignment, Slot, Standing
from palate.server.work.refusals import Refused
from palate.server.work.review import accept
from palate.server.work.rules import apply_rules, others_due, rules_of
from palate.server.work.trust import weighted_answers
from palate.server.work.writing import Writing, again_when_blocked, lock_annotator, writing
from palate.task_templates import AnswerError, TaskTemplate

__all__ = ["Feedback", "Submission", "submit_page"]


@dataclass(frozen=True)
class Feedback:
    """What an annotator in training is told about one task.

    Args:
        position: On the page, from 0.
        answer: What they answered.
        right: Share right.
        golden: The right answers, ``[{"answer": …, "weight": …}]``.
        hint: Why.
    """

    position: int
    answer: Any
    right: float
    golden: list[dict[str, Any]]
    hint: str


@dataclass(frozen=True)
class Submission:
    """What became of a page.

    Args:
        assignment: The page as it is now.
        again: Whether it had been submitted before, so that nothing was done now.
        feedback: Of training pages: each task's right answer and why.
    """

    assignment: Assignment
    again: bool
    feedback: tuple[Feedback, ...]


def submit_page(
    account: Account, assignment_id: UUID, answers: Mapping[int, object], *, now: datetime
) -> Submission:
    """Store the answers of a page.

    A page that was submitted before is left as it is: sending it twice does no harm and pays once.

    Args:
        account: Who sends them.
        assignment_id: The page.
        answers: By position on the page, from 0; checked with the task template.
        now: The moment at which they came, UTC.

    Raises:
        Refused: The page is not theirs, has ended, its time is over, or answers are not what the tasks allow; then
            ``problems`` says which and why, and nothing is stored.
    """
    try:
        return _submit(account, assignment_id, answers, now)
    except Refused as refused:
        if refused.code == "late":
            end_overdue(now)
        raise


@again_when_blocked
def _submit(
    account: Account, assignment_id: UUID, answers: Mapping[int, object], now: datetime
) -> Submission:
    with writing(now) as noted:
        lock_annotator(account)
        try:
            page = active_page(account, assignment_id, now)
        except Refused as refused:
            before = _submitted_before(account, assignment_id) if refused.code == "ended" else None
            if before is None:
                raise
            return Submission(before, True, feedback_of(before))
        page.annotator = account  # as it is locked; not to be read again
        slots = list(page.slots.select_related("task").order_by("position"))
        checked = _checked(template_of(page.pool.project), slots, answers)
        stored = _store(page, slots, checked, noted)
        _count(page, slots, stored, noted)
        if page.pool.auto_accept:
            accept(page, noted)
        _want_more(page.pool, [slot.task_id for slot in slots if slot.task.kind == "real"], noted)
        finish_preparation(account, page.pool, noted)
        if rules_of(page.pool):
            apply_rules(account, page.pool, noted)
            others_due(page.pool, stored)
            page.refresh_from_db(fields=["status"])  # rules accept and reject pages
        return Submission(page, False, feedback_of(page))


def _submitted_before(account: Account, assignment_id: UUID) -> Assignment | None:
    """Return a page that its annotator has submitted, None if it ended otherwise."""
    submitted = Assignment.objects.filter(annotator=account, status__in=["submitted", "accepted", "rejected"])
    return submitted.select_related("pool__project").filter(pk=assignment_id).first()


def _checked(template: TaskTemplate, slots: Sequence[Slot], answers: Mapping[int, object]) -> list[Any]:
    problems: dict[int, str] = {}
    checked: list[Any] = []
    for slot in slots:
        try:
            checked.append(template.check_answer(answers.get(slot.position), slot.task.input))
        except AnswerError as error:
            problems[slot.position] = error.problem
    strange = sorted(set(answers) - {slot.position for slot in slots})
    if strange:
        raise Refused(
            "invalid", f"This page has {len(slots)} tasks; there is no task at position {strange[0]}."
        )
    if problems:
        one, many = "One answer is missing or cannot be taken.", "answers are missing or cannot be taken."
        raise Refused("invalid", one if len(problems) == 1 else f"{len(problems)} {many}", problems)
    return checked


def _store(page: Assignment, slots: Sequence[Slot], checked: Sequence[Any], noted: Writing) -> list[Answer]:
    template = template_of(page.pool.project)
    seconds = max(0.0, (noted.now - page.claimed_at).total_seconds()) / len(slots)
    return Answer.objects.bulk_create(
        Answer(
            slot=slot,
            pool=page.pool,
            task=slot.task,
            annotator=page.annotator,
            round=slot.round,
            value=value,
            label=template.label_of(value),
            right=_right(template, slot.task, value),
            seconds=seconds,
            submitted_at=noted.now,
        )
        for slot, value in zip(slots, checked, strict=True)
    )


def _right(template: TaskTemplate, task: Task, value: Any) -> float | None:
    """Return how right an answer is; None where nothing is known, or a check of attention could not be seen."""
    if not task.golden or (task.attention and not template.judges(value)):
        return None
    return template.grade(value, task.golden)


def _count(page: Assignment, slots: Sequence[Slot], stored: Sequence[Answer], noted: Writing) -> None:
    page.status, page.submitted_at, page.draft = "submitted", noted.now, {}
    page.save(update_fields=["status", "submitted_at", "draft"])
    graded = [answer.right for answer in stored if answer.right is not None]
    right = sum(share >= RIGHT_FROM for share in graded)
    Standing.objects.filter(annotator=page.annotator, pool=page.pool).update(
        pages_submitted=F("pages_submitted") + 1,
        skipped_in_a_row=0,
        tasks_answered=F("tasks_answered") + len(slots),
        golden_answered=F("golden_answered") + len(graded),
        golden_right=F("golden_right") + right,
        seconds=F("seconds") + (noted.now - page.claimed_at).total_seconds(),
    )
    noted.count(
        page.pool,
        pages_active=-1,
        pages_submitted=1,
        answers=sum(slot.task.kind == "real" for slot in slots),
        golden_answers=len(graded),
        golden_right=right,
    )
    noted.tell("page_submitted", page.pool, annotator=page.annotator, assignment=page, tasks=len(slots))


def _want_more(pool: Pool, tasks: list[int], noted: Writing) -> None:
    """Under dynamic overlap, ask for another answer to the tasks whose label is not sure enough."""
    overlap = overlap_of(pool)
    if not isinstance(overlap, DynamicOverlap) or not tasks:
        return
    temperature = pool.tally.temperature if overlap.temperature == 1 else overlap.temperature
    n_labels = len(template_of(pool.project).own_labels())
    locked = locked_tasks(tasks)
    weighted = weighted_answers(pool, tasks)
    for task in locked:
        answers = weighted.get(task.pk, [])
        tempered = DynamicOverlap(overlap.minimum, overlap.maximum, overlap.confidence, temperature)
        wanted = max(tempered.wanted(answers, n_labels) + task.raised, task.overlap - task.open_slots)
        posterior = label_posterior(answers, n_labels, temperature)
        noted.count(pool, slots_open=wanted - task.overlap, slots_wanted=wanted - task.overlap)
        task.open_slots += wanted - task.overlap
        task.overlap, task.confidence = wanted, max(posterior.values(), default=None)
    Task.objects.bulk_update(locked, ["overlap", "open_slots", "confidence"])


def feedback_of(page: Assignment) -> tuple[Feedback, ...]:
    """Return what a training page taught; nothing for other pages."""
    if page.pool.kind != "training" or page.status == "active":
        return ()
    slots = page.slots.select_related("task", "answer").order_by("position")
    return tuple(
        Feedback(
            slot.position, slot.answer.value, slot.answer.right or 0.0, slot.task.golden or [], slot.task.hint
        )
        for slot in slots
    )
