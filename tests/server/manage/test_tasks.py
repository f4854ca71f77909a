"""Tables of tasks: what is taken, what is refused, and that nothing is stored by half."""

from __future__ import annotations

import io
import json

import polars as pl
import pytest
import server_scenes as scene
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from server_browser import browser, text_of

from palate.server.config import ServerConfig
from palate.server.manage.task_files import rows_of, rows_of_text
from palate.server.projects.models import Pool, Task
from palate.server.projects.tasks import TaskErrors
from palate.task_templates import GradedRelevance, SideBySide

XSS = "<img src=x onerror=alert(1)>"
CSV = "query,title,golden,id\nkettle,A kettle,,one\nmug,A mug,relevant,two\n"


@pytest.fixture
def pool(sqlite: ServerConfig) -> Pool:
    return scene.open_pool(tasks=[], status="draft", page_mix={"real": 4, "golden": 1})


@pytest.fixture
def client(pool: Pool) -> Client:
    return browser(pool.project.created_by)


def upload(client: Client, pool: Pool, content: bytes, name: str = "tasks.csv", **more: str):
    file = SimpleUploadedFile(name, content)
    return client.post(f"/manage/pools/{pool.pk}/tasks/", {"file": file, **more})


def kinds(pool: Pool) -> dict[str, str]:
    return dict(pool.tasks.values_list("key", "kind"))


def test_csv_json_lines_and_parquet_say_the_same(client: Client, pool: Pool) -> None:
    rows = [
        {"query": "kettle", "title": "A kettle", "golden": None, "id": "one"},
        {"query": "mug", "title": "A mug", "golden": "relevant", "id": "two"},
    ]
    parquet = io.BytesIO()
    pl.DataFrame(rows).write_parquet(parquet)
    lines = "\n".join(json.dumps(row) for row in rows).encode()
    found = []
    for name, content in (("t.csv", CSV.encode()), ("t.jsonl", lines), ("t.parquet", parquet.getvalue())):
        assert upload(client, pool, content, name).status_code == 302, name
        found.append(sorted(pool.tasks.values_list("key", "kind", "golden__0__answer")))
        pool.tasks.all().delete()
    assert found[0] == found[1] == found[2] == [("one", "real", None), ("two", "golden", "relevant")]


@pytest.mark.parametrize("text", [CSV, CSV.replace(",", ";"), CSV.replace(",", "\t"), "\ufeff" + CSV])
def test_any_separator_and_a_byte_order_mark_are_read(client: Client, pool: Pool, text: str) -> None:
    assert upload(client, pool, text.encode()).status_code == 302
    assert kinds(pool) == {"one": "real", "two": "golden"}


def test_a_pasted_table_is_read(client: Client, pool: Pool) -> None:
    assert client.post(f"/manage/pools/{pool.pk}/tasks/", {"text": CSV}).status_code == 302
    assert kinds(pool) == {"one": "real", "two": "golden"}


def test_every_wrong_row_is_listed_and_nothing_is_stored(client: Client, pool: Pool) -> None:
    rows = f"query,title,id\nkettle,A kettle,one\n,{XSS},two\nmug,A mug,one\nlamp,A lamp,three\n"
    response = upload(client, pool, rows.encode())
    page = text_of(response)
    assert response.status_code == 400
    assert "2 rows cannot be taken" in page
    assert '<td class="num">2</td><td>The value is missing' in page
    assert '<td class="num">3</td><td>The id &#x27;one&#x27; stands in the pool already.' in page
    assert not Task.objects.exists()
    assert XSS not in page


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("t.exe", b"MZ", "must end in"),
        ("t.csv", b"", "empty"),
        ("t.csv", b"query,title\n", "no rows"),
        ("t.csv", b"query,query\na,b\n", "stands there twice"),
        ("t.csv", b"query,title\na,b,c\n", "3 cells"),
        ("t.csv", b'query,title\n"a,b\n', "no CSV"),
        ("t.csv", b"query,title\n\xff\xfe,b\n", "UTF-8"),
        ("t.csv", b"query,titel\na,b\n", "Did you mean"),
        ("t.csv", b"query,title,overlap\na,b,many\n", "whole number"),
        ("t.csv", b"query,title,overlap\na,b,0\n", "from 1 to 1000"),
        ("t.csv", b"query,title,golden\na,b,great\n", "great"),
        ("t.csv", b"query,title,attention\na,b,perhaps\n", "true or false"),
        ("t.csv", b"query,title,reserved_for\na,b,NOBODY\n", "no annotator"),
        ("t.csv", b"query,title,image\na,b,javascript:alert(1)\n", "image"),
        ("t.jsonl", b"[1]\n", "JSON object"),
        ("t.jsonl", b'{"query": ', "no JSON"),
        ("t.jsonl", b'{"query": "a", "title": "b", "key": "\\u0000"}\n', "no text"),
        ("t.jsonl", b"[" * 10_000, "no JSON"),
        ("t.parquet", b"PAR1 no table", "Parquet"),
        ("t.parquet", b"", "Parquet"),
    ],
)
def test_what_is_no_table_of_tasks_is_refused_with_a_reason(
    client: Client, pool: Pool, name: str, content: bytes, words: str
) -> None:
    response = upload(client, pool, content, name)
    assert response.status_code == 400
    assert words in text_of(response).replace("&#x27;", "'")
    assert not Task.objects.exists()


def test_nothing_chosen_is_said(client: Client, pool: Pool) -> None:
    response = client.post(f"/manage/pools/{pool.pk}/tasks/")
    assert response.status_code == 400
    assert "Choose a file" in text_of(response)


def test_a_file_that_is_too_large_is_not_read(pool: Pool) -> None:
    from palate.core.errors import InputError

    class Unread(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise AssertionError(size)

    with pytest.raises(InputError, match="at most 64"):
        list(rows_of(Unread(), "tasks.csv", 65 * 2**20, GradedRelevance()))


def test_an_upload_that_is_sent_twice_is_stored_once(database: ServerConfig) -> None:
    pool = scene.open_pool(tasks=[], status="draft")
    client = browser(pool.project.created_by)
    without_ids = b"query,title\nkettle,A kettle\n"
    for _ in range(2):
        assert upload(client, pool, without_ids, form_key="once").status_code == 302
    assert pool.tasks.count() == 1
    assert upload(client, pool, without_ids, form_key="more").status_code == 302
    assert pool.tasks.count() == 2
    pool.refresh_from_db()
    scene.recount(pool)


def test_a_refused_upload_may_be_sent_again_with_the_same_key(client: Client, pool: Pool) -> None:
    assert upload(client, pool, b"query,title\n,x\n", form_key="k").status_code == 400
    assert upload(client, pool, CSV.encode(), form_key="k").status_code == 302
    assert pool.tasks.count() == 2


def test_a_closed_pool_takes_no_tasks(client: Client, pool: Pool) -> None:
    Pool.objects.filter(pk=pool.pk).update(status="closed")
    assert upload(client, pool, CSV.encode()).status_code == 400
    assert not Task.objects.exists()


def test_only_managers_upload(client: Client, pool: Pool) -> None:
    for role in ("reviewer", "annotator"):
        other = browser(scene.account(role, pool.project, role))
        assert other.get(f"/manage/pools/{pool.pk}/tasks/").status_code == 404
        assert upload(other, pool, CSV.encode()).status_code == 404
    assert upload(browser(scene.account(is_manager=True)), pool, CSV.encode()).status_code == 404
    assert not Task.objects.exists()


def test_tasks_are_shown_without_their_markup(client: Client, pool: Pool) -> None:
    row = json.dumps({"query": XSS, "title": XSS, "key": XSS})
    assert upload(client, pool, row.encode(), "t.jsonl").status_code == 302
    page = text_of(client.get(f"/manage/pools/{pool.pk}/tasks/"))
    assert "&lt;img src=x" in page
    assert XSS not in page


@pytest.mark.parametrize("kind", ["main", "training", "exam"])
def test_examples_fit_every_kind_of_pool(kind: str, sqlite: ServerConfig) -> None:
    pool = scene.open_pool(tasks=[], status="draft", kind=kind, page_mix=MIXES[kind])
    client = browser(pool.project.created_by)
    table = text_of(client.get(f"/manage/pools/{pool.pk}/tasks/columns/"))
    assert table.startswith("query,item,title")
    assert client.post(f"/manage/pools/{pool.pk}/tasks/examples/").status_code == 302
    assert pool.tasks.count() == 3
    pool.tasks.all().delete()
    assert upload(client, pool, table.encode()).status_code == 302
    assert pool.tasks.count() == 3


MIXES = {"main": {"real": 3}, "training": {"real": 0, "training": 2}, "exam": {"real": 0, "golden": 3}}


def test_own_columns_and_those_of_the_task_are_told_apart() -> None:
    line = {
        "input": {"left": "a", "left_title": "A", "right": "b", "right_title": "B"},
        "key": 7,
        "golden": [{"answer": "left", "weight": 1}],
        "attention": True,
        "unavailable_for": ["X", "Y"],
        "overlap": 2,
    }
    (row,) = rows_of_text(json.dumps(line), SideBySide())
    assert row.input == line["input"]
    assert (row.key, row.golden, row.attention, row.overlap) == ("7", line["golden"], True, 2)
    assert list(row.unavailable_for) == ["X", "Y"]
    (flat,) = rows_of_text("id,left_title,right_title,unavailable_for\nx,A,B,K L\n", SideBySide())
    assert flat.input == {"left_title": "A", "right_title": "B"}
    assert list(flat.unavailable_for) == ["K", "L"]


def test_rows_are_counted_from_one_without_the_header() -> None:
    with pytest.raises(TaskErrors) as caught:
        list(rows_of_text("query,title,overlap\na,b,1\nc,d,x\n", GradedRelevance()))
    assert [error.row for error in caught.value.errors] == [2]
