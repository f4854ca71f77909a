"""Annotators' browsers before a server that all tests of a file share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from server_process import Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser

from annotate_desk import Desk, started_chrome, started_server


@pytest.fixture(scope="module")
def desk_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return a running server with a database of its own."""
    with started_server(tmp_path_factory.mktemp("annotate")) as server:
        yield server


@pytest.fixture(scope="module")
def desk_chrome(desk_server: Server) -> Iterator[Browser]:
    """Return a browser, closed before the server ends."""
    with started_chrome() as chrome:
        yield chrome


@pytest.fixture
def desk(desk_server: Server, desk_chrome: Browser) -> Iterator[Desk]:
    complaints: list[str] = []
    yield Desk(desk_server, desk_chrome, complaints)
    unexpected = [
        text for text in complaints if "ERR_INTERNET_DISCONNECTED" not in text and "ERR_FAILED" not in text
    ]
    assert not unexpected
