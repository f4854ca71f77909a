"""How an annotator wants to work: languages, single keys."""

from __future__ import annotations

import re

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from palate.server.annotate.frame import account_of, show
from palate.server.annotate.languages import LANGUAGES
from palate.server.web.access import allow

__all__ = ["keys", "preferences"]

_TAG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
_MOST = 20


@allow("account")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    """Show the preferences; a POST changes them."""
    account = account_of(request)
    others = [tag for tag in account.languages if tag not in dict(LANGUAGES)]
    context = {"languages": LANGUAGES, "chosen": account.languages, "more": ", ".join(others), "problem": ""}
    if request.method != "POST":
        return show(request, "annotate/preferences.html", "preferences", **context)
    more = [tag for tag in re.split(r"[,\s]+", request.POST.get("more", "")) if tag]
    first = request.POST.get("first", "")
    tags = list(dict.fromkeys([*([first] if first else []), *request.POST.getlist("languages"), *more]))
    wrong = next((tag for tag in tags if not _TAG.fullmatch(tag)), None)
    if wrong is not None or len(tags) > _MOST:
        problem = f"“{wrong[:40]}” is no language tag such as en or pt-BR." if wrong else f"Choose at most {_MOST}."
        context |= {"chosen": tags, "more": request.POST.get("more", ""), "problem": problem}
        return show(request, "annotate/preferences.html", "preferences", **context, status=422)
    account.languages, account.single_keys = tags, "single_keys" in request.POST
    account.save(update_fields=["languages", "single_keys"])
    messages.success(request, "Saved.")
    return redirect("annotate:preferences")


@allow("account")
@require_POST
def keys(request: HttpRequest) -> HttpResponse:
    """Turn single keys on or off; the switch on a page of tasks sends it."""
    account = account_of(request)
    account.single_keys = request.POST.get("single_keys") == "on"
    account.save(update_fields=["single_keys"])
    return JsonResponse({"single_keys": account.single_keys})
