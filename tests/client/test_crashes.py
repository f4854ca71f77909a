"""Programs that are killed and started again: uploads go on, streams of events lose and repeat nothing."""

from __future__ import annotations

import itertools
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import server_scenes as scene
from api_client import token_of
from django.db import connections
from server_process import Server, running

from palate.client import Client
from palate.server.accounts.models import Account
from palate.server.config import ServerConfig
from palate.server.projects.models import Pool, Task
from palate.server.work.models import Event
from palate.server.work.review import pay_bonus

UPLOADER = """
import sys
from palate.client import Client
url, token, pool, number = sys.argv[1:]
rows = [{"query": f"q{n}", "title": "x" * 50, "key": f"k{n}"} for n in range(int(number))]
def show(done, total):
    print(done, flush=True)
with Client(url, token) as client:
    found = client.tasks.upload(int(pool), rows, progress=show)
print("end", found.added, found.there, flush=True)
"""
CONSUMER = """
import sys
from palate.client import Client
url, token, pool, path = sys.argv[1:]
def last():
    lines = open(path).read().split()
    return int(lines[-1]) if lines else 0
with Client(url, token) as client, open(path, "a") as file:
    for event in client.events(int(pool), after=last()):
        file.write(f"{event.id}\\n")
        file.flush()
"""


def test_an_upload_that_was_killed_goes_on(sqlite: ServerConfig) -> None:
    boss = scene.account("boss", is_manager=True)
    pool, count = scene.open_pool(scene.project(boss), real=0, status="draft"), 12_000
    with running(Server(sqlite, workers=1)) as server:
        command = [sys.executable, "-c", UPLOADER, server.url, token_of(boss), str(pool.pk), str(count)]
        first = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert first.stdout is not None
        first.stdout.readline()  # a part is stored, the next one is on its way
        first.send_signal(signal.SIGKILL)
        first.wait()
        first.stdout.close()
        before = Task.objects.count()
        again = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    assert 0 < before <= count
    said, added, there = again.stdout.splitlines()[-1].split()
    assert (said, int(added) + int(there)) == ("end", count)
    assert int(there) >= before
    assert set(Task.objects.values_list("key", flat=True)) == {f"k{n}" for n in range(count)}
    assert Task.objects.count() == count
    scene.recount(pool)


def _write(pool: Pool, account: Account, stop: threading.Event) -> None:
    """Write events, each in a transaction of its own, until told to stop."""
    for number in itertools.count():
        if stop.is_set():
            break
        key = f"{account.code}-{number}"
        pay_bonus(account, Decimal("0.01"), pool=pool, note="", key=key, now=datetime.now(UTC))
        time.sleep(0.01)
    connections.close_all()


def _write_one(pool: Pool, account: Account) -> None:
    pay_bonus(account, Decimal("0.01"), pool=pool, note="", key="one", now=datetime.now(UTC))
    connections.close_all()


def test_a_killed_consumer_of_events_loses_and_repeats_nothing(
    database: ServerConfig, tmp_path: Path
) -> None:
    boss = scene.account("boss", is_manager=True)
    pool = scene.open_pool(project := scene.project(boss))
    path, people, stop = (
        tmp_path / "seen",
        [scene.account(project=project) for _ in range(3)],
        threading.Event(),
    )
    path.touch()
    with running(Server(database, workers=1)) as server:
        writers = [threading.Thread(target=_write, args=(pool, person, stop)) for person in people]
        command = [sys.executable, "-c", CONSUMER, server.url, token_of(boss), str(pool.pk), str(path)]
        for writer in writers:
            writer.start()
        for _ in range(3):
            before = path.stat().st_size
            consumer = subprocess.Popen(command)
            _until(lambda before=before: path.stat().st_size > before)
            consumer.send_signal(signal.SIGKILL)
            consumer.wait()
        stop.set()
        for writer in writers:
            writer.join()
        stored = list(Event.objects.filter(pool=pool).order_by("pk").values_list("pk", flat=True))
        consumer = subprocess.Popen(command)
        _until(lambda: path.read_text().endswith(f"{stored[-1]}\n"))
        consumer.kill()
        consumer.wait()
    assert [int(one) for one in path.read_text().split()] == stored


def _until(done: Callable[[], bool]) -> None:
    until = time.monotonic() + 120
    while not done():
        assert time.monotonic() < until, "it takes longer than two minutes"
        time.sleep(0.05)


def test_following_and_not_following_events(sqlite: ServerConfig) -> None:
    boss = scene.account("boss", is_manager=True)
    pool = scene.open_pool(project := scene.project(boss))
    worker = scene.account(project=project)
    with running(Server(sqlite, workers=1)) as server, Client(server.url, token_of(boss)) as client:
        known = list(client.events(pool.pk, follow=False))
        assert [one.kind for one in known] == ["pool_opened"]
        assert list(client.events(project=project.pk, follow=False)) == known
        stream = client.events(pool.pk, after=known[-1].id)
        later = threading.Timer(0.5, _write_one, (pool, worker))
        later.start()
        event = next(stream)
        assert (event.kind, event.annotator, event.data["amount"]) == ("bonus_paid", worker.code, "0.01")
        later.join()
        stream.close()


def test_a_busy_server_answers_at_once_and_the_client_asks_again(sqlite: ServerConfig) -> None:
    """Only two requests of a process wait at one time: the others leave its threads to those who work."""
    boss = scene.account("boss", is_manager=True)
    pool = scene.open_pool(project := scene.project(boss))
    worker, token = scene.account(project=project), token_of(boss)
    last = Event.objects.order_by("-pk").values_list("pk", flat=True)[0]
    got: list[int] = []

    def consume(url: str) -> None:
        with Client(url, token) as client:
            got.append(next(client.events(pool.pk, after=last)).id)

    with running(Server(sqlite, workers=1)) as server:
        threads = [threading.Thread(target=consume, args=(server.url,)) for _ in range(6)]
        for thread in threads:
            thread.start()
        time.sleep(1)
        with Client(server.url, token) as client:
            began = time.monotonic()
            client.pools.get(pool.pk)
            assert time.monotonic() - began < 5
        _write_one(pool, worker)
        for thread in threads:
            thread.join(40)
    assert got == [last + 1] * 6


def test_waiting_for_a_pool(sqlite: ServerConfig) -> None:
    boss = scene.account("boss", is_manager=True)
    pool = scene.open_pool(scene.project(boss))
    seen: list[tuple[int, int]] = []
    with running(Server(sqlite, workers=1)) as server, Client(server.url, token_of(boss)) as client:
        close = threading.Timer(0.5, client.pools.close, (pool.pk,))
        close.start()
        found = client.wait(pool.pk, seconds=0.05, progress=lambda done, total: seen.append((done, total)))
        close.join()
    assert (found.status, found.close_reason) == ("closed", "manual")
    assert set(seen) == {(0, 30)}
