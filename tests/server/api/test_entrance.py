"""The door to the API: it opens at the first knock, and what is not there answers as the API does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import server_scenes as scene
from api_client import program
from django.db import DatabaseError
from django.test import Client

from palate.server.api.errors import ErrorBody
from palate.server.config import ServerConfig

_THREADS = """
import sys, threading
from palate.server.wsgi import make_application
make_application()
heavy = {"pydantic", "ninja", "django.test", "numpy", "polars", "nh3", "markdown_it"} & sys.modules.keys()
assert not heavy, heavy
from palate.server.api import entrance
found = []
def knock():
    found.append(entrance.resolver().resolve("projects").func)
threads = [threading.Thread(target=knock) for _ in range(16)]
for one in threads: one.start()
for one in threads: one.join(20)
assert len(found) == 16 and len({one.__func__ for one in found}) == 1, found
assert "pydantic" in sys.modules
"""


def test_a_worker_loads_the_api_at_the_first_knock_of_many(tmp_path: Path) -> None:
    environment = ServerConfig(tmp_path).to_environment()
    done = subprocess.run(
        [sys.executable, "-c", _THREADS],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "path", ["/api/v1/nothing", "/api/v1/", "/api/v2/projects", "/api/", "/api/v1/pools/x/tasks"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_an_unknown_address_answers_json(sqlite: ServerConfig, path: str, method: str) -> None:
    response: Any = Client(headers={"host": "localhost"}, enforce_csrf_checks=True).generic(
        method, path, "{}", "text/plain"
    )
    assert response.status_code == 404
    assert ErrorBody.model_validate(response.json()).error.code == "not_found"


def test_other_addresses_answer_pages(sqlite: ServerConfig) -> None:
    response = Client(headers={"host": "localhost"}).get("/apiary/")
    assert response.status_code == 404
    assert response.headers["Content-Type"].startswith("text/html")


def test_a_failure_answers_json_and_says_nothing_of_the_inside(
    sqlite: ServerConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = program(scene.account("boss", is_manager=True))
    client = Client(headers={"host": "localhost"}, raise_request_exception=False)

    def broken(*_: object, **__: object) -> None:
        raise DatabaseError("the table of secrets is locked")

    monkeypatch.setattr("palate.server.api.endpoint.account_of", broken)
    response = client.get("/api/v1/projects", headers={"authorization": f"Bearer {caller.token}"})
    assert response.status_code == 500
    body: Any = response.json()
    assert ErrorBody.model_validate(body).error.code == "failed"
    assert "secrets" not in response.content.decode()


def test_a_name_that_is_not_ours_answers_json(sqlite: ServerConfig) -> None:
    response: Any = Client(headers={"host": "evil.example"}).get("/api/v1/projects")
    assert response.status_code == 400
    assert ErrorBody.model_validate(response.json()).error.code == "bad_request"
