"""The addresses of the API, all under one version."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from ninja.operation import Operation
from ninja.responses import NinjaJSONEncoder

from palate.server.api.application import api
from palate.server.api.errors import json_error
from palate.server.web.access import allow

__all__ = ["urlpatterns"]


class Address:
    """One address and its operations, one a method. They know tokens only, no cookies."""

    def __init__(self, operations: Sequence[Operation]) -> None:
        self.operations = operations

    def answer(self, request: HttpRequest, **arguments: Any) -> HttpResponse:
        """Answer a request by the operation of its method."""
        for operation in self.operations:
            if request.method in operation.methods:
                return operation.run(request, **arguments)  # type: ignore[return-value]  # a response of Django's
        allowed = sorted(method for operation in self.operations for method in operation.methods)
        response = json_error(
            405, "no_such_method", f"This address takes {' and '.join(allowed)}.", allowed=allowed
        )
        response.headers["Allow"] = ", ".join(allowed)
        return response


@allow("anyone")
def description(request: HttpRequest) -> HttpResponse:
    """Describe the API as OpenAPI; it names no data."""
    if request.method not in {"GET", "HEAD"}:
        response = json_error(405, "no_such_method", "This address takes GET.", allowed=["GET"])
        response.headers["Allow"] = "GET"
        return response
    return HttpResponse(
        _described(request.path.removesuffix("openapi.json")), content_type="application/json"
    )


@cache
def _described(prefix: str) -> str:
    return json.dumps(api.get_openapi_schema(path_prefix=prefix), cls=NinjaJSONEncoder)


def _patterns() -> list[URLPattern]:
    found = [path("openapi.json", description, name="openapi-json")]
    for router in api._get_bound_routers():  # noqa: SLF001 (the library has no public name for them)
        for written, view in router.path_operations.items():
            address = written.lstrip("/").replace("{", "<").replace("}", ">")
            name = view.operations[0].view_func.__name__
            found.append(path(address, Address(view.operations).answer, name=name))
    return found


urlpatterns = _patterns()
