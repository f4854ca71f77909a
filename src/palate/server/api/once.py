"""A request with an idempotency key does its work once; a retry gets the first answer."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.http import HttpRequest, HttpResponse

from palate.core.errors import PalateError
from palate.server.accounts.models import Account
from palate.server.api.errors import ApiError
from palate.server.work.models import Reply
from palate.server.work.writing import again_when_blocked

__all__ = ["HEADER", "KEY_PATTERN", "key_of", "once"]

HEADER = "Idempotency-Key"
KEY_PATTERN = r"^[!-~]{1,150}$"
_JSON = "application/json; charset=utf-8"


def key_of(request: HttpRequest, *, required: bool) -> str:
    """Return the request's idempotency key, empty without one.

    Raises:
        ApiError: There is none where one is required, or it is too long or no plain text.
    """
    key = request.headers.get(HEADER)
    if key is None and required:
        raise ApiError(
            422,
            "key_required",
            f"This request needs the header {HEADER}: any text that no other request of yours has, so that a retry"
            " does nothing twice.",
            HEADER,
        )
    if key is not None and not re.fullmatch(KEY_PATTERN, key):
        raise ApiError(
            422, "wrong_key", f"{HEADER} must be 1 to 150 letters, digits and signs without blanks.", HEADER
        )
    return key or ""


@again_when_blocked
def once(
    request: HttpRequest, account: Account, key: str, act: Callable[[], HttpResponse], now: datetime
) -> HttpResponse:
    """Return the answer of ``act``, or the one that a request with this key got before.

    The work and the answer are stored in one transaction. Of two requests at once, the second waits for the first.
    What is refused leaves what it would leave without a key, and the key may be used again.

    Raises:
        ApiError: The key was used for another request.
    """
    refused: PalateError | None = None
    with transaction.atomic():
        reply, is_first = Reply.objects.get_or_create(
            account=account,
            key=f"api:{key}",
            defaults={"request_hash": _hash_of(request), "status": 0, "body": "", "at": now},
        )
        if not is_first:
            return _again(reply, request)
        try:
            response = act()
        except PalateError as error:
            refused = error
            Reply.objects.filter(pk=reply.pk).delete()
        else:
            body = response.content.decode()
            Reply.objects.filter(pk=reply.pk).update(status=response.status_code, body=body)
    if refused is not None:
        raise refused
    return response


def _again(reply: Reply, request: HttpRequest) -> HttpResponse:
    if reply.request_hash != _hash_of(request):
        raise ApiError(
            422, "key_reused", "This idempotency key was used for another request. Choose a new one.", HEADER
        )
    response = HttpResponse(reply.body, status=reply.status, content_type=_JSON)
    response.headers["Idempotency-Replayed"] = "true"
    return response


def _hash_of(request: HttpRequest) -> str:
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    digest.update(request.body)
    return digest.hexdigest()
