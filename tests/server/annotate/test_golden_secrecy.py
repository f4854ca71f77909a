"""Nothing on a page, in what it loads or in what it answers tells golden tasks from real ones."""

from __future__ import annotations

import re
from typing import Any

import pytest
import server_scenes as scene
from django.db import connection
from django.test.utils import CaptureQueriesContext
from html_tree import Element
from page_forms import filled_in, page_of, posted_by, tasks_on
from server_browser import text_of
from work_pages import Holder, example_rows, holder

from palate.server.config import ServerConfig
from palate.server.projects.tasks import TaskRow
from palate.task_templates import from_settings, task_templates

every_template = pytest.mark.parametrize("template", sorted(task_templates.names()))


def mixed(template: str, real: int = 4, golden: int = 4, **spec: Any) -> Holder:
    """Return an annotator with a page of real and golden tasks that show the same."""
    shown = example_rows(template, ["real"] * real + ["golden"] * golden)
    rows = [
        TaskRow(row.input, key=f"marker-{row.kind}-{n}", kind=row.kind, golden=row.golden, hint="marker-hint")
        for n, row in enumerate(shown)
    ]
    of = scene.project(template=template)
    return holder(scene.open_pool(of, tasks=rows, page_mix={"real": real, "golden": golden}, **spec))


def drawn(task: Element, position: int) -> str:
    """Return a task's markup with its own numbers taken out, nothing else."""
    number = position + 1
    places = [
        rf"(?<='t){position}(?=-)",
        rf"(?<='task-){number}(?=')",
        rf"(?<='Task ){number}(?= of)",
        rf"(?<='problem-){number}(?=')",
        rf"(?<='data-task': '){number}(?=')",
        rf"(?<=': Task ){number}(?=')",
        rf"(?<=children=\['){number}(?= of 8'\])",
    ]
    return re.sub("|".join(places), "", repr(task))


@every_template
def test_tasks_that_show_the_same_are_drawn_the_same(template: str, sqlite: ServerConfig) -> None:
    one = mixed(template)
    kinds = [slot.task.kind for slot in one.page.slots.select_related("task").order_by("position")]
    assert sorted(kinds) == ["golden"] * 4 + ["real"] * 4
    tasks = tasks_on(one.opened())
    assert len({drawn(task, position) for position, task in enumerate(tasks)}) == 1


@every_template
def test_no_key_kind_answer_or_hint_is_in_the_page(template: str, sqlite: ServerConfig) -> None:
    one = mixed(template)
    responses = [
        one.client.get(one.address),
        one.client.post(one.address, {}),
        one.client.post(f"{one.address}draft/", {}),
        one.client.get(f"/pools/{one.pool.pk}/"),
        one.client.get("/work/"),
    ]
    for response in responses:
        for word in ("marker-", "golden", "hint", "kind"):
            assert word not in text_of(response).replace("1 kind", "")


def test_a_page_of_real_tasks_looks_like_one_with_golden_tasks(sqlite: ServerConfig) -> None:
    with_golden, without = mixed("graded_relevance"), mixed("graded_relevance", 8, 0)
    pages = [
        re.sub(
            r"[0-9a-f]{8}-[0-9a-f-]{27}|value=\"\w{64}\"|\d\d:\d\d|data-seconds=\"\d+\"|/pools/\d+/|project \d+|datetime=\"[^\"]*\"",
            "",
            page,
        )
        for page in (text_of(one.client.get(one.address)) for one in (with_golden, without))
    ]
    assert pages[0].replace(with_golden.account.login, "") == pages[1].replace(without.account.login, "")


def test_a_wrong_golden_answer_is_answered_like_a_right_one(sqlite: ServerConfig) -> None:
    answers = from_settings("graded_relevance").label_values()
    responses = []
    for label in (answers[0], answers[-1]):
        one = mixed("graded_relevance")
        fields = posted_by(one.opened()) | {f"t{position}-answer": [label] for position in range(8)}
        response = one.submit(fields | {"then": ["stop"]})
        responses.append((response.status_code, re.sub(r"[0-9a-f-]{36}", "", response.headers["Location"])))
        result = re.sub(
            r"value=\"\w{64}\"|project \d+|pool \d+|/pools/\d+/",
            "",
            text_of(one.client.get(response.headers["Location"])),
        )
        responses.append((200, result.replace(one.account.login, "")))
    assert responses[:2] == responses[2:]


def test_a_missing_answer_to_a_golden_task_is_told_like_one_to_a_real_task(sqlite: ServerConfig) -> None:
    one = mixed("graded_relevance")
    tasks = tasks_on(page_of(one.submit({})))
    unfocused = [
        re.sub(r", 'autofocus': ''", "", drawn(task, position)) for position, task in enumerate(tasks)
    ]
    assert len(set(unfocused)) == 1


def test_golden_tasks_cost_no_further_queries(sqlite: ServerConfig) -> None:
    counts = []
    for one in (mixed("graded_relevance"), mixed("graded_relevance", 8, 0)):
        one.client.get(one.address)
        with CaptureQueriesContext(connection) as shown:
            fields = filled_in(one.opened())
        with CaptureQueriesContext(connection) as drafted:
            one.client.post(f"{one.address}draft/", fields)
        counts.append((len(shown), len(drafted)))
    assert counts[0] == counts[1]
