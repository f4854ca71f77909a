"""Whatever the network does to requests, nothing is done twice and nothing is lost."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest
import server_scenes as scene
from api_client import token_of
from faulty_proxy import FAULTS, faulty
from server_process import Server, running

from palate.client import Client, NoAnswerError, Retries
from palate.core.progress import no_progress
from palate.server.config import ServerConfig
from palate.server.projects.models import Pool, Project, Task
from palate.server.work.models import LedgerEntry

QUICK = Retries(attempts=40, seconds=0.01, longest=0.05)
ROUGH = dict.fromkeys(FAULTS, 0.1)


def test_no_retry_makes_a_second_task_project_or_bonus(database: ServerConfig) -> None:
    boss = scene.account("boss", is_manager=True)
    with (
        running(Server(database, workers=1)) as server,
        faulty(server.port, ROUGH, seed=3) as proxy,
        Client(proxy.url, token_of(boss), seconds=1, retries=QUICK) as client,
    ):
        project = client.projects.create("Shoes", "graded_relevance")
        worker = scene.account(project=Project.objects.get())
        pool = client.pools.create(project, "Main")
        for number in range(12):
            rows = [{"query": f"{number}", "title": f"{place}"} for place in range(5)]
            assert client.tasks.upload(pool, rows, progress=no_progress).added == 5
            client.bonuses.pay(pool, worker.code, f"0.{number + 1:02}")
        copy = client.pools.clone(pool, "Copy")
        assert client.pools.get(copy).progress.tasks == 60
    assert set(proxy.done) >= set(FAULTS)
    assert Project.objects.count() == 1
    assert sorted(Pool.objects.values_list("name", flat=True)) == ["Copy", "Main"]
    assert Task.objects.filter(pool=pool.id).count() == 60
    paid = Counter(LedgerEntry.objects.values_list("amount", flat=True))
    assert paid == Counter(Decimal(number + 1) / 100 for number in range(12))
    scene.recount(Pool.objects.get(pk=pool.id))


def test_every_request_is_answered_though_each_was_sent_twice(sqlite: ServerConfig) -> None:
    boss = scene.account("boss", is_manager=True)
    with (
        running(Server(sqlite, workers=1)) as server,
        faulty(server.port, {"twice": 1.0}) as proxy,
        Client(proxy.url, token_of(boss), retries=QUICK) as client,
    ):
        project = client.projects.create("Shoes", "graded_relevance")
        worker = scene.account(project=Project.objects.get())
        pool = client.pools.create(project, "Main")
        found = client.tasks.upload(pool, [{"query": "a", "title": "b"}], progress=no_progress)
        client.bonuses.pay(pool, worker.code, 1, key="once")
        client.bonuses.pay(pool, worker.code, 1, key="once")
    assert (found.added, found.there) == (1, 0)
    assert LedgerEntry.objects.count() == Task.objects.count() == Project.objects.count() == 1


def test_a_server_that_never_answers_is_given_up(sqlite: ServerConfig) -> None:
    boss = scene.account("boss", is_manager=True)
    few = Retries(attempts=3, seconds=0.01)
    with running(Server(sqlite, workers=1)) as server:
        for fault, said in (("lose answer", "cannot be reached"), ("busy", "it answered 503")):
            with (
                faulty(server.port, {fault: 1.0}) as proxy,
                Client(proxy.url, token_of(boss), retries=few) as client,
                pytest.raises(NoAnswerError, match=said),
            ):
                client.projects.create("Shoes", "graded_relevance")
            assert proxy.done[fault] == 3
    assert Project.objects.count() == 1


@pytest.mark.parametrize("attempt", range(1, 8))
def test_pauses_grow_and_end(attempt: int) -> None:
    retries = Retries(attempts=8, seconds=0.2, longest=5)
    pause = retries.pause(attempt, None)
    usual = min(5, 0.2 * 2 ** (attempt - 1))
    assert pause is not None
    assert usual / 2 <= pause <= usual * 1.5
    assert retries.pause(attempt, 60) == 60
    assert retries.pause(8, None) is None
