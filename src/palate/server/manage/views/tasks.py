"""The tasks of a pool: which there are, and how they get there."""

from __future__ import annotations

import csv
import io
import json
import secrets

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from palate.core.errors import InputError, PalateError
from palate.server.annotate.frame import account_of, show
from palate.server.manage.cells import safe_cell
from palate.server.manage.once import once
from palate.server.manage.overview import may_manage
from palate.server.manage.recipes import example_rows
from palate.server.manage.task_files import LARGEST, columns_of, rows_of, rows_of_text
from palate.server.manage.task_words import words_of_task
from palate.server.projects.attention_checks import takes_checks
from palate.server.projects.models import Pool
from palate.server.projects.reading import template_of
from palate.server.projects.tasks import TaskErrors, add_tasks
from palate.server.web.access import allow

__all__ = ["example_file", "task_list", "use_examples"]

_A_PART = 50


@allow("manager", pool=Pool)
@require_http_methods(["GET", "HEAD", "POST"])
def task_list(request: HttpRequest, pool: Pool) -> HttpResponse:
    """Show the tasks of a pool, and take more."""
    if request.method == "POST":
        try:
            target = once(request, lambda: _upload(request, pool))
        except PalateError as error:
            return _page(request, pool, error)
        messages.success(request, "The tasks are there.")
        return redirect(target)
    return _page(request, pool)


@allow("manager", pool=Pool)
@require_POST
def use_examples(request: HttpRequest, pool: Pool) -> HttpResponse:
    """Put the template's examples into a pool."""
    rows = example_rows(pool, template_of(pool.project))

    def fill() -> str:
        add_tasks(pool, rows)
        return reverse("manage:tasks", args=[pool.pk])

    target = once(request, fill)
    messages.success(request, f"{len(rows)} example tasks are there.")
    return redirect(target)


@allow("manager", pool=Pool)
@require_safe
def example_file(request: HttpRequest, pool: Pool) -> HttpResponse:
    """Return a table with the right columns and the template's examples."""
    del request
    rows = example_rows(pool, template_of(pool.project))
    names = [name for name, _, _ in columns_of(template_of(pool.project))]
    written = io.StringIO()
    table = csv.writer(written, lineterminator="\r\n")
    table.writerow(names)
    for row in rows:
        cells = {**row.input, "golden": row.golden, "hint": row.hint}
        table.writerow([safe_cell(_cell(cells.get(name))) for name in names])
    response = HttpResponse(written.getvalue(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="tasks.csv"'
    return response


def _cell(value: object) -> str:
    return value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)


def _upload(request: HttpRequest, pool: Pool) -> str:
    file, text = request.FILES.get("file"), request.POST.get("text", "")
    template = template_of(pool.project)
    if file is not None and not isinstance(file, list):
        rows = rows_of(file, file.name or "", file.size or 0, template)
    elif text.strip():
        rows = rows_of_text(text, template)
    else:
        raise InputError("Choose a file, or paste a table.")
    if not add_tasks(pool, rows):
        raise InputError("The table has no rows below its first line.")
    return reverse("manage:tasks", args=[pool.pk])


def _page(request: HttpRequest, pool: Pool, error: PalateError | None = None) -> HttpResponse:
    template = template_of(pool.project)
    tasks = pool.tasks.order_by("position")
    part = Paginator(tasks, _A_PART).get_page(request.GET.get("part"))
    context = {
        "project": pool.project,
        "pool": pool,
        "found": part,
        "rows": [(task, words_of_task(template, task.input)) for task in part],
        "columns": columns_of(template),
        "largest": min(LARGEST // 2**20, settings.CONFIG.largest_upload),
        "text": request.POST.get("text", ""),
        "takes_checks": takes_checks(pool),
        "seed": secrets.randbelow(1_000_000),
        "may_manage": may_manage(account_of(request), pool.project),
    }
    if error is not None:
        context["errors"] = error.errors if isinstance(error, TaskErrors) else ()
        context["n_errors"] = error.count if isinstance(error, TaskErrors) else 0
        context["problem"] = "" if isinstance(error, TaskErrors) else str(error)
    return show(request, "manage/tasks.html", "manage", status=400 if error else 200, **context)
