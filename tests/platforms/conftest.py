"""A server's database for tests of the platform that asks people."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from server_databases import fresh_database

from palate.server.config import ServerConfig


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[ServerConfig]:
    """Return the configuration of an empty SQLite database in use."""
    with fresh_database("sqlite", tmp_path / "server", None) as config:
        yield config
