"""Pages for requests that were refused before they reached a view."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

__all__ = ["csrf_failure"]


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 (Django passes it)
    """Say that the form was not sent from a page of ours, or too old."""
    problem = "This form was not sent from a page of this server, or it is too old. Reload the page and send it again."
    return render(request, "web/problem.html", {"problem": problem}, status=403)
