"""Where a server keeps its data, which database it uses, and whom it listens to."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from palate.core.errors import SettingsError

__all__ = ["ServerConfig", "write_once"]

_PREFIX = "PALATE_SERVER_"
_KEY_FILE = "secret.key"
_LOCAL_HOSTS = ("127.0.0.1", "localhost", "[::1]")


@dataclass(frozen=True)
class ServerConfig:
    """What the processes of one server share; it travels to them in environment variables.

    Args:
        directory: Holds the SQLite database, uploaded pictures and the secret key.
        database: ``sqlite`` (a file in the directory) or ``postgresql://user:password@host:port/name``.
        hosts: The names under which the server may be called, beside this machine's own.
        secure: Whether the pages are reached over https (cookies are then sent over https only).
        synchronous: SQLite's ``FULL`` keeps every answer even when the power fails; ``NORMAL`` when the
            program is killed.
        largest_upload: MB that a manager's form with files may have at most; all other requests may have 10 MB.
        webhook_hosts: The hosts to which events may be sent, ``hooks.example.org`` or ``127.0.0.1:9000``; none by default.

    Raises:
        SettingsError: The database, a host or a size is not written as expected.
    """

    directory: Path
    database: str = "sqlite"
    hosts: tuple[str, ...] = field(default=())
    secure: bool = False
    synchronous: str = "FULL"
    largest_upload: int = 256
    webhook_hosts: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        if self.database != "sqlite" and urlsplit(self.database).scheme not in {"postgresql", "postgres"}:
            raise SettingsError(
                f"The database must be 'sqlite' or 'postgresql://user:password@host:port/name'; it is"
                f" {_without_password(self.database)!r}."
            )
        for hosts in (self.hosts, self.webhook_hosts):
            if any(not host or "/" in host or host == "*" for host in hosts):
                raise SettingsError(
                    f"A host is a name such as 'judge.example.org', without 'https://' and path, and not '*'; they are"
                    f" {', '.join(hosts)}."
                )
        if self.largest_upload < 1:
            raise SettingsError(f"The largest upload must be 1 MB or more; it is {self.largest_upload}.")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> ServerConfig:
        """Return what :meth:`to_environment` wrote; what is not there has its default."""
        given = {
            name: environment[_PREFIX + name.upper()]
            for name in ("database", "synchronous")
            if _PREFIX + name.upper() in environment
        }
        hosts, told = (environment.get(_PREFIX + name, "") for name in ("HOSTS", "WEBHOOK_HOSTS"))
        largest = environment.get(f"{_PREFIX}LARGEST_UPLOAD", str(cls.largest_upload))
        if not largest.isdecimal():
            raise SettingsError(f"{_PREFIX}LARGEST_UPLOAD must be a whole number of MB; it is {largest!r}.")
        return cls(
            directory=Path(environment.get(f"{_PREFIX}DIRECTORY", "palate-server")),
            hosts=tuple(host for host in hosts.split(",") if host),
            secure=environment.get(f"{_PREFIX}SECURE") == "1",
            largest_upload=int(largest),
            webhook_hosts=tuple(host for host in told.split(",") if host),
            **given,
        )

    def to_environment(self) -> dict[str, str]:
        """Return the environment variables from which :meth:`from_environment` makes this again."""
        return {
            f"{_PREFIX}DIRECTORY": str(self.directory.resolve()),
            f"{_PREFIX}DATABASE": self.database,
            f"{_PREFIX}HOSTS": ",".join(self.hosts),
            f"{_PREFIX}SECURE": "1" if self.secure else "0",
            f"{_PREFIX}SYNCHRONOUS": self.synchronous,
            f"{_PREFIX}LARGEST_UPLOAD": str(self.largest_upload),
            f"{_PREFIX}WEBHOOK_HOSTS": ",".join(self.webhook_hosts),
        }

    def allowed_hosts(self) -> list[str]:
        """Return the names under which requests are taken."""
        return [*_LOCAL_HOSTS, *self.hosts]

    def media_directory(self) -> Path:
        """Return where uploaded pictures lie."""
        return self.directory / "media"

    def secret_key(self) -> str:
        """Return the key that signs cookies, made at the first call and readable by its owner only."""
        path = self.directory / _KEY_FILE
        self.directory.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            write_once(path, secrets.token_urlsafe(64))
        key = path.read_text(encoding="ascii").strip()
        if len(key) < 50:
            raise SettingsError(
                f"{path} holds no key of 50 letters or more. Delete it to have a new one made."
            )
        return key

    def django_database(self) -> dict[str, Any]:
        """Return Django's settings of the database."""
        if self.database == "sqlite":
            return {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": str(self.directory / "palate.sqlite3"),
                "CONN_MAX_AGE": None,
                "OPTIONS": {
                    "transaction_mode": "IMMEDIATE",
                    "timeout": 20,
                    "init_command": (
                        f"PRAGMA journal_mode=WAL; PRAGMA synchronous={self.synchronous};"
                        " PRAGMA temp_store=MEMORY;"
                    ),
                },
            }
        url = urlsplit(self.database)
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(url.path.lstrip("/")),
            "USER": unquote(url.username or ""),
            "PASSWORD": unquote(url.password or ""),
            "HOST": unquote(url.hostname or ""),
            "PORT": str(url.port or ""),
            "CONN_MAX_AGE": None,
            "CONN_HEALTH_CHECKS": True,
            # A page takes some fifty statements, the same each time: PostgreSQL plans them once a connection.
            "OPTIONS": {"server_side_binding": True, "prepare_threshold": 3},
        }


def write_once(path: Path, text: str) -> None:
    """Write a private file whole; of several processes that try at once, one wins."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.unlink(missing_ok=True)
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(text)
    try:
        os.link(part, path)
    except FileExistsError:
        pass
    finally:
        part.unlink()


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    return url.replace(f":{parts.password}@", ":…@") if parts.password else url
