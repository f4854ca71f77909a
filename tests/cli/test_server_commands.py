"""``palate project|pool|tasks|answers``: the common calls of the client, at the shell."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import pytest
import server_scenes as scene
from api_client import token_of
from client_scenes import answer_all
from server_databases import fresh_database
from server_process import Server, running
from shell import Said

from palate.core.frames import read_table
from palate.core.tables import ANSWERS
from palate.server.config import ServerConfig
from palate.server.projects import models

Palate = Callable[..., Said]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[ServerConfig]:
    """Return a server's data with an administrator and the project Shoes, whose pool is a draft."""
    with fresh_database("sqlite", tmp_path / "server", None) as config:
        admin = scene.account("admin", is_admin=True)
        project = scene.project(admin, name="Shoes", one_account_a_device=False)
        scene.open_pool(project, real=0, status="draft", name="Main", overlap=1, page_mix={"real": 3})
        yield config


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "tasks.csv"
    path.write_text("key,query,title\n" + "".join(f"k{n},shoes,Shoe {n}\n" for n in range(3)))
    return path


def test_from_a_table_of_tasks_to_judgments(palate: Palate, place: ServerConfig, file: Path) -> None:
    where = ("-d", place.directory)
    assert palate("tasks", "upload", "Shoes/Main", file, *where).out == "3 new tasks\n"
    again = palate("tasks", "upload", "Shoes/Main", file, *where, "--json")
    assert json.loads(again.out) == {"added": 0, "there": 3, "problems": []}
    assert palate("pool", "open", "Shoes/Main", *where).out == "Main is open.\n"
    pool = models.Pool.objects.get()
    answer_all(pool.pk)
    shown = palate("pool", "show", str(pool.pk), *where)
    assert "Main (main, number 1) is closed (completed)." in shown.out
    assert "3 of 3 answers to 3 tasks" in shown.out
    assert palate("pool", "wait", "Shoes/Main", *where).out == "Main is closed (completed).\n"
    answers = file.with_name("answers.csv")
    assert palate("answers", "fetch", "Shoes/Main", *where, "-o", answers).code == 0
    assert len(read_table(answers, ANSWERS)) == 3
    judged = file.with_name("judgments.parquet")
    done = palate("answers", "aggregate", "Shoes/Main", *where, "--method", "majority_vote", "-o", judged)
    assert (done.code, "majority_vote, 3 answers" in done.err) == (0, True)
    assert pl.read_parquet(judged)["label"].to_list() == ["relevant"] * 3
    toloka = palate("answers", "fetch", "Shoes/Main", *where, "--form", "toloka", "--json")
    assert {row["OUTPUT:result"] for row in json.loads(toloka.out)} == {"relevant"}
    told = palate("answers", "follow", "Shoes/Main", *where, "--no-wait")
    kinds = [json.loads(line)["kind"] for line in told.out.splitlines()]
    assert kinds[0] == "pool_opened"
    assert "page_accepted" in kinds
    last = json.loads(told.out.splitlines()[-1])["id"]
    assert palate("answers", "follow", "1", *where, "--no-wait", "--after", last).out == ""


def test_what_there_is_is_listed(palate: Palate, place: ServerConfig, file: Path) -> None:
    where = ("-d", place.directory)
    palate("tasks", "upload", "1", file, *where)
    assert "graded_relevance" in palate("project", "list", *where).out
    assert [one["name"] for one in json.loads(palate("project", "list", *where, "--json").out)] == ["Shoes"]
    assert "0 of 3" in palate("pool", "list", "Shoes", *where).out
    (pool,) = json.loads(palate("pool", "list", "Shoes", *where, "--json").out)
    assert (pool["name"], pool["status"], pool["progress"]["tasks"]) == ("Main", "draft", 3)
    assert "Shoe 1" in palate("tasks", "list", "Shoes/Main", *where).out
    tasks = json.loads(palate("tasks", "list", "Shoes/Main", *where, "--json").out)
    assert sorted(one["key"] for one in tasks) == ["k0", "k1", "k2"]
    saved = file.with_name("saved.csv")
    palate("tasks", "list", "Shoes/Main", *where, "-o", saved)
    assert sorted(pl.read_csv(saved)["key"]) == ["k0", "k1", "k2"]
    shown = json.loads(palate("pool", "show", "Shoes/Main", *where, "--json").out)
    assert shown["projection"]["least"]["pages"] == 1


def test_pools_and_projects_change(palate: Palate, place: ServerConfig, file: Path) -> None:
    where = ("-d", place.directory)
    palate("tasks", "upload", "1", file, *where)
    assert palate("project", "open", "Shoes", *where).out == "opened 'Main'\n"
    assert palate("project", "open", "Shoes", *where).out == "There is no draft.\n"
    assert palate("pool", "pause", "Shoes/Main", *where).out == "Main is paused.\n"
    assert palate("pool", "close", "Shoes/Main", *where).out == "Main is closed (manual).\n"
    assert palate("pool", "archive", "Shoes/Main", *where).out == "Main is archived (manual).\n"
    assert palate("project", "archive", "Shoes", *where).out == "archived 'Shoes'\n"
    gone = palate("pool", "list", "Shoes", *where)
    assert (gone.code, "no project called 'Shoes'" in gone.err) == (2, True)


def test_mistakes_are_told(palate: Palate, place: ServerConfig, file: Path) -> None:
    where = ("-d", place.directory)
    file.write_text("key,query,title\na,shoes,Shoe\nb,shoes,\n")
    wrong = palate("tasks", "upload", "Shoes/Main", file, *where)
    assert (wrong.code, "Row 2:" in wrong.err) == (2, True)
    left = palate("tasks", "upload", "Shoes/Main", file, *where, "--leave-out-wrong")
    assert (left.code, left.out, "row 2 is left out" in left.err) == (0, "1 new task\n", True)
    mistakes = {
        "Main": "or as PROJECT/POOL",
        "Hats/Main": "no project called 'Hats'",
        "Shoes/Mian": "Did you mean Main",
        "99": "no such thing",
    }
    for name, said in mistakes.items():
        done = palate("pool", "show", name, *where)
        assert (done.code, said in done.err) == (2, True), done.err
    assert "Nobody has answered" in palate("answers", "aggregate", "1", *where).err


def test_over_http_with_a_token(
    palate: Palate, place: ServerConfig, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(Server(place, workers=1)) as server:
        where = ("-s", server.url)
        missing = palate("pool", "show", "1", *where)
        assert (missing.code, "There is no token" in missing.err) == (2, True)
        monkeypatch.setenv("PALATE_TOKEN", token_of(models.Project.objects.get().created_by))
        assert palate("tasks", "upload", "Shoes/Main", file, *where).out == "3 new tasks\n"
        assert palate("pool", "show", "1", *where).code == 0
