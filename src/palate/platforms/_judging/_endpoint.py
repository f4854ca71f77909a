"""Send requests to an OpenAI-compatible endpoint: patiently where it is busy, and never the same error twice in vain."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from palate.core.errors import PalateError, SettingsError
from palate.platforms._judging._replies import BrokenReplyError, Said, read_said
from palate.platforms.base import UnreachableError

if TYPE_CHECKING:
    import httpx

__all__ = ["Attempts", "Endpoint", "EndpointError", "RejectedError", "check_address"]

_LOCAL = {"127.0.0.1", "localhost", "::1"}
_PATH = "/chat/completions"
_BUSY = {408, 409, 425, 429, 500, 502, 503, 504, 529}
_OF_THE_TASK = {400, 413, 422}
_USED_UP = "insufficient_quota"
_LARGEST = 8 * 2**20
_LONGEST_PAUSE = 300.0
_LONGEST_BACKOFF = 30.0
_SHOWN = 300


class EndpointError(PalateError):
    """The endpoint takes no requests of this kind, or of nobody: going on is useless."""


class RejectedError(PalateError):
    """The endpoint does not take this one request, such as one that is too long."""


def check_address(url: str) -> str:
    """Return the address to which requests are sent.

    Raises:
        SettingsError: It is none, holds a password, or would carry the key in the clear through a network.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        parts, host = urlsplit(""), None
    if parts.scheme not in {"http", "https"} or not host or parts.query or parts.fragment:
        raise SettingsError(f"'endpoint' must be like https://models.example.org/v1; it is {url!r}.")
    if parts.username or parts.password:
        raise SettingsError(
            "'endpoint' holds a name or a password. Leave them out; the key is in the environment."
        )
    if parts.scheme == "http" and host not in _LOCAL:
        raise SettingsError(
            f"{url} is not encrypted: anybody on the way could read the key and the tasks. Use https, or reach the"
            " endpoint through a tunnel at http://127.0.0.1."
        )
    plain = url.rstrip("/")
    return plain if plain.endswith(_PATH) else plain + _PATH


@dataclass(frozen=True)
class Attempts:
    """How patient to be.

    Args:
        most: Attempts at a request.
        timeout: Seconds for one of them, all together.
        backoff: Seconds before the second, doubled at each.
    """

    most: int
    timeout: float
    backoff: float


class Endpoint:
    """An open connection to an endpoint, shared by threads; close it after use.

    Args:
        url: As ``check_address`` returned it.
        key: Sent as bearer token; nothing is sent if empty. It never stands in an error.
        attempts: How patient to be.
        connections: At a time.
    """

    def __init__(self, url: str, key: str, attempts: Attempts, connections: int) -> None:
        import httpx

        self._url, self._key, self._attempts = url, key, attempts
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._client = httpx.Client(
            verify=url.startswith("https:"),  # reading certificates takes a while, and http needs none
            timeout=attempts.timeout,
            headers=headers,
            limits=httpx.Limits(max_connections=connections),
            follow_redirects=False,
            trust_env=urlsplit(url).hostname not in _LOCAL,  # no proxy stands between a machine and itself
        )
        self._lock = threading.Lock()
        self._free_at = 0.0
        self.stopped = threading.Event()

    def close(self) -> None:
        """Let go of the connections; requests under way fail."""
        self.stopped.set()
        self._client.close()

    def ask(self, body: Mapping[str, Any], mark: str, on_lost: Callable[[], None]) -> tuple[Said, float]:
        """Return the reply to a request and the seconds that it took.

        Args:
            body: Of the request.
            mark: Names it, the same at every attempt: endpoints that know ``Idempotency-Key`` do it once.
            on_lost: Called where an attempt ended so that nobody knows whether it will be charged; what it raises
                ends the attempts.

        Raises:
            EndpointError: It takes no requests of this kind, or of nobody.
            UnreachableError: It wants to be left alone for long.
            RejectedError: It does not take this one.
            PalateError: It failed at every attempt.
        """
        problem = ""
        for attempt in range(self._attempts.most):
            self._wait()
            if self.stopped.is_set():
                raise PalateError("stopped")
            started = time.monotonic()
            try:
                status, headers, content = self._send(body, mark)
                if status == 200:
                    return read_said(content), time.monotonic() - started
            except BrokenReplyError as error:
                on_lost()
                problem = str(error)
            except _lost_errors() as error:
                if not isinstance(error, _unsent_errors()):
                    on_lost()
                problem = f"{type(error).__name__}: no reply came"
            else:
                problem = self._refused(status, content)
                self._pause(_retry_after(headers), status)
            if attempt < self._attempts.most - 1:
                spread = random.uniform(0.5, 1.5)  # noqa: S311 (spreads retries, keeps no secret)
                self.stopped.wait(min(self._attempts.backoff * 2.0**attempt, _LONGEST_BACKOFF) * spread)
        raise PalateError(problem)

    def _send(self, body: Mapping[str, Any], mark: str) -> tuple[int, Mapping[str, str], bytes]:
        """Return status, headers and content, of which there is not too much, within the time for an attempt."""
        import httpx

        until = time.monotonic() + self._attempts.timeout
        with self._client.stream("POST", self._url, json=body, headers={"Idempotency-Key": mark}) as answer:
            content = b"".join(_within(answer.iter_bytes(), until))
            if len(content) > _LARGEST:
                raise httpx.ReadError("The reply is too large.")
            return answer.status_code, answer.headers, content

    def _refused(self, status: int, content: bytes) -> str:
        """Return what to say of a status that may pass; raise for one that will not."""
        whole = content[: 40 * _SHOWN].decode(errors="replace")
        said = " ".join((whole.replace(self._key, "…") if self._key else whole).split())[:_SHOWN]
        if status in _OF_THE_TASK:
            raise RejectedError(f"The endpoint answered {status}: {said}")
        if status in _BUSY and _USED_UP not in whole:
            return f"The endpoint answered {status}."
        raise EndpointError(_advice(status, said))

    def _wait(self) -> None:
        """Wait until the endpoint wants to be asked again; all threads do."""
        with self._lock:
            left = self._free_at - time.monotonic()
        if left > 0:
            self.stopped.wait(left)

    def _pause(self, seconds: float | None, status: int) -> None:
        if seconds is None:
            return
        if seconds > _LONGEST_PAUSE:
            raise UnreachableError(
                f"The endpoint answered {status} and wants to be left alone for {seconds:,.0f} s. Run the same again"
                " later: replies that came are kept."
            )
        with self._lock:
            self._free_at = max(self._free_at, time.monotonic() + seconds)


def _within(parts: Iterator[bytes], until: float) -> Iterator[bytes]:
    import httpx

    size = 0
    for part in parts:
        size += len(part)
        if time.monotonic() > until:
            raise httpx.ReadTimeout("The reply came too slowly.")
        yield part
        if size > _LARGEST:
            return


def _lost_errors() -> type[httpx.TransportError]:
    import httpx

    return httpx.TransportError


def _unsent_errors() -> tuple[type[httpx.TransportError], ...]:
    import httpx

    return httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that an endpoint wants to be left alone, given as seconds or as a date."""
    given = headers.get("retry-after", "").strip()
    if not given:
        return None
    try:
        seconds = float(given)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(given).timestamp() - time.time()
        except (ValueError, TypeError):
            return None
    return max(seconds, 0.0) if seconds < float("inf") else None


def _advice(status: int, said: str) -> str:
    match status:
        case 401 | 403:
            what = "it does not accept the key"
        case 404 | 405:
            what = "there is no such address or model"
        case 402 | 429:
            what = "what was paid for is used up"
        case _ if 300 <= status < 400:
            what = "it is elsewhere; give the address to which it points"
        case _:
            what = "it cannot work"
    return f"The endpoint answered {status}: {what}. It said: {said or 'nothing'}"
