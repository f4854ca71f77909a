"""Checks of attention made from a pool's own pairs, and that the rules see them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import server_scenes as scene
from django.test import Client
from server_browser import browser, text_of

from palate.core.errors import PalateError
from palate.server.config import ServerConfig
from palate.server.projects.attention_checks import AddedChecks, add_checks
from palate.server.projects.life import change_status
from palate.server.projects.models import Pool, Tally, Task
from palate.server.projects.specs import ChecksSpec
from palate.server.projects.tasks import TaskRow, add_tasks
from palate.server.work.claim import claim_page
from palate.server.work.models import Restriction, Slot
from palate.server.work.submit import submit_page

RULE = {
    "event": {"name": "attention_check", "history_size": 10},
    "conditions": ["shown > 0", "failed_rate > 0.4"],
    "action": {"name": "restrict"},
}


def rows(queries: int = 4, items: int = 4) -> list[TaskRow]:
    """Return the pairs of neighbours among each query's own items, by their titles."""
    return [
        TaskRow(
            {
                "query_title": f"Query {q}",
                "left_title": f"{q}.{i}",
                "left": f"l{i}",
                "right_title": f"{q}.{i + 1}",
            },
            key=f"{q}-{i}",
        )
        for q in range(queries)
        for i in range(items)
    ]


@pytest.fixture
def pool(sqlite: ServerConfig) -> Pool:
    return draft()


def draft(tasks: list[TaskRow] | None = None, **spec: Any) -> Pool:
    settings = {"page_mix": {"real": 4, "golden": 1}, **spec}
    project = scene.project(template=spec.pop("template", "side_by_side"))
    settings.pop("template", None)
    return scene.open_pool(project, tasks=rows() if tasks is None else tasks, status="draft", **settings)


@pytest.fixture
def client(pool: Pool) -> Client:
    return browser(pool.project.created_by)


def made(pool: Pool) -> list[tuple[Any, ...]]:
    return sorted(
        (task.key, task.kind, str(task.golden), task.repeats_id and task.repeats.key, str(task.input))
        for task in pool.tasks.select_related("repeats")
    )


def test_attention_pairs_have_an_item_of_another_query_on_the_worse_side(pool: Pool) -> None:
    assert add_checks(pool, ChecksSpec(attention_pairs=50)) == AddedChecks(8, 0)  # half of 16 pairs
    for check in pool.tasks.filter(attention=True):
        assert check.kind == "golden"
        better = check.golden[0]["answer"]
        worse = {"left": "right", "right": "left"}[better]
        query = check.input["query_title"].removeprefix("Query ")
        assert check.input[f"{better}_title"].startswith(f"{query}.")
        assert not check.input[f"{worse}_title"].startswith(f"{query}.")
        assert "check" not in check.key
        assert "attention" not in check.key
    assert Tally.objects.get(pool=pool).tasks == 16


def test_repeats_are_pairs_with_their_sides_swapped(pool: Pool) -> None:
    assert add_checks(pool, ChecksSpec(swapped_repeats=10)) == AddedChecks(0, 2)  # 1.6 pairs, rounded up
    repeats = list(pool.tasks.exclude(repeats=None).select_related("repeats"))
    for repeat in repeats:
        first = repeat.repeats.input
        assert repeat.input["query_title"] == first["query_title"]
        assert (repeat.input["left_title"], repeat.input["right_title"]) == (
            first["right_title"],
            first["left_title"],
        )
        assert repeat.input["right"] == first["left"]
        assert "left" not in repeat.input
    tally = Tally.objects.get(pool=pool)
    assert (tally.tasks, tally.slots_open) == (18, 18 * 3)


def test_the_seed_alone_decides_and_adding_again_adds_nothing(sqlite: ServerConfig) -> None:
    wanted = ChecksSpec(attention_pairs=20, swapped_repeats=20, seed=7)
    one, other, third = draft(), draft(rows()[::-1]), draft()
    assert add_checks(one, wanted) == add_checks(other, wanted) == AddedChecks(4, 4)
    assert made(one) == made(other)
    add_checks(third, wanted.model_copy(update={"seed": 8}))
    assert made(third) != made(one)
    assert add_checks(one, wanted) == AddedChecks(0, 0)
    add_tasks(one, [TaskRow({**row.input, "query_title": "New"}, key=f"new-{row.key}") for row in rows()])
    assert add_checks(one, wanted) == AddedChecks(3, 3)  # a fifth of 32, rounded up, less 4
    assert one.tasks.exclude(repeats=None).values("repeats").distinct().count() == 7


def test_whole_rankings_are_checked_too(sqlite: ServerConfig) -> None:
    def ranking(query: int, system: str) -> list[dict[str, str]]:
        return [{"id": f"{query}{system}{rank}", "title": f"{query} {system} {rank}"} for rank in range(2)]

    tasks = [
        TaskRow({"query": f"q{q}", "left_items": ranking(q, "a"), "right_items": ranking(q, "b")}, key=str(q))
        for q in range(4)
    ]
    pool = draft(tasks, template="side_by_side_rankings")
    assert add_checks(pool, ChecksSpec(attention_pairs=50, swapped_repeats=50)) == AddedChecks(2, 2)
    for check in pool.tasks.filter(attention=True):
        better = check.golden[0]["answer"]
        assert check.input[f"{better}_items"][0]["title"].startswith(check.input["query"][1:])


def test_the_query_itself_is_no_plainly_worse_item(sqlite: ServerConfig) -> None:
    names = ("kettle", "mug", "plate")
    tasks = [
        TaskRow({"query_title": q, "left_title": a, "right_title": f"{a} {number}"}, key=f"{q}-{a}-{number}")
        for q in names for a in names if a != q for number in range(2)
    ]  # fmt: skip
    pool = draft(tasks)
    add_checks(pool, ChecksSpec(attention_pairs=50))
    for check in pool.tasks.filter(attention=True):
        assert check.input["query_title"] not in {check.input["left_title"], check.input["right_title"]}


@pytest.mark.parametrize(("spoil", "words"), [
    (lambda: draft(rows(queries=1)), "several queries"),
    (lambda: draft(page_mix={"real": 5}), "golden tasks a page"),
    (lambda: scene.open_pool(status="draft"), "two sides"),
    (lambda: change_status(draft(), "open", now=scene.NOW), "drafts"),
])  # fmt: skip
def test_where_checks_make_no_sense_the_text_says_why(sqlite: ServerConfig, spoil: Any, words: str) -> None:
    pool = spoil()
    before = pool.tasks.count()
    with pytest.raises(PalateError, match=words):
        add_checks(pool, ChecksSpec(attention_pairs=10, swapped_repeats=10))
    assert pool.tasks.count() == before


def test_the_page_of_tasks_adds_checks_and_says_how_many(client: Client, pool: Pool) -> None:
    page = f"/manage/pools/{pool.pk}/tasks/"
    assert "Checks of attention" in text_of(client.get(page))
    form = {"attention_pairs": "12.5", "swapped_repeats": "6", "seed": "3", "form_key": "x"}
    for _ in range(2):
        assert client.post(f"{page}checks/", form).status_code == 302
    assert "Added 2 attention pairs and 1 swapped repeat." in text_of(client.get(page))
    assert pool.tasks.count() == 19
    for wrong in (
        {"attention_pairs": "51"},
        {"swapped_repeats": "many"},
        {"seed": "-1"},
        {"attention_pairs": "nan"},
    ):
        assert client.post(f"{page}checks/", wrong).status_code == 400
    assert browser(scene.project().created_by).post(f"{page}checks/", form).status_code == 404
    change_status(pool, "open", now=scene.NOW)
    assert "Checks of attention" not in text_of(client.get(page))
    assert client.post(f"{page}checks/", {"attention_pairs": "50"}).status_code == 400


@pytest.mark.parametrize(("kind", "looks"), [
    ("attention_pairs", True), ("attention_pairs", False), ("swapped_repeats", True), ("swapped_repeats", False),
])  # fmt: skip
def test_the_rule_fires_on_who_does_not_look(database: ServerConfig, kind: str, looks: bool) -> None:
    golden = int(kind == "attention_pairs")
    pool = draft(rows(4, 3), page_mix={"real": 5 - golden, "golden": golden}, quality_rules=[RULE], overlap=1)
    assert sum(vars(add_checks(pool, ChecksSpec(**{kind: 50}))).values()) == 6
    change_status(pool, "open", now=scene.NOW)
    annotator, now = scene.account(project=pool.project), scene.NOW
    for _ in range(3):
        page = claim_page(annotator, pool, now=now)
        together = {slot.task_id for slot in page.slots.all()}
        assert not Task.objects.filter(pk__in=together, repeats__in=together).exists()
        now += timedelta(minutes=5)
        submit_page(annotator, page.pk, scene.answers_to(page, lambda slot: choice(slot, looks)), now=now)
        if Restriction.objects.exists():
            break
        now += timedelta(minutes=5)
    assert Restriction.objects.exists() is not looks


def choice(slot: Slot, looks: bool) -> str:
    """Answer as who looks (prefers the earlier title, of this query before others), or plainly wrongly and to a side."""
    task = slot.task
    if task.attention:
        right = task.golden[0]["answer"]
        return right if looks else {"left": "right", "right": "left"}[right]
    if not looks:
        return "left"
    return min(("left", "right"), key=lambda side: task.input[f"{side}_title"])


def test_what_does_not_load_checks_nothing(sqlite: ServerConfig) -> None:
    pool = draft(rows(4, 3), page_mix={"real": 5}, quality_rules=[RULE], overlap=1)
    add_checks(pool, ChecksSpec(swapped_repeats=50))
    change_status(pool, "open", now=scene.NOW)
    annotator, now = scene.account(project=pool.project), scene.NOW
    for _ in range(3):
        page = claim_page(annotator, pool, now=now)
        now += timedelta(minutes=5)
        submit_page(annotator, page.pk, scene.answers_to(page, lambda _: "cannot_load"), now=now)
    assert not Restriction.objects.exists()
