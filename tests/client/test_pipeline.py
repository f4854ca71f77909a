"""Pipelines: every event is dealt with once, also by one that is killed in the middle of its work."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import server_scenes as scene
from api_client import token_of
from server_process import Server, running

from palate.client import Client, Pipeline, Work
from palate.core.errors import PalateError, SettingsError
from palate.server.accounts.models import Account
from palate.server.config import ServerConfig
from palate.server.projects.models import Pool, Task
from palate.server.work.claim import claim_page
from palate.server.work.models import Answer, Assignment, Event, LedgerEntry
from palate.server.work.submit import submit_page


@pytest.fixture
def place(client: Client) -> tuple[Pool, Client]:
    return scene.open_pool(scene.project(one_account_a_device=False), real=5, overlap=2), client


def _answer(pool: Pool, answers: list[str] | None = None) -> tuple[Account, Assignment]:
    """Let somebody new answer a page, with these labels in the order of the tasks' keys."""
    account, now = scene.account(project=pool.project), datetime.now(UTC)
    page = claim_page(account, pool, now=now)
    given = scene.answers_to(page)
    if answers is not None:
        by_key = sorted(page.slots.select_related("task"), key=lambda slot: slot.task.key)
        given = {slot.position: label for slot, label in zip(by_key, answers, strict=True)}
    submit_page(account, page.pk, given, now=now + timedelta(seconds=40))
    return account, page


def test_handlers_run_for_their_kinds_in_order_and_the_state_stays(
    place: tuple[Pool, Client], tmp_path: Path
) -> None:
    pool, client = place
    seen: list[str] = []

    def made() -> Pipeline:
        pipeline = Pipeline(client, tmp_path / "state.sqlite", pool=pool.pk)

        @pipeline.on("page_submitted", "page_claimed")
        def count(work: Work) -> None:
            work.state[work.event.kind] = work.state.get(work.event.kind, 0) + 1

        @pipeline.on()
        def note(work: Work) -> None:
            seen.append(work.event.kind)
            work.state["last"] = work.event.id

        return pipeline

    _answer(pool)
    first = made().run(follow=False)
    _answer(pool)
    second = made().run(follow=False)
    kinds = list(Event.objects.filter(pool=pool).order_by("pk").values_list("kind", flat=True))
    assert seen == kinds
    assert first + second == len(kinds)
    assert made().run(follow=False) == 0
    pipeline, states = made(), list[dict[str, int]]()
    pipeline.on()(lambda work: states.append(dict(work.state)))
    _answer_late(pool)
    pipeline.run(follow=False)
    assert states[-1]["page_submitted"] == 2
    assert states[-1]["last"] == Event.objects.latest("pk").pk


def _answer_late(pool: Pool) -> None:
    Event.objects.create(kind="task_reported", project=pool.project, pool=pool, at=datetime.now(UTC))


def test_an_event_whose_handler_fails_comes_again_and_nothing_is_paid_twice(
    place: tuple[Pool, Client], tmp_path: Path
) -> None:
    pool, client = place
    account, _ = _answer(pool)
    failures = [RuntimeError("after paying"), None]
    pipeline = Pipeline(client, tmp_path / "state.sqlite", pool=pool.pk)

    @pipeline.on("page_submitted")
    def pay(work: Work) -> None:
        work.state["paid"] = work.state.get("paid", 0) + 1
        for _ in range(2):  # the same twice is wanted twice
            work.client.bonuses.pay(pool.pk, work.event.annotator, Decimal("0.10"), note="thank you")
        if failure := failures.pop(0):
            raise failure

    with pytest.raises(RuntimeError, match="after paying"):
        pipeline.run(follow=False)
    paid = LedgerEntry.objects.filter(annotator=account, kind="bonus")
    assert paid.count() == 2
    states: list[int] = []
    pipeline.on("page_submitted")(lambda work: states.append(work.state["paid"]))
    pipeline.run(follow=False)
    assert paid.count() == 2
    assert states == [1], "what the failed run had noted was not kept"


def test_more_answers_are_bought_where_the_posterior_is_unsure(
    place: tuple[Pool, Client], tmp_path: Path
) -> None:
    """Two annotators disagree on two of five tasks; these get a third answer, once."""
    from palate.aggregation.labels import MajorityVote

    pool, client = place
    pipeline = Pipeline(client, tmp_path / "state.sqlite", pool=pool.pk)

    @pipeline.on("pool_closed")
    def buy(work: Work) -> None:
        found = MajorityVote().aggregate(work.client.answers(pool.pk).select("task", "annotator", "label"))
        unsure = found.labels.filter(found.labels["probability"] < 0.6)["task"].to_list()
        if not work.state.get("bought"):
            work.client.tasks.ask_more(pool.pk, unsure)
            work.state["bought"] = unsure

    _answer(pool, ["relevant"] * 5)
    _answer(pool, ["relevant", "irrelevant", "relevant", "irrelevant", "relevant"])
    pipeline.run(follow=False)
    wanted = dict(Task.objects.filter(pool=pool).values_list("key", "overlap"))
    assert wanted == {"query 0": 2, "query 1": 3, "query 2": 2, "query 3": 3, "query 4": 2}
    _answer(pool, ["relevant"] * 2)
    assert pipeline.run(follow=False) > 0
    assert Answer.objects.filter(pool=pool).count() == 12
    assert dict(Task.objects.filter(pool=pool).values_list("key", "overlap")) == wanted


def test_the_next_pool_opens_when_an_exam_is_passed(client: Client, tmp_path: Path) -> None:
    project = scene.project(skills=[{"name": "exam"}], one_account_a_device=False)
    exam = scene.open_pool(
        project,
        real=0,
        golden=2,
        kind="exam",
        skill="exam",
        reward=Decimal(0),
        page_mix={"real": 0, "golden": 2},
    )
    main = scene.open_pool(project, real=5, status="draft")
    pipeline = Pipeline(client, tmp_path / "state.sqlite", project=project.pk)

    @pipeline.on("skill_set")
    def open_main(work: Work) -> None:
        if work.event.data["value"] >= 0.9:
            work.state["passed"] = work.state.get("passed", 0) + 1
            work.client.pools.open(main.pk)

    assert pipeline.run(follow=False) >= 1
    main.refresh_from_db()
    assert main.status == "draft"
    _answer(exam, ["relevant", "relevant"])
    pipeline.run(follow=False)
    main.refresh_from_db()
    assert main.status == "open"


BOOKKEEPER = """
import sys, time
from decimal import Decimal
from palate.client import Client, Pipeline
url, token, pool, file = sys.argv[1:]
with Client(url, token) as client:
    pipeline = Pipeline(client, file, pool=int(pool))

    @pipeline.on("page_submitted")
    def pay(work):
        work.client.bonuses.pay(int(pool), work.event.annotator, Decimal("0.01"), note="")
        time.sleep(0.05)  # where it is killed, mostly
        work.state["paid"] = work.state.get("paid", []) + [work.event.id]

    pipeline.run()
"""


def test_a_pipeline_that_is_killed_again_and_again_pays_every_page_once(
    sqlite: ServerConfig, tmp_path: Path
) -> None:
    boss = scene.account("boss", is_manager=True)
    pool = scene.open_pool(
        scene.project(boss, one_account_a_device=False), real=5, overlap=30, page_mix={"real": 1}
    )
    people = {_answer(pool)[0].pk for _ in range(30)}
    file = tmp_path / "state.sqlite"
    with running(Server(sqlite, workers=1)) as server:
        command = [sys.executable, "-c", BOOKKEEPER, server.url, token_of(boss), str(pool.pk), str(file)]
        paid, kills, until = LedgerEntry.objects.filter(kind="bonus"), 0, time.monotonic() + 120
        process = subprocess.Popen(command)
        while (n := paid.count()) < len(people) or kills < 3:
            assert time.monotonic() < until, f"{n} of {len(people)} bonuses were paid"
            assert process.poll() is None, "it ended by itself"
            if kills < 3 and n > (kills + 1) * 7:
                process.send_signal(signal.SIGKILL)
                process.wait()
                process, kills = subprocess.Popen(command), kills + 1
            time.sleep(0.02)
        time.sleep(0.5)
        process.kill()
        process.wait()
    assert sorted(paid.values_list("annotator", flat=True)) == sorted(people)


def test_two_runs_of_one_file_are_refused(place: tuple[Pool, Client], tmp_path: Path) -> None:
    pool, client = place
    outer = Pipeline(client, tmp_path / "state.sqlite", pool=pool.pk)

    @outer.on()
    def again(work: Work) -> None:
        inner = Pipeline(client, tmp_path / "state.sqlite", pool=pool.pk)
        inner.on()(lambda _: None)
        with pytest.raises(PalateError, match="in use by another run"):
            inner.run(follow=False)
        work.state["refused"] = True

    assert outer.run(follow=False) == 1


def test_what_cannot_run_is_refused(place: tuple[Pool, Client], tmp_path: Path) -> None:
    pool, client = place
    with pytest.raises(SettingsError, match="Name either a pool or a 'project'"):
        Pipeline(client, tmp_path / "x")
    empty = Pipeline(client, tmp_path / "x", pool=pool.pk)
    with pytest.raises(SettingsError, match="does nothing yet"):
        empty.run(follow=False)
    full = Pipeline(client, tmp_path / "x", pool=pool.pk)
    full.on()(lambda work: work.state.update(when=datetime.now(UTC)))
    with pytest.raises(PalateError, match="kept as JSON, which cannot hold it"):
        full.run(follow=False)
    other = Pipeline(client, tmp_path / "x", project=pool.project_id)
    other.on()(lambda _: None)
    with pytest.raises(SettingsError, match=rf"keeps the state of a pipeline of /pools/{pool.pk}/events"):
        other.run(follow=False)
    (tmp_path / "text").write_text("This is no database, but long enough to be read as one. " * 40)
    wrong = Pipeline(client, tmp_path / "text", pool=pool.pk)
    wrong.on()(lambda _: None)
    with pytest.raises(PalateError, match="is no file of a pipeline"):
        wrong.run(follow=False)
    nowhere = Pipeline(client, tmp_path / "no" / "such" / "x", pool=pool.pk)
    nowhere.on()(lambda _: None)
    with pytest.raises(PalateError, match="cannot be opened"):
        nowhere.run(follow=False)
