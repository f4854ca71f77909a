"""One pool: how it is doing, its settings, its status."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from palate.asking import POOL
from palate.core.errors import PalateError
from palate.server.annotate.frame import account_of, moment, show
from palate.server.manage import pool_form
from palate.server.manage.live import live_pool
from palate.server.manage.once import once
from palate.server.manage.overview import may_manage
from palate.server.projects.life import change_status, clone_pool, projection_of
from palate.server.projects.making import update_pool
from palate.server.projects.models import Pool
from palate.server.projects.reading import mix_of, overlap_of
from palate.server.web.access import allow
from palate.server.work.admission import audience_of
from palate.server.work.rules import rules_of

__all__ = ["clone", "edit_pool", "live_fragment", "pool_page", "set_status"]

_HERE = "manage"
_DONE = {
    "open": "The pool is open: annotators can begin.",
    "paused": "The pool is paused: pages that are out may still be submitted.",
    "closed": "The pool is closed.",
    "archived": "The pool is archived.",
}


@allow("reviewer", pool=Pool)
@require_safe
def pool_page(request: HttpRequest, pool: Pool) -> HttpResponse:
    """Show how a pool is doing, and before it is opened what it will cost."""
    mix = mix_of(pool)
    context: dict[str, Any] = {
        "project": pool.project,
        "pool": pool,
        "live": live_pool(pool, now=moment()),
        "may_manage": may_manage(account_of(request), pool.project),
        "next": POOL.after(pool.status),
        "mix": mix,
        "overlap": overlap_of(pool),
        "audience": audience_of(pool).sentence,
        "rules": [rule.sentence for rule, _ in rules_of(pool)],
        "counts": {kind: pool.tasks.filter(kind=kind).count() for kind in ("real", "golden", "training")},
        "cost": projection_of(pool) if pool.status == "draft" else None,
        "hourly": pool_form.hourly_examples(pool.reward, mix.size) if pool.status == "draft" else (),
    }
    return show(request, "manage/pool.html", _HERE, **context)


@allow("reviewer", pool=Pool)
@require_safe
def live_fragment(request: HttpRequest, pool: Pool) -> HttpResponse:
    """Return the part of a pool's page that changes while people work."""
    context: dict[str, Any] = {
        "pool": pool,
        "live": live_pool(pool, now=moment()),
        "may_manage": may_manage(account_of(request), pool.project),
    }
    return render(request, "manage/live.html", context)


@allow("manager", pool=Pool)
@require_http_methods(["GET", "HEAD", "POST"])
def edit_pool(request: HttpRequest, pool: Pool) -> HttpResponse:
    """Change a pool's settings."""
    context: dict[str, Any] = {"project": pool.project, "pool": pool}
    if request.method != "POST":
        return show(request, "manage/pool_form.html", _HERE, draft=pool_form.from_pool(pool), **context)
    draft = pool_form.from_post(request.POST, pool.project, pool)
    if request.POST.get("action") != "save":
        return show(request, "manage/pool_form.html", _HERE, draft=draft, **context)
    try:
        update_pool(pool, draft.spec())
    except PalateError as error:
        draft = draft.refused(str(error))
        return show(request, "manage/pool_form.html", _HERE, status=400, draft=draft, **context)
    messages.success(request, "Saved.")
    return redirect("manage:pool", pool=pool.pk)


@allow("manager", pool=Pool)
@require_POST
def set_status(request: HttpRequest, pool: Pool) -> HttpResponse:
    """Open, pause, close or archive a pool."""
    status = request.POST.get("status", "")
    if pool.status != status:  # a second click finds it done
        change_status(pool, status, now=moment())
    messages.success(request, _DONE[status])
    return redirect("manage:pool", pool=pool.pk)


@allow("manager", pool=Pool)
@require_POST
def clone(request: HttpRequest, pool: Pool) -> HttpResponse:
    """Make a draft with the same settings and tasks."""
    name = request.POST.get("name", "").strip()[:200] or f"{pool.name[:180]}, again"
    target = once(request, lambda: reverse("manage:pool", args=[clone_pool(pool, name).pk]))
    messages.success(request, "Here is the copy, a draft without answers.")
    return redirect(target)
