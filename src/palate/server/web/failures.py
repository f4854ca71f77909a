"""What somebody reads whose request was refused: a page, or JSON where a script asked."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

__all__ = ["csrf_failure", "problem_page", "wants_json"]


def wants_json(request: HttpRequest) -> bool:
    """Return whether a script asks, not a person."""
    accepted = request.headers.get("Accept", "")
    return accepted.startswith("application/json") or request.content_type == "application/json"


def problem_page(request: HttpRequest, problem: str, status: int) -> HttpResponse:
    """Say what went wrong and what to do."""
    if wants_json(request):
        return JsonResponse({"problem": problem}, status=status)
    return render(request, "web/problem.html", {"problem": problem}, status=status)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 (Django passes it)
    """Say that the form was not sent from a page of ours, or too old."""
    problem = "This form was not sent from a page of this server, or it is too old. Reload the page and send it again."
    return problem_page(request, problem, 403)
