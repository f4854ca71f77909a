"""Whether the server is well: for load balancers, and for whoever waits until it has started."""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse

from palate._version import __version__
from palate.server.web.access import allow

__all__ = ["healthz"]


@allow("anyone")
def healthz(request: HttpRequest) -> JsonResponse:  # noqa: ARG001 (a view takes the request)
    """Answer 200 if the database answers, else 503."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"status": "the database does not answer", "version": __version__}, status=503)
    return JsonResponse({"status": "ok", "version": __version__})
