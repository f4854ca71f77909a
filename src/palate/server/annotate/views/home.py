"""Where annotators begin: the page they hold, the work there is, their earnings and messages."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from palate.server.accounts.models import Account
from palate.server.annotate.frame import account_of, device_of, manages, moment, show
from palate.server.annotate.own_skills import own_skills
from palate.server.annotate.shown_tasks import image_urls, shown_tasks, slots_of
from palate.server.web.access import allow
from palate.server.web.middleware import shows_task_images
from palate.server.work.available import available_pools
from palate.server.work.ledger import earnings_of
from palate.server.work.models import Assignment, Message

__all__ = ["front", "work"]

_MESSAGES = 3


@shows_task_images
@allow("account")
@require_safe
def front(request: HttpRequest) -> HttpResponse:
    """Show managers to their pages and annotators their work."""
    if manages(account_of(request)):
        return redirect("/manage/")
    return _work(request)


@shows_task_images
@allow("account")
@require_safe
def work(request: HttpRequest) -> HttpResponse:
    """Show the work there is, to managers who want to answer, too."""
    return _work(request)


def _work(request: HttpRequest) -> HttpResponse:
    account, now = account_of(request), moment()
    found = available_pools(account, now=now, device=device_of(request))
    held = _held(account, now)
    context: dict[str, Any] = {
        "held": held,
        "images": image_urls(shown_tasks(held[0], slots_of(held[0]), {})) if held else [],
        "open_pools": [one for one in found if not one.why_not and one.active is None],
        "closed_pools": [one for one in found if one.why_not],
        "earnings": earnings_of(account),
        "skills": own_skills(account, now),
        "news": Message.objects.filter(annotator=account, read_at=None)
        .select_related("pool")
        .order_by("-pk")[:_MESSAGES],
    }
    return show(request, "annotate/home.html", "work", **context)


def _held(account: Account, now: datetime) -> list[Assignment]:
    """Return the pages that an annotator holds, the one that ends first before the others."""
    active = Assignment.objects.filter(annotator=account, status="active", deadline__gte=now)
    return list(active.select_related("pool__project").order_by("deadline"))
