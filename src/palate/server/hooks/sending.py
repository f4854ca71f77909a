"""Send events to webhooks: in order, each at least once, again later where nobody took them."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.core.serializers.json import DjangoJSONEncoder

from palate.core.errors import PalateError
from palate.core.signatures import SIGNATURE_HEADER, sign
from palate.server.hooks.making import allowed_address
from palate.server.hooks.models import Webhook
from palate.server.work.models import Event
from palate.server.work.told import told

__all__ = ["Send", "post", "send_events"]

Send = Callable[[str, bytes, dict[str, str]], int]
"""Posts a body with headers to an address; returns the status, raises ``OSError`` where no answer came."""

_AT_ONCE = 100
"""Events of one request."""
_ROUNDS = 20
"""Requests to one webhook before the others have their turn."""
_SECONDS = 10.0
_FIRST_WAIT, _LONGEST_WAIT = timedelta(seconds=5), timedelta(hours=1)
_GIVES_UP_AFTER = 30
"""Failures in a row, after a day and a half: then the webhook is paused, and loses nothing."""


def send_events(hosts: Sequence[str], now: Callable[[], datetime], send: Send) -> int:
    """Send what is due; return how many events arrived.

    What arrived is noted after its receiver has said so: if this process dies in between, it is sent again.

    Args:
        hosts: To which the server's owner lets it send at this time.
        now: Gives the moment, UTC.
        send: How to send.
    """
    due = Webhook.objects.filter(status="active", next_try__lte=now(), project__archived_at=None)
    return sum(_send_to(webhook, hosts, now, send) for webhook in due.order_by("next_try"))


def _send_to(webhook: Webhook, hosts: Sequence[str], now: Callable[[], datetime], send: Send) -> int:
    arrived = 0
    for _ in range(_ROUNDS):
        events = _following(webhook)
        wanted = [event for event in events if not webhook.kinds or event.kind in webhook.kinds]
        problem = _try(webhook, wanted, hosts, now(), send) if wanted else ""
        if problem:
            _failed(webhook, problem, now())
            return arrived
        if events:
            _arrived(webhook, events[-1].pk, now() if wanted else None)
        arrived += len(wanted)
        if len(events) < _AT_ONCE:
            break
    return arrived


def _following(webhook: Webhook) -> list[Event]:
    """Return the next events, of all kinds: those that are not wanted are passed by."""
    rows = Event.objects.filter(project=webhook.project_id, pk__gt=webhook.sent_up_to)
    return list(rows.select_related("annotator").order_by("pk")[:_AT_ONCE])


def _try(webhook: Webhook, events: Sequence[Event], hosts: Sequence[str], now: datetime, send: Send) -> str:
    """Send events; return what went wrong, empty if they arrived."""
    body = json.dumps(
        {"webhook": webhook.pk, "project": webhook.project_id, "events": [told(event) for event in events]},
        cls=DjangoJSONEncoder,
        separators=(",", ":"),
    ).encode()
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Palate",
        SIGNATURE_HEADER: sign(webhook.secret, body, int(now.timestamp())),
        "Idempotency-Key": f"webhook-{webhook.pk}-{events[-1].pk}",
    }
    try:
        allowed_address(webhook.url, hosts)
        status = send(webhook.url, body, headers)
    except PalateError as error:
        return str(error)
    except OSError as error:
        return f"It cannot be reached: {error.strerror or error or type(error).__name__}."
    return "" if 200 <= status < 300 else f"It answered {status}; 200 to 299 would say that events arrived."


def _arrived(webhook: Webhook, last: int, at: datetime | None) -> None:
    webhook.sent_up_to, webhook.failures = last, 0
    webhook.sent_at = at or webhook.sent_at
    Webhook.objects.filter(pk=webhook.pk).update(
        sent_up_to=last, failures=0, problem="", sent_at=webhook.sent_at
    )


def _failed(webhook: Webhook, problem: str, now: datetime) -> None:
    webhook.failures += 1
    wait = min(_FIRST_WAIT * 2 ** min(webhook.failures - 1, 20), _LONGEST_WAIT)
    webhook.problem, webhook.next_try = problem[:500], now + wait
    if webhook.failures >= _GIVES_UP_AFTER:
        webhook.status = "paused"
    # Not what a manager changed meanwhile: who paused it wants it paused.
    Webhook.objects.filter(pk=webhook.pk, status="active").update(
        failures=webhook.failures, problem=webhook.problem, next_try=webhook.next_try, status=webhook.status
    )


def post(url: str, body: bytes, headers: dict[str, str]) -> int:
    """Post a body; follow no redirect, wait no longer than ten seconds, read nothing of the answer but its status.

    Raises:
        OSError: No answer came.
    """
    parts = urlsplit(url)
    host, path = parts.hostname or "", parts.path or "/"
    if parts.scheme == "https":
        context = ssl.create_default_context()
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            host, parts.port, timeout=_SECONDS, context=context
        )
    else:
        connection = http.client.HTTPConnection(host, parts.port, timeout=_SECONDS)
    try:
        connection.request("POST", f"{path}?{parts.query}" if parts.query else path, body, headers)
        return connection.getresponse().status
    except http.client.HTTPException as error:
        raise ConnectionError(str(error) or type(error).__name__) from error
    finally:
        connection.close()
