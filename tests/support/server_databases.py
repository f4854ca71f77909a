"""Real databases for tests of the server: SQLite files and a PostgreSQL cluster of the tests' own."""

from __future__ import annotations

import functools
import os
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from asgiref.local import Local
from django.core.management import call_command
from django.db import connections

from palate.server.config import ServerConfig

__all__ = ["KINDS", "Postgres", "fresh_database", "postgres", "using"]

KINDS = ("sqlite", "postgresql")


@dataclass(frozen=True)
class Postgres:
    """A running PostgreSQL cluster that only this user can reach."""

    port: int
    directory: Path

    def url(self, name: str) -> str:
        """Return the address of one database."""
        return f"postgresql://palate:palate@127.0.0.1:{self.port}/{name}"

    def run(self, statement: str) -> None:
        """Run one statement as its superuser."""
        import psycopg

        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[call-overload]


def _programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).parent if on_path else None


@contextmanager
def postgres(*, durable: bool = False) -> Iterator[Postgres]:
    """Start PostgreSQL in a directory of its own and stop it again; it waits for the disk only where it is durable."""
    programs = _programs()
    if programs is None:
        if os.environ.get("PALATE_REQUIRE_ALL"):
            pytest.fail("PostgreSQL is required here but not installed")
        pytest.skip("PostgreSQL is not installed")
    home = Path(tempfile.mkdtemp(prefix="palate-postgres-"))
    as_user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
    if as_user:
        shutil.chown(home, "postgres")
    data = home / "data"
    (home / "password").write_text("palate")
    (home / "password").chmod(0o644)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    quiet = functools.partial(subprocess.run, check=True, capture_output=True, cwd="/")
    initdb = ["--username=palate", f"--pwfile={home / 'password'}", "--auth=scram-sha-256", "--no-sync"]
    quiet([*as_user, str(programs / "initdb"), "-D", str(data), "-E", "UTF8", "--locale=C", *initdb])
    options = f"-p {port} -k {home} -c listen_addresses=127.0.0.1 -c max_connections=200"
    options += "" if durable else " -c fsync=off"
    log = ["-l", str(home / "log")]
    quiet(
        [*as_user, str(programs / "pg_ctl"), "-D", str(data), "-w", *log, "-o", options, "start"],
        stdin=subprocess.DEVNULL,
    )
    try:
        yield Postgres(port, home)
    finally:
        quiet([*as_user, str(programs / "pg_ctl"), "-D", str(data), "-w", "-m", "immediate", "stop"])
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def using(config: ServerConfig) -> Iterator[ServerConfig]:
    """Let Django's models in this process speak to the database of a configuration."""
    before = connections.settings["default"]
    _connect_to(connections.configure_settings({"default": config.django_database()})["default"])
    try:
        yield config
    finally:
        _connect_to(before)


def _connect_to(settings: dict[str, Any]) -> None:
    """Forget the connections of every thread and of every event loop: a browser's runs in this thread."""
    connections.close_all()
    connections._connections = Local(connections.thread_critical)
    connections.settings["default"] = settings


@functools.cache
def _migrated_sqlite() -> Path:
    directory = Path(tempfile.mkdtemp(prefix="palate-migrated-"))
    with using(ServerConfig(directory=directory)):
        call_command("migrate", verbosity=0)
        connections["default"].cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return directory / "palate.sqlite3"


@functools.cache
def _migrated_postgres(cluster: Postgres) -> str:
    name = f"migrated_{uuid.uuid4().hex}"
    cluster.run(f"CREATE DATABASE {name}")
    with using(ServerConfig(directory=cluster.directory, database=cluster.url(name))):
        call_command("migrate", verbosity=0)
    return name


@contextmanager
def fresh_database(kind: str, directory: Path, cluster: Postgres | None) -> Iterator[ServerConfig]:
    """Give a test an empty, migrated database of its own; Django in this process uses it meanwhile."""
    config = ServerConfig(directory=directory, synchronous="OFF")
    directory.mkdir(parents=True, exist_ok=True)
    if kind == "sqlite":
        shutil.copyfile(_migrated_sqlite(), directory / "palate.sqlite3")
    else:
        if cluster is None:
            raise ValueError("A database on PostgreSQL needs a cluster")
        name = f"test_{uuid.uuid4().hex}"
        cluster.run(f"CREATE DATABASE {name} TEMPLATE {_migrated_postgres(cluster)}")
        config = replace(config, database=cluster.url(name))
    with using(config):
        yield config
    if kind == "postgresql" and cluster is not None:
        cluster.run(f"DROP DATABASE {name} WITH (FORCE)")
