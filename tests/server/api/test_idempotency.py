"""A request with an idempotency key is done once, however often and however fast it is sent."""

from __future__ import annotations

import threading
from decimal import Decimal
from typing import Any

import pytest
import server_scenes as scene
from api_client import Program, program
from django.db import connections

from palate.server.config import ServerConfig
from palate.server.projects.models import Project, Task
from palate.server.work.models import Answer, LedgerEntry, Reply


def _manager(project: Project) -> Program:
    return program(project.created_by)


def test_the_same_request_gets_the_first_answer(database: ServerConfig) -> None:
    boss = program(scene.account(is_manager=True))
    body = {"name": "Shoes", "template": "graded_relevance"}
    first = boss.send("POST", "/projects", body, key="a")
    second = boss.send("POST", "/projects", body, key="a")
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.json() == first.json()
    assert second.headers["Idempotency-Replayed"] == "true"
    assert Project.objects.count() == 1
    boss.post("/projects", body, key="b")
    assert Project.objects.count() == 2


def test_the_same_key_with_another_body_is_refused(sqlite: ServerConfig) -> None:
    boss = program(scene.account(is_manager=True))
    boss.post("/projects", {"name": "Shoes", "template": "graded_relevance"}, key="a")
    status, error = boss.refused(
        "POST", "/projects", {"name": "Hats", "template": "graded_relevance"}, key="a"
    )
    assert (status, error["code"], error["field"]) == (422, "key_reused", "Idempotency-Key")
    assert Project.objects.count() == 1


def test_keys_of_two_accounts_have_nothing_to_do_with_each_other(sqlite: ServerConfig) -> None:
    body = {"name": "Shoes", "template": "graded_relevance"}
    for _ in range(2):
        program(scene.account(is_manager=True)).post("/projects", body, key="a")
    assert Project.objects.count() == 2


def test_a_refused_request_may_be_mended_under_its_key(database: ServerConfig) -> None:
    pool = scene.open_pool(real=0, status="draft")
    boss = _manager(pool.project)
    path = f"/pools/{pool.pk}/tasks"
    status, error = boss.refused(
        "POST", path, {"tasks": [{"query": "a", "title": "b"}, {"query": "c"}]}, key="k"
    )
    assert (status, error["code"]) == (422, "wrong_rows")
    assert [problem["row"] for problem in error["problems"]] == [2]
    assert not Task.objects.exists()
    assert boss.post(path, {"tasks": [{"query": "a", "title": "b"}]}, key="k") == {"added": 1, "there": 0}


@pytest.mark.parametrize("path", ["tasks", "bonus"])
def test_tasks_and_payments_need_a_key(sqlite: ServerConfig, path: str) -> None:
    pool = scene.open_pool()
    status, error = _manager(pool.project).refused("POST", f"/pools/{pool.pk}/{path}", {}, key="")
    assert (status, error["code"]) == (422, "key_required")


@pytest.mark.parametrize("key", ["with blank", "é", "x" * 151])
def test_an_odd_key_is_refused(sqlite: ServerConfig, key: str) -> None:
    boss = program(scene.account(is_manager=True))
    status, error = boss.refused("POST", "/projects", {"name": "A", "template": "graded_relevance"}, key=key)
    assert (status, error["code"]) == (422, "wrong_key")


def _at_once(n: int, send: Any) -> list[Any]:
    """Return what n threads got that sent the same request at one moment."""
    barrier, got = threading.Barrier(n), []

    def run() -> None:
        barrier.wait()
        got.append(send())
        connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return got


def test_a_bonus_sent_eight_times_at_once_is_paid_once(database: ServerConfig) -> None:
    pool = scene.open_pool(project := scene.project())
    worker = scene.account(project=project)
    boss = _manager(project)
    body = {"annotator": worker.code, "amount": "0.30", "note": "Thank you"}
    got = _at_once(8, lambda: boss.send("POST", f"/pools/{pool.pk}/bonus", body, key="pay"))
    assert {(one.status_code, one.content) for one in got} == {(200, b'{"done":true}')}
    assert [entry.amount for entry in LedgerEntry.objects.all()] == [Decimal("0.30")]
    assert Reply.objects.filter(account=project.created_by).count() == 1
    scene.recount(pool)


def test_a_page_submitted_eight_times_at_once_is_stored_and_paid_once(database: ServerConfig) -> None:
    pool = scene.open_pool(project := scene.project(), real=10)
    worker = program(scene.account(project=project))
    page = worker.post(f"/pools/{pool.pk}/claim")
    answers = {"answers": {str(place): "relevant" for place in range(5)}}
    got = _at_once(8, lambda: worker.send("POST", f"/pages/{page['id']}/submit", answers, key="s"))
    assert {one.status_code for one in got} == {200}
    assert len({one.content for one in got}) == 1
    assert Answer.objects.count() == 5
    assert LedgerEntry.objects.count() == 1
    scene.recount(pool)


def test_sixteen_uploads_at_once_put_the_tasks_in_once(database: ServerConfig) -> None:
    pool = scene.open_pool(real=0, status="draft")
    boss = _manager(pool.project)
    body = {"tasks": [{"query": f"q{number}", "title": "x"} for number in range(20)]}
    got = _at_once(16, lambda: boss.send("POST", f"/pools/{pool.pk}/tasks", body, key="up"))
    assert {(one.status_code, one.content) for one in got} == {(201, b'{"added":20,"there":0}')}
    assert Task.objects.count() == 20
    scene.recount(pool)


def test_an_invitation_asked_for_twice_is_one_and_its_code_is_not_kept(sqlite: ServerConfig) -> None:
    project = scene.project()
    boss = _manager(project)
    first, second = (boss.post(f"/projects/{project.pk}/invitations", {"uses": 3}, key="i") for _ in range(2))
    assert first == second
    assert project.invitations.count() == 1
    assert not Reply.objects.exists()
    assert first["link"] == f"http://localhost/join/#{first['code']}"
