"""Answers come as the aggregators take them, as the caller's kind of dataframe; and as Toloka's table."""

from __future__ import annotations

from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import server_scenes as scene
from client_scenes import answer_all, filled

from palate.aggregation.labels import label_aggregators
from palate.client import Client
from palate.core.frames import read_table
from palate.core.progress import no_progress
from palate.core.tables import ANSWERS, ANSWERS_MULTILABEL, COMPARISONS, RANKINGS, TEXTS
from palate.server.work.claim import claim_page
from palate.server.work.models import Assignment
from palate.server.work.submit import submit_page

OWN = ["seconds", "submitted_at", "kind", "correct", "page", "page_status", "answer"]


def test_labels_are_what_an_aggregator_takes(client: Client) -> None:
    _, pool = filled(client, overlap=3)
    for label in ("relevant", "relevant", "irrelevant"):
        answer_all(pool.id, label)
    answers = client.answers(pool)
    assert answers.columns == ["task", "annotator", "label", *OWN]
    assert len(read_table(answers, ANSWERS)) == 9
    found = label_aggregators.create("majority_vote").aggregate(answers)
    assert found.labels["label"].to_list() == ["relevant"] * 3
    last = answers["answer"][5]
    assert client.answers(pool, after=last)["answer"].to_list() == answers["answer"][6:].to_list()
    assert [one.id for one in client.iter_answers(pool)] == answers["answer"].to_list()


@pytest.mark.parametrize(
    ("like", "kind"),
    [
        ("polars", pl.DataFrame), ("pandas", pd.DataFrame), ("pyarrow", pa.Table), (pd.DataFrame(), pd.DataFrame),
        (pa.table({}), pa.Table),
    ],
)  # fmt: skip
def test_the_dataframe_is_of_the_callers_kind(client: Client, like: object, kind: type) -> None:
    _, pool = filled(client)
    assert isinstance(client.answers(pool, like=like), kind)
    answer_all(pool.id)
    answers = client.answers(pool, like=like)
    assert isinstance(answers, kind)
    assert len(read_table(answers, ANSWERS)) == 3


@pytest.mark.parametrize(
    "case",
    [
        (
            "side_by_side", {"query": "shoes", "left": "a", "right": "b"}, "left",
            ["label", "query", "left", "right"], [("left", "shoes", "a", "b")], COMPARISONS,
        ),
        (
            "list_ranking", {"query": "q", "items": [{"id": "x", "title": "X"}, {"id": "y", "title": "Y"}]},
            ["y", "x"], ["item", "rank"], [("y", 1), ("x", 2)], RANKINGS,
        ),
        ("free_text", {"text": "What is it?"}, "A shoe.", ["text"], [("A shoe.",)], TEXTS),
    ],
)  # fmt: skip
def test_each_family_has_its_columns(client: Client, case: tuple[Any, ...]) -> None:
    template, task, answer, columns, cells, table = case
    project = client.projects.create("Any", template)
    pool = client.pools.create(project, "Main", page_mix={"real": 1}, overlap=1)
    client.tasks.upload(pool, [{"input": task, "key": "t"}], progress=no_progress)
    client.pools.open(pool)
    page, person = _claimed(pool.id)
    submit_page(person, page.pk, {0: answer}, now=page.claimed_at)
    answers = client.answers(pool)
    assert answers.columns == ["task", "annotator", *columns, *OWN]
    assert answers.select(columns).rows() == cells
    assert len(read_table(answers, table)) == len(cells)


def test_sets_of_labels_and_answers_that_judge_nothing(client: Client) -> None:
    settings = {"labels": [{"value": "a", "text": "A"}, {"value": "b", "text": "B"}]}
    project = client.projects.create("Sets", "multi_label", template_settings=settings)
    pool = client.pools.create(project, "Main", page_mix={"real": 1}, overlap=1)
    client.tasks.upload(pool, [{"input": {"text": "x"}, "key": "t"}], progress=no_progress)
    client.pools.open(pool)
    page, person = _claimed(pool.id)
    submit_page(person, page.pk, {0: ["b", "a"]}, now=page.claimed_at)
    answers = client.answers(pool)
    assert [sorted(one) for one in answers["labels"].to_list()] == [["a", "b"]]
    assert len(read_table(answers, ANSWERS_MULTILABEL)) == 1


def _claimed(pool: int) -> tuple[Assignment, scene.Account]:
    from palate.server.projects.models import Pool

    row = Pool.objects.get(pk=pool)
    person = scene.account(project=row.project)
    return claim_page(person, row, now=scene.NOW), person


def test_tolokas_table_has_inputs_outputs_and_assignments(client: Client) -> None:
    project = client.projects.create("Shoes", "graded_relevance")
    pool = client.pools.create(project, "Main", reward="0.03", page_mix={"real": 1, "golden": 1}, overlap=1)
    rows = [
        {"query": "shoes", "title": "Shoe", "key": "t1"},
        {"query": "hats", "title": "Hat", "key": "t2", "golden": "relevant"},
    ]
    client.tasks.upload(pool, rows, progress=no_progress)
    client.pools.open(pool)
    person = answer_all(pool.id)
    table = client.toloka_answers(pool, like="pandas").set_index("ASSIGNMENT:task_id")
    assert list(table.loc["t1", ["INPUT:query", "INPUT:title", "OUTPUT:result"]]) == [
        "shoes",
        "Shoe",
        "relevant",
    ]
    assert pd.isna(table.loc["t1", "GOLDEN:result"])
    assert table.loc["t2", "GOLDEN:result"] == "relevant"
    assert set(table["ASSIGNMENT:worker_id"]) == {person.code}
    assert set(table["ASSIGNMENT:status"]) == {"APPROVED"}
    assert set(table["ASSIGNMENT:reward"]) == {"0.0300"}
    again = client.pools.create(project, "Moved back")
    path_rows = client.toloka_answers(pool).to_dicts()
    assert client.tasks.upload(again, path_rows, progress=no_progress).added == 2
    assert {task.kind for task in client.tasks.list(again)} == {"real", "golden"}
