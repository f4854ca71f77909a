"""How forms come back when something in them was wrong."""

from __future__ import annotations

from typing import TypeVar

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from palate.core.errors import PalateError
from palate.server.web.throttling import TooManyAttemptsError

__all__ = ["join_link", "page_with", "refused"]

F = TypeVar("F", bound=forms.BaseForm)


def refused(form: F, error: PalateError) -> F:
    """Return a form that says why it was not taken."""
    form.add_error(None, str(error))
    return form


def page_with(
    request: HttpRequest, template: str, context: dict[str, object], error: PalateError | None = None
) -> HttpResponse:
    """Return a page: 200 when it is asked for, 400 when its form was wrong, 429 when it was sent too early."""
    if isinstance(error, TooManyAttemptsError):
        response = render(request, template, context, status=429)
        response.headers["Retry-After"] = str(error.seconds)
        return response
    return render(request, template, context, status=400 if request.method == "POST" else 200)


def join_link(request: HttpRequest, code: str) -> str:
    """Return the link that carries an invitation code; what follows # reaches no server and no log."""
    return f"{request.build_absolute_uri(reverse('accounts:join'))}#{code}"
