"""Results of a pool, and everything that can be taken along as a file."""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from palate.core.errors import InputError, PalateError
from palate.server.annotate.frame import account_of, moment, show
from palate.server.manage.exports import (
    LEDGER_COLUMNS,
    AnswerExport,
    as_csv,
    export_answers,
    ledger_rows,
    media_type,
)
from palate.server.manage.overview import may_manage
from palate.server.manage.results import METHODS, aggregate_pool, kept_results, result_file
from palate.server.manage.shown_results import shown_results
from palate.server.projects.models import Pool, Project
from palate.server.projects.reading import template_of
from palate.server.web.access import allow

__all__ = ["answers", "download", "pool_ledger", "project_ledger", "results_page"]

_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/jsonl; charset=utf-8",
    "qrels": "text/plain; charset=utf-8",
}


@allow("reviewer", pool=Pool)
@require_http_methods(["GET", "HEAD", "POST"])
def results_page(request: HttpRequest, pool: Pool) -> HttpResponse:
    """Show what the answers say; a POST has them aggregated anew."""
    if request.method != "POST":
        return _page(request, pool)
    try:
        aggregate_pool(pool, request.POST.get("method", ""), now=moment())
    except PalateError as error:
        return _page(request, pool, str(error))
    messages.success(request, "Here is what the answers say.")
    return redirect("manage:results", pool=pool.pk)


@allow("manager", pool=Pool)
@require_safe
def download(request: HttpRequest, pool: Pool) -> HttpResponseBase:
    """Return a table of results as a file."""
    results = kept_results(pool)
    if results is None:
        raise InputError("There are no results yet. Have the answers aggregated first.")
    wanted, form = request.GET.get("what", "judgments"), request.GET.get("format", "csv")
    pieces = result_file(results, pool, wanted, form)
    return _file(pieces, f"{pool.name}-{wanted}", form, _TYPES[form])


@allow("manager", pool=Pool)
@require_safe
def answers(request: HttpRequest, pool: Pool) -> HttpResponseBase:
    """Return the answers of a pool as a file."""
    form = request.GET.get("format", "csv")
    wanted = AnswerExport(
        pool, golden=request.GET.get("golden", "1") != "0", rejected=request.GET.get("rejected") == "1"
    )
    kind = media_type(form)
    return _file(export_answers(wanted, form), f"{pool.name}-answers", form, kind)


@allow("manager", pool=Pool)
@require_safe
def pool_ledger(request: HttpRequest, pool: Pool) -> HttpResponseBase:
    """Return the movements of money of a pool."""
    del request
    return _file(as_csv(LEDGER_COLUMNS, ledger_rows(pool)), f"{pool.name}-ledger", "csv", _TYPES["csv"])


@allow("manager", project=Project)
@require_safe
def project_ledger(request: HttpRequest, project: Project) -> HttpResponseBase:
    """Return the movements of money of a project."""
    del request
    return _file(as_csv(LEDGER_COLUMNS, ledger_rows(project)), f"{project.name}-ledger", "csv", _TYPES["csv"])


def _page(request: HttpRequest, pool: Pool, problem: str = "") -> HttpResponse:
    template = template_of(pool.project)
    results = kept_results(pool)
    context = {
        "project": pool.project,
        "pool": pool,
        "methods": METHODS[template.family],
        "results": results,
        "newer": max(0, pool.tally.answers - results.answers) if results else 0,
        "problem": problem,
        "may_manage": may_manage(account_of(request), pool.project),
        **(shown_results(results, pool, request.GET.get("part")) if results else {}),
    }
    return show(request, "manage/results.html", "manage", status=400 if problem else 200, **context)


def _file(pieces: Iterator[bytes], name: str, ending: str, kind: str) -> StreamingHttpResponse:
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.")[:80] or "palate"
    response = StreamingHttpResponse(pieces, content_type=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{plain}.{ending}"'
    return response
