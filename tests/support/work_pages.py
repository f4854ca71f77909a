"""Annotators with a page of tasks in their hands, for tests of their pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import server_scenes as scene
from django.test import Client
from page_forms import page_of
from server_browser import browser

from palate.server.accounts.models import Account
from palate.server.projects.models import Pool
from palate.server.projects.tasks import TaskRow
from palate.server.work.claim import claim_page
from palate.server.work.models import Assignment
from palate.task_templates import from_settings

__all__ = ["Holder", "example_rows", "holder", "hours_ago"]


@dataclass
class Holder:
    """An annotator, their browser, and the page that they hold."""

    account: Account
    client: Client
    pool: Pool
    page: Assignment

    @property
    def address(self) -> str:
        """Where the page is."""
        return f"/pages/{self.page.pk}/"

    def opened(self) -> Any:
        """Return the page as a tree of elements."""
        response = self.client.get(self.address)
        assert response.status_code == 200
        return page_of(response)

    def submit(self, fields: dict[str, list[str]]) -> Any:
        """Return the answer to sending the form."""
        return self.client.post(self.address, fields)

    def reload(self) -> Assignment:
        """Return the page as it is now."""
        self.page.refresh_from_db()
        return self.page


def holder(pool: Pool | None = None, account: Account | None = None, **spec: Any) -> Holder:
    """Return an annotator of a pool, by default a new one with ten tasks, who holds a page."""
    pool = pool or scene.open_pool(**spec)
    account = account or scene.account(project=pool.project)
    page = claim_page(account, pool, now=datetime.now(UTC))
    return Holder(account, browser(account), pool, page)


def hours_ago(hours: float) -> datetime:
    """Return a moment that many hours ago."""
    return datetime.now(UTC) - timedelta(hours=hours)


def example_rows(template: str, kinds: Sequence[str] = ("real", "real"), **settings: Any) -> list[TaskRow]:
    """Return a template's first example as tasks of these kinds: all show the same."""
    example = from_settings(template, settings).examples()[0]
    return [
        TaskRow(
            example["input"],
            kind=kind,
            golden=None if kind == "real" else example["golden"],
            hint=example["hint"],
        )
        for kind in kinds
    ]
