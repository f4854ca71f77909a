"""What happens when somebody logs in: a new session, and the browser is noted."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.utils.http import url_has_allowed_host_and_scheme

from palate.server.accounts.devices import COOKIE, COOKIE_SECONDS, note_device
from palate.server.accounts.models import Account

__all__ = ["enter", "safe_next"]


def enter(request: HttpRequest, account: Account, response: HttpResponse, now: datetime) -> HttpResponse:
    """Log an account in, with a session key and a CSRF token that nobody knew before."""
    login(request, account)
    response.set_cookie(
        COOKIE,
        note_device(request.COOKIES.get(COOKIE), account, now),
        max_age=COOKIE_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
    return response


def safe_next(request: HttpRequest) -> str:
    """Return the page to go on to: the one asked for if it is one of ours, else the start."""
    asked = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(asked, {request.get_host()}, require_https=request.is_secure())
    return asked if ours else settings.LOGIN_REDIRECT_URL
