"""What happens on a page before it is submitted: drafts, more time, skipping, reports."""

from __future__ import annotations

from datetime import timedelta

import pytest
import server_scenes as scene
from page_forms import filled_in, posted_by
from server_browser import text_of
from work_pages import Holder, holder, hours_ago

from palate.server.config import ServerConfig
from palate.server.projects.models import Task
from palate.server.work.models import Assignment, Event, TaskReport


def test_a_draft_survives_a_reload(database: ServerConfig) -> None:
    one = holder(real=5)
    fields = posted_by(one.opened()) | {"t3-answer": ["irrelevant"]}
    response = one.client.post(f"{one.address}draft/", fields)
    assert response.status_code == 200
    assert 500 < response.json()["seconds"] <= 600
    assert posted_by(one.opened())["t3-answer"] == ["irrelevant"]


def test_the_last_draft_counts(sqlite: ServerConfig) -> None:
    one = holder(real=5)
    for fields in ({"t3-answer": ["irrelevant"], "t1-answer": ["relevant"]}, {"t3-answer": ["relevant"]}):
        one.client.post(f"{one.address}draft/", fields)
    assert {k: v for k, v in posted_by(one.opened()).items() if k.startswith("t")} == {
        "t3-answer": ["relevant"]
    }


def test_a_draft_may_hold_anything_and_breaks_nothing(database: ServerConfig) -> None:
    one = holder(real=5)
    odd = {
        "t0-answer": ["\0<b>", "x" * 500],
        "t1-none": ["\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16")],
    }
    assert (
        one.client.post(f"{one.address}draft/", odd | {"t99-answer": ["y"], "evil": ["z"]}).status_code == 200
    )
    assert set(one.reload().draft) == {"0", "1"}
    assert one.client.get(one.address).status_code == 200


def test_a_draft_that_is_too_long_is_refused(sqlite: ServerConfig) -> None:
    one = holder(real=5)
    response = one.client.post(f"{one.address}draft/", {"t0-answer": ["x" * 250_000]})
    assert response.status_code == 409
    assert "at most" in response.json()["problem"]


def test_drafts_of_pages_that_ended_are_refused(database: ServerConfig) -> None:
    one = holder(real=5)
    one.submit(filled_in(one.opened()))
    late = holder(real=5)
    Assignment.objects.filter(pk=late.page.pk).update(deadline=hours_ago(1))
    for page in (one, late):
        assert page.client.post(f"{page.address}draft/", {"t0-answer": ["relevant"]}).status_code == 409
        assert page.reload().draft == {}


def test_more_time_is_given_once_and_keeps_what_was_filled_in(database: ServerConfig) -> None:
    one = holder(real=5)
    before = one.page.deadline
    fields = posted_by(one.opened()) | {"t2-answer": ["relevant"]}
    assert one.client.post(f"{one.address}extend/", fields).headers["Location"] == one.address
    assert one.reload().deadline == before + timedelta(seconds=300)
    page = one.opened()
    assert posted_by(page)["t2-answer"] == ["relevant"]
    assert not [button for button in page.all("button") if button.attributes.get("id") == "extend"]
    again = one.client.post(f"{one.address}extend/", fields, headers={"accept": "application/json"})
    assert again.status_code == 409
    assert one.reload().deadline == before + timedelta(seconds=300)


def test_more_time_for_the_scripts_comes_as_seconds(sqlite: ServerConfig) -> None:
    one = holder(real=5)
    response = one.client.post(f"{one.address}extend/", {}, headers={"accept": "application/json"})
    assert 800 < response.json()["seconds"] <= 900


def test_a_pool_without_more_time_offers_none(sqlite: ServerConfig) -> None:
    one = holder(real=5, extension_seconds=0)
    assert not [button for button in one.opened().all("button") if button.attributes.get("id") == "extend"]
    one.client.post(f"{one.address}extend/", {})
    assert not one.reload().extended


def test_a_skipped_page_goes_to_others(database: ServerConfig) -> None:
    one = holder(real=5)
    response = one.client.post(f"{one.address}skip/", filled_in(one.opened()))
    assert response.headers["Location"] == f"/pools/{one.pool.pk}/"
    assert one.reload().status == "skipped"
    assert all(task.open_slots == task.overlap for task in Task.objects.filter(pool=one.pool))
    assert one.client.get(one.address).status_code == 410
    assert one.client.post(f"{one.address}skip/", {}).status_code == 302
    scene.recount(one.pool)


def test_a_report_reaches_the_manager_and_keeps_the_form(database: ServerConfig) -> None:
    one = holder(real=5)
    fields = posted_by(one.opened()) | {"t0-answer": ["relevant"], "report-task": ["3"]}
    response = one.client.post(
        f"{one.address}report/", fields | {"report-text": [" The picture is missing.\0 "]}
    )
    assert response.headers["Location"] == f"{one.address}#task-3"
    report = TaskReport.objects.get()
    assert report.text == "The picture is missing."
    assert report.task_id == one.page.slots.get(position=2).task_id
    assert report.annotator == one.account
    assert Event.objects.filter(kind="task_reported", pool=one.pool).count() == 1
    assert posted_by(one.opened())["t0-answer"] == ["relevant"]


def test_a_second_report_on_a_task_replaces_the_first(sqlite: ServerConfig) -> None:
    one = holder(real=5)
    for text in ("It is broken.", "It loads now, but slowly."):
        one.client.post(f"{one.address}report/", {"report-task": ["1"], "report-text": [text]})
    assert [report.text for report in TaskReport.objects.all()] == ["It loads now, but slowly."]


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("6", "x"),
        ("0", "x"),
        ("-1", "x"),
        ("٣", "x"),
        ("", "x"),
        ("one", "x"),
        ("9" * 9, "x"),
        ("1", "  "),
        ("1", "x" * 1001),
    ],
)
def test_a_report_without_task_or_text_is_refused(number: str, text: str, sqlite: ServerConfig) -> None:
    one = holder(real=5)
    response = one.client.post(
        f"{one.address}report/", {"report-task": [number], "report-text": [text]}, follow=True
    )
    assert response.status_code == 200
    assert not TaskReport.objects.exists()
    assert "Say in 1 to" in text_of(response) or "no such task" in text_of(response)


def test_these_addresses_take_no_get(sqlite: ServerConfig) -> None:
    one = holder(real=5)
    for action in ("draft", "extend", "skip", "report"):
        assert one.client.get(f"{one.address}{action}/").status_code == 405


def test_the_switch_of_single_keys_is_kept_at_the_account(database: ServerConfig) -> None:
    one = holder(real=5)
    assert _keys(one) == "on"
    assert one.client.post("/keys/", {}).json() == {"single_keys": False}
    assert _keys(one) == "off"
    assert one.client.post("/keys/", {"single_keys": "on"}).json() == {"single_keys": True}
    assert _keys(one) == "on"


def _keys(one: Holder) -> str:
    return next(
        form.attributes["data-keys"]
        for form in one.opened().all("form")
        if form.attributes.get("id") == "page"
    )
