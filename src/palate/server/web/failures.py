"""What somebody reads whose request was refused: a page, or JSON where a script or a program asked."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views import defaults

__all__ = [
    "csrf_failure",
    "failed",
    "not_allowed",
    "not_found",
    "not_understood",
    "problem_page",
    "refused",
    "wants_json",
]

_API = "/api/"


def wants_json(request: HttpRequest) -> bool:
    """Return whether a script asks, not a person."""
    accepted = request.headers.get("Accept", "")
    return accepted.startswith("application/json") or request.content_type == "application/json"


def problem_page(request: HttpRequest, problem: str, status: int) -> HttpResponse:
    """Say what went wrong and what to do."""
    if wants_json(request):
        return JsonResponse({"problem": problem}, status=status)
    return render(request, "web/problem.html", {"problem": problem}, status=status)


def refused(request: HttpRequest, status: int, code: str, problem: str) -> HttpResponse:
    """Say why a request is refused before anything looked at it; below /api in the form of the API's errors."""
    if request.path.startswith(_API):
        return _api_error(status, code, problem)
    return problem_page(request, problem, status)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 (Django passes it)
    """Say that the form was not sent from a page of ours, or too old."""
    problem = "This form was not sent from a page of this server, or it is too old. Reload the page and send it again."
    return problem_page(request, problem, 403)


def not_understood(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that Django could not read."""
    if isinstance(exception, RequestDataTooBig):
        return refused(request, 413, "too_large", "What was sent is too large. Send it in several parts.")
    if request.path.startswith(_API):
        return _api_error(400, "bad_request", "The server did not understand this request.")
    return defaults.bad_request(request, exception)


def not_allowed(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that is not allowed."""
    if request.path.startswith(_API):
        return _api_error(403, "not_allowed", "This is not allowed.")
    return defaults.permission_denied(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer where there is nothing."""
    if request.path.startswith(_API):
        return _api_error(
            404, "not_found", "There is no such address. /api/v1/openapi.json describes those that there are."
        )
    return defaults.page_not_found(request, exception)


def failed(request: HttpRequest) -> HttpResponse:
    """Answer when the server failed."""
    if request.path.startswith(_API):
        return _api_error(
            500,
            "failed",
            "The server failed here. What was stored before is kept; a retry with the same Idempotency-Key does nothing"
            " twice.",
        )
    return defaults.server_error(request)


def _api_error(status: int, code: str, message: str) -> HttpResponse:
    """Return an error as the API writes it (``api.errors.ErrorBody``), without loading the API."""
    detail: dict[str, Any] = {
        "code": code,
        "message": message,
        "field": None,
        "allowed": None,
        "problems": [],
    }
    return JsonResponse({"error": detail}, status=status)
