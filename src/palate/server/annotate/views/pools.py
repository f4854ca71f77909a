"""Before work begins: the instructions of a pool, what it pays, and the button that hands out a page."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from palate.server.annotate.frame import account_of, device_of, frame_language, language_of, moment, show
from palate.server.annotate.meanings import meanings_of
from palate.server.annotate.shown_tasks import image_urls, shown_tasks, slots_of
from palate.server.projects.models import Pool
from palate.server.projects.reading import mix_of, template_of
from palate.server.web.access import allow
from palate.server.web.markdown import html_of
from palate.server.web.middleware import shows_task_images
from palate.server.web.texts import said_again
from palate.server.work.admission import why_not
from palate.server.work.available import hourly_pay
from palate.server.work.claim import claim_page
from palate.server.work.models import Assignment
from palate.server.work.refusals import Refused

__all__ = ["pool_page"]


@shows_task_images
@allow("annotator", pool=Pool)
@require_http_methods(["GET", "HEAD", "POST"])
def pool_page(request: HttpRequest, pool: Pool) -> HttpResponse:
    """Show what the work is; a POST hands out a page of it."""
    if request.method == "POST":
        return _start(request, pool)
    account, now = account_of(request), moment()
    held = Assignment.objects.filter(annotator=account, pool=pool, status="active", deadline__gte=now).first()
    reasons = [] if held else why_not(account, pool, now=now, device=device_of(request))
    wording = template_of(pool.project).wording(language_of(account, pool.project))
    return show(
        request,
        "annotate/pool.html",
        "work",
        pool=pool,
        project=pool.project,
        tasks_a_page=mix_of(pool).size,
        hourly=hourly_pay(pool),
        instructions=html_of(pool.project.instructions),
        wording=wording,
        meanings=meanings_of(wording.labels),
        held=held,
        reasons=reasons,
        images=image_urls(shown_tasks(held, slots_of(held), {})) if held else [],
    )


def _start(request: HttpRequest, pool: Pool) -> HttpResponse:
    try:
        page = claim_page(account_of(request), pool, now=moment(), device=device_of(request))
    except Refused as refused:
        messages.warning(request, said_again(frame_language(request, pool.project), refused.text))
        return redirect("annotate:pool", pool=pool.pk)
    return redirect("annotate:page", assignment=page.pk)
