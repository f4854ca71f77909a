"""Tables of any kind become tasks; what is wrong is named by its row; what is there stays."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import server_scenes as scene
from api_client import token_of
from server_process import Server, running

from palate.client import AsyncClient, Client, ServerRefusedError, UploadError, task_rows
from palate.core.errors import InputError, PalateError
from palate.core.progress import no_progress
from palate.server.config import ServerConfig
from palate.server.projects.models import Task

ROWS = [{"query": "shoes", "title": f"Shoe {n}", "key": f"k{n}"} for n in range(4)]


@pytest.fixture
def pool(client: Client) -> int:
    return client.pools.create(client.projects.create("Shoes", "graded_relevance"), "Main").id


def _write(path: Path, frame: pl.DataFrame) -> Path:
    writers = {
        ".csv": frame.write_csv,
        ".tsv": lambda target: frame.write_csv(target, separator="\t"),
        ".jsonl": frame.write_ndjson,
        ".parquet": frame.write_parquet,
    }
    writers[path.suffix](path)
    return path


@pytest.mark.parametrize(
    "kind", ["list", "generator", "polars", "lazy", "pandas", "pyarrow", ".csv", ".tsv", ".jsonl", ".parquet"]
)
def test_any_table_can_be_uploaded(client: Client, pool: int, tmp_path: Path, kind: str) -> None:
    frame = pl.DataFrame([*ROWS, {"query": "hats", "title": "Hat", "key": None}])
    tables: dict[str, Any] = {
        "list": frame.to_dicts(),
        "generator": (row for row in frame.to_dicts()),
        "polars": frame,
        "lazy": frame.lazy(),
        "pandas": pd.DataFrame(frame.to_dicts()),
        "pyarrow": frame.to_arrow(),
    }
    source = tables[kind] if kind in tables else _write(tmp_path / f"tasks{kind}", frame)
    seen: list[tuple[int, int]] = []
    found = client.tasks.upload(pool, source, progress=lambda done, total: seen.append((done, total)))
    assert (found.added, found.there) == (5, 0)
    assert seen == [(5, 5)]
    listed = {task.key: task for task in client.tasks.list(pool)}
    assert {key for key in listed if not key.startswith("row-")} == {"k0", "k1", "k2", "k3"}
    assert client.tasks.get(listed["k0"].id).input == {"query": "shoes", "title": "Shoe 0"}


def test_an_upload_begun_again_adds_what_is_missing_and_changes_nothing(client: Client, pool: int) -> None:
    client.tasks.upload(pool, ROWS[:2], progress=no_progress)
    found = client.tasks.upload(pool, ROWS, progress=no_progress)
    assert (found.added, found.there) == (2, 2)
    with pytest.raises(UploadError, match="Row 2: Another task of the pool has the id 'k1'"):
        client.tasks.upload(pool, [ROWS[0], {**ROWS[1], "title": "Boot"}], progress=no_progress)
    assert sorted(task.input["title"] for task in client.tasks.list(pool)) == [f"Shoe {n}" for n in range(4)]


def test_golden_and_weighted_tasks_are_the_same_when_sent_again(client: Client, pool: int) -> None:
    weighted = [{"answer": "relevant", "weight": 1}, {"answer": "irrelevant", "weight": 0.5}]
    rows = [{**ROWS[0], "golden": "relevant"}, {**ROWS[1], "golden": weighted}]
    for added in (2, 0):
        found = client.tasks.upload(pool, rows, progress=no_progress)
        assert (found.added, found.there) == (added, 2 - added)


def test_equal_rows_without_keys_are_as_many_tasks(client: Client, pool: int) -> None:
    rows = [{"query": "a", "title": "b"}] * 3
    for added in (3, 0):
        assert client.tasks.upload(pool, rows, progress=no_progress).added == added


def test_wrong_rows_are_named_over_all_parts_and_the_other_parts_stored(
    client: Client, pool: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("palate.client._uploading._ROWS", 2)
    rows = [*ROWS, {"query": "x"}, {"query": "hats", "title": "Hat"}, {"title": "y", "golden": "perfect"}]
    with pytest.raises(UploadError) as wrong:
        client.tasks.upload(pool, rows, progress=no_progress)
    assert [one.row for one in wrong.value.problems] == [5, 7]
    assert "Give one of title" in wrong.value.problems[0].message
    assert wrong.value.added == Task.objects.count() == 4
    found = client.tasks.upload(pool, rows, leave_out_wrong=True, progress=no_progress)
    assert (found.added, found.there) == (1, 4)
    assert [one.row for one in found.problems] == [5, 7]


def test_what_is_not_about_rows_is_refused_as_it_is(client: Client, pool: int) -> None:
    client.tasks.upload(pool, ROWS, progress=no_progress)
    client.pools.close(client.pools.open(pool))
    with pytest.raises(ServerRefusedError, match="The pool is closed: it takes no tasks"):
        client.tasks.upload(pool, [{"query": "a", "title": "b"}], progress=no_progress)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ([], "There are no tasks"),
        ([1], "row 1: A task is an object"),
        ({"query": "a"}, "got one object"),
        (3, "got int"),
        ("tasks.xls", "ends in .csv"),
        ("none.csv", "cannot be read"),
        ([{"key": "a"}, {"key": "b"}, {"id": "a"}], "row 3, column 'key': The key 'a' stands there twice"),
    ],
)
def test_what_is_no_table_of_tasks_is_refused(source: object, said: str) -> None:
    with pytest.raises(InputError, match=said):
        task_rows(source)


def test_missing_cells_of_pandas_are_nothing() -> None:
    frame = pd.DataFrame({"query": ["a", None], "overlap": [2, None], "key": ["x", "y"]})
    assert task_rows(frame) == [{"query": "a", "overlap": 2.0, "key": "x"}, {"key": "y"}]
    assert task_rows(pa.table({"query": ["a", None], "key": ["x", "y"]}))[1] == {"key": "y"}


def test_tolokas_table_becomes_tasks(client: Client, pool: int, tmp_path: Path) -> None:
    path = tmp_path / "toloka.tsv"
    path.write_text(
        "INPUT:query\tINPUT:title\tGOLDEN:result\tHINT:text\tTASK:id\n"
        "shoes\tShoe\trelevant\tIt fits.\tt1\nhats\tHat\t\t\t\n"
    )
    assert client.tasks.upload(pool, path, progress=no_progress).added == 2
    first, second = sorted(client.tasks.list(pool), key=lambda task: task.kind)
    assert (first.key, first.kind, first.hint) == ("t1", "golden", "It fits.")
    assert (second.kind, second.input) == ("real", {"query": "hats", "title": "Hat"})


def test_a_table_of_answers_holds_each_task_once() -> None:
    answered = [
        {"INPUT:query": "a", "OUTPUT:result": label, "ASSIGNMENT:worker_id": who}
        for who, label in (("x", "yes"), ("y", "no"))
    ]
    assert [row["input"] for row in task_rows(answered)] == [{"query": "a"}]
    several = [{"INPUT:query": "a", "GOLDEN:left": "1", "GOLDEN:right": "2"}]
    assert task_rows(several)[0]["golden"] == {"left": "1", "right": "2"}


def test_the_same_from_an_event_loop(sqlite: ServerConfig) -> None:
    boss = scene.account("boss", is_manager=True)
    pool = scene.open_pool(scene.project(boss), real=0, status="draft")

    async def work(url: str, token: str) -> list[Any]:
        async with AsyncClient(url, token, like="pandas") as client:
            uploads = [
                client.upload_tasks(pool.pk, ROWS[start::2], progress=no_progress) for start in range(2)
            ]
            added = [one.added for one in await asyncio.gather(*uploads)]
            with pytest.raises(UploadError, match="Row 1"):
                await client.upload_tasks(pool.pk, [{"query": "x"}], progress=no_progress)
            await client.connection.post(f"/pools/{pool.pk}/status", {"status": "open"})
            events = [one.kind async for one in client.events(pool.pk, follow=False)]
            follow = client.events(pool.pk)
            first = await anext(follow)
            await follow.aclose()
            await client.connection.post(f"/pools/{pool.pk}/status", {"status": "closed"})
            found = await client.wait(pool.pk, progress=no_progress)
            answers = await client.answers(pool.pk)
            return [added, events, first.kind, found.status, type(answers), len(answers)]

    with running(Server(sqlite, workers=1)) as server:
        found = asyncio.run(work(server.url, token_of(boss)))
    assert found == [[2, 2], ["pool_opened"], "pool_opened", "closed", pd.DataFrame, 0]


def test_what_answers_but_is_no_server_of_ours_is_told() -> None:
    from palate.client import Connection, Response

    class Elsewhere:
        def __init__(self, *answers: Response) -> None:
            self.answers = list(answers)

        def __call__(self, *_: object) -> Response:
            return self.answers.pop(0)

        def close(self) -> None:
            """Hold nothing."""

    for answer in (Response(200, b"<html>"), Response(404, b"<html>"), Response(302, b"")):
        with pytest.raises(PalateError, match="no Palate server"):
            Connection("palate_x", transport=Elsewhere(answer)).get("/me")
    waited: list[float] = []
    busy = Elsewhere(Response(429, b"", retry_after=7), Response(200, b"{}"))
    assert Connection("palate_x", transport=busy, sleep=waited.append).get("/me") == {}
    assert waited == [7]
