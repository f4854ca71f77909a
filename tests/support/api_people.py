"""Annotators who work through the API of a real server, each in a thread: they see what people see, and choose."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from api_client import token_of
from django.db import connections

from palate.server.accounts.models import Account, Membership, Role
from palate.server.projects.models import Project

__all__ = ["Person", "join_all", "working"]

Choose = Callable[[Mapping[str, Any]], Any]
"""Returns the answer to a task, given its view."""


@dataclass
class Person:
    """An annotator at a program of their own.

    Args:
        account: Who they are.
        choose: How they answer.
        seconds: How long they look at a page.
    """

    account: Account
    choose: Choose
    seconds: float = 0.0
    feedback: list[dict[str, Any]] = field(default_factory=list)
    _pages: int = 0

    def __post_init__(self) -> None:
        self.token = token_of(self.account)

    def work(self, url: str, stop: threading.Event, *, only: int | None = None) -> None:
        """Answer whatever there is to do, page after page, until told to stop (or, of one pool, until nothing is left)."""
        with httpx.Client(
            base_url=f"{url}/api/v1", headers={"Authorization": f"Bearer {self.token}"}, timeout=60
        ) as api:
            while not stop.is_set():
                pools = [one["pool"] for one in api.get("/work").json()["items"] if not one["why_not"]]
                done = [self.page_of(api, pool) for pool in pools if only in {None, pool}]
                if not any(done):
                    if only is not None:
                        return
                    time.sleep(0.3)

    def page_of(self, api: httpx.Client, pool: int, between: Callable[[str], object] = str) -> bool:
        """Answer one page of a pool; return whether there was one. ``between`` is told of it before it is sent."""
        claimed = api.post(f"/pools/{pool}/claim")
        if claimed.status_code != 200:
            return False
        page = claimed.json()
        time.sleep(self.seconds)
        between(page["id"])
        answers = {str(task["position"]): self.choose(task["view"]) for task in page["tasks"]}
        sent = api.post(
            f"/pages/{page['id']}/submit", json={"answers": answers}, headers={"Idempotency-Key": page["id"]}
        )
        assert sent.status_code == 200, sent.text
        self.feedback += sent.json()["feedback"]
        self._pages += 1
        return True


def join_all(project: Project, people: list[Person]) -> None:
    """Make annotators of a project of people."""
    for person in people:
        Membership.objects.get_or_create(
            account=person.account, project=project, defaults={"role": Role.ANNOTATOR}
        )


@contextmanager
def working(url: str, people: list[Person]) -> Iterator[None]:
    """Have people work at a server for a while; whoever manages a project lets them all in as soon as it is there."""
    stop = threading.Event()
    threads = [threading.Thread(target=person.work, args=(url, stop)) for person in people]
    threads.append(threading.Thread(target=_let_in, args=(people, stop)))
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _let_in(people: list[Person], stop: threading.Event) -> None:
    while not stop.is_set():
        for project in Project.objects.all():
            join_all(project, people)
        time.sleep(0.2)
    connections.close_all()
