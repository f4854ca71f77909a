"""Speak to another platform's HTTP API: again where it was busy, never twice what must happen once."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx

from palate.core.errors import PalateError, SettingsError
from palate.platforms.base import UnreachableError

__all__ = ["Service", "ServiceRefusedError", "check_address"]

T = TypeVar("T")

_ATTEMPTS = 6
_BUSY = {408, 429, 500, 502, 503, 504}
_LONGEST_WAIT = 60.0
_LOCAL = {"127.0.0.1", "localhost", "::1"}


class ServiceRefusedError(PalateError):
    """A platform does not do what was asked, now or later.

    Args:
        what: The platform's name.
        status: The HTTP status.
        message: What it said.
    """

    def __init__(self, what: str, status: int, message: str) -> None:
        self.what, self.status, self.message = what, status, message
        super().__init__(f"{what} refuses ({status}): {message}")

    def __reduce__(self) -> tuple[type[ServiceRefusedError], tuple[str, int, str]]:
        return type(self), (self.what, self.status, self.message)


@dataclass(frozen=True)
class Service:
    """An HTTP API.

    Args:
        name: The platform's, for errors.
        url: Where it is.
        authorization: The header of that name; never shown.
    """

    name: str
    url: str
    authorization: str = field(repr=False)

    def get(self, path: str, **query: Any) -> Any:
        """Return what is at an address."""
        return self.call("GET", path, query=query)

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: Mapping[str, Any] | None = None,
        repeatable: bool = True,
    ) -> Any:
        """Return what the platform answers, None where it answers nothing.

        Args:
            method: Such as ``POST``.
            path: Begins with a slash.
            body: Sent as JSON.
            query: Behind the path; what is None is left out.
            repeatable: Whether doing it twice is the same as once. If not, a lost answer is an error at once.

        Raises:
            ServiceRefusedError: It does not do it.
            UnreachableError: It cannot be reached, or is too busy; with ``repeatable`` False, it may have been done.
        """
        problem = ""
        for attempt in range(_ATTEMPTS):
            wait, maybe_done = 0.25 * 2**attempt, True
            try:
                answer = self._send(method, path, body, query or {})
            except httpx.TransportError as error:
                problem = str(error) or type(error).__name__
            else:
                if answer.is_success:
                    return _parsed(self.name, answer)
                if answer.status_code not in _BUSY:
                    raise ServiceRefusedError(self.name, answer.status_code, _message(answer))
                problem = f"it answered {answer.status_code}"
                wait = max(wait, _asked_wait(answer))
                maybe_done = answer.status_code != 429
            if maybe_done and not repeatable:
                break
            if attempt < _ATTEMPTS - 1:
                time.sleep(wait)
        raise UnreachableError(
            f"{self.name} cannot be reached at {self.url} ({problem}). Run the same again later: it goes on where it"
            " stopped."
        )

    def made_once(self, find: Callable[[], T | None], make: Callable[[], T]) -> T:
        """Return what ``find`` finds, or else what ``make`` makes; where its answer was lost, it is looked for again.

        Raises:
            UnreachableError: It cannot be made now.
        """
        for attempt in range(_ATTEMPTS):
            found = find()
            if found is not None:
                return found
            try:
                return make()
            except UnreachableError:
                if attempt == _ATTEMPTS - 1:
                    raise
                time.sleep(0.25 * 2**attempt)
        raise UnreachableError(f"{self.name} cannot be reached.")  # for type checkers; the loop ends before

    def _send(self, method: str, path: str, body: Any, query: Mapping[str, Any]) -> httpx.Response:
        return httpx.request(
            method,
            self.url.rstrip("/") + path,
            json=body,
            params={name: _text(value) for name, value in query.items() if value is not None},
            headers={"Authorization": self.authorization, "Accept": "application/json"},
            timeout=60.0,
            verify=_trusted(),
        )


@cache
def _trusted() -> ssl.SSLContext:
    """Return whom to trust; reading the list takes longer than many a request."""
    return httpx.create_ssl_context()


def check_address(url: str) -> None:
    """Raise an error unless an address is one to which a token may be sent.

    Raises:
        SettingsError: It is none, holds a password, or is not encrypted and not on this machine.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise SettingsError("'url' must be like https://example.org.")
    if parts.username or parts.password:
        raise SettingsError("'url' holds a name or a password. Leave them out.")
    if parts.scheme == "http" and parts.hostname not in _LOCAL:
        raise SettingsError(f"{url} is not encrypted: anybody on the way could read the token. Use https.")


def _parsed(name: str, answer: httpx.Response) -> Any:
    if not answer.content:
        return None
    try:
        return answer.json()
    except ValueError:
        raise PalateError(f"What answers at {answer.url.host} is not {name}: it sent no JSON.") from None


def _message(answer: httpx.Response) -> str:
    try:
        found = answer.json()
    except ValueError:
        return answer.text[:300]
    if not isinstance(found, dict):
        return str(found)[:500]
    text = str(found.get("message") or found.get("detail") or found.get("code") or "")
    details = found.get("payload") or found.get("validation_errors")
    return f"{text} {details}".strip()[:1000] if details else text[:1000]


def _asked_wait(answer: httpx.Response) -> float:
    """Return the seconds that the platform asks to wait."""
    try:
        return min(_LONGEST_WAIT, float(answer.headers.get("Retry-After", "0")))
    except ValueError:
        return 0.0


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
