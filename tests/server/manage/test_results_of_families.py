"""Rankings, sets of labels and texts are aggregated, shown and written as files, too."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import server_scenes as scene
from django.test import Client
from server_browser import browser, text_of

from palate.core.errors import InputError
from palate.server.config import ServerConfig
from palate.server.manage.results import aggregate_pool, kept_results
from palate.server.projects.models import Pool
from palate.server.projects.tasks import TaskRow
from palate.server.work.claim import claim_page
from palate.server.work.models import Slot
from palate.server.work.submit import submit_page

NOW = scene.NOW
ITEMS = [{"id": f"{name}-1", "title": f"The {name}"} for name in ("mug", "kettle", "shoe")]
LABELS = [
    {"value": "gift", "text": "A gift"},
    {"value": "daily", "text": "For every day"},
    {"value": "dark", "text": "Not seen", "cannot_judge": True},
]


def answered(template: str, tasks: list[dict[str, Any]], said: list[dict[str, Any]], **settings: Any) -> Pool:
    """Return a pool that people have answered; each says, by key, what."""
    rows = [TaskRow(one, key=f"task-{number}") for number, one in enumerate(tasks)]
    project = scene.project(template=template, template_settings=settings, one_account_a_device=False)
    pool = scene.open_pool(project, tasks=rows, page_mix={"real": len(rows)}, overlap=max(1, len(said)))
    for answers in said:
        person = scene.account(project=project)
        page = claim_page(person, pool, now=NOW)
        choose: Callable[[Slot], Any] = lambda slot, given=answers: given[slot.task.key]  # noqa: E731
        submit_page(person, page.pk, scene.answers_to(page, choose), now=NOW + timedelta(seconds=40))
    return pool


def table(client: Client, pool: Pool, wanted: str) -> list[dict[str, str]]:
    shown = client.get(f"/manage/pools/{pool.pk}/results/download/?what={wanted}&format=csv")
    assert shown.status_code == 200, text_of(shown)
    return list(csv.DictReader(io.StringIO(text_of(shown))))


def page_of(pool: Pool) -> tuple[Client, str]:
    """Have the answers aggregated on the page; return what it shows."""
    client = browser(pool.project.created_by)
    path = f"/manage/pools/{pool.pk}/results/"
    assert "Nothing is aggregated yet" in text_of(client.get(path))
    response = client.post(path, {"method": ""})
    assert response.status_code == 302, text_of(response)
    return client, text_of(client.get(path))


def test_rankings(sqlite: ServerConfig) -> None:
    order = ["kettle-1", "mug-1", "shoe-1"]
    task = {"query": "kettle", "items": ITEMS}
    pool = answered("list_ranking", [task], [{"task-0": order}, {"task-0": order}, {"task-0": order[::-1]}])
    client, shown = page_of(pool)
    assert shown.index("The kettle") < shown.index("The mug") < shown.index("The shoe")
    assert "3 rankings so far" in shown
    rows = table(client, pool, "ranking")
    assert [(row["query"], row["rank"], row["item"], row["grade"]) for row in rows] == [
        ("kettle", "1", "kettle-1", "2"),
        ("kettle", "2", "mug-1", "1"),
        ("kettle", "3", "shoe-1", "0"),
    ]
    agreeing = sorted(float(row["skill"]) for row in table(client, pool, "annotators"))
    assert agreeing == [0, 1, 1]  # of three pairs each, all in the order of the result, or none
    assert aggregate_pool(pool, "borda", now=NOW).found["queries"][0]["items"][0]["item"] == "kettle-1"


def test_sets_of_labels(sqlite: ServerConfig) -> None:
    tasks = [{"title": "Mug"}, {"title": "Lamp"}, {"title": "Hat"}]
    said = [
        {"task-0": ["gift", "daily"], "task-1": [], "task-2": ["dark"]},
        {"task-0": ["gift", "daily"], "task-1": [], "task-2": ["dark"]},
        {"task-0": ["daily"], "task-1": ["gift"], "task-2": ["gift"]},
    ]
    pool = answered("multi_label", tasks, said, labels=LABELS, least=0)
    client, shown = page_of(pool)
    assert "A gift, For every day" in shown
    rows = {row["task"]: row for row in table(client, pool, "judgments")}
    assert json.loads(rows["task-0"]["labels"]) == ["gift", "daily"]
    assert json.loads(rows["task-1"]["labels"]) == []
    assert json.loads(rows["task-2"]["labels"]) == ["gift"]
    assert [rows[f"task-{number}"]["answers"] for number in range(3)] == ["3", "3", "1"]
    results = kept_results(pool)
    assert results is not None
    assert results.answers == 7


def test_marks_in_lists_that_differ(sqlite: ServerConfig) -> None:
    tasks = [
        {"query": "kettle", "items": ITEMS},
        {"query": "hat", "items": [{"id": "hat-1", "title": "The hat"}]},
    ]
    marks = {"task-0": ["shoe-1"], "task-1": []}
    pool = answered(
        "spam_marking", tasks, [marks, marks, {"task-0": ["mug-1", "shoe-1"], "task-1": ["hat-1"]}]
    )
    client, shown = page_of(pool)
    assert "The shoe" in shown
    assert [json.loads(row["labels"]) for row in table(client, pool, "judgments")] == [["shoe-1"], []]


def test_texts(sqlite: ServerConfig) -> None:
    said = [{"task-0": "red running shoes"}, {"task-0": "red running shoes"}, {"task-0": "<b>a lamp</b>"}]
    pool = answered("free_text", [{"title": "Shoe"}], said)
    client, shown = page_of(pool)
    assert "red running shoes" in shown
    [row] = table(client, pool, "judgments")
    assert (row["text"], row["answers"]) == ("red running shoes", "3")
    skills = sorted(float(row["skill"]) for row in table(client, pool, "annotators"))
    assert skills[0] < skills[1] == skills[2]


@pytest.mark.parametrize("method", ["dawid_skene", "bradley_terry", "rover", "x"])
def test_a_method_of_another_family_is_refused(sqlite: ServerConfig, method: str) -> None:
    pool = answered("list_ranking", [{"query": "a", "items": ITEMS}], [])
    with pytest.raises(InputError, match="plackett_luce, borda, kemeny"):
        aggregate_pool(pool, method, now=NOW)
