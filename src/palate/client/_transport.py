"""Send one request to a server: over the network, at once or from an event loop."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from palate.core.errors import SettingsError

if TYPE_CHECKING:
    import httpx

__all__ = ["AsyncHttpTransport", "AsyncTransport", "HttpTransport", "Response", "Transport", "check_address"]

_LOCAL = {"127.0.0.1", "localhost", "::1"}


@dataclass(frozen=True)
class Response:
    """What a server answered.

    Args:
        status: The HTTP status.
        body: The bytes.
        retry_after: Seconds after which it wants to be asked again; None where it does not say.
    """

    status: int
    body: bytes
    retry_after: float | None = None


class Transport(Protocol):
    """Sends requests to one server."""

    def __call__(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Response:
        """Return the answer to a request; raise ``OSError`` when none came."""

    def close(self) -> None:
        """Give up what it holds."""


AsyncTransport = Callable[[str, str, bytes, Mapping[str, str]], Awaitable[Response]]
"""Sends a request from an event loop."""


def check_address(url: str) -> bool:
    """Return whether a server's address is this machine's.

    Raises:
        SettingsError: The address is none, or would carry the token in the clear through a network.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise SettingsError(f"The server's address must be like https://judge.example.org; it is {url!r}.")
    if parts.username or parts.password:
        raise SettingsError("The server's address holds a name or a password. Leave them out; use a token.")
    is_here = parts.hostname in _LOCAL
    if parts.scheme == "http" and not is_here:
        raise SettingsError(
            f"{url} is not encrypted: anybody on the way could read your token. Use https, or reach the server"
            " through a tunnel at http://127.0.0.1."
        )
    return is_here


@dataclass(frozen=True)
class HttpTransport:
    """Sends requests over the network, on connections that are kept; follows no redirects.

    Args:
        url: Where the server is, such as ``https://judge.example.org``.
        seconds: How long to wait for an answer.

    Raises:
        SettingsError: The address is none, or would carry the token in the clear through a network.
    """

    url: str
    seconds: float = 60.0

    def __post_init__(self) -> None:
        check_address(self.url)

    @cached_property
    def _client(self) -> httpx.Client:
        import httpx

        return httpx.Client(**_options(self.url, self.seconds))

    def __call__(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Response:
        """Send a request.

        Raises:
            OSError: No answer came.
        """
        import httpx

        try:
            return _response(self._client.request(method, path, content=body, headers=dict(headers)))
        except httpx.HTTPError as error:
            raise ConnectionError(str(error) or type(error).__name__) from error

    def close(self) -> None:
        """Give the connections up."""
        if "_client" in self.__dict__:
            self._client.close()


@dataclass(frozen=True)
class AsyncHttpTransport:
    """Sends requests over the network from an event loop; see :class:`HttpTransport`."""

    url: str
    seconds: float = 60.0

    def __post_init__(self) -> None:
        check_address(self.url)

    @cached_property
    def _client(self) -> httpx.AsyncClient:
        import httpx

        return httpx.AsyncClient(**_options(self.url, self.seconds))

    async def __call__(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Response:
        """Send a request.

        Raises:
            OSError: No answer came.
        """
        import httpx

        try:
            return _response(await self._client.request(method, path, content=body, headers=dict(headers)))
        except httpx.HTTPError as error:
            raise ConnectionError(str(error) or type(error).__name__) from error

    async def close(self) -> None:
        """Give the connections up."""
        if "_client" in self.__dict__:
            await self._client.aclose()


def _options(url: str, seconds: float) -> dict[str, Any]:
    """Return the settings of the library's clients: what stays on this machine goes through no proxy."""
    return {
        "base_url": url.rstrip("/"),
        "timeout": seconds,
        "follow_redirects": False,
        "trust_env": not check_address(url),
    }


def _response(answer: httpx.Response) -> Response:
    wait = answer.headers.get("Retry-After", "")
    return Response(answer.status_code, answer.content, float(wait) if wait.isdecimal() else None)
