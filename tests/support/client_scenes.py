"""Projects made by a client, and annotators who answer in them, for tests of the client and its commands."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import server_scenes as scene
from api_client import program

from palate.client import Client, Pool, Project
from palate.core.progress import no_progress
from palate.server.accounts.models import Account
from palate.server.projects import models

__all__ = ["answer_all", "filled"]


def answer_all(pool: int, label: str = "relevant") -> Account:
    """Have a new annotator answer a page."""
    row = models.Pool.objects.get(pk=pool)
    account = scene.account(project=row.project)
    worker = program(account)
    page = worker.post(f"/pools/{pool}/claim")
    given = {"answers": {str(task["position"]): label for task in page["tasks"]}}
    worker.post(f"/pages/{page['id']}/submit", given)
    return account


def filled(client: Client, **settings: Any) -> tuple[Project, Pool]:
    """Return a project with an open pool of three tasks."""
    project = client.projects.create("Shoes", "graded_relevance", one_account_a_device=False)
    pool = client.pools.create(
        project, "Main", reward=Decimal("0.03"), page_mix={"real": 3}, **{"overlap": 1, **settings}
    )
    rows = [{"query": f"q{n}", "title": f"Shoe {n}"} for n in range(3)]
    client.tasks.upload(pool, rows, progress=no_progress)
    return project, client.pools.open(pool)
