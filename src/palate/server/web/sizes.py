"""How large a request may be: decided by its headers, before anything reads or keeps what it carries."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from palate.server.web.failures import refused

__all__ = ["limit_sizes"]

_MB = 2**20
_TAKES_FILES = "/manage/"
Respond = Callable[[HttpRequest], HttpResponse]


def limit_sizes(respond: Respond) -> Respond:
    """Refuse what is too large: managers' forms with files above the server's setting, all else above 10 MB.

    What does not say how large it is (sent in chunks) is refused too.
    """
    uploads: int = settings.CONFIG.largest_upload * _MB
    others: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE

    def respond_if_small(request: HttpRequest) -> HttpResponse:
        if "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").casefold():
            problem = "Say how large the request is: send it whole, with Content-Length, not in chunks."
            return refused(request, 411, "length_required", problem)
        has_files = request.content_type == "multipart/form-data" and request.path.startswith(_TAKES_FILES)
        limit = uploads if has_files else others
        if _length(request) > limit:
            problem = (
                f"What you sent has {_length(request) / _MB:,.1f} MB; at most {limit // _MB} MB are taken at once. Send it"
                " in several parts."
            )
            return refused(request, 413, "too_large", problem)
        return respond(request)

    return respond_if_small


def _length(request: HttpRequest) -> int:
    length: str = request.META.get("CONTENT_LENGTH") or "0"
    return int(length) if length.isascii() and length.isdigit() else 0
