"""Everything a manager does, by a program."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from typing import Any

import pytest
import server_scenes as scene
from api_client import Program, program
from django.test import Client

from palate.server.accounts.models import Account
from palate.server.config import ServerConfig
from palate.server.projects.models import Pool, Project, Task
from palate.server.work.models import Assignment, Restriction, SkillValue

SPEC = {
    "name": "Shoes",
    "template": "graded_relevance",
    "instructions": "Look **twice**.",
    "skills": [{"name": "exam"}],
    "pools": [
        {"name": "Training", "kind": "training"},
        {"name": "Exam", "kind": "exam", "skill": "exam", "page_mix": {"real": 0, "golden": 2}},
        {
            "name": "Main",
            "reward": "0.03",
            "page_mix": {"real": 2, "golden": 1},
            "overlap": 2,
            "training": "Training",
            "audience": {"skills": ["exam >= 0.9"]},
            "quality_rules": [
                {
                    "event": {"name": "page_submit_time", "fast_seconds": 10.0, "history_size": 5},
                    "conditions": ["fast_pages >= 1"],
                    "action": {"name": "restrict", "scope": "pool", "duration": "10 days"},
                }
            ],
        },
    ],
}


@pytest.fixture
def boss(sqlite: ServerConfig) -> Program:
    return program(scene.account("boss", is_manager=True))


def _answered(n: int = 1, **spec: Any) -> tuple[Pool, list[dict[str, Any]], Account]:
    """Return a pool in which somebody has answered pages."""
    pool = scene.open_pool(project := scene.project(one_account_a_device=False), **spec)
    account = scene.account(project=project)
    worker, pages = program(account), []
    for _ in range(n):
        page = worker.post(f"/pools/{pool.pk}/claim")
        given = {"answers": {str(task["position"]): "relevant" for task in page["tasks"]}}
        pages.append(worker.post(f"/pages/{page['id']}/submit", given))
    return pool, pages, account


def test_applying_a_project_twice_changes_nothing_and_its_export_makes_it_again(boss: Program) -> None:
    first = boss.post("/projects/apply", SPEC)
    second = boss.post("/projects/apply", SPEC)
    assert first["created"]
    assert not second["created"]
    assert {**second, "created": True} == first
    third = boss.post("/projects/apply", first["spec"])
    assert third["spec"] == first["spec"]
    assert [pool["name"] for pool in third["pools"]] == ["Training", "Exam", "Main"]
    assert Project.objects.count() == 1
    assert boss.get("/projects?name=Shoes")["items"][0]["id"] == first["id"]
    assert boss.get("/projects?name=Hats")["items"] == []


def test_errors_say_what_where_and_what_is_allowed(boss: Program) -> None:
    status, error = boss.refused("POST", "/projects", {**SPEC, "template": "graded_relevanc"})
    assert (status, error["code"]) == (422, "unknown_name")
    assert "Did you mean graded_relevance?" in error["message"]
    assert "graded_relevance" in error["allowed"]
    status, error = boss.refused("POST", "/projects", {**SPEC, "pools": [{"name": "x", "kind": "exams"}]})
    assert (status, error["code"], error["field"]) == (422, "invalid", "pools.0.kind")
    assert error["allowed"] == ["main", "training", "exam"]
    status, error = boss.refused("POST", "/projects", '{"name": NaN}')
    assert (status, error["code"]) == (400, "bad_request")
    assert "NaN is no JSON" in error["message"]
    status, error = boss.refused("POST", "/projects", json.dumps({**SPEC, "name": "a\0b"}))
    assert (status, "NUL" in error["message"]) == (400, True)
    status, error = boss.refused("GET", "/projects/999")
    assert (status, error["code"]) == (404, "not_found")
    status, error = boss.refused("PUT", "/projects")
    assert (status, error["allowed"]) == (405, ["GET", "POST"])


def test_nothing_is_half_made(boss: Program) -> None:
    wrong = {**SPEC, "pools": [*SPEC["pools"], {"name": "Last", "training": "Nowhere"}]}
    assert boss.refused("POST", "/projects/apply", wrong)[0] == 422
    assert not Project.objects.exists()


@pytest.mark.parametrize("kind", ["json", "jsonl", "csv"])
def test_tasks_come_as_json_as_lines_and_as_a_table(boss: Program, kind: str) -> None:
    made = boss.post("/projects", SPEC)
    pool = made["pools"][2]["id"]
    rows = [
        {"query": f"q{n}", "title": "x, y", "key": f"k{n}", "golden": "relevant" if n == 3 else ""}
        for n in range(4)
    ]
    if kind == "json":
        added = boss.post(f"/pools/{pool}/tasks", {"tasks": rows})
    elif kind == "jsonl":
        lines = "\n".join(json.dumps(row) for row in rows)
        added = boss.post(f"/pools/{pool}/tasks", lines, kind="application/jsonl")
    else:
        table = io.StringIO()
        writer = csv.DictWriter(table, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
        added = boss.post(f"/pools/{pool}/tasks", table.getvalue(), kind="text/csv")
    assert added == {"added": 4, "there": 0}
    listed = boss.get(f"/pools/{pool}/tasks?limit=3")
    rest = boss.get(f"/pools/{pool}/tasks?after={listed['next']}")
    found = [*listed["items"], *rest["items"]]
    assert rest["next"] is None
    assert {task["key"]: task["kind"] for task in found} == {
        "k0": "real",
        "k1": "real",
        "k2": "real",
        "k3": "golden",
    }
    assert boss.get(f"/tasks/{found[0]['id']}") == found[0]
    projection = boss.get(f"/pools/{pool}/projection")
    assert projection["least"] == {"pages": 3, "total": "0.0900"}  # 3 tasks twice, 2 a page


def test_wrong_rows_are_named_and_nothing_is_stored(boss: Program) -> None:
    pool = boss.post("/projects", SPEC)["pools"][2]["id"]
    rows = [{"query": "a", "title": "b"}, {"title": "c"}, {"query": "d", "title": "e", "golden": "perfect"}]
    status, error = boss.refused("POST", f"/pools/{pool}/tasks", {"tasks": rows})
    assert (status, [problem["row"] for problem in error["problems"]]) == (422, [2, 3])
    assert not Task.objects.exists()
    lines = '{"query": "a", "title": "b"}\n{"query": "a\\u0000", "title": "b"}'
    status, error = boss.refused("POST", f"/pools/{pool}/tasks", lines, kind="application/jsonl")
    assert (status, [problem["row"] for problem in error["problems"]]) == (422, [2])
    assert boss.refused("POST", f"/pools/{pool}/tasks", "x", kind="text/html")[1]["code"] == "wrong_type"
    status, error = boss.refused("POST", f"/pools/{pool}/tasks", '{"tasks": ["' + "x" * (11 * 2**20) + '"]}')
    assert (status, error["code"]) == (413, "too_large")


def test_a_pool_is_opened_paused_closed_cloned_and_archived(boss: Program) -> None:
    made = boss.post("/projects", SPEC)
    training, _, main = (pool["id"] for pool in made["pools"])
    status, error = boss.refused("POST", f"/pools/{main}/status", {"status": "open"})
    assert (status, "has no real tasks" in error["message"]) == (422, True)
    boss.post(f"/pools/{main}/tasks", {"tasks": [{"query": "a", "title": "b"}]})
    boss.post(f"/pools/{training}/tasks", {"tasks": [{"query": "a", "title": "b", "golden": "relevant"}]})
    for wanted in ("open", "paused", "open", "closed"):
        for pool in (training, main):
            assert boss.post(f"/pools/{pool}/status", {"status": wanted})["status"] == wanted
    assert boss.get(f"/pools/{main}")["close_reason"] == "manual"
    copy = boss.post(f"/pools/{main}/clone", {"name": "Again"})
    assert (copy["status"], copy["progress"]["tasks"], copy["spec"]["reward"]) == ("draft", 1, "0.0300")
    status, error = boss.refused("POST", f"/pools/{copy['id']}/status", {"status": "paused"})
    assert (status, error["code"]) == (409, "wrong_status")
    assert "open" in error["allowed"]
    boss.post(f"/projects/{made['id']}/archive")
    assert {pool["status"] for pool in boss.get(f"/projects/{made['id']}/pools")["items"]} == {"archived"}


def test_answers_leave_by_cursor_and_as_files(sqlite: ServerConfig) -> None:
    pool, _, _ = _answered(3, real=12, golden=3, overlap=1)
    boss = program(pool.project.created_by)
    found, after = [], "0"
    while after is not None:
        part = boss.get(f"/pools/{pool.pk}/answers?limit=4&after={after}")
        found, after = [*found, *part["items"]], part["next"]
    assert len({answer["id"] for answer in found}) == 15
    assert sum(answer["kind"] == "golden" for answer in found) == 3
    assert {answer["right"] for answer in found if answer["kind"] == "golden"} == {1.0}
    assert len(boss.get(f"/pools/{pool.pk}/answers?golden=false")["items"]) == 12
    lines = _file(boss, f"/pools/{pool.pk}/answers/export?format=jsonl").decode().splitlines()
    assert {json.loads(line)["task"] for line in lines} == {answer["task"] for answer in found}
    table = list(
        csv.DictReader(io.StringIO(_file(boss, f"/pools/{pool.pk}/answers/export?golden=false").decode()))
    )
    assert len(table) == 12
    assert _file(boss, f"/pools/{pool.pk}/answers/export?format=parquet")[:4] == b"PAR1"
    assert boss.refused("GET", f"/pools/{pool.pk}/answers/export?format=xml")[1]["allowed"] == [
        "csv",
        "jsonl",
        "parquet",
    ]


def _file(boss: Program, path: str) -> bytes:
    response = boss.send("GET", path)
    assert response.status_code == 200
    assert "attachment" in response.headers["Content-Disposition"]
    return b"".join(response.streaming_content)


def test_pages_are_reviewed_and_a_wrong_rejection_is_undone(sqlite: ServerConfig) -> None:
    pool, (page,), account = _answered(auto_accept=False)
    boss = program(pool.project.created_by)
    assert [one["id"] for one in boss.get(f"/pools/{pool.pk}/pages?status=submitted")["items"]] == [
        page["id"]
    ]
    assert boss.get(f"/pools/{pool.pk}/pages?status=accepted")["items"] == []
    assert boss.refused("POST", f"/pages/{page['id']}/reject", {"comment": " "})[0] == 422
    rejected = boss.post(f"/pages/{page['id']}/reject", {"comment": "All the same."})
    assert (rejected["status"], rejected["comment"], len(rejected["answers"])) == (
        "rejected",
        "All the same.",
        5,
    )
    assert boss.get(f"/pools/{pool.pk}/ledger")["items"] == []
    assert boss.post(f"/pages/{page['id']}/accept", {"comment": "Sorry."})["status"] == "accepted"
    (entry,) = boss.get(f"/pools/{pool.pk}/ledger")["items"]
    assert (entry["kind"], entry["amount"], entry["annotator"]) == ("reward", "0.0500", account.code)
    status, error = boss.refused("POST", f"/pages/{page['id']}/reject", {"comment": "No."})
    assert (status, error["code"]) == (409, "wrong_status")
    kinds = [event["kind"] for event in boss.get(f"/pools/{pool.pk}/events")["items"]]
    assert kinds[-4:] == ["page_claimed", "page_submitted", "page_rejected", "page_accepted"]
    scene.recount(pool)


def test_annotators_are_skilled_restricted_and_let_work_again(sqlite: ServerConfig) -> None:
    pool, _, account = _answered()
    boss, project = program(pool.project.created_by), pool.project
    project.skills.create(name="exam")
    boss.post(f"/projects/{project.pk}/skills", {"annotator": account.code, "skill": "exam", "value": 0.75})
    listed = boss.get(f"/projects/{project.pk}/annotators")["items"]
    assert [one["skills"] for one in listed if one["code"] == account.code] == [{"exam": 0.75}]
    assert SkillValue.objects.get().reason == "set by a manager"
    unknown = {"annotator": account.code, "skill": "taste", "value": 1}
    assert boss.refused("POST", f"/projects/{project.pk}/skills", unknown)[1]["field"] == "skill"
    stranger = {"annotator": scene.account().code, "reason": "x"}
    assert boss.refused("POST", f"/pools/{pool.pk}/restrictions", stranger)[1]["field"] == "annotator"
    until = (scene.NOW + timedelta(days=40_000)).isoformat()
    reason = {"annotator": account.code, "reason": "Too fast", "until": until}
    kept = [
        boss.post(f"/{where}/restrictions", reason)
        for where in (f"pools/{pool.pk}", f"projects/{project.pk}")
    ]
    assert [one["scope"] for one in kept] == ["pool", "project"]
    assert program(account).refused("POST", f"/pools/{pool.pk}/claim")[1]["code"] == "restricted"
    for one in kept:
        assert boss.post(f"/restrictions/{one['id']}/lift")["lifted_at"] is not None
    assert program(account).post(f"/pools/{pool.pk}/claim")["tasks"]
    assert Restriction.objects.filter(lifted_at=None).count() == 0
    (standing,) = boss.get(f"/pools/{pool.pk}/annotators")["items"]
    assert (standing["annotator"], standing["pages_accepted"], standing["tasks_answered"]) == (
        account.code,
        1,
        5,
    )


def test_events_can_be_waited_for(sqlite: ServerConfig) -> None:
    pool, _, _ = _answered()
    boss = program(pool.project.created_by)
    last = boss.get(f"/projects/{pool.project_id}/events")["items"][-1]["id"]
    assert boss.get(f"/projects/{pool.project_id}/events?after={last}&wait=0.2")["items"] == []
    assert boss.refused("GET", f"/pools/{pool.pk}/events?wait=26")[0] == 422


def test_a_read_token_changes_nothing_and_a_project_token_sees_one_project(sqlite: ServerConfig) -> None:
    manager = scene.account(is_manager=True)
    one, other = scene.project(manager), scene.project(manager)
    reader = program(manager, "read")
    assert reader.get("/me")["scope"] == "read"
    assert reader.refused("POST", f"/projects/{one.pk}/archive")[1]["code"] == "read_only_token"
    scoped = program(manager, project=one)
    assert [project["id"] for project in scoped.get("/projects")["items"]] == [one.pk]
    assert scoped.refused("GET", f"/projects/{other.pk}")[0] == 404
    assert scoped.refused("POST", "/projects", SPEC)[0] == 404
    assert scoped.refused("POST", "/projects/apply", SPEC)[1]["code"] == "other_project"
    assert scoped.post("/projects/apply", {"name": one.name, "template": "graded_relevance"})["id"] == one.pk


def test_who_may_not_make_projects_cannot_by_applying_one(sqlite: ServerConfig) -> None:
    assert program(scene.account()).refused("POST", "/projects/apply", SPEC)[1]["code"] == "not_allowed"
    assert not Project.objects.exists()


def test_without_a_token_there_is_no_answer_and_cookies_do_not_help(sqlite: ServerConfig) -> None:
    account = scene.account(is_manager=True)
    client = Client(SERVER_NAME="localhost")
    client.force_login(account)
    response = client.get("/api/v1/me")
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert response.json()["error"]["code"] == "no_token"


def test_templates_rules_and_the_description_are_there(boss: Program) -> None:
    templates = {one["name"]: one for one in boss.get("/templates")["items"]}
    assert {"graded_relevance", "side_by_side"} <= set(templates)
    assert "query" in templates["graded_relevance"]["input_schema"]["properties"]
    assert "golden_answers" in json.dumps(boss.get("/quality-rules"))
    description = Client(SERVER_NAME="localhost").get("/api/v1/openapi.json").json()
    assert "/api/v1/pools/{pool}/tasks" in description["paths"]
    assert not Assignment.objects.exists()


def test_a_parameter_that_is_not_known_is_refused_not_passed_over(boss: Program) -> None:
    status, error = boss.refused("GET", "/projects?nam=Shoes")
    assert (status, error["code"], error["field"]) == (422, "unknown_parameter", "nam")
    assert "Did you mean 'name'?" in error["message"]


def test_a_file_that_cannot_be_made_is_refused_before_it_begins(sqlite: ServerConfig) -> None:
    pool = scene.open_pool()
    path = f"/pools/{pool.pk}/answers/export?format=parquet"
    status, error = program(pool.project.created_by).refused("GET", path)
    assert (status, error["code"]) == (422, "invalid")


@pytest.mark.parametrize("kind", [{}, [], 3, None, True])
def test_a_kind_of_another_type_is_refused(boss: Program, kind: Any) -> None:
    wrong = {**SPEC, "pools": [{"name": "x", "kind": kind}]}
    assert boss.refused("POST", "/projects", wrong)[0] == 422
