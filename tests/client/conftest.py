"""Databases for tests of the client: SQLite always, PostgreSQL where it is installed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from server_databases import KINDS, Postgres, fresh_database, postgres

from palate.client import Client
from palate.server.config import ServerConfig


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[Postgres]:
    """Return a PostgreSQL cluster, started once a test process."""
    with postgres() as cluster:
        yield cluster


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[ServerConfig]:
    """Return the configuration of an empty SQLite database in use."""
    with fresh_database("sqlite", tmp_path / "server", None) as config:
        yield config


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ServerConfig]:
    """Return the configuration of an empty database in use, SQLite and PostgreSQL in turn."""
    cluster = request.getfixturevalue("postgres_cluster") if request.param == "postgresql" else None
    with fresh_database(request.param, tmp_path / "server", cluster) as config:
        yield config


@pytest.fixture
def client(sqlite: ServerConfig) -> Iterator[Client]:
    """Return a client of the data in a directory, which acts for its administrator."""
    import server_scenes as scene

    scene.account("admin", is_admin=True, is_manager=True)
    with Client.local(sqlite.directory) as made:
        yield made
