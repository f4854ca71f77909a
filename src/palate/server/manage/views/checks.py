"""Checks of attention for pools of pairs, made for the manager."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from palate.server.manage.once import once
from palate.server.projects.attention_checks import add_checks
from palate.server.projects.models import Pool
from palate.server.web.access import allow

__all__ = ["add_pool_checks"]


@allow("manager", pool=Pool)
@require_POST
def add_pool_checks(request: HttpRequest, pool: Pool) -> HttpResponse:
    """Add attention pairs and swapped repeats to a draft."""
    from palate.server.projects.specs import ChecksSpec, parsed

    given = {name: request.POST[name] for name in ChecksSpec.model_fields if request.POST.get(name)}

    def add() -> str:
        added = add_checks(pool, parsed(ChecksSpec, given))
        pairs = f"{added.attention_pairs} attention pair{'' if added.attention_pairs == 1 else 's'}"
        repeats = f"{added.swapped_repeats} swapped repeat{'' if added.swapped_repeats == 1 else 's'}"
        messages.success(request, f"Added {pairs} and {repeats}.")
        return reverse("manage:tasks", args=[pool.pk])

    return redirect(once(request, add))
