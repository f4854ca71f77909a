"""Every address that the server answers, with what its view declares about access."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from palate.server.api import entrance
from palate.server.web.access import Access

__all__ = ["Route", "all_routes"]

_ARGUMENT = re.compile(r"<(?:\w+:)?(\w+)>")
_FORMS = ("GET", "POST")


@dataclass(frozen=True)
class Route:
    """One address and method; ``access`` is ``None`` where the view declares nothing."""

    pattern: str
    method: str
    access: Access | None
    api: bool = False

    def __str__(self) -> str:
        return f"{self.method} /{self.pattern}"

    @property
    def arguments(self) -> list[str]:
        """Return the names of the arguments in the address."""
        return _ARGUMENT.findall(self.pattern)

    def path(self, values: dict[str, object]) -> str:
        """Return the address with its arguments filled in."""
        return "/" + _ARGUMENT.sub(lambda found: str(values[found[1]]), self.pattern)


def all_routes() -> list[Route]:
    """Return the routes of every view of the server: pages by GET and POST, the API by the methods it knows."""
    found = [*_views(get_resolver(), ""), *_views(entrance.resolver(), "api/v1/")]
    return [
        route
        for pattern, view in found
        if view.callback is not entrance.answer  # behind it are the addresses of the second resolver
        for route in _routes_of(pattern, view)
    ]


def _views(resolver: URLResolver, prefix: str) -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        pattern = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _views(entry, pattern)
        else:
            yield pattern, entry


def _routes_of(pattern: str, entry: URLPattern) -> list[Route]:
    operations = getattr(getattr(entry.callback, "__self__", None), "operations", None)
    if operations is None:
        access = getattr(entry.callback, "access", None)
        return [Route(pattern, method, access) for method in _FORMS]
    return [
        Route(pattern, method, _declared(operation), api=True)
        for operation in operations
        for method in operation.methods
    ]


def _declared(operation: Any) -> Access | None:
    found = getattr(operation.view_func, "access", None)
    return found if isinstance(found, Access) else None
