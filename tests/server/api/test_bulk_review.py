"""Many pages are reviewed by one request: all or none, once, and a wrong rejection is taken back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import server_scenes as scene
from api_client import Program, program

from palate.server.config import ServerConfig
from palate.server.projects.models import Pool
from palate.server.work.claim import claim_page
from palate.server.work.models import Assignment, Message
from palate.server.work.submit import submit_page

NOW = scene.NOW


def submitted(pages: int = 4, people: int = 2, **spec: Any) -> tuple[Pool, Program, list[str]]:
    """Return a pool in which people have submitted pages, its reviewer, and the pages."""
    project = scene.project(one_account_a_device=False)
    pool = scene.open_pool(project, real=5 * pages, overlap=people, auto_accept=False, **spec)
    for _ in range(people):
        person = scene.account(project=project)
        for number in range(pages // people):
            at = NOW + timedelta(minutes=number)
            page = claim_page(person, pool, now=at)
            submit_page(person, page.pk, scene.answers_to(page), now=at + timedelta(seconds=40))
    reviewer = program(scene.account(project=project, role="reviewer"))
    return pool, reviewer, [str(key) for key in Assignment.objects.values_list("pk", flat=True)]


def statuses() -> list[str]:
    return sorted(Assignment.objects.values_list("status", flat=True))


def test_pages_are_accepted_rejected_and_the_rejection_is_undone(database: ServerConfig) -> None:
    pool, reviewer, pages = submitted()
    path = f"/pools/{pool.pk}/reviews"
    answer = reviewer.post(path, {"verdict": "accepted", "pages": pages[:1]})
    assert answer == {"changed": pages[:1], "more": False}
    comment = "These are guesses."
    answer = reviewer.post(path, {"verdict": "rejected", "comment": comment, "pages": pages[1:]})
    assert sorted(answer["changed"]) == sorted(pages[1:])
    assert statuses() == ["accepted", "rejected", "rejected", "rejected"]
    assert set(Message.objects.values_list("text", flat=True)) == {comment}
    scene.recount(pool)
    undone = {"verdict": "accepted", "matching": {"status": "rejected"}}
    assert sorted(reviewer.post(path, undone)["changed"]) == sorted(pages[1:])
    assert statuses() == ["accepted"] * 4
    scene.recount(pool)


def test_a_retry_gets_the_first_answer(database: ServerConfig) -> None:
    pool, reviewer, pages = submitted()
    body = {"verdict": "rejected", "comment": "Why?", "matching": {}}
    first, again = (reviewer.send("POST", f"/pools/{pool.pk}/reviews", body, key="one") for _ in range(2))
    assert first.content == again.content
    assert again.headers["Idempotency-Replayed"] == "true"
    assert sorted(first.json()["changed"]) == sorted(pages)  # type: ignore[attr-defined]
    assert Message.objects.count() == len(pages)
    scene.recount(pool)


def test_pages_that_have_the_verdict_are_left_as_they_are(sqlite: ServerConfig) -> None:
    pool, reviewer, pages = submitted()
    body = {"verdict": "accepted", "pages": pages[:2]}
    reviewer.post(f"/pools/{pool.pk}/reviews", body)
    body["pages"] = pages[:3] + pages[:1]
    assert reviewer.post(f"/pools/{pool.pk}/reviews", body)["changed"] == pages[2:3]
    scene.recount(pool)


def test_one_page_that_cannot_change_keeps_all_as_they_are(database: ServerConfig) -> None:
    pool, reviewer, pages = submitted()
    path = f"/pools/{pool.pk}/reviews"
    reviewer.post(path, {"verdict": "accepted", "pages": pages[-1:]})
    status, error = reviewer.refused("POST", path, {"verdict": "rejected", "comment": "No.", "pages": pages})
    assert (status, error["code"]) == (409, "wrong_status")
    assert statuses() == ["accepted", "submitted", "submitted", "submitted"]
    assert not Message.objects.exists()
    scene.recount(pool)


def test_pages_of_another_pool_are_not_there(sqlite: ServerConfig) -> None:
    pool, reviewer, pages = submitted()
    other = scene.open_pool(pool.project, real=5)
    status, error = reviewer.refused(
        "POST", f"/pools/{other.pk}/reviews", {"verdict": "accepted", "pages": pages[:1]}
    )
    assert (status, error["message"]) == (422, "1 of these pages are not in this pool. Nothing was changed.")
    assert statuses() == ["submitted"] * 4


def test_what_matches_is_what_was_asked_for(sqlite: ServerConfig) -> None:
    pool, reviewer, _ = submitted()
    one = Assignment.objects.order_by("submitted_at").first()
    assert one is not None
    late = (NOW + timedelta(minutes=1)).isoformat()
    matching = {"annotator": one.annotator.code, "since": late}
    changed = reviewer.post(f"/pools/{pool.pk}/reviews", {"verdict": "accepted", "matching": matching})[
        "changed"
    ]
    wanted = Assignment.objects.filter(annotator=one.annotator, submitted_at__gte=late)
    assert changed == [str(key) for key in wanted.values_list("pk", flat=True)]
    assert len(changed) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"verdict": "accepted"},
        {"verdict": "accepted", "pages": []},
        {"verdict": "accepted", "pages": ["x"]},
        {"verdict": "accepted", "pages": ["00000000-0000-0000-0000-000000000000"], "matching": {}},
        {"verdict": "accepted", "matching": {"since": "2026-03-02T12:00:00"}},
        {"verdict": "accepted", "matching": {"state": "rejected"}},
        {"verdict": "submitted", "matching": {}},
        {"verdict": "rejected", "matching": {}},
        {"verdict": "rejected", "comment": "  ", "matching": {}},
    ],
)
def test_an_odd_review_is_refused(sqlite: ServerConfig, body: dict[str, Any]) -> None:
    pool, reviewer, _ = submitted(pages=2)
    status, _ = reviewer.refused("POST", f"/pools/{pool.pk}/reviews", body)
    assert status == 422
    assert statuses() == ["submitted"] * 2


def test_an_annotator_reviews_nothing(sqlite: ServerConfig) -> None:
    pool, _, pages = submitted(pages=2)
    person = program(Assignment.objects.select_related("annotator").get(pk=pages[0]).annotator)
    status, _ = person.refused("POST", f"/pools/{pool.pk}/reviews", {"verdict": "accepted", "pages": pages})
    assert status == 404
