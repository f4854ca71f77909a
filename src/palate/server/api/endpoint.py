"""One operation of the API: who may call it, on which objects, and how its answer is sent."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from typing import Any, Generic, Literal, TypeVar, cast
from uuid import UUID

from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from ninja import Router
from ninja.security import HttpBearer
from pydantic import BaseModel

from palate.core.errors import nearest
from palate.server.accounts.models import Account
from palate.server.accounts.tokens import account_of
from palate.server.api.errors import ApiError, ErrorBody
from palate.server.api.once import HEADER, KEY_PATTERN, key_of, once
from palate.server.projects.models import Pool, Project, Task
from palate.server.web.access import Access, AtLeast, check_general, visible
from palate.server.web.throttling import client_address
from palate.server.work.models import Assignment

__all__ = ["Caller", "Done", "Listed", "endpoint"]

T = TypeVar("T")
Key = Literal["none", "optional", "required"]
_JSON = "application/json; charset=utf-8"
_READS = {"GET", "HEAD", "OPTIONS"}


class Listed(BaseModel, Generic[T]):
    """Some rows of a list; ``next`` goes into ``after`` of the request for those that follow."""

    items: list[T]
    next: str | None = None


class Done(BaseModel):
    """The work is done."""

    done: bool = True


@dataclass(frozen=True)
class Caller:
    """Who calls an operation.

    Args:
        account: For whom the token acts.
        project_id: The only project that the token may touch; None for all.
        scope: Of the token, ``read`` or ``write``.
        now: When the request came, UTC.
        key: The idempotency key; empty without one.
        objects: What the address names, by the names of its arguments.
        request: The request itself, for bodies that are no JSON.
    """

    account: Account
    project_id: int | None
    scope: str
    now: datetime
    key: str
    objects: dict[str, Any]
    request: HttpRequest


class BearerToken(HttpBearer):
    """Lets in who has a valid token and may see every object that the address names."""

    def __init__(self, access: Access, key: Key, *, writes: bool) -> None:
        super().__init__()
        self._access, self._key, self._writes = access, key, writes

    def __call__(self, request: HttpRequest) -> Caller | None:
        """Return who calls, None without a valid token."""
        now = datetime.now(UTC)
        header = request.headers.get("Authorization", "")
        found = account_of(header, address=client_address(request), now=now) if header else None
        if found is None:
            return None
        account, token = found
        objects = self._objects(account, token.project_id, request)
        if self._writes and token.scope != "write":
            raise ApiError(403, "read_only_token", "This token may only read. Make one that may write.")
        key = key_of(request, required=self._key == "required") if self._key != "none" else ""
        return Caller(account, token.project_id, token.scope, now, key, objects, request)

    def authenticate(self, request: HttpRequest, token: str) -> None:
        """Satisfy the library, which asks for this method; the call above does the work."""

    def _objects(self, account: Account, project_id: int | None, request: HttpRequest) -> dict[str, Any]:
        check_general(account, self._access.at_least)
        if self._access.at_least in {"creator", "admin"} and project_id is not None:
            raise Http404
        arguments = request.resolver_match.kwargs if request.resolver_match else {}
        found = {
            name: visible(account, model, arguments[name], self._access.at_least)
            for name, model in self._access.objects.items()
        }
        if project_id is not None and any(_project_of(one) != project_id for one in found.values()):
            raise Http404
        return found


def endpoint(
    router: Router,
    method: Literal["GET", "POST", "PUT"],
    path: str,
    at_least: AtLeast,
    *,
    answer: Any,
    status: int = 200,
    key: Key = "none",
    remembered: bool = True,
    extra: dict[str, Any] | None = None,
    **objects: type[Model],
) -> Callable[[Callable[..., Any]], Callable[..., HttpResponseBase]]:
    """Make a function an operation. It takes the :class:`Caller`, the objects that the address names, and the rest.

    Args:
        router: Where it is registered.
        method: The HTTP method.
        path: Its address, with converters: ``/pools/{int:pool}``.
        at_least: The least role; see :class:`~palate.server.web.access.Access`.
        answer: The model of its answer; None for a file.
        status: The status of a success.
        key: Whether the request may or must carry an idempotency key.
        remembered: Whether the answer is stored for retries; not where it holds a secret.
        extra: What the description of the API says in addition.
        objects: The model of each argument of the address that names an object.
    """
    access = Access(at_least, objects)

    def decorate(function: Callable[..., Any]) -> Callable[..., HttpResponseBase]:
        known = [
            name
            for name in inspect.signature(function).parameters
            if name not in {"caller", "body", *objects}
        ]

        @wraps(function)
        def operation(request: HttpRequest, **values: Any) -> HttpResponseBase:
            caller: Caller = request.auth  # type: ignore[attr-defined]  # set by BearerToken
            _check_parameters(request, known)
            arguments = {**values, **caller.objects}

            def act() -> HttpResponse:
                return cast("HttpResponse", _sent(function(caller, **arguments), status))

            if caller.key and remembered:
                return once(request, caller.account, caller.key, act, caller.now)
            return act()

        operation.access = access  # type: ignore[attr-defined]
        operation.__signature__ = _signature(function, objects)  # type: ignore[attr-defined]
        described = {200 if answer is None else status: answer, **_errors(method, bool(objects))}
        return router.api_operation(
            [method],
            path,
            auth=BearerToken(access, key, writes=method not in _READS),
            response=described,
            operation_id=function.__name__,
            summary=(function.__doc__ or function.__name__).splitlines()[0].rstrip("."),
            description=inspect.cleandoc(function.__doc__ or ""),
            openapi_extra=_described(key, extra),
        )(operation)

    return decorate


def _sent(result: Any, status: int) -> HttpResponseBase:
    if isinstance(result, HttpResponseBase):
        return result
    return HttpResponse(result.model_dump_json(), status=status, content_type=_JSON)


def _check_parameters(request: HttpRequest, known: list[str]) -> None:
    """Refuse what an operation does not know: a filter with a slip in its name must not seem to work."""
    for name in request.GET:
        if name not in known:
            guess = nearest(name, known)
            hint = f" Did you mean '{guess}'?" if guess else f" There are: {', '.join(known) or 'none'}."
            raise ApiError(422, "unknown_parameter", f"There is no parameter '{name[:50]}'.{hint}", name[:50])


def _signature(function: Callable[..., Any], objects: dict[str, type[Model]]) -> inspect.Signature:
    """Return what the library is to read from a request: the caller is the request, objects are their keys."""
    found = inspect.signature(function, eval_str=True)
    first, *rest = found.parameters.values()
    keys = [
        one.replace(annotation=UUID if objects[one.name] is Assignment else int)
        if one.name in objects
        else one
        for one in rest
    ]
    return found.replace(
        parameters=[first.replace(name="request", annotation=inspect.Parameter.empty), *keys]
    )


def _errors(method: str, named: bool) -> dict[int, Any]:
    codes = [400, 401, 409, 422, 429, *([404] if named else []), *([403, 413] if method != "GET" else [])]
    return dict.fromkeys(sorted(codes), ErrorBody)


def _described(key: Key, extra: dict[str, Any] | None) -> dict[str, Any]:
    if key == "none":
        return extra or {}
    header = {
        "in": "header",
        "name": HEADER,
        "required": key == "required",
        "schema": {"type": "string", "pattern": KEY_PATTERN},
        "description": "Any text that no other request of yours has: a retry with it gets the first answer.",
    }
    return {**(extra or {}), "parameters": [header]}


def _project_of(found: Any) -> int | None:
    if isinstance(found, Project):
        return found.pk
    if isinstance(found, Pool):
        return found.project_id
    if isinstance(found, Task | Assignment):
        return found.pool.project_id
    return getattr(found, "project_id", None)
