"""Call the API of a server's data in this process, without a running server."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote_to_bytes

from palate.core.errors import SettingsError
from palate.server.config import ServerConfig

__all__ = ["InProcess", "opened_directory"]


@dataclass(frozen=True)
class InProcess:
    """Sends requests to Django's handler; a transport of :class:`~palate.platforms.ServerClient`."""

    handler: Any

    def __call__(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """Return the status and the body of the answer."""
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
        return int(statuses[0].split()[0]), answer


@contextmanager
def opened_directory(config: ServerConfig, login: str | None) -> Iterator[tuple[InProcess, str]]:
    """Yield a transport to a server's data, and a token that ends with the block.

    Args:
        config: Where the data is.
        login: The account that acts; None for the only administrator.

    Raises:
        SettingsError: There is no server's data, or no such account, or several administrators.
    """
    if config.database == "sqlite" and not (config.directory / "palate.sqlite3").exists():
        raise SettingsError(
            f"There is no server's data in {config.directory}. Name the directory that 'palate serve' uses."
        )
    os.environ.update(config.to_environment())
    os.environ["DJANGO_SETTINGS_MODULE"] = "palate.server.settings"
    import django

    django.setup()
    from django.core.handlers.wsgi import WSGIHandler

    from palate.server.accounts.tokens import make_token, revoke_token

    account = _account(login)
    token, text = make_token(account, "palate project", scope="write", days=1, now=datetime.now(UTC))
    try:
        yield InProcess(WSGIHandler()), text
    finally:
        revoke_token(token)


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
        raise SettingsError(
            f"There are {many}: name the account that is to manage the project with --account LOGIN."
        )
    return admins[0]
