"""After a page: what a training taught, what an exam resulted in, and where to go on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html
from django.views.decorators.http import require_safe

from palate.server.annotate.answer_words import answer_words
from palate.server.annotate.frame import account_of, device_of, language_of, moment, show
from palate.server.annotate.own_skills import own_skill
from palate.server.annotate.page_form import seed_of
from palate.server.annotate.shown_tasks import ShownTask, shown_tasks, slots_of
from palate.server.projects.reading import template_of
from palate.server.web.access import allow
from palate.server.web.middleware import shows_task_images
from palate.server.work.available import available_pools
from palate.server.work.models import Assignment, Standing
from palate.server.work.submit import Feedback, feedback_of

__all__ = ["result"]

_RIGHT_FROM = 0.999


@dataclass(frozen=True)
class Lesson:
    """What one training task taught, in words."""

    task: ShownTask
    given: list[str]
    right: list[list[str]]
    is_right: bool
    hint: str


@shows_task_images
@allow("annotator", assignment=Assignment)
@require_safe
def result(request: HttpRequest, assignment: Assignment) -> HttpResponse:
    """Show what became of a page that was submitted, and the way on."""
    if assignment.status not in {"submitted", "accepted", "rejected"}:
        return redirect("annotate:page", assignment=assignment.pk)
    account, now, pool = account_of(request), moment(), assignment.pool
    standing = Standing.objects.filter(annotator=account, pool=pool).first()
    is_finished = pool.kind != "main" and standing is not None and standing.finished_at is not None
    found = available_pools(account, now=now, device=device_of(request))
    here = [one for one in found if one.pool.project_id == pool.project_id]
    context: dict[str, Any] = {
        "assignment": assignment,
        "pool": pool,
        "project": pool.project,
        "lessons": _lessons(assignment, feedback_of(assignment), language_of(account, pool.project)),
        "quoted_comment": format_html('<q dir="auto">{}</q>', assignment.comment),
        "is_finished": is_finished,
        "skill": own_skill(account, pool.skill_id, now) if is_finished and pool.skill_id else None,
        "same": next((one for one in here if one.pool.pk == pool.pk and not one.why_not), None),
        "others": [one for one in here if one.pool.pk != pool.pk and not one.why_not],
        "blocked": [one for one in here if one.pool.pk != pool.pk and one.why_not],
    }
    return show(request, "annotate/result.html", "work", **context)


def _lessons(assignment: Assignment, feedback: Iterable[Feedback], language: str) -> list[Lesson]:
    told = {one.position: one for one in feedback}
    if not told:
        return []
    template, seed = template_of(assignment.pool.project), seed_of(assignment)
    slots = slots_of(assignment)
    lessons = []
    for slot, task in zip(slots, shown_tasks(assignment, slots, {}, language=language), strict=True):
        one = told[slot.position]
        known = [template.form_from_answer(right["answer"], slot.task.input, seed) for right in one.golden]
        given = template.form_from_answer(one.answer, slot.task.input, seed)
        lessons.append(
            Lesson(
                task,
                answer_words(task.view.control, given),
                [answer_words(task.view.control, form) for form in known],
                one.right >= _RIGHT_FROM,
                one.hint,
            )
        )
    return lessons
