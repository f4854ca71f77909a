"""The door to the API, which is loaded when somebody first knocks: most workers of most servers never need it."""

from __future__ import annotations

import threading
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLResolver
from django.urls.resolvers import RegexPattern
from django.views.decorators.csrf import csrf_exempt

__all__ = ["answer", "resolver"]

_loading = threading.Lock()
_RESOLVER = URLResolver(RegexPattern(""), "palate.server.api.urls")


def resolver() -> URLResolver:
    """Return the API's addresses; the first call loads them, and calls at the same time wait for it."""
    with _loading:
        _RESOLVER.url_patterns  # noqa: B018 (reading it loads them)
    return _RESOLVER


@csrf_exempt
def answer(request: HttpRequest, address: str) -> HttpResponseBase:
    """Answer a request by the operation at an address. The API knows tokens only, no cookies.

    Raises:
        Resolver404: There is none.
    """
    match = resolver().resolve(address)
    request.resolver_match = match
    given: dict[str, Any] = match.kwargs
    response: HttpResponseBase = match.func(request, *match.args, **given)
    return response
