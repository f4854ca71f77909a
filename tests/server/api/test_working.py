"""An annotator's own work by a program: what people see, nothing more, and answers as forms hold them."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import server_scenes as scene
from api_client import Program, program
from work_pages import example_rows

from palate.server.accounts.models import Account
from palate.server.config import ServerConfig
from palate.server.projects.models import Pool
from palate.server.work.models import Answer, Assignment


def _worker(pool: Pool) -> tuple[Program, Account]:
    account = scene.account(project=pool.project)
    return program(account), account


def _all(page: dict[str, Any], answer: Any) -> dict[str, Any]:
    return {"answers": {str(task["position"]): answer for task in page["tasks"]}}


def test_a_page_is_claimed_looked_at_extended_and_submitted(sqlite: ServerConfig) -> None:
    pool = scene.open_pool(real=10)
    worker, account = _worker(pool)
    (line,) = worker.get("/work")["items"]
    assert (line["pool"], line["reward"], line["page"], line["why_not"]) == (pool.pk, "0.0500", None, [])
    page = worker.post(f"/pools/{pool.pk}/claim")
    assert worker.post(f"/pools/{pool.pk}/claim")["id"] == page["id"]
    assert worker.get("/work")["items"][0]["page"] == page["id"]
    assert worker.get(f"/pages/{page['id']}") == page
    longer = worker.post(f"/pages/{page['id']}/extend")
    assert longer["deadline"] > page["deadline"]
    assert worker.refused("POST", f"/pages/{page['id']}/extend")[1]["code"] == "extended"
    assert worker.post(f"/pages/{page['id']}/submit", _all(page, "relevant")) == {
        "id": page["id"],
        "status": "accepted",
        "feedback": [],
    }
    assert Answer.objects.filter(annotator=account, label="relevant").count() == 5
    assert worker.refused("GET", f"/pages/{page['id']}")[1]["code"] == "ended"
    scene.recount(pool)


def test_a_skipped_page_is_gone(sqlite: ServerConfig) -> None:
    pool = scene.open_pool()
    worker, _ = _worker(pool)
    page = worker.post(f"/pools/{pool.pk}/claim")
    assert worker.post(f"/pages/{page['id']}/skip")["status"] == "skipped"
    assert worker.refused("POST", f"/pages/{page['id']}/submit", _all(page, "relevant"))[0] == 409
    assert not Answer.objects.exists()
    scene.recount(pool)


def test_wrong_answers_are_named_by_their_place_and_nothing_is_stored(sqlite: ServerConfig) -> None:
    pool = scene.open_pool()
    worker, _ = _worker(pool)
    page = worker.post(f"/pools/{pool.pk}/claim")
    given = {
        "0": "relevant",
        "1": "perfect",
        "2": None,
        "3": ["relevant", "irrelevant"],
        "4": {"answer": ["irrelevant"]},
    }
    status, error = worker.refused("POST", f"/pages/{page['id']}/submit", {"answers": given})
    assert (status, error["code"]) == (422, "invalid")
    assert {problem["field"] for problem in error["problems"]} == {"answers.1", "answers.2", "answers.3"}
    status, error = worker.refused(
        "POST", f"/pages/{page['id']}/submit", {"answers": {**_all(page, "relevant")["answers"], "7": "x"}}
    )
    assert (status, "none at position 7" in error["message"]) == (422, True)
    assert not Answer.objects.exists()
    assert Assignment.objects.get().status == "active"


def test_a_page_of_another_is_not_there(sqlite: ServerConfig) -> None:
    pool = scene.open_pool()
    (worker, _), (other, _) = _worker(pool), _worker(pool)
    page = worker.post(f"/pools/{pool.pk}/claim")
    for what in ("submit", "skip", "extend"):
        assert other.refused("POST", f"/pages/{page['id']}/{what}", _all(page, "relevant"))[0] == 404
    manager = program(pool.project.created_by)
    assert manager.refused("GET", f"/pages/{page['id']}")[0] == 404
    assert manager.get(f"/pages/{page['id']}/review")["id"] == page["id"]


def test_golden_tasks_look_like_all_others(sqlite: ServerConfig) -> None:
    rows = example_rows("graded_relevance", ("real",) * 4 + ("golden",) * 4)
    pool = scene.open_pool(tasks=rows, page_mix={"real": 4, "golden": 4})
    worker, _ = _worker(pool)
    text = json.dumps(worker.post(f"/pools/{pool.pk}/claim"))
    page = json.loads(text)
    shapes = {json.dumps(task["view"], sort_keys=True) for task in page["tasks"]}
    assert len(page["tasks"]) == 8
    assert len(shapes) == 1
    assert {key for task in page["tasks"] for key in task} == {"position", "view"}
    assert not re.search(r"golden|overlap|\"key\": \"task-|hint", text)


@pytest.mark.parametrize("n_people", [12])
def test_the_side_that_was_chosen_on_the_screen_is_stored_as_the_tasks_own(
    sqlite: ServerConfig, n_people: int
) -> None:
    rows = example_rows("side_by_side", ("real",))
    wanted = rows[0].input["left_title"]
    pool = scene.open_pool(
        scene.project(template="side_by_side", one_account_a_device=False),
        tasks=rows,
        overlap=n_people,
        page_mix={"real": 1},
    )
    stood = set()
    for _ in range(n_people):
        worker, _ = _worker(pool)
        page = worker.post(f"/pools/{pool.pk}/claim")
        sides = next(part for part in page["tasks"][0]["view"]["parts"] if part["kind"] == "sides")
        side = next(name for name in ("left", "right") if sides[name]["title"] == wanted)
        stood.add(side)
        worker.post(f"/pages/{page['id']}/submit", _all(page, side))
    assert stood == {"left", "right"}
    assert set(Answer.objects.values_list("label", flat=True)) == {"left"}


def test_a_training_says_what_is_right_and_why(sqlite: ServerConfig) -> None:
    pool = scene.open_pool(real=0, teaching=2, kind="training", page_mix={"real": 0, "training": 2})
    worker, _ = _worker(pool)
    page = worker.post(f"/pools/{pool.pk}/claim")
    done = worker.post(f"/pages/{page['id']}/submit", {"answers": {"0": "relevant", "1": "irrelevant"}})
    assert [one["right"] for one in done["feedback"]] == [1.0, 0.0]
    assert {one["hint"] for one in done["feedback"]} == {"It fits."}
    assert done["feedback"][1]["golden"] == [{"answer": "relevant", "weight": 1.0}]
