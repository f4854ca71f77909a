"""Real server processes, real HTTP: races between workers, and kill -9 in the middle of the work."""

from __future__ import annotations

import os
import threading
import time

import httpx
import pytest
from server_process import Annotator, Server, running
from server_scenes import account, open_pool, project, recount

from palate.server.config import ServerConfig
from palate.server.projects.models import Pool, Task
from palate.server.work.models import Answer, Assignment, LedgerEntry

_KILLS = 20 if os.environ.get("PALATE_REQUIRE_ALL") else 2


def _work(annotator: Annotator, pool: int, kept: list[str], stop: threading.Event) -> None:
    """Answer page after page; ``kept`` gets the pages whose submission was confirmed."""
    page: str | None = None
    while not stop.is_set():
        try:
            page = page or annotator.claim(pool)
            if page is None:
                break
            response = annotator.submit(page, annotator.fill_in(page))
            if response.status_code < 400:
                kept.append(page.rstrip("/").rsplit("/", 1)[-1])
            following = response.headers.get("location", "")
            page = following if following.startswith("/pages/") and "result" not in following else None
        except (httpx.HTTPError, AssertionError):
            page = None
            time.sleep(0.05)
    annotator.client.close()


def _crowd(server: Server, pool: Pool, n: int) -> list[Annotator]:
    return [Annotator(server, account(project=pool.project)) for _ in range(n)]


def _together(
    annotators: list[Annotator], pool: Pool, stop: threading.Event
) -> tuple[list[threading.Thread], list[str]]:
    kept: list[str] = []
    threads = [threading.Thread(target=_work, args=(one, pool.pk, kept, stop)) for one in annotators]
    for thread in threads:
        thread.start()
    return threads, kept


def test_sixteen_annotators_never_answer_a_task_too_often(database: ServerConfig) -> None:
    pool = open_pool(project(one_account_a_device=False), real=40, overlap=3, page_mix={"real": 2})
    crowd = _crowd(Server(database, workers=3), pool, 16)
    with running(crowd[0].server):
        threads, kept = _together(crowd, pool, threading.Event())
        for thread in threads:
            thread.join()
    assert Answer.objects.count() == 120
    assert {task.answers.count() for task in Task.objects.all()} == {3}
    accepted = Assignment.objects.filter(status="accepted")
    assert kept
    assert set(kept) <= {str(page.pk) for page in accepted}  # some are short, where others held what was left
    recount(pool)


def test_nothing_confirmed_is_lost_when_the_server_is_killed_again_and_again(database: ServerConfig) -> None:
    pool = open_pool(project(one_account_a_device=False), real=4000, overlap=3, page_mix={"real": 2})
    server = Server(database)
    crowd = _crowd(server, pool, 6)
    stop = threading.Event()
    try:
        server.start()
        threads, kept = _together(crowd, pool, stop)
        for _ in range(_KILLS):
            time.sleep(1)
            server.kill()
            server.start()
        time.sleep(1)
        stop.set()
        for thread in threads:
            thread.join()
    finally:
        stop.set()
        server.kill()
    assert kept, "nobody got to submit a page"
    stored = {str(page.pk): page for page in Assignment.objects.filter(status="accepted")}
    assert set(kept) <= set(stored)
    for page in stored.values():
        assert Answer.objects.filter(slot__assignment=page).count() == page.slots.count()
    assert LedgerEntry.objects.count() == len(stored)
    recount(pool)


def test_the_server_answers_within_seconds_of_its_start(sqlite: ServerConfig) -> None:
    with running(Server(sqlite)) as server:
        answer = httpx.get(f"{server.url}/healthz").json()
        assert answer["status"] == "ok"


@pytest.mark.parametrize("path", ["/", "/work/", "/earnings/"])
def test_who_is_not_logged_in_is_asked_to(sqlite: ServerConfig, path: str) -> None:
    with running(Server(sqlite, workers=1)) as server:
        response = httpx.get(server.url + path)
        assert response.status_code == 302
        assert response.headers["location"].startswith("/login/")
