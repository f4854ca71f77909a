"""What an annotator has earned: each page with its status, bonuses and payouts."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from palate.server.annotate.frame import account_of, show
from palate.server.web.access import allow
from palate.server.work.ledger import earnings_of
from palate.server.work.models import Assignment, LedgerEntry

__all__ = ["earnings"]

_ROWS = 50
_ENDED = ("submitted", "accepted", "rejected")


@allow("account")
@require_safe
def earnings(request: HttpRequest) -> HttpResponse:
    """Show the sums, the pages, and everything else that moved money."""
    account = account_of(request)
    pages = Assignment.objects.filter(annotator=account, status__in=_ENDED).select_related("pool__project")
    others = LedgerEntry.objects.filter(annotator=account).exclude(kind="reward").select_related("project")
    return show(
        request,
        "annotate/earnings.html",
        "earnings",
        earnings=earnings_of(account),
        pages=Paginator(pages.order_by("-submitted_at"), _ROWS).get_page(request.GET.get("part")),
        others=others.order_by("-pk")[:_ROWS],
    )
