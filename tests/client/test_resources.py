"""Everything a manager does, by the client, on the data of a directory: the code path is the one of a server."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import get_args

import pytest
import server_scenes as scene
from client_scenes import answer_all, filled

import palate
from palate.client import Client, PoolOpenError, ServerRefusedError, records
from palate.core.errors import SettingsError, UnknownNameError
from palate.core.progress import no_progress
from palate.server.accounts.models import ApiToken
from palate.server.api.application import api
from palate.server.config import ServerConfig
from palate.server.projects.models import Project

SHOES = {"name": "Shoes", "template": "graded_relevance", "pools": [{"name": "Main", "overlap": 1}]}


def test_projects_are_made_found_changed_and_archived(client: Client) -> None:
    made = client.projects.apply(SHOES)
    assert client.projects.apply(SHOES) == made
    assert [one.name for one in client.projects.list()] == ["Shoes"]
    assert client.projects.find("Shoes") == client.projects.get(made.id) == made
    assert client.projects.find("Hats") is None
    changed = client.projects.update(made, instructions="Look **twice**.")
    assert changed.spec["instructions"] == "Look **twice**."
    assert changed.pools == made.pools
    with pytest.raises(UnknownNameError, match="Did you mean Main"):
        made.pool("Mian")
    client.tasks.upload(made.pool("Main"), [{"query": "a", "title": "b"}], progress=no_progress)
    assert [one.name for one in client.projects.open(made)] == ["Main"]
    client.projects.archive(made)
    assert client.projects.find("Shoes") is None


def test_pools_live_and_die(client: Client) -> None:
    _, pool = filled(client)
    assert (pool.status, pool.progress.tasks, pool.progress.wanted) == ("open", 3, 3)
    assert client.pools.projection(pool).least == records.Cost(pages=1, total=Decimal("0.03"))
    assert client.pools.pause(pool).status == "paused"
    assert client.pools.update(pool, priority=5, budget=Decimal(2)).spec["budget"] == "2"
    assert client.pools.open(pool.id).status == "open"
    copy = client.pools.clone(pool, "Again")
    assert (copy.status, copy.progress.tasks) == ("draft", 3)
    assert client.pools.close(pool).close_reason == "manual"
    assert client.pools.archive(pool).status == "archived"
    assert [one.name for one in client.pools.list(copy.project)] == ["Main", "Again"]
    with pytest.raises(PoolOpenError, match="0 of 3 answers are there"):
        client.wait(copy, hours=0, seconds=0.001, progress=no_progress)


def test_trainings_are_pools_that_end_in_a_skill(client: Client) -> None:
    project, _ = filled(client)
    training = client.trainings.create(project, "First", skill="trained", tasks_per_page=1)
    rows = [{"query": "a", "title": "b", "golden": "relevant", "hint": "It fits."}]
    client.tasks.upload(training, rows, progress=no_progress)
    client.pools.open(training)
    assert [one.name for one in client.trainings.list(project)] == ["First"]
    person = answer_all(training.id)
    assert [one.annotator for one in client.trainings.finished(training)] == [person.code]
    assert [one.golden_right for one in client.pools.standings(training)] == [1.0]
    history = list(client.skills.history(project))
    assert [(one.skill, one.annotator, one.value) for one in history] == [("trained", person.code, 1.0)]


def test_skills_restrictions_and_members(client: Client) -> None:
    project, pool = filled(client)
    person = scene.account(project=Project.objects.get())
    skill = client.skills.create(project, "careful", valid_days=30)
    assert client.skills.create(project, "careful", hidden=False).id == skill.id
    assert [(one.name, one.hidden, one.valid_days) for one in client.skills.list(project)] == [
        ("careful", False, None)
    ]
    client.skills.set(project, person.code, "careful", 0.75, "looked at")
    client.skills.set(project, person.code, "careful", None)
    assert [(one.value, one.reason) for one in client.skills.history(project)] == [
        (0.75, "looked at"),
        (None, "set by a manager"),
    ]
    assert person.code in {one.code for one in client.annotators.list(project)}
    until = datetime(2027, 1, 1, tzinfo=UTC)
    here = client.restrictions.add(person.code, "too fast", pool=pool, until=until)
    there = client.restrictions.add(person.code, "too fast", project=project)
    assert (here.scope, here.until, there.scope) == ("pool", until, "project")
    assert client.restrictions.lift(there).lifted_at is not None
    assert {one.id for one in client.restrictions.list(project)} >= {there.id}
    for both in ({}, {"project": project, "pool": pool}):
        with pytest.raises(SettingsError, match="either"):
            client.restrictions.add(person.code, "x", **both)
    assert "#" in client.annotators.invite(project, uses=2).link


def test_pages_are_reviewed_and_paid(client: Client) -> None:
    _, pool = filled(client, auto_accept=False, overlap=3)
    people = [answer_all(pool.id) for _ in range(3)]
    pages = {one.annotator: one for one in client.assignments.list(pool, "submitted")}
    first, second, third = (pages[person.code].id for person in people)
    assert client.assignments.accept(first, "Thank you").status == "accepted"
    assert client.assignments.reject(second, "All the same").comment == "All the same"
    assert client.assignments.get(second).rejected_at is not None
    assert client.assignments.review(pool, [first, third], "accepted") == (third,)
    client.bonuses.pay(pool, people[0].code, "0.25", "For care", key="may")
    client.bonuses.pay(pool, people[0].code, "0.25", "For care", key="may")
    assert [(one.annotator, one.amount) for one in client.bonuses.list(pool)] == [
        (people[0].code, Decimal("0.25"))
    ]
    ledger = list(client.ledger(pool))
    assert sum(one.amount for one in ledger) == Decimal("0.31")
    assert list(client.ledger(project=pool.project)) == ledger
    assert list(client.ledger(pool, after=ledger[0].id)) == ledger[1:]
    with pytest.raises(SettingsError, match="either a pool or a 'project'"):
        client.ledger()


def test_answers_are_aggregated_on_the_server(client: Client) -> None:
    _, pool = filled(client, overlap=2)
    with pytest.raises(ServerRefusedError, match="Nobody has answered") as refused:
        client.aggregate(pool)
    assert refused.value.status == 422
    with pytest.raises(ServerRefusedError, match="no results yet"):
        client.results(pool)
    for _ in range(2):
        answer_all(pool.id)
    found = client.aggregate(pool, "majority_vote")
    assert (found.kind, found.method, found.answers) == ("labels", "majority_vote", 6)
    assert found.tables == ("judgments", "training", "annotators")
    assert client.results(pool)["label"].to_list() == ["relevant"] * 3
    assert set(client.results(pool, "annotators", like="pandas")["answers"]) == {3}
    assert client.aggregate(pool, "majority_vote") == found
    with pytest.raises(ServerRefusedError, match="must be one of auto, dawid_skene, majority_vote"):
        client.aggregate(pool, "borda")
    with pytest.raises(ServerRefusedError, match="there are judgments, training, annotators"):
        client.results(pool, "ranking")


def test_errors_name_the_field_what_came_and_what_is_allowed(client: Client) -> None:
    with pytest.raises(ServerRefusedError) as refused:
        client.projects.create("Shoes", "graded_relevanc")
    assert "Did you mean graded_relevance?" in str(refused.value)
    with pytest.raises(ServerRefusedError) as refused:
        client.projects.create("Shoes", "graded_relevance", pools=[{"name": "a", "kind": "exams"}])
    assert refused.value.field == "pools.0.kind"
    assert refused.value.allowed == ["main", "training", "exam"]
    for words in ("'pools.0.kind'", "it is 'exams'", "'training'"):
        assert words in str(refused.value)
    with pytest.raises(ServerRefusedError, match="There is no such thing") as refused:
        client.pools.get(999)
    assert (refused.value.status, refused.value.code) == (404, "not_found")
    project, pool = filled(client)
    with pytest.raises(ServerRefusedError, match="no annotator with this code; it is 'XYZ'"):
        client.bonuses.pay(pool, "XYZ", 1)
    with pytest.raises(ServerRefusedError, match=r"'amount'.*it is '-1'"):
        client.bonuses.pay(pool, "XYZ", -1)
    assert client.projects.get(project).id == project.id


def test_a_client_of_a_directory_ends_its_token(sqlite: ServerConfig) -> None:
    admin = scene.account("admin", is_admin=True)
    client = Client.local(sqlite.directory)
    assert admin.tokens.count() == 1
    client.close()
    client.close()
    assert not ApiToken.objects.exists()
    lost = Client.local(sqlite.directory)
    assert admin.tokens.count() == 1
    del lost
    assert not ApiToken.objects.exists()
    with pytest.raises(SettingsError, match="no account with the login 'x'"):
        Client.local(sqlite.directory, account="x")
    with pytest.raises(SettingsError, match="no server's data"):
        Client.local(sqlite.directory / "none")
    (other := sqlite.directory.parent / "other").mkdir()
    (other / "palate.sqlite3").touch()
    with pytest.raises(SettingsError, match="works on the data of another server"):
        Client.local(other)


def test_a_directory_is_opened_within_an_event_loop_as_in_a_notebook(sqlite: ServerConfig) -> None:
    scene.account("admin", is_admin=True)

    async def cell() -> list[str]:
        with Client.local(sqlite.directory) as client:
            client.projects.apply(SHOES)
            return [one.name for one in client.projects.list()]

    assert asyncio.run(cell()) == ["Shoes"]


def test_a_program_of_its_own_opens_a_directory(sqlite: ServerConfig) -> None:
    scene.account("admin", is_admin=True)
    text = (
        "import sys, palate; print(palate.Client.local(sys.argv[1]).projects.apply(eval(sys.argv[2])).name)"
    )
    done = subprocess.run(
        [sys.executable, "-c", text, str(sqlite.directory), repr(SHOES)],
        capture_output=True, text=True, check=False, cwd=Path.home(),
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "Shoes\n"), done.stderr
    assert not ApiToken.objects.exists()


def test_without_a_token_or_with_an_address_that_betrays_it_nothing_is_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("PALATE_TOKEN", raising=False)
    with pytest.raises(SettingsError, match="no token for http://127.0.0.1:1"):
        palate.Client("http://127.0.0.1:1")
    with pytest.raises(SettingsError, match="is not encrypted"):
        palate.Client("http://judge.example.org", "palate_x")
    with pytest.raises(SettingsError, match="must be one of polars, pandas, pyarrow"):
        palate.Client("http://127.0.0.1:1", "palate_x", like="excel")
    client = palate.Client("http://127.0.0.1:1", "palate_secret")
    assert "secret" not in repr(client.connection)
    client.close()


_SAME = {
    "PoolLine": "PoolLine", "ProjectLine": "ProjectLine", "Project": "ProjectOut", "Progress": "Progress",
    "Pool": "PoolOut", "Cost": "Cost", "Projection": "Projection", "Task": "TaskOut", "Answer": "AnswerOut",
    "Assignment": "PageLine", "Reviewed": "Reviewed", "Annotator": "AnnotatorOut", "Standing": "StandingOut",
    "Skill": "SkillOut", "SkillValue": "SkillValueOut", "Restriction": "RestrictionOut", "LedgerEntry": "EntryOut",
    "Bought": "BoughtOut", "Event": "EventOut", "Invitation": "Invited", "Results": "ResultsOut",
}  # fmt: skip


@pytest.mark.parametrize(("ours", "theirs"), [*_SAME.items(), ("AddedTasks", "Added")])
def test_records_have_the_fields_that_the_server_describes(ours: str, theirs: str) -> None:
    described = set(
        api.get_openapi_schema(path_prefix="/api/v1/")["components"]["schemas"][theirs]["properties"]
    )
    assert set(getattr(records, ours).model_fields) - {"problems"} == described


def test_every_record_is_compared() -> None:
    assert set(records.__all__) == {*_SAME, "AddedTasks"}
    assert get_args(records.PoolLine.model_fields["kind"].annotation) == ("main", "training", "exam")
