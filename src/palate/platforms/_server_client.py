"""Speak to a Palate server's HTTP API."""

from __future__ import annotations

import http.client
import json
import random
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from palate.core.errors import PalateError, SettingsError

__all__ = ["HttpTransport", "Response", "ServerClient", "ServerRefusedError", "Transport"]

_API = "/api/v1"
_LOCAL = {"127.0.0.1", "localhost", "::1"}
_ATTEMPTS = 6
_ROWS = 1_000
_SENT_AT_ONCE = 4 * 2**20
_BUSY = {429, 502, 503, 504}

Response = tuple[int, bytes]
"""The status and the body of an answer."""
Transport = Callable[[str, str, bytes, Mapping[str, str]], Response]
"""Sends one request (method, path, body, headers); raises ``OSError`` when no answer came."""


class ServerRefusedError(PalateError):
    """The server answered that it does not do what was asked.

    Args:
        status: The HTTP status.
        error: What it said: ``code``, ``message``, ``problems``.
    """

    def __init__(self, status: int, error: Mapping[str, Any]) -> None:
        self.status, self.error = status, error
        super().__init__(str(error.get("message") or f"The server answered {status}."))


@dataclass(frozen=True)
class HttpTransport:
    """Sends requests to a server over the network, each on a connection of its own; follows no redirects.

    Args:
        url: Where the server is, such as ``https://judge.example.org``.
        seconds: How long to wait for an answer.

    Raises:
        SettingsError: The address is none, or would carry the token in the clear through a network.
    """

    url: str
    seconds: float = 60.0

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            raise SettingsError(
                f"The server's address must be like https://judge.example.org; it is {self.url!r}."
            )
        if parts.username or parts.password:
            raise SettingsError(
                "The server's address holds a name or a password. Leave them out; use a token."
            )
        if parts.scheme == "http" and parts.hostname not in _LOCAL:
            raise SettingsError(
                f"{self.url} is not encrypted: anybody on the way could read your token. Use https, or reach the"
                " server through a tunnel at http://127.0.0.1."
            )

    def __call__(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Response:
        """Send a request."""
        parts = urlsplit(self.url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.hostname or "", parts.port, timeout=self.seconds)
        try:
            connection.request(method, parts.path.rstrip("/") + path, body or None, dict(headers))
            answer = connection.getresponse()
            return answer.status, answer.read()
        except http.client.HTTPException as error:
            raise ConnectionError(str(error) or type(error).__name__) from error
        finally:
            connection.close()


@dataclass(frozen=True)
class ServerClient:
    """Asks a server, again where an answer got lost: every request that changes something carries a key.

    Args:
        transport: Sends the requests.
        token: Of the account for which it acts; never shown.
        sleep: Waits between attempts.
    """

    transport: Transport
    token: str = field(repr=False)
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)

    def get(self, path: str, **query: Any) -> Any:
        """Return what the server has at an address."""
        given = {name: _text(value) for name, value in query.items() if value is not None}
        return self._ask("GET", f"{path}?{urlencode(given)}" if given else path, b"", {})

    def post(self, path: str, body: Any, *, key: str) -> Any:
        """Have the server do something, once for a key.

        Raises:
            ServerRefusedError: It does not.
        """
        return self._ask("POST", path, json.dumps(body).encode(), {"Idempotency-Key": key})

    def rows(self, path: str, **query: Any) -> Iterator[dict[str, Any]]:
        """Return all rows of a list."""
        after: str | None = None
        while True:
            part = self.get(path, limit=_ROWS, after=after, **query)
            yield from part["items"]
            after = part["next"]
            if after is None:
                return

    def add_tasks(self, pool: int, tasks: list[dict[str, Any]], *, key: str) -> int:
        """Put those of some tasks into a pool that are not there yet, by their keys; return how many were put."""
        there = {task["key"] for task in self.rows(f"/pools/{pool}/tasks")}
        missing = [task for task in tasks if task["key"] not in there]
        for number, part in enumerate(_parts(missing)):
            first = part[0]["key"]
            self.post(f"/pools/{pool}/tasks", {"tasks": part}, key=f"{key}-{number}-{quote(first)[:60]}")
        return len(missing)

    def _ask(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Any:
        sent = {
            "Authorization": f"Bearer {self.token}",
            "Accept": "application/json",
            **({"Content-Type": "application/json"} if body else {}),
            **headers,
        }
        for attempt in range(_ATTEMPTS):
            problem = ""
            try:
                status, answer = self.transport(method, _API + path, body, sent)
            except OSError as error:
                problem = str(error) or type(error).__name__
            else:
                if status < 300:
                    return _parsed(answer)
                if status not in _BUSY:
                    raise _refusal(status, answer)
                problem = f"it answered {status}"
            if attempt < _ATTEMPTS - 1:
                self.sleep(2**attempt * random.uniform(0.1, 0.3))  # noqa: S311 (spreads retries, keeps no secret)
        raise PalateError(
            f"The server cannot be reached ({problem}). Start it, or mend its address, and run the same again: it"
            " goes on where it stopped."
        )


def _parts(tasks: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Return tasks in parts that one request may hold."""
    part: list[dict[str, Any]] = []
    size = 0
    for task in tasks:
        own = len(json.dumps(task))
        if part and (size + own > _SENT_AT_ONCE or len(part) >= 5 * _ROWS):
            yield part
            part, size = [], 0
        part.append(task)
        size += own
    if part:
        yield part


def _parsed(answer: bytes) -> Any:
    try:
        return json.loads(answer)
    except ValueError:
        raise PalateError("What answers at this address is no Palate server: it sent no JSON.") from None


def _refusal(status: int, answer: bytes) -> PalateError:
    try:
        error = json.loads(answer)["error"]
    except (ValueError, KeyError, TypeError):
        return PalateError(
            f"What answers at this address is no Palate server, or cannot work: it sent status {status}."
        )
    return ServerRefusedError(status, error)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
