"""Who works in a pool, and what is done about them."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from palate.core.errors import InputError, PalateError
from palate.server.annotate.frame import moment, show
from palate.server.manage import dealing
from palate.server.manage.once import once
from palate.server.projects.models import Pool
from palate.server.web.access import allow
from palate.server.work.models import Standing

__all__ = ["annotator_list"]

_A_PART = 50
_ORDERS = (
    ("pages", "most pages"),
    ("accuracy", "least right"),
    ("fast", "fastest"),
    ("rejected", "most rejected"),
)


@allow("manager", pool=Pool)
@require_http_methods(["GET", "HEAD", "POST"])
def annotator_list(request: HttpRequest, pool: Pool) -> HttpResponse:
    """List the annotators of a pool, or do something about one of them."""
    if request.method != "POST":
        return _page(request, pool, request.GET.get("annotator", ""))
    code = request.POST.get("annotator", "")
    try:
        target = once(request, lambda: _act(request, pool, code))
    except PalateError as error:
        return _page(request, pool, code, str(error))
    return redirect(target)


def _act(request: HttpRequest, pool: Pool, code: str) -> str:
    account, post, now = dealing.annotator_called(pool, code), request.POST, moment()
    match post.get("action"):
        case "message":
            dealing.tell(account, pool, post.get("text", ""), now=now)
            messages.success(request, "The message is sent.")
        case "bonus":
            key = post.get("form_key", "")
            dealing.bonus(account, pool, post.get("amount", ""), post.get("note", ""), key, now=now)
            messages.success(request, "The bonus is paid.")
        case "restrict":
            dealing.keep_away(
                account,
                pool,
                post.get("scope", "pool"),
                post.get("days", ""),
                post.get("reason", ""),
                now=now,
            )
            messages.success(request, "The annotator gets no more pages.")
        case "lift":
            dealing.let_work(account, pool, now=now)
            messages.success(request, "The annotator may work again.")
        case _:
            raise InputError("Choose what to do.")
    return f"{reverse('manage:annotators', args=[pool.pk])}?annotator={account.code}"


def _page(request: HttpRequest, pool: Pool, code: str, problem: str = "") -> HttpResponse:
    now, order = moment(), request.GET.get("order", "pages")
    part = Paginator(dealing.standings_of(pool, order), _A_PART).get_page(request.GET.get("part"))
    chosen = (
        Standing.objects.filter(pool=pool, annotator__code=code.replace("\0", "")[:20])
        .select_related("annotator")
        .first()
    )
    context = {
        "project": pool.project,
        "pool": pool,
        "found": part,
        "rows": dealing.annotator_rows(pool, list(part), now),
        "chosen": dealing.annotator_rows(pool, [chosen], now)[0] if chosen else None,
        "order": order if order in dict(_ORDERS) else "pages",
        "orders": _ORDERS,
        "problem": problem,
        "typed": request.POST,
        "may_manage": True,
    }
    return show(request, "manage/annotators.html", "manage", status=400 if problem else 200, **context)
