"""Errors of the API, all in one shape."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from pydantic import BaseModel

from palate.asking import TransitionError
from palate.core.errors import InputError, PalateError, UnknownNameError
from palate.server.projects.tasks import TaskErrors
from palate.server.web.throttling import TooManyAttemptsError
from palate.server.work.refusals import Refused

__all__ = ["ApiError", "ErrorBody", "Problem", "handle_errors", "json_error"]


class Problem(BaseModel):
    """One of several things that are wrong."""

    field: str | None = None
    row: int | None = None
    message: str


class ErrorDetail(BaseModel):
    """What is wrong."""

    code: str
    message: str
    field: str | None = None
    allowed: list[str] | None = None
    problems: list[Problem] = []


class ErrorBody(BaseModel):
    """The body of every answer that is no success."""

    error: ErrorDetail


class ApiError(PalateError):
    """A request that the API itself refuses.

    Args:
        status: The HTTP status.
        code: For programs.
        text: For people.
        field: The parameter or header concerned.
    """

    def __init__(self, status: int, code: str, text: str, field: str | None = None) -> None:
        self.status, self.code, self.field = status, code, field
        super().__init__(text)


def handle_errors(api: NinjaAPI) -> None:
    """Have an API answer all errors in the one shape."""
    handlers: dict[type[Exception], Callable[[HttpRequest, Any], HttpResponse]] = {
        PalateError: _mendable,
        Http404: _missing,
        ValidationError: _invalid,
        AuthenticationError: _unknown_caller,
        HttpError: _refused,
        RequestDataTooBig: _too_big,
    }
    for kind, handler in handlers.items():
        api.add_exception_handler(kind, handler)


def json_error(status: int, code: str, message: str, **more: Any) -> HttpResponse:
    """Return an error; ``more`` holds further fields of :class:`ErrorDetail`."""
    body = ErrorBody(error=ErrorDetail(code=code, message=message, **more))
    return HttpResponse(body.model_dump_json(), status=status, content_type="application/json; charset=utf-8")


def _mendable(_: HttpRequest, error: Exception) -> HttpResponse:
    response = json_error(message=str(error), **_said(error))
    if isinstance(error, TooManyAttemptsError):
        response.headers["Retry-After"] = str(error.seconds)
    return response


def _said(error: Exception) -> dict[str, Any]:
    """Return the status, the code and what else the error says beside its text."""
    match error:
        case ApiError():
            found = {"status": error.status, "code": error.code, "field": error.field}
        case TooManyAttemptsError():
            found = {"status": 429, "code": "too_many_attempts"}
        case Refused():
            problems = [
                Problem(field=f"answers.{at}", message=text) for at, text in sorted(error.problems.items())
            ]
            found = {
                "status": 422 if error.code == "invalid" else 409,
                "code": error.code,
                "problems": problems,
            }
        case TransitionError():
            found = {"status": 409, "code": "wrong_status", "field": "status", "allowed": list(error.allowed)}
        case TaskErrors():
            problems = [Problem(row=one.row, message=one.problem) for one in error.errors]
            found = {"status": 422, "code": "wrong_rows", "problems": problems}
        case UnknownNameError():
            found = {"status": 422, "code": "unknown_name", "field": error.kind, "allowed": error.known}
        case InputError():
            found = {"status": 422, "code": "invalid", "field": error.column}
        case _:
            found = {"status": 422, "code": "invalid"}
    return found


def _missing(_: HttpRequest, __: Exception) -> HttpResponse:
    return json_error(404, "not_found", "There is no such thing, or not for this token.")


def _invalid(_: HttpRequest, error: Exception) -> HttpResponse:
    found = error.errors if isinstance(error, ValidationError) else []
    problems = [Problem(field=_place(one), message=_message(one)) for one in found]
    text = (
        "; ".join(f"'{one.field}': {one.message}" for one in problems[:5])
        or "The request is not as expected."
    )
    return json_error(
        422,
        "invalid",
        text,
        field=problems[0].field if problems else None,
        problems=problems,
        allowed=_allowed(found),
    )


def _unknown_caller(_: HttpRequest, __: Exception) -> HttpResponse:
    response = json_error(
        401,
        "no_token",
        "Send a valid token in the header 'Authorization: Bearer palate_…'; make one under Profile.",
    )
    response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _refused(_: HttpRequest, error: Exception) -> HttpResponse:
    status = error.status_code if isinstance(error, HttpError) else 400
    if isinstance(error.__cause__, RequestDataTooBig):
        return _too_big(_, error)
    reason = f": {error.__cause__}" if isinstance(error.__cause__, ValueError) else ""
    return json_error(status, "bad_request", f"The body cannot be read as JSON{reason}")


def _too_big(_: HttpRequest, __: Exception) -> HttpResponse:
    return json_error(413, "too_large", "The body is larger than 10 MB. Send it in several parts.")


def _place(problem: dict[str, Any]) -> str:
    """Return where in the request something is wrong, without the names that only the library gives."""
    source, *rest = [str(part) for part in problem["loc"]]
    return ".".join(rest[1:] if source == "body" and len(rest) > 1 else rest) or source


def _message(problem: dict[str, Any]) -> str:
    text = str(problem["msg"]).removeprefix("Value error, ")
    return f"{text[0].upper()}{text[1:]}" if text else "It is not as expected."


def _allowed(found: list[dict[str, Any]]) -> list[str] | None:
    expected = next((one["ctx"]["expected"] for one in found if one.get("type") == "literal_error"), None)
    return (
        None
        if expected is None
        else [part.strip("' ") for part in expected.replace(" or ", ", ").split(", ")]
    )
