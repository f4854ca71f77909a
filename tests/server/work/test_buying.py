"""More answers to some tasks: they are handed out, counted, and nobody answers a task twice."""

from __future__ import annotations

from datetime import timedelta

import pytest
import server_scenes as scene
from api_client import program

from palate.core.errors import InputError
from palate.server.config import ServerConfig
from palate.server.projects.models import Pool, Tally, Task
from palate.server.work.buying import ask_more
from palate.server.work.claim import claim_page
from palate.server.work.models import Answer, Event
from palate.server.work.refusals import Refused
from palate.server.work.submit import submit_page

NOW = scene.NOW


def _answered(**spec: object) -> Pool:
    """Return a pool of five tasks that one annotator each has answered: complete, and so closed."""
    project = scene.project(one_account_a_device=False)
    pool = scene.open_pool(project, real=5, overlap=1, **spec)
    _work(pool)
    pool.refresh_from_db()
    return pool


def _work(pool: Pool) -> int:
    """Let somebody new take a page and answer it; return how many tasks it had."""
    account = scene.account(project=pool.project)
    page = claim_page(account, pool, now=NOW)
    submit_page(account, page.pk, scene.answers_to(page), now=NOW + timedelta(seconds=30))
    return page.slots.count()


def test_a_completed_pool_opens_again_for_the_tasks_that_are_bought(database: ServerConfig) -> None:
    pool = _answered()
    assert (pool.status, pool.close_reason) == ("closed", "completed")
    bought = ask_more(pool, ["query 1", "query 3", "query 1"], 2, now=NOW)
    assert (bought.tasks, bought.answers, bought.reopened) == (2, 4, True)
    pool.refresh_from_db()
    assert pool.status == "open"
    scene.recount(pool)
    assert Tally.objects.get(pool=pool).slots_open == 4
    assert _work(pool) == 2
    assert _work(pool) == 2
    pool.refresh_from_db()
    assert (pool.status, pool.close_reason) == ("closed", "completed")
    by_task = {task.key: Answer.objects.filter(task=task).count() for task in Task.objects.filter(pool=pool)}
    assert by_task == {"query 0": 1, "query 1": 3, "query 2": 1, "query 3": 3, "query 4": 1}
    assert Tally.objects.get(pool=pool).slots_wanted == 9
    kinds = list(Event.objects.filter(pool=pool).order_by("pk").values_list("kind", flat=True))
    assert [kind for kind in kinds if kind.startswith("pool_")] == [
        "pool_opened",
        "pool_closed",
        "pool_opened",
        "pool_closed",
    ]


def test_who_answered_a_task_is_not_asked_again(sqlite: ServerConfig) -> None:
    project = scene.project()
    pool, account = scene.open_pool(project, real=5, overlap=1), scene.account(project=project)
    page = claim_page(account, pool, now=NOW)
    submit_page(account, page.pk, scene.answers_to(page), now=NOW)
    ask_more(pool, ["query 0"], 1, now=NOW)
    with pytest.raises(Refused, match="nothing left"):
        claim_page(account, pool, now=NOW)


def test_a_pool_that_was_closed_by_hand_stays_closed(sqlite: ServerConfig) -> None:
    pool = scene.open_pool(real=5, status="open")
    Pool.objects.filter(pk=pool.pk).update(status="closed", close_reason="manual")
    assert not ask_more(pool, ["query 0"], 1, now=NOW).reopened
    pool.refresh_from_db()
    assert pool.status == "closed"


@pytest.mark.parametrize(
    ("keys", "answers", "text"),
    [
        (["query 0", "query 77"], 1, "no real task 'query 77'"),
        (["query 0"], 1000, "would want 1,001 answers"),
        (["query 5"], 1, "no real task 'query 5'"),  # a golden one
    ],
)
def test_tasks_that_cannot_have_more_are_refused_and_nothing_changes(
    sqlite: ServerConfig, keys: list[str], answers: int, text: str
) -> None:
    pool = scene.open_pool(real=5, golden=1, overlap=1)
    with pytest.raises(InputError, match=text):
        ask_more(pool, keys, answers, now=NOW)
    assert set(Task.objects.filter(pool=pool, kind="real").values_list("overlap", "open_slots")) == {(1, 1)}
    assert Tally.objects.get(pool=pool).slots_open == 5


def test_a_program_buys_once_for_a_key(sqlite: ServerConfig) -> None:
    boss = scene.account("boss", is_manager=True)
    pool = scene.open_pool(scene.project(boss), real=5, overlap=1)
    api = program(boss)
    first = api.post(f"/pools/{pool.pk}/more", {"tasks": ["query 2"], "answers": 2}, key="more-1")
    assert first == {"tasks": 1, "answers": 2, "reopened": False}
    assert api.post(f"/pools/{pool.pk}/more", {"tasks": ["query 2"], "answers": 2}, key="more-1") == first
    assert Task.objects.get(pool=pool, key="query 2").overlap == 3
