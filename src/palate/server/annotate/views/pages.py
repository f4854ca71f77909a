"""A page of tasks: shown, kept as a draft, extended, skipped, submitted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods, require_POST

from palate.server.annotate.frame import account_of, device_of, frame_language, language_of, moment, show
from palate.server.annotate.meanings import meanings_of
from palate.server.annotate.page_form import FormValues, answers_in, draft_of, forms_in, forms_of_draft, moved
from palate.server.annotate.reports import report_task
from palate.server.annotate.shown_tasks import shown_tasks, slots_of
from palate.server.projects.reading import template_of
from palate.server.web.access import allow
from palate.server.web.failures import wants_json
from palate.server.web.markdown import html_of
from palate.server.web.middleware import shows_task_images
from palate.server.web.texts import said, said_again, script_texts
from palate.server.work.claim import claim_page
from palate.server.work.leave import extend_deadline, save_draft, skip_page
from palate.server.work.models import Assignment
from palate.server.work.refusals import Refused
from palate.server.work.submit import submit_page

__all__ = ["draft", "extend", "page", "report", "skip"]

_SCRIPTS = ("progress", "ordering", "keys", "countdown", "drafts", "submit_once", "dialogs")
_MOVING = format_html("<kbd>{}</kbd> <kbd>{}</kbd>", "J", "K")
_ENTER = format_html("<kbd>{}</kbd>", "Enter")


@shows_task_images
@allow("annotator", assignment=Assignment)
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, assignment: Assignment) -> HttpResponse:
    """Show the tasks of a page; a POST submits their answers."""
    if request.method == "POST":
        return _take(request, assignment)
    if assignment.status in {"submitted", "accepted", "rejected"}:
        return _went_back(assignment)
    if assignment.status != "active" or assignment.deadline < moment():
        return _ended(request, assignment)
    return _page(request, assignment, forms_of_draft(assignment.draft))


@allow("annotator", assignment=Assignment)
@require_POST
def draft(request: HttpRequest, assignment: Assignment) -> HttpResponse:
    """Keep what is filled in so far; the scripts of the page send it while people work."""
    now = moment()
    try:
        _keep(request, assignment, now)
    except Refused as refused:
        return JsonResponse({"problem": _refusal(request, assignment, refused)}, status=409)
    return JsonResponse({"seconds": _seconds_left(assignment, now)})


@allow("annotator", assignment=Assignment)
@require_POST
def extend(request: HttpRequest, assignment: Assignment) -> HttpResponse:
    """Give more time, once; what is filled in is kept."""
    now = moment()
    try:
        _keep(request, assignment, now)
        assignment = extend_deadline(account_of(request), assignment.pk, now=now)
    except Refused as refused:
        if wants_json(request):
            return JsonResponse({"problem": _refusal(request, assignment, refused)}, status=409)
        messages.warning(request, _refusal(request, assignment, refused))
        return redirect("annotate:page", assignment=assignment.pk)
    if wants_json(request):
        return JsonResponse({"seconds": _seconds_left(assignment, now)})
    return redirect("annotate:page", assignment=assignment.pk)


@allow("annotator", assignment=Assignment)
@require_POST
def skip(request: HttpRequest, assignment: Assignment) -> HttpResponse:
    """Give the page back unanswered."""
    try:
        skip_page(account_of(request), assignment.pk, now=moment())
    except Refused as refused:
        messages.warning(request, _refusal(request, assignment, refused))
    else:
        language = frame_language(request, assignment.pool.project)
        messages.info(request, said(language, "You skipped a page; its tasks go to others."))
    return redirect("annotate:pool", pool=assignment.pool_id)


@allow("annotator", assignment=Assignment)
@require_POST
def report(request: HttpRequest, assignment: Assignment) -> HttpResponse:
    """Tell the manager that a task is broken; what is filled in is kept."""
    now = moment()
    number = request.POST.get("report-task", "")
    try:
        _keep(request, assignment, now)
        report_task(account_of(request), assignment, number, request.POST.get("report-text", ""), now=now)
    except Refused as refused:
        messages.warning(request, _refusal(request, assignment, refused))
        return redirect("annotate:page", assignment=assignment.pk)
    language = frame_language(request, assignment.pool.project)
    messages.success(request, said(language, "Thank you. The manager will look at task {n}.", n=number))
    return redirect(f"{reverse('annotate:page', args=[assignment.pk])}#task-{number}")


def _take(request: HttpRequest, assignment: Assignment) -> HttpResponse:
    """Submit, or move an entry of a list where such a button was pressed."""
    account, now = account_of(request), moment()
    slots = slots_of(assignment)
    forms = _forms(request, len(slots))
    after_move = moved(assignment, forms) if assignment.status == "active" else None
    if after_move is not None:
        return _show_moved(request, assignment, forms, after_move)
    answers, problems = answers_in(assignment, slots, forms)
    try:
        submission = submit_page(account, assignment.pk, answers, now=now)
    except Refused as refused:
        if refused.code != "invalid":
            return _ended(request, assignment, _refusal(request, assignment, refused))
        return _page(request, assignment, forms, {**refused.problems, **problems}, refused.text)
    return _after(request, submission.assignment)


def _show_moved(
    request: HttpRequest,
    assignment: Assignment,
    before: Mapping[int, FormValues],
    after: Mapping[int, FormValues],
) -> HttpResponse:
    try:
        save_draft(account_of(request), assignment.pk, draft_of(after), now=moment())
    except Refused as refused:
        return _ended(request, assignment, _refusal(request, assignment, refused))
    position = next(position for position, form in before.items() if "move" in form)
    return redirect(f"{reverse('annotate:page', args=[assignment.pk])}#task-{position + 1}")


def _after(request: HttpRequest, assignment: Assignment) -> HttpResponse:
    """Go on after a page that was submitted, now or before: to what it taught, or to the next page."""
    pool = assignment.pool
    if pool.kind == "training" or request.POST.get("then") == "stop":
        return redirect("annotate:result", assignment=assignment.pk)
    try:
        following = claim_page(account_of(request), pool, now=moment(), device=device_of(request))
    except Refused:
        return redirect("annotate:result", assignment=assignment.pk)
    return redirect("annotate:page", assignment=following.pk)


def _went_back(assignment: Assignment) -> HttpResponse:
    """Lead somebody who opens a submitted page again to the page that they hold now, or to what became of it."""
    now_held = Assignment.objects.filter(
        annotator=assignment.annotator_id, pool=assignment.pool_id, status="active"
    )
    following = now_held.filter(deadline__gte=moment()).first()
    if following is not None and assignment.pool.kind != "training":
        return redirect("annotate:page", assignment=following.pk)
    return redirect("annotate:result", assignment=assignment.pk)


def _ended(request: HttpRequest, assignment: Assignment, text: str = "") -> HttpResponse:
    """Say that nothing more can be done with a page."""
    assignment.refresh_from_db()
    language = frame_language(request, assignment.pool.project)
    if not text and assignment.status == "skipped":
        text = said(language, "You skipped this page; its tasks went to others.")
    text = text or said(language, "The time for this page is over; its tasks went back to others.")
    return show(
        request,
        "annotate/ended.html",
        "work",
        text=text,
        assignment=assignment,
        pool=assignment.pool,
        project=assignment.pool.project,
        status=410,
    )


def _page(
    request: HttpRequest,
    assignment: Assignment,
    forms: Mapping[int, FormValues],
    problems: Mapping[int, str] | None = None,
    refusal: str = "",
) -> HttpResponse:
    account, pool, project = account_of(request), assignment.pool, assignment.pool.project
    language = language_of(account, project)
    tasks = shown_tasks(assignment, slots_of(assignment), forms, problems, language)
    wording, own = template_of(project).wording(language), frame_language(request, project)
    context: dict[str, Any] = {
        "assignment": assignment,
        "pool": pool,
        "project": project,
        "tasks": tasks,
        "n_tasks": len(tasks),
        "wrong": [task for task in tasks if task.problem],
        "refusal": refusal,
        "wording": wording,
        "meanings": meanings_of(wording.labels),
        "instructions": html_of(project.instructions),
        "seconds_left": _seconds_left(assignment, moment()),
        "drafted_ms": round(assignment.drafted_at.timestamp() * 1000) if assignment.drafted_at else 0,
        "script_texts": script_texts(own),
        "moving_keys": _MOVING,
        "enter_key": _ENTER,
        "scripts": [f"palate/{name}.js" for name in _SCRIPTS],
    }
    return show(request, "annotate/page.html", "work", status=422 if refusal else 200, **context)


def _refusal(request: HttpRequest, assignment: Assignment, refused: Refused) -> str:
    return said_again(frame_language(request, assignment.pool.project), refused.text)


def _keep(request: HttpRequest, assignment: Assignment, now: datetime) -> None:
    n_tasks = assignment.slots.count()
    save_draft(account_of(request), assignment.pk, draft_of(_forms(request, n_tasks)), now=now)


def _forms(request: HttpRequest, n_tasks: int) -> dict[int, FormValues]:
    return forms_in(request.POST.lists(), n_tasks)


def _seconds_left(assignment: Assignment, now: datetime) -> int:
    return max(0, int((assignment.deadline - now).total_seconds()))
