"""The frame of annotators' pages: what every one of them needs to know."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from palate.server.accounts.models import Account, Role
from palate.server.projects.models import Project
from palate.server.projects.reading import template_of
from palate.server.web.texts import ENGLISH, direction_of, nearest_language
from palate.server.work.models import Message

__all__ = ["account_of", "device_of", "frame_language", "language_of", "manages", "moment", "show"]


def account_of(request: HttpRequest) -> Account:
    """Return who is logged in; views that ``allow`` protects have somebody."""
    return cast("Account", request.user)


def moment() -> datetime:
    """Return the time now, UTC."""
    return datetime.now(UTC)


def device_of(request: HttpRequest) -> Literal["phone", "desktop"]:
    """Return ``phone`` or ``desktop``, as the browser calls itself."""
    said = request.headers.get("Sec-CH-UA-Mobile", "")
    return "phone" if said == "?1" or "Mobi" in request.headers.get("User-Agent", "") else "desktop"


def language_of(account: Account, project: Project) -> str:
    """Return the first of an annotator's languages in which a project asks; empty if it asks in none of them."""
    template = template_of(project)
    mains = ((str(tag), str(tag).partition("-")[0]) for tag in account.languages)
    return next((tag for tag, main in mains if template.wording(tag).language.partition("-")[0] == main), "")


def frame_language(request: HttpRequest, project: Project | None = None) -> str:
    """Return the language of an annotator's page: the one in which its project asks them, else the browser's."""
    asked = ""
    if project is not None:
        asked = template_of(project).wording(language_of(account_of(request), project)).language
    return nearest_language(request, asked)


def manages(account: Account) -> bool:
    """Return whether the managers' pages are open to an account."""
    if account.is_admin or account.is_manager:
        return True
    return account.memberships.filter(role__in=[Role.MANAGER, Role.REVIEWER]).exists()


def show(
    request: HttpRequest, template: str, here: str = "", *, status: int = 200, **context: Any
) -> HttpResponse:
    """Return a page within the annotators' frame, in their language; managers' pages are in English.

    Args:
        request: Whose page it is.
        template: Its template.
        here: The entry of the navigation that it belongs to.
        status: Its HTTP status.
        context: What the template shows; ``project`` is what the page is about, if it is about one.
    """
    account = account_of(request)
    unread = Message.objects.filter(annotator=account, read_at=None).count()
    language = ENGLISH if here == "manage" else frame_language(request, context.get("project"))
    frame = {
        "here": here,
        "unread": unread,
        "manages": manages(account),
        "frame_language": language,
        "frame_direction": direction_of(language),
    }
    return render(request, template, {**frame, **context}, status=status)
