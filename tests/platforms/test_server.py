"""People asked on a real server: published, answered, collected; stopped and gone on."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import server_scenes as scene
from api_client import token_of
from api_people import Person, working
from server_process import Server as Process
from server_process import running

from palate.core.errors import InputError, PalateError, SettingsError
from palate.core.frames import read_table
from palate.core.tables import ANSWERS
from palate.platforms import Pool, Server
from palate.server.config import ServerConfig
from palate.server.projects import models as tables
from palate.server.work.models import Answer, Assignment

TASKS = pl.DataFrame({"task": [f"t{number}" for number in range(16)]}).with_columns(
    truth=pl.Series([str(number % 3) for number in range(16)]),
    shown=pl.Series(
        [json.dumps({"query": f"person {number % 3}", "title": f"film {number}"}) for number in range(16)]
    ),
)
LABELS = {"labels": [{"value": str(grade), "text": f"Grade {grade}"} for grade in range(3)]}
POOL = Pool(
    TASKS,
    ("0", "1", "2"),
    golden=TASKS.tail(4).select("task", label="truth"),
    overlap=2,
    overlap_max=2,
    page_size=4,
    reward=Decimal("0.04"),
    title="Films",
    template="graded_relevance",
    template_settings={"question": "How good?", **LABELS},
)


def by_the_query(view: dict[str, Any]) -> str:
    """Answer what the query says: the number of its person."""
    text = next(part["text"] for part in view["parts"] if part["kind"] == "text")
    return str(text.split()[-1])


@pytest.fixture
def process(sqlite: ServerConfig, monkeypatch: pytest.MonkeyPatch) -> Iterator[Process]:
    manager = scene.account("manager", is_manager=True)
    monkeypatch.setenv("PALATE_TOKEN", token_of(manager))
    with running(Process(sqlite, workers=1)) as process:
        yield process


def test_people_are_asked_and_their_answers_come_back(process: Process) -> None:
    platform = Server(url=process.url, seconds_between=0.2)
    seen: list[tuple[int, int]] = []
    people = [Person(scene.account(f"person-{number}"), by_the_query) for number in range(3)]
    with working(process.url, people):
        found = platform.ask(POOL, progress=lambda done, total: seen.append((done, total)))
    assert read_table(found.answers, ANSWERS).equals(found.answers)
    real = found.answers.filter(pl.col("task").is_in(TASKS["task"].head(12).implode()))
    assert real.group_by("task").len()["len"].to_list() == [2] * 12
    assert not found.answers.select("task", "annotator").is_duplicated().any()
    right = found.answers.join(TASKS, on="task")
    assert (right["label"] == right["truth"]).all()
    assert set(found.answers["annotator"]) <= {person.account.code for person in people}
    assert set(found.annotators["annotator"]) == set(found.answers["annotator"])
    assert (
        found.pages
        == found.answers["page"].n_unique()
        == Assignment.objects.filter(status="accepted").count()
    )
    assert found.cost == Decimal("0.04") * found.pages
    assert seen[-1] == (24, 24)
    again = platform.ask(POOL)
    assert again.answers.equals(found.answers)
    assert again.cost == found.cost
    assert tables.Pool.objects.count() == 1
    assert Answer.objects.count() == len(found.answers)


def test_a_study_that_was_stopped_goes_on_with_the_same_pool(process: Process) -> None:
    impatient = Server(url=process.url, seconds_between=0.1, hours=0.0001)
    with pytest.raises(PalateError, match="0 of 24 answers are there"):
        impatient.ask(POOL)
    made = tables.Pool.objects.get()
    assert (made.status, made.tasks.count()) == ("open", 16)
    made.tasks.filter(key__in=["t3", "t9"]).delete()  # as if it had been stopped in the middle of the upload
    tables.Tally.objects.update(tasks=10, slots_wanted=20, slots_open=20)
    tables.Pool.objects.update(status="draft")
    with pytest.raises(PalateError, match="answers are there"):
        impatient.ask(POOL)
    assert tables.Pool.objects.get().pk == made.pk
    assert set(made.tasks.values_list("key", flat=True)) == set(TASKS["task"])
    people = [Person(scene.account(f"person-{number}"), by_the_query) for number in range(2)]
    with working(process.url, people):
        found = Server(url=process.url, seconds_between=0.2).ask(POOL)
    assert found.answers["task"].n_unique() >= 12


def test_a_manager_opens_and_closes_the_pool(process: Process) -> None:
    platform = Server(url=process.url, seconds_between=0.1, open=False)
    failed: list[Exception] = []

    def ask() -> None:
        try:
            platform.ask(POOL)
        except PalateError as error:
            failed.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    while not tables.Pool.objects.filter(tasks__isnull=False).exists():
        thread.join(0.1)
        assert thread.is_alive(), failed
    assert tables.Pool.objects.get().status == "draft"
    tables.Pool.objects.update(status="closed", close_reason="manual")
    thread.join(30)
    assert isinstance(failed[0], InputError)
    assert "closed (manual) before anybody answered" in str(failed[0])


def test_a_wrong_token_is_told(process: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PALATE_TOKEN", "palate_wrong")
    with pytest.raises(PalateError, match="Send a valid token"):
        Server(url=process.url).ask(POOL)


def test_without_a_token_nothing_is_sent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("PALATE_TOKEN", raising=False)
    with pytest.raises(SettingsError, match="There is no token"):
        Server().ask(POOL)
    with pytest.raises(SettingsError, match="cannot be read from"):
        Server(token_file=str(tmp_path / "none")).ask(POOL)


@pytest.mark.parametrize(
    "url",
    [
        "judge.example.org",
        "ftp://judge.example.org",
        "http://judge.example.org",
        "https://me:secret@judge.example.org",
    ],
)
def test_an_address_that_would_betray_the_token_is_refused(url: str) -> None:
    with pytest.raises(SettingsError) as refused:
        Server(url=url)
    assert "secret" not in str(refused.value)


def test_a_pool_that_shows_nothing_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PALATE_TOKEN", "palate_x")
    with pytest.raises(InputError, match="the column 'shown'"):
        Server().ask(Pool(TASKS.drop("shown"), ("0", "1", "2"), template="graded_relevance"))
    with pytest.raises(InputError, match="needs a task template"):
        Server().ask(Pool(TASKS, ("0", "1", "2")))
