"""Call the API of a server's data in this process, without a running server."""

from __future__ import annotations

import asyncio
import io
import logging
import os
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote_to_bytes

from palate.client import Response
from palate.core.errors import SettingsError
from palate.server.config import ServerConfig

__all__ = ["InProcess", "open_directory"]

T = TypeVar("T")


@dataclass(frozen=True)
class InProcess:
    """Sends requests to Django's handler; a transport of :class:`~palate.client.Client`.

    Args:
        handler: Django's.
        end: Called at the end.
    """

    handler: Any
    end: Callable[[], None]
    _thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1), repr=False)

    def __call__(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Response:
        """Return the answer."""
        return _beside_loop(self._thread, lambda: self._answer(method, path, body, headers))

    def close(self) -> None:
        """End it."""
        _beside_loop(self._thread, self.end)
        self._thread.shutdown()

    def _answer(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Response:
        address, _, query = path.partition("?")
        environment = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(address).decode("latin-1"),
            "QUERY_STRING": query,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "CONTENT_LENGTH": str(len(body)),
            "CONTENT_TYPE": headers.get("Content-Type", ""),
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.url_scheme": "http",
            **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()},
        }
        statuses: list[str] = []
        response = self.handler(environment, lambda status, _headers: statuses.append(status))
        try:
            answer = b"".join(response)
        finally:
            response.close()
        return Response(int(statuses[0].split()[0]), answer)


def open_directory(directory: Path, database: str, login: str | None) -> tuple[InProcess, str]:
    """Return a transport to a server's data, and a token that ends when it is closed, or after a day.

    Args:
        directory: Where the data is.
        database: ``sqlite``, or where else the database is.
        login: The account that acts; None for the only administrator.

    Raises:
        SettingsError: There is no server's data, no such account, or several administrators; or this process works on
            other data already.
    """
    config = ServerConfig(directory, database)
    if config.database == "sqlite" and not (config.directory / "palate.sqlite3").exists():
        raise SettingsError(
            f"There is no server's data in {config.directory}. Name the directory that 'palate serve' uses."
        )
    _set_up(config)
    from django.core.handlers.wsgi import WSGIHandler

    with ThreadPoolExecutor(1) as thread:
        end, text = _beside_loop(thread, lambda: _token(login))
    return InProcess(WSGIHandler(), end), text


def _set_up(config: ServerConfig) -> None:
    from django.apps import apps

    if not apps.ready:
        os.environ.update(config.to_environment())
        os.environ["DJANGO_SETTINGS_MODULE"] = "palate.server.settings"
        import django

        django.setup()
        logging.getLogger("django.request").setLevel(logging.ERROR)  # what is refused, the caller is told
    from django.db import connections

    wanted, open_now = config.django_database(), connections["default"].settings_dict
    if any(_resolved(open_now[name]) != _resolved(wanted.get(name, "")) for name in ("NAME", "HOST", "PORT")):
        raise SettingsError(
            "This process works on the data of another server. Use one directory a process, or speak to the servers by"
            " their addresses."
        )


def _resolved(name: str) -> str:
    return str(Path(name).resolve()) if "/" in name else name


def _token(login: str | None) -> tuple[Callable[[], None], str]:
    """Return what ends a new token, and the token."""
    from palate.server.accounts.tokens import make_token, revoke_token

    token, text = make_token(_account(login), "this machine", scope="write", days=1, now=datetime.now(UTC))
    return lambda: revoke_token(token), text


def _account(login: str | None) -> Any:
    from palate.server.accounts.models import Account

    if login is not None:
        found = Account.objects.filter(login=login.strip().casefold(), is_active=True).first()
        if found is None:
            raise SettingsError(f"There is no account with the login '{login}'.")
        return found
    admins = list(Account.objects.filter(is_admin=True, is_active=True)[:2])
    if len(admins) != 1:
        many = "several administrators" if admins else "no administrator yet"
        raise SettingsError(f"There are {many}: name the account that acts (--account LOGIN, account='…').")
    return admins[0]


def _beside_loop(thread: ThreadPoolExecutor, work: Callable[[], T]) -> T:
    """Do work that waits, in a thread where an event loop runs in this one, as in a notebook: Django refuses it there."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return work()
    return thread.submit(work).result()
