"""The switch that turns single keys on and off, kept at the account."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from palate.server.annotate.frame import account_of
from palate.server.web.access import allow

__all__ = ["keys"]


@allow("account")
@require_POST
def keys(request: HttpRequest) -> HttpResponse:
    """Turn single keys on or off; the switch on a page of tasks sends it."""
    account = account_of(request)
    account.single_keys = request.POST.get("single_keys") == "on"
    account.save(update_fields=["single_keys"])
    return JsonResponse({"single_keys": account.single_keys})
