"""Make, pause and end webhooks: only to hosts that the server's owner allows."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

from palate.core.errors import PalateError, UnknownNameError
from palate.server.hooks.models import Webhook
from palate.server.projects.models import Project
from palate.server.work.models import Event
from palate.server.work.told import EVENT_KINDS

__all__ = ["allowed_address", "create_webhook", "set_status"]

_MOST = 10
"""Webhooks that a project may have: every event is sent to each."""
_LOCAL = {"127.0.0.1", "localhost", "::1"}


def create_webhook(
    project: Project,
    url: str,
    kinds: Sequence[str],
    *,
    key: str,
    after: int | None = None,
    hosts: Sequence[str],
    now: datetime,
) -> Webhook:
    """Return a new webhook, or the one that the same key made before.

    Args:
        project: Whose events are sent.
        url: Where to.
        kinds: Of the events; all if there are none.
        key: Of the request.
        after: The id of the event after which it begins; by default it begins with what happens from now on.
        hosts: To which the server's owner lets it send, ``name`` or ``name:port``.
        now: The moment, UTC.

    Raises:
        PalateError: The address is none, or not allowed, or there are too many webhooks.
        UnknownNameError: There is no such kind of event.
    """
    for kind in kinds:
        if kind not in EVENT_KINDS:
            raise UnknownNameError("kind of event", kind, EVENT_KINDS)
    before = project.webhooks.filter(key=key).first()
    if before is not None:
        return before
    allowed_address(url, hosts)
    if project.webhooks.count() >= _MOST:
        raise PalateError(f"The project has {_MOST} webhooks, as many as it may. End one of them first.")
    last = Event.objects.filter(project=project).order_by("-pk").values_list("pk", flat=True).first()
    return Webhook.objects.create(
        project=project,
        url=url,
        kinds=sorted(set(kinds)),
        salt=secrets.token_hex(16),
        key=key,
        sent_up_to=(last or 0) if after is None else after,
        next_try=now,
        created_at=now,
    )


def allowed_address(url: str, hosts: Sequence[str]) -> None:
    """Accept an address to which events may be sent.

    Raises:
        PalateError: It is none, is not encrypted, holds a password, or its host is not allowed.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or parts.scheme not in {"http", "https"} or parts.fragment or any(c <= " " for c in url):
        raise PalateError(f"The address must be like https://hooks.example.org/palate; it is {url[:100]!r}.")
    if parts.username is not None or parts.password is not None:
        raise PalateError("The address holds a name or a password. Leave them out; requests are signed.")
    if parts.scheme == "http" and host not in _LOCAL:
        raise PalateError(f"Events are sent over https only; the address begins with http://{host[:100]}.")
    standard = 443 if parts.scheme == "https" else 80
    named = {host, f"{host}:{port or standard}"} if port in {None, standard} else {f"{host}:{port}"}
    if named.isdisjoint(one.casefold() for one in hosts):
        there = ", ".join(hosts) or "none"
        raise PalateError(
            f"Events may not be sent to {parts.netloc[:100]}. Whoever runs the server allows hosts with"
            f" 'palate serve --webhook-host {parts.netloc[:100]}'; allowed: {there}."
        )


def set_status(webhook: Webhook, status: str, *, now: datetime) -> Webhook:
    """Pause a webhook, or let it go on where it stopped, at once."""
    webhook.status, webhook.failures, webhook.next_try = status, 0, now
    webhook.problem = "" if status == "active" else webhook.problem
    webhook.save(update_fields=["status", "failures", "next_try", "problem"])
    return webhook
