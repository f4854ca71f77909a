"""People on a real server behind a proxy that fails on command: the bench of the platform ``server``."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest
import server_scenes as scene
from api_client import token_of
from api_people import Person, join_all
from django.conf import settings
from faulty_proxy import FaultyProxy, faulty
from posted_benches import Bench
from server_databases import fresh_database
from server_process import Annotator, Server, running

from palate.server.accounts.models import Account
from palate.server.projects import models as tables
from palate.server.work.models import LedgerEntry

__all__ = ["ScriptedProxy", "ServerBench", "server_bench", "server_with_proxy"]

_FAULTS = {"": "pass", "lost request": "lose request", "lost answer": "lose answer", 503: "busy"}
_numbers = itertools.count(1)


class ScriptedProxy(FaultyProxy):
    """Fails at the next requests as it is told, one each; then no more."""

    faults: list[str | int] = []  # noqa: RUF012 (every test sets its own)

    def _fault(self) -> str:
        with self._lock:
            return _FAULTS[self.faults.pop(0)] if self.faults else "pass"


@contextmanager
def server_with_proxy(directory: Path) -> Iterator[tuple[Server, ScriptedProxy]]:
    """Run a server with an empty database, and a proxy before it."""
    with fresh_database("sqlite", directory, None) as config:
        (directory / "secret.key").write_text(settings.SECRET_KEY)  # sessions made here hold there
        with (
            running(Server(config, workers=1)) as server,
            faulty(server.port, {}, kind=ScriptedProxy) as proxy,
        ):
            assert isinstance(proxy, ScriptedProxy)
            yield server, proxy


@dataclass
class ServerBench(Bench):
    """A project on a server.

    Args:
        server: Behind the proxy, which is the service.
        people: Accounts, made as they are named.
    """

    absent: ClassVar[Mapping[str, str]] = {
        "half pages": "the server takes whole pages",
        "ends when paused": "managers pause and resume there while a study waits",
        "notes": "nothing is remembered outside the server",
        "folder": "it keeps no files",
        "one label": "the server asks by any template",
        "site": "pictures on the server are the server's",
    }
    key_variables: ClassVar[tuple[str, ...]] = ("PALATE_TOKEN",)
    refuses_key: ClassVar[str] = "Send a valid token"
    name: str = "server"
    server: Server = None  # type: ignore[assignment]  # given by name
    people: dict[str, Account] = field(default_factory=dict)

    def refuse(self, patch: pytest.MonkeyPatch) -> str:
        patch.setenv("PALATE_TOKEN", token_of(self._person("nobody's manager")))
        return "may not make projects"

    def knows(self, annotator: str) -> bool:
        return annotator in {account.code for account in self.people.values()}

    def work(self, annotator: str, choose: Callable[[str], str], pages: int = 1_000) -> int:
        """Have somebody answer through the API; a task whose choice is empty is left out."""
        account = self._person(annotator)
        person = Person(account, lambda view: choose(_text(view)) or None)
        headers = {"Authorization": f"Bearer {person.token}"}
        done = 0
        with httpx.Client(base_url=f"{self.server.url}/api/v1", headers=headers, timeout=60) as api:
            for pool in self._pools():
                while done < pages and person.page_of(api, pool.pk):
                    done += 1
        return done

    def published(self) -> int:
        return tables.Task.objects.filter(pool__in=self._pools()).count()

    def pools(self) -> int:
        return len(self._pools())

    def bonuses(self) -> list[tuple[str, Decimal]]:
        given = LedgerEntry.objects.filter(pool__in=self._pools(), kind="bonus").select_related("annotator")
        return [(entry.annotator.code, entry.amount) for entry in given]

    def texts(self) -> str:
        """Return the first pages of three people, as their browsers and programs get them."""
        found = []
        for pool in self._pools():
            for name in ("ann", "bob", "cy"):
                browser = Annotator(self.server, self._person(name))
                with closing(browser.client) as client:
                    page = browser.claim(pool.pk)
                    assert page is not None
                    found += [client.get(address).text for address in (f"/pools/{pool.pk}/", page)]
        return "".join(found)

    def _person(self, name: str) -> Account:
        """Return somebody, let into all projects that are there."""
        if name not in self.people:
            self.people[name] = scene.account(f"{name}-{next(_numbers)}")
        person = Person(self.people[name], str)
        for project in {pool.project for pool in self._pools()}:
            join_all(project, [person])
        return self.people[name]

    def _pools(self) -> list[tables.Pool]:
        named = tables.Pool.objects.filter(project__name__startswith=f"{self.settings['project']}: ")
        return list(named.select_related("project").order_by("pk"))


def server_bench(server: Server, proxy: ScriptedProxy, folder: Path, patch: pytest.MonkeyPatch) -> Bench:
    """Return a bench with a project and people of its own on a server."""
    proxy.faults = []
    patch.setenv("PALATE_TOKEN", token_of(scene.account(f"manager-{next(_numbers)}", is_manager=True)))
    patch.setattr(
        "palate.client._connection.Retries.pause",
        lambda self, attempt, _asked: None if attempt >= self.attempts else 0.0,
    )
    own = {"url": proxy.url, "project": f"Study {next(_numbers)}", "seconds_between": 0.0}
    return ServerBench(folder, proxy, settings=own, server=server)


def _text(view: Mapping[str, Any]) -> str:
    """Return what is shown of a task, without the labels to choose from."""
    return json.dumps(view["parts"], ensure_ascii=False)
