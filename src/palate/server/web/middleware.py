"""Headers that keep pages from running or loading what is not ours, and errors shown as pages."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from palate.core.errors import PalateError
from palate.server.web.failures import problem_page
from palate.server.web.throttling import TooManyAttemptsError

__all__ = ["content_security_policy", "errors_as_pages", "security_headers", "shows_task_images"]

Respond = Callable[[HttpRequest], HttpResponse]
V = TypeVar("V", bound=Callable[..., HttpResponseBase])

_HEADERS = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",  # what may be kept (static files, pictures) says so itself
}
_A_YEAR = 365 * 24 * 3600


def content_security_policy(images: str = "'self'") -> str:
    """Return the policy of a page: everything comes from this server, and nothing else runs.

    Args:
        images: Where images may come from.
    """
    return "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            f"img-src {images}",
            "connect-src 'self'",
            "font-src 'self'",
            "manifest-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ]
    )


_OURS_ONLY = content_security_policy()
_TASK_IMAGES = content_security_policy("'self' https:")


def shows_task_images(view: V) -> V:
    """Let the pages of a view show images of tasks, which lie anywhere on the web; stands above ``allow``."""

    @wraps(view)
    def shown(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponseBase:
        response = view(request, *arguments, **named)
        response.headers.setdefault("Content-Security-Policy", _TASK_IMAGES)
        return response

    return shown  # type: ignore[return-value]  # wraps keeps the view's signature


def security_headers(respond: Respond) -> Respond:
    """Add to every response the headers that close what browsers leave open."""
    headers = {**_HEADERS, "Content-Security-Policy": _OURS_ONLY}
    if settings.CONFIG.secure:
        headers["Strict-Transport-Security"] = f"max-age={_A_YEAR}"

    def respond_safely(request: HttpRequest) -> HttpResponse:
        response = respond(request)
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        return response

    return respond_safely


class errors_as_pages:
    """Show an error that a person can mend as a page with its text, not as a failure of the server."""

    def __init__(self, respond: Respond) -> None:
        self._respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        return self._respond(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Return a page, or JSON for a script, for a :class:`PalateError`; Django handles the others."""
        if not isinstance(error, PalateError):
            return None
        status = 429 if isinstance(error, TooManyAttemptsError) else 400
        response = problem_page(request, str(error), status)
        if isinstance(error, TooManyAttemptsError):
            response.headers["Retry-After"] = str(error.seconds)
        return response
