"""Forms that do their work once, however often they are sent."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from django.db import transaction
from django.http import HttpRequest

from palate.server.annotate.frame import account_of, moment
from palate.server.work.models import Reply

__all__ = ["once"]

_LONGEST_KEY = 150


def once(request: HttpRequest, act: Callable[[], str]) -> str:
    """Return where ``act`` leads to; a form with the same key leads there again without doing it twice.

    What fails is undone, and its key may be used again.
    """
    key = request.POST.get("form_key", "")[:_LONGEST_KEY]
    if not key:
        return act()
    path_hash = hashlib.sha256(request.path.encode()).hexdigest()
    with transaction.atomic():
        reply, is_first = Reply.objects.get_or_create(
            account=account_of(request),
            key=f"form:{key}",
            defaults={"request_hash": path_hash, "status": 302, "body": "", "at": moment()},
        )
        if not is_first and reply.request_hash == path_hash:
            return reply.body
        target = act()
        Reply.objects.filter(pk=reply.pk).update(body=target)
    return target
