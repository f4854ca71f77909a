"""Speak to a server's API: again where an answer got lost, and so that nothing is done twice."""

from __future__ import annotations

import asyncio
import json
import random
import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from palate.client._errors import NoAnswerError, refusal
from palate.client._transport import AsyncTransport, Response, Transport
from palate.core.errors import PalateError

__all__ = ["AsyncConnection", "Connection", "Retries"]

_API = "/api/v1"
_ROWS = 1_000
_BUSY = {429, 500, 502, 503, 504}
"""Answers after which the same may succeed: the server starts, is busy, or its database was."""


@dataclass(frozen=True)
class Retries:
    """How often and when a request is sent again whose answer got lost, or that the server had no time for.

    Args:
        attempts: How often it is sent at most.
        seconds: The pause after the first failure, on average; each further one is twice as long.
        longest: The longest pause.
    """

    attempts: int = 8
    seconds: float = 0.2
    longest: float = 10.0

    def pause(self, attempt: int, asked: float | None) -> float | None:
        """Return the seconds to wait after a failed attempt, counted from 1; None if it was the last.

        Pauses vary by half, so that many clients of a server that comes back do not all ask at one moment.
        """
        if attempt >= self.attempts:
            return None
        usual = min(self.longest, self.seconds * 2.0 ** (attempt - 1))
        return max(asked or 0.0, usual * random.uniform(0.5, 1.5))  # noqa: S311 (spreads retries, keeps no secret)


@dataclass(frozen=True)
class _Request:
    """A request and what became of its attempts."""

    method: str
    path: str
    sent: Any
    body: bytes
    headers: Mapping[str, str]
    retries: Retries
    is_file: bool = False

    def judged(self, attempt: int, got: Response | OSError) -> tuple[bool, Any]:
        """Return whether the request is done, and what it brought, or how long to wait before the next attempt.

        Raises:
            ServerRefusedError: The server does not do what was asked.
            NoAnswerError: It cannot be reached.
        """
        if isinstance(got, OSError):
            problem, asked = str(got) or type(got).__name__, None
        elif got.status < 300:
            return True, got.body if self.is_file else _parsed(got.body)
        elif got.status not in _BUSY:
            raise refusal(got.status, got.body, self.sent)
        else:
            problem, asked = f"it answered {got.status}", got.retry_after
        pause = self.retries.pause(attempt, asked)
        if pause is None:
            raise NoAnswerError(
                f"The server cannot be reached ({problem}). Start it, or mend its address, and run the same again: it"
                " goes on where it stopped."
            )
        return False, pause


def _new_key(method: str, path: str, body: bytes) -> str:  # noqa: ARG001 (every call is another)
    """Return an idempotency key that no other request has."""
    return secrets.token_hex(16)


@dataclass(frozen=True)
class _Speaking:
    """What both kinds of connection share: how requests look."""

    token: str = field(repr=False)
    retries: Retries = field(default_factory=Retries)
    key_of: Callable[[str, str, bytes], str] = field(default=_new_key, repr=False, kw_only=True)
    """Makes the key of a request, from its method, address and body, where a call names none."""

    def _request(
        self,
        method: str,
        path: str,
        sent: Any = None,
        *,
        key: str = "",
        query: Mapping[str, Any] | None = None,
    ) -> _Request:
        given = {name: _text(value) for name, value in (query or {}).items() if value is not None}
        address = f"{_API}{path}?{urlencode(given)}" if given else f"{_API}{path}"
        body = b"" if sent is None else json.dumps(sent, ensure_ascii=False, allow_nan=False).encode()
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "application/json"}
        if method != "GET":
            headers["Idempotency-Key"] = key or self.key_of(method, address, body)
        if body:
            headers["Content-Type"] = "application/json"
        return _Request(method, address, sent, body, headers, self.retries)


@dataclass(frozen=True)
class Connection(_Speaking):
    """Asks a server, again where an answer got lost: every request that changes something carries a key.

    Args:
        token: Of the account for which it acts; never shown.
        retries: When a request is sent again.
        transport: Sends the requests.
        sleep: Waits between attempts.
    """

    transport: Transport = field(kw_only=True)
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False, kw_only=True)

    def get(self, path: str, **query: Any) -> Any:
        """Return what the server has at an address."""
        return self._ask(self._request("GET", path, query=query))

    def post(self, path: str, body: Any = None, *, key: str = "", **query: Any) -> Any:
        """Have the server do something, once for a key; without one, once for this call, however often it is sent.

        Raises:
            ServerRefusedError: It does not.
        """
        return self._ask(self._request("POST", path, {} if body is None else body, key=key, query=query))

    def put(self, path: str, body: Any, *, key: str = "") -> Any:
        """Have the server change something.

        Raises:
            ServerRefusedError: It does not.
        """
        return self._ask(self._request("PUT", path, body, key=key))

    def file(self, path: str, **query: Any) -> bytes:
        """Return the bytes of a file at an address."""
        found: bytes = self._ask(replace(self._request("GET", path, query=query), is_file=True))
        return found

    def rows(self, path: str, *, after: str | int | None = None, **query: Any) -> Iterator[dict[str, Any]]:
        """Return all rows of a list, part by part; perhaps only those after one."""
        place = after
        while True:
            part = self.get(path, limit=_ROWS, after=place, **query)
            yield from part["items"]
            place = part["next"]
            if place is None:
                return

    def _ask(self, request: _Request) -> Any:
        attempt = 0
        while True:
            attempt += 1
            got: Response | OSError
            try:
                got = self.transport(request.method, request.path, request.body, request.headers)
            except OSError as error:
                got = error
            done, found = request.judged(attempt, got)
            if done:
                return found
            self.sleep(found)


@dataclass(frozen=True)
class AsyncConnection(_Speaking):
    """Asks a server from an event loop; see :class:`Connection`."""

    transport: AsyncTransport = field(kw_only=True)

    async def get(self, path: str, **query: Any) -> Any:
        """Return what the server has at an address."""
        return await self._ask(self._request("GET", path, query=query))

    async def post(self, path: str, body: Any = None, *, key: str = "", **query: Any) -> Any:
        """Have the server do something, once for a key; without one, once for this call.

        Raises:
            ServerRefusedError: It does not.
        """
        return await self._ask(
            self._request("POST", path, {} if body is None else body, key=key, query=query)
        )

    async def rows(
        self, path: str, *, after: str | int | None = None, **query: Any
    ) -> AsyncIterator[dict[str, Any]]:
        """Return all rows of a list, part by part."""
        place = after
        while True:
            part = await self.get(path, limit=_ROWS, after=place, **query)
            for row in part["items"]:
                yield row
            place = part["next"]
            if place is None:
                return

    async def _ask(self, request: _Request) -> Any:
        attempt = 0
        while True:
            attempt += 1
            got: Response | OSError
            try:
                got = await self.transport(request.method, request.path, request.body, request.headers)
            except OSError as error:
                got = error
            done, found = request.judged(attempt, got)
            if done:
                return found
            await asyncio.sleep(found)


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        raise PalateError("What answers at this address is no Palate server: it sent no JSON.") from None


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
