"""Results and files: right numbers, no formulas, golden tasks in or out, made anew only when answers changed."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from decimal import Decimal

import polars as pl
import pytest
import server_scenes as scene
from django.test import Client
from server_browser import browser, text_of

from palate.server.config import ServerConfig
from palate.server.manage.aggregating import aggregate_labels, aggregate_pairs
from palate.server.manage.cells import safe_cell
from palate.server.manage.results import aggregate_pool, kept_results
from palate.server.projects.models import Pool
from palate.server.projects.tasks import TaskRow
from palate.server.work.claim import claim_page
from palate.server.work.models import Answer
from palate.server.work.review import pay_bonus, reject_pages
from palate.server.work.submit import submit_page

NOW = scene.NOW
FORMULA = '=HYPERLINK("https://evil.example")'
XSS = "<script>alert(1)</script>"


def answer(pool: Pool, login: str, choose) -> None:
    """Have somebody answer one page."""
    person = scene.account(login, pool.project)
    page = claim_page(person, pool, now=NOW)
    submit_page(person, page.pk, scene.answers_to(page, choose), now=NOW + timedelta(seconds=40))


@pytest.fixture
def graded(database: ServerConfig) -> Pool:
    tasks = [
        TaskRow({"query": FORMULA, "title": "@SUM(A1)", "item": "+1"}, key="-one"),
        TaskRow({"query": "mug", "title": XSS}, key="two"),
        TaskRow({"query": "lamp", "title": "A lamp"}, key="known", golden="irrelevant"),
    ]
    pool = scene.open_pool(tasks=tasks, page_mix={"real": 2, "golden": 1}, auto_accept=False)
    said = {"-one": "relevant", "two": "irrelevant", "known": "irrelevant"}
    for login in ("ana", "ben"):
        answer(pool, login, lambda slot: said[slot.task.key])
    answer(pool, "cid", lambda _: "irrelevant")
    return pool


@pytest.fixture
def client(graded: Pool) -> Client:
    return browser(graded.project.created_by)


def rows_in(client: Client, address: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text_of(client.get(address)))))


def test_answers_as_csv_hold_no_formula(client: Client, graded: Pool) -> None:
    rows = rows_in(client, f"/manage/pools/{graded.pk}/answers/?format=csv")
    assert len(rows) == 9
    mine = [row for row in rows if row["task"] == "'-one"]
    assert [row["label"] for row in mine] == ["relevant", "relevant", "irrelevant"]
    assert {(row["query"], row["title"], row["item"]) for row in mine} == {
        (f"'{FORMULA}", "'@SUM(A1)", "'+1")
    }
    assert {row["seconds"] for row in rows} == {str(round(40 / 3, 3))}
    assert {row["annotator"] for row in rows} == set(Answer.objects.values_list("annotator__code", flat=True))
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())


def test_golden_answers_are_left_out_where_they_are_not_wanted(client: Client, graded: Pool) -> None:
    rows = rows_in(client, f"/manage/pools/{graded.pk}/answers/?golden=0")
    assert {row["kind"] for row in rows} == {"real"}
    assert len(rows) == 6
    everything = rows_in(client, f"/manage/pools/{graded.pk}/answers/")
    assert [row["correct"] for row in everything if row["kind"] == "golden"] == ["1.0"] * 3


def test_rejected_answers_are_left_out_unless_wanted(client: Client, graded: Pool) -> None:
    page = graded.assignments.get(annotator__login="cid")
    reject_pages([page.pk], now=NOW, comment="No.")
    assert len(rows_in(client, f"/manage/pools/{graded.pk}/answers/")) == 6
    rows = rows_in(client, f"/manage/pools/{graded.pk}/answers/?rejected=1")
    assert sum(row["page_status"] == "rejected" for row in rows) == 3


def test_json_lines_and_parquet_hold_the_same_answers(client: Client, graded: Pool) -> None:
    lines = text_of(client.get(f"/manage/pools/{graded.pk}/answers/?format=jsonl")).splitlines()
    parquet = b"".join(client.get(f"/manage/pools/{graded.pk}/answers/?format=parquet").streaming_content)
    table = pl.read_parquet(io.BytesIO(parquet))
    found = [json.loads(line) for line in lines]
    assert FORMULA in {row["query"] for row in found}  # no spreadsheet reads it
    for column in ("task", "annotator", "label", "seconds", "query", "correct"):
        assert table[column].to_list() == [row[column] for row in found]


def test_an_unknown_format_is_refused(client: Client, graded: Pool) -> None:
    for address in ("answers/?format=exe", "answers/?format=../x", "results/download/?format=csv"):
        assert client.get(f"/manage/pools/{graded.pk}/{address}").status_code == 400


def test_a_parquet_file_of_nothing_is_refused_before_it_begins(sqlite: ServerConfig) -> None:
    pool = scene.open_pool()
    response = browser(pool.project.created_by).get(f"/manage/pools/{pool.pk}/answers/?format=parquet")
    assert response.status_code == 400
    assert "no answers yet" in text_of(response)


def test_the_ledger_says_who_got_what(client: Client, graded: Pool) -> None:
    ana = graded.assignments.get(annotator__login="ana").annotator
    pay_bonus(ana, Decimal("1.5"), pool=graded, note=FORMULA, key="b", now=NOW)
    for address in (f"/manage/pools/{graded.pk}/ledger/", f"/manage/projects/{graded.project_id}/ledger/"):
        (row,) = rows_in(client, address)
        assert (row["annotator"], row["kind"], row["amount"], row["note"]) == (
            ana.code,
            "bonus",
            "1.5000",
            f"'{FORMULA}",
        )


def test_files_are_for_managers_of_the_pool(graded: Pool) -> None:
    for role in ("reviewer", "annotator"):
        other = browser(scene.account(role, graded.project, role))
        for address in ("answers/", "ledger/", "results/download/"):
            assert other.get(f"/manage/pools/{graded.pk}/{address}").status_code == 404
    assert (
        browser(scene.account(is_manager=True)).post(f"/manage/pools/{graded.pk}/results/").status_code == 404
    )


def test_judgments_are_made_shown_and_kept_until_answers_change(client: Client, graded: Pool) -> None:
    address = f"/manage/pools/{graded.pk}/results/"
    assert "Nothing is aggregated yet" in text_of(client.get(address))
    assert client.post(address, {"method": "majority_vote"}).status_code == 302
    page = text_of(client.get(address))
    assert "&lt;script&gt;" in page
    assert XSS not in page
    first = kept_results(graded)
    assert {(one["task"], one["label"]) for one in first.found["judgments"]} == {
        ("-one", "relevant"),
        ("two", "irrelevant"),
    }
    shares = {one["task"]: one["probability"] for one in first.found["judgments"]}
    assert shares == pytest.approx({"-one": 2 / 3, "two": 1}, abs=1e-6)
    later = NOW + timedelta(hours=1)
    assert aggregate_pool(graded, "majority_vote", now=later).at == first.at
    reject_pages([graded.assignments.get(annotator__login="cid").pk], now=NOW, comment="No.")
    again = aggregate_pool(graded, "majority_vote", now=later)
    assert again.at == later
    assert {one["probability"] for one in again.found["judgments"]} == {1}
    rows = rows_in(client, f"/manage/pools/{graded.pk}/results/download/?what=judgments")
    assert {(row["task"], row["grade"], row["query"]) for row in rows} == {
        ("'-one", "2", f"'{FORMULA}"),
        ("two", "0", "mug"),
    }
    qrels = text_of(client.get(f"/manage/pools/{graded.pk}/results/download/?format=qrels")).splitlines()
    assert sorted(qrels)[1].startswith("mug 0 <script>alert(1)</script> 0")
    training = text_of(client.get(f"/manage/pools/{graded.pk}/results/download/?what=training&format=jsonl"))
    assert json.loads(training.splitlines()[0])["query"] in {FORMULA, "mug"}


@pytest.mark.parametrize("sent", [{"method": "magic"}, {"method": "bradley_terry"}])
def test_an_unknown_method_is_refused(client: Client, graded: Pool, sent: dict[str, str]) -> None:
    assert client.post(f"/manage/pools/{graded.pk}/results/", sent).status_code == 400


def test_a_pool_without_answers_has_no_results(sqlite: ServerConfig) -> None:
    pool = scene.open_pool()
    response = browser(pool.project.created_by).post(f"/manage/pools/{pool.pk}/results/")
    assert response.status_code == 400
    assert "Nobody has answered" in text_of(response)


def test_answers_in_own_words_hold_no_formula_in_any_file(sqlite: ServerConfig) -> None:
    project = scene.project(template="free_text")
    pool = scene.open_pool(project, tasks=[TaskRow({"query": "kettle"})], page_mix={"real": 1})
    answer(pool, "ana", lambda _: "=1+1")
    client = browser(project.created_by)
    assert client.post(f"/manage/pools/{pool.pk}/results/").status_code == 302
    (row,) = rows_in(client, f"/manage/pools/{pool.pk}/answers/")
    assert row["label"] == "'=1+1"
    (row,) = rows_in(client, f"/manage/pools/{pool.pk}/results/download/?what=judgments")
    assert row["text"] == "'=1+1"


def test_pairs_become_a_ranked_list_a_query(database: ServerConfig) -> None:
    project = scene.project(template="side_by_side")
    order = ["a", "b", "c"]
    tasks = [
        TaskRow(
            {
                "query": query,
                "left": left,
                "left_title": f"Item {left}",
                "right": right,
                "right_title": f"Item {right}",
            }
        )
        for query in ("q1", "q2")
        for left, right in (("a", "b"), ("c", "b"), ("a", "c"))
    ]
    pool = scene.open_pool(project, tasks=tasks, page_mix={"real": 6})

    def better(slot) -> str:
        shown = slot.task.input
        direction = 1 if shown["query"] == "q1" else -1
        return (
            "left"
            if direction * order.index(shown["left"]) < direction * order.index(shown["right"])
            else "right"
        )

    for login in ("ana", "ben", "cid"):
        answer(pool, login, better)
    client = browser(project.created_by)
    assert client.post(f"/manage/pools/{pool.pk}/results/").status_code == 302
    page = text_of(client.get(f"/manage/pools/{pool.pk}/results/"))
    assert page.index("Item a") < page.index("Item b") < page.index("Item c")
    rows = rows_in(client, f"/manage/pools/{pool.pk}/results/download/?what=ranking")
    ranks = {(row["query"], row["item"]): (row["rank"], row["grade"]) for row in rows}
    assert ranks == {
        ("q1", "a"): ("1", "2"), ("q1", "b"): ("2", "1"), ("q1", "c"): ("3", "0"),
        ("q2", "a"): ("3", "0"), ("q2", "b"): ("2", "1"), ("q2", "c"): ("1", "2"),
    }  # fmt: skip
    assert all(float(row["low"]) <= float(row["score"]) <= float(row["high"]) for row in rows)
    qrels = text_of(client.get(f"/manage/pools/{pool.pk}/results/download/?what=ranking&format=qrels"))
    assert "q1 0 a 2\n" in qrels


def test_aggregating_says_nothing_of_agreement_where_nobody_could_disagree() -> None:
    answers = pl.DataFrame({"task": ["a", "b"], "annotator": ["x", "x"], "label": ["yes", "no"]})
    found = aggregate_labels(
        answers, None, {"method": "majority_vote", "ordered": True, "labels": ["yes", "no"]}
    )
    assert found["agreement"] is None
    assert found["judgments"][0] == {"task": "a", "label": "yes", "probability": 1.0, "answers": 1}


def test_aggregating_pairs_keeps_queries_apart() -> None:
    rows = [("q", "a", "b", "left"), ("r", "a", "b", "right")] * 3
    answers = pl.DataFrame(
        {
            "task": [f"{query}" for query, *_ in rows],
            "annotator": ["x", "x", "y", "y", "z", "z"],
            "query": [row[0] for row in rows],
            "left": [row[1] for row in rows],
            "right": [row[2] for row in rows],
            "label": [row[3] for row in rows],
        }
    )
    found = aggregate_pairs(answers, {"method": "bradley_terry"})
    best = {one["query"]: one["items"][0]["item"] for one in found["queries"]}
    assert best == {"q": "a", "r": "b"}
    assert found["agreement"]["alpha"] == pytest.approx(1)


@pytest.mark.parametrize("text", ["=1", " =1", "+1", "-1", "@x", "\t=1", "＝1", "\n=1"])
def test_a_cell_that_begins_a_formula_is_text(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


def test_workers_do_not_load_what_aggregation_needs() -> None:
    import subprocess
    import sys

    code = (
        "import sys, os, tempfile; os.environ['PALATE_SERVER_DIRECTORY'] = tempfile.mkdtemp();"
        "os.environ['DJANGO_SETTINGS_MODULE'] = 'palate.server.settings'; import django; django.setup();"
        "import palate.server.urls; print(sorted({'numpy', 'polars', 'numba', 'scipy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
