"""Programs that speak to the API in this process, with a token."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.http import HttpResponse
from django.test import Client

from palate.server.accounts.models import Account
from palate.server.accounts.tokens import make_token
from palate.server.projects.models import Project

__all__ = ["Program", "program", "token_of"]

_keys = itertools.count(1)


@dataclass
class Program:
    """Somebody's program."""

    token: str

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = None,
        kind: str = "application/json",
    ) -> HttpResponse:
        """Return the answer to a request; a POST has an idempotency key of its own unless one is given."""
        headers = {"authorization": f"Bearer {self.token}"}
        if method == "POST" and key != "":
            headers["idempotency-key"] = key or f"key-{next(_keys)}"
        data = body if isinstance(body, str | bytes) else "" if body is None else json.dumps(body)
        client = Client(SERVER_NAME="localhost")
        return client.generic(method, f"/api/v1{path}", data, content_type=kind, headers=headers)

    def get(self, path: str) -> Any:
        """Return what a successful GET answers."""
        response = self.send("GET", path)
        assert response.status_code == 200, response.content
        return response.json()

    def post(self, path: str, body: Any = None, **options: Any) -> Any:
        """Return what a successful POST answers."""
        response = self.send("POST", path, {} if body is None else body, **options)
        assert response.status_code in {200, 201}, response.content
        return response.json()

    def refused(self, method: str, path: str, body: Any = None, **options: Any) -> tuple[int, dict[str, Any]]:
        """Return the status and the error of a request that is refused."""
        response = self.send(method, path, body, **options)
        assert response.status_code >= 400, response.content
        return response.status_code, response.json()["error"]


def token_of(account: Account, scope: str = "write", project: Project | None = None) -> str:
    """Return the text of a new token."""
    return make_token(account, "test", scope=scope, days=1, project=project, now=datetime.now(UTC))[1]


def program(account: Account, scope: str = "write", project: Project | None = None) -> Program:
    """Return a program that acts for an account."""
    return Program(token_of(account, scope, project))
