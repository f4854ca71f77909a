"""Submitted pages: look at them, accept or reject them, undo that; and reports of broken tasks."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from palate.core.errors import PalateError
from palate.server.annotate.frame import account_of, moment, show
from palate.server.manage.overview import may_manage
from palate.server.manage.reviewing import PageFilter, decide, page_as_answered, pages_matching, reviewed
from palate.server.projects.models import Pool
from palate.server.web.access import allow
from palate.server.web.middleware import shows_task_images
from palate.server.work.models import Answer, Assignment, TaskReport

__all__ = ["answered_page", "resolve_report", "review"]

_HERE = "manage"
_A_PART = 20


@allow("reviewer", pool=Pool)
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, pool: Pool) -> HttpResponse:
    """Show the pages that match, and decide on some or all of them."""
    if request.method != "POST":
        return _page(request, pool, PageFilter.of(request.GET.dict()))
    wanted = PageFilter.of(request.POST.dict())
    everything = request.POST.get("reach") == "all"
    try:
        changed = decide(
            pool,
            request.POST.getlist("page"),
            wanted if everything else None,
            request.POST.get("verdict", ""),
            request.POST.get("comment", ""),
            now=moment(),
        )
    except PalateError as error:
        return _page(request, pool, wanted, str(error))
    verdict = request.POST["verdict"]
    messages.success(request, f"{changed} page{'' if changed == 1 else 's'} {verdict}.")
    return redirect(f"{reverse('manage:review', args=[pool.pk])}?{wanted.query}")


@shows_task_images
@allow("reviewer", assignment=Assignment)
@require_safe
def answered_page(request: HttpRequest, assignment: Assignment) -> HttpResponse:
    """Show a page as its annotator saw and answered it."""
    pool = assignment.pool
    checked = Answer.objects.filter(slot__assignment=assignment, right__isnull=False)
    rights = dict(checked.values_list("slot__position", "right"))
    context: dict[str, Any] = {
        "project": pool.project,
        "pool": pool,
        "page": assignment,
        "tasks": [(task, rights.get(task.position)) for task in page_as_answered(assignment)],
        "may_manage": may_manage(account_of(request), pool.project),
    }
    return show(request, "manage/page.html", _HERE, **context)


@allow("reviewer", report=TaskReport)
@require_POST
def resolve_report(request: HttpRequest, report: TaskReport) -> HttpResponse:
    """Note that a report was dealt with."""
    TaskReport.objects.filter(pk=report.pk, resolved_at=None).update(resolved_at=moment())
    messages.success(request, "The report is off the list.")
    return redirect("manage:pool", pool=report.task.pool_id)


def _page(request: HttpRequest, pool: Pool, wanted: PageFilter, problem: str = "") -> HttpResponse:
    part = Paginator(pages_matching(pool, wanted), _A_PART).get_page(request.GET.get("part"))
    context: dict[str, Any] = {
        "project": pool.project,
        "pool": pool,
        "wanted": wanted,
        "found": part,
        "pages": reviewed(pool, list(part)),
        "problem": problem,
        "comment": request.POST.get("comment", ""),
        "may_manage": may_manage(account_of(request), pool.project),
        "statuses": [
            ("submitted", "waiting", pool.tally.pages_submitted),
            ("rejected", "rejected", pool.tally.pages_rejected),
            ("accepted", "accepted", pool.tally.pages_accepted),
        ],
    }
    return show(request, "manage/review.html", _HERE, status=400 if problem else 200, **context)
