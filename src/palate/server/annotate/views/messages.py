"""What managers wrote to an annotator."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from palate.server.annotate.frame import account_of, moment, show
from palate.server.web.access import allow
from palate.server.work.models import Message

__all__ = ["messages"]

_ROWS = 20


@allow("account")
@require_http_methods(["GET", "HEAD", "POST"])
def messages(request: HttpRequest) -> HttpResponse:
    """Show the messages, the latest first; a POST marks all of them as read."""
    own = Message.objects.filter(annotator=account_of(request))
    if request.method == "POST":
        own.filter(read_at=None).update(read_at=moment())
        return redirect("annotate:messages")
    found = Paginator(own.select_related("pool__project").order_by("-pk"), _ROWS)
    return show(request, "annotate/messages.html", "messages", found=found.get_page(request.GET.get("part")))
