"""The page of tasks: shown, submitted once, and nothing typed is lost."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import server_scenes as scene
from page_forms import filled_in, page_of, posted_by, tasks_on
from server_browser import browser, text_of
from work_pages import example_rows, holder, hours_ago

from palate.server.config import ServerConfig
from palate.server.work.claim import claim_page
from palate.server.work.models import Answer, Assignment
from palate.task_templates import task_templates

every_template = pytest.mark.parametrize("template", sorted(task_templates.names()))


def test_a_page_shows_its_tasks_in_order(sqlite: ServerConfig) -> None:
    one = holder(real=5)
    tasks = tasks_on(one.opened())
    wanted = list(one.page.slots.order_by("position").values_list("task__input__title", flat=True))
    assert len(tasks) == 5
    assert [task.attributes["aria-label"] for task in tasks] == [f"Task {n} of 5" for n in range(1, 6)]
    assert all(title in task.text for title, task in zip(wanted, tasks, strict=True))


@every_template
def test_every_template_is_answered_by_its_form_alone(template: str, sqlite: ServerConfig) -> None:
    of = scene.project(template=template)
    one = holder(scene.open_pool(of, tasks=example_rows(template), page_mix={"real": 2}))
    response = one.submit(filled_in(one.opened()))
    assert response.status_code == 302
    answers = Answer.objects.filter(annotator=one.account)
    assert answers.count() == 2
    assert one.reload().status == "accepted"
    assert all(answer.value is not None for answer in answers)


@every_template
def test_a_draft_of_every_template_is_shown_as_it_was_left(template: str, sqlite: ServerConfig) -> None:
    of = scene.project(template=template)
    one = holder(scene.open_pool(of, tasks=example_rows(template), page_mix={"real": 2}))
    fields = filled_in(one.opened())
    assert one.client.post(f"{one.address}draft/", fields).status_code == 200
    assert posted_by(one.opened()) | {"csrfmiddlewaretoken": []} == fields | {"csrfmiddlewaretoken": []}


def test_submitting_leads_to_the_next_page(database: ServerConfig) -> None:
    one = holder(real=10)
    response = one.submit(filled_in(one.opened()))
    following = Assignment.objects.get(annotator=one.account, status="active")
    assert response.headers["Location"] == f"/pages/{following.pk}/"
    assert following.pk != one.page.pk


def test_the_answers_are_those_that_were_chosen(sqlite: ServerConfig) -> None:
    one = holder(real=5)
    fields = posted_by(one.opened())
    labels = ["relevant", "rather_relevant", "irrelevant", "cannot_say", "not_found"]
    one.submit(fields | {f"t{position}-answer": [label] for position, label in enumerate(labels)})
    given = Answer.objects.filter(annotator=one.account).order_by("slot__position")
    assert [answer.value for answer in given] == labels


def test_the_chosen_side_is_stored_in_the_tasks_own_terms(sqlite: ServerConfig) -> None:
    of = scene.project(template="side_by_side")
    rows = [
        scene.TaskRow(
            {
                "query": f"q{n}",
                "left": "a",
                "left_title": f"first {n}",
                "right": "b",
                "right_title": f"second {n}",
            }
        )
        for n in range(20)
    ]
    one = holder(scene.open_pool(of, tasks=rows, page_mix={"real": 20}))
    page = one.opened()
    on_the_left = ["first" in task.text.split("Right")[0] for task in tasks_on(page)]
    one.submit(posted_by(page) | {f"t{position}-answer": ["left"] for position in range(20)})
    given = Answer.objects.filter(annotator=one.account).order_by("slot__position")
    assert [answer.value == "left" for answer in given] == on_the_left
    assert 0 < sum(on_the_left) < 20


def test_submitting_twice_stores_once_and_leads_on_again(database: ServerConfig) -> None:
    one = holder(real=10)
    fields = filled_in(one.opened())
    first, second = one.submit(fields), one.submit(fields)
    assert first.headers["Location"] == second.headers["Location"]
    assert Answer.objects.filter(slot__assignment=one.page).count() == 5
    assert one.account.ledger.count() == 1
    assert Assignment.objects.filter(annotator=one.account).count() == 2


def test_the_back_button_leads_to_the_page_that_is_held_now(sqlite: ServerConfig) -> None:
    one = holder(real=10)
    location = one.submit(filled_in(one.opened())).headers["Location"]
    assert one.client.get(one.address).headers["Location"] == location


def test_opening_a_submitted_page_again_hands_out_none(sqlite: ServerConfig) -> None:
    one = holder(real=10)
    one.submit(filled_in(one.opened()) | {"then": ["stop"]})
    assert one.client.get(one.address).headers["Location"] == f"{one.address}result/"
    assert Assignment.objects.filter(annotator=one.account).count() == 1


def test_submitting_and_stopping_takes_no_further_page(sqlite: ServerConfig) -> None:
    one = holder(real=10)
    response = one.submit(filled_in(one.opened()) | {"then": ["stop"]})
    assert response.headers["Location"] == f"{one.address}result/"
    assert not Assignment.objects.filter(annotator=one.account, status="active").exists()


def test_a_missing_answer_is_named_beside_its_task_and_the_others_stay(database: ServerConfig) -> None:
    one = holder(real=5)
    fields = filled_in(one.opened(), leave=(1, 3))
    response = one.submit(fields)
    assert response.status_code == 422
    page = page_of(response)
    tasks = tasks_on(page)
    wrong = [position for position, task in enumerate(tasks) if "missing" in task.text]
    assert wrong == [1, 3]
    assert [bool(task.all("p")[1].attributes.get("id")) for task in tasks].count(True) <= 2
    focused = [
        position
        for position, task in enumerate(tasks)
        if any("autofocus" in e.attributes for e in task.walk())
    ]
    assert focused == [1]
    assert {k: v for k, v in posted_by(page).items() if k.startswith("t")} == {
        k: v for k, v in fields.items() if k.startswith("t")
    }
    alert = next(one for one in page.walk() if one.attributes.get("role") == "alert")
    assert [link.attributes["href"] for link in alert.all("a")] == ["#task-2", "#task-4"]
    assert not Answer.objects.exists()


def test_a_label_that_there_is_not_is_refused_beside_its_task(sqlite: ServerConfig) -> None:
    one = holder(real=5)
    fields = filled_in(one.opened()) | {"t2-answer": ["<script>alert(1)</script>"]}
    response = one.submit(fields)
    assert response.status_code == 422
    assert "must be one of" in tasks_on(page_of(response))[2].text
    assert "<script>alert" not in text_of(response)
    assert not Answer.objects.exists()


def test_two_labels_for_one_task_are_refused(sqlite: ServerConfig) -> None:
    one = holder(real=5)
    response = one.submit(filled_in(one.opened()) | {"t0-answer": ["relevant", "irrelevant"]})
    assert response.status_code == 422
    assert not Answer.objects.exists()


def test_a_late_page_is_not_shown_and_not_taken(database: ServerConfig) -> None:
    one = holder(real=5)
    fields = filled_in(one.opened())
    Assignment.objects.filter(pk=one.page.pk).update(deadline=hours_ago(1))
    assert one.client.get(one.address).status_code == 410
    late = one.submit(fields)
    assert late.status_code == 410
    assert "time for this page is over" in page_of(late).text
    assert not Answer.objects.exists()
    assert one.reload().status == "expired"


def test_somebody_elses_page_is_not_there(sqlite: ServerConfig) -> None:
    one = holder(real=5)
    fields = filled_in(one.opened())
    for stranger in (scene.account(project=one.pool.project), scene.account(), scene.account(is_admin=True)):
        visitor = browser(stranger)
        assert visitor.get(one.address).status_code == 404
        for action in ("", "draft/", "extend/", "skip/", "report/"):
            assert visitor.post(f"{one.address}{action}", fields).status_code == 404
    assert one.reload().status == "active"
    assert not Answer.objects.exists()


def test_a_form_from_another_site_is_refused(sqlite: ServerConfig) -> None:
    one = holder(real=5)
    fields = filled_in(one.opened())
    del fields["csrfmiddlewaretoken"]
    assert browser(one.account, csrf=True).post(one.address, fields).status_code == 403
    assert not Answer.objects.exists()


def test_an_entry_is_moved_without_scripts_and_the_rest_stays(database: ServerConfig) -> None:
    of = scene.project(template="list_ranking")
    one = holder(scene.open_pool(of, tasks=example_rows("list_ranking"), page_mix={"real": 2}))
    fields = filled_in(one.opened())
    response = one.submit(fields | {"t1-move": ["up:3"]})
    assert response.headers["Location"] == f"{one.address}#task-2"
    after = posted_by(one.opened())
    assert after["t1-order"] == ["1", "3", "2"]
    assert after["t0-order"] == ["1", "2", "3"]
    assert after["t0-confirmed"] == ["yes"]
    assert not Answer.objects.exists()
    assert one.reload().status == "active"


def test_a_list_that_is_not_confirmed_is_no_answer(sqlite: ServerConfig) -> None:
    of = scene.project(template="list_ranking")
    one = holder(scene.open_pool(of, tasks=example_rows("list_ranking"), page_mix={"real": 2}))
    assert one.submit(posted_by(one.opened())).status_code == 422


def test_the_page_is_asked_in_the_annotators_language(sqlite: ServerConfig) -> None:
    arabic = {"language": "ar", "question": "ما مدى صلة المنتج؟", "labels": {"relevant": "ذو صلة"}}
    of = scene.project(template_settings={"translations": [arabic]})
    pool = scene.open_pool(of)
    reader = holder(pool, scene.account(project=of, languages=["de", "ar"]))
    tasks = next(e for e in reader.opened().walk() if e.attributes.get("class") == "tasks")
    assert (tasks.attributes["lang"], tasks.attributes["dir"]) == ("ar", "rtl")
    assert "ذو صلة" in tasks.text
    other = holder(pool, scene.account(project=of, languages=["de"]))
    tasks = next(e for e in other.opened().walk() if e.attributes.get("class") == "tasks")
    assert (tasks.attributes["lang"], tasks.attributes["dir"]) == ("en", "ltr")


def test_links_to_look_an_item_up_leave_the_page_open(sqlite: ServerConfig) -> None:
    look_up = [{"text": "Search the web", "url": "https://example.org/search?q={title}"}]
    one = holder(scene.open_pool(scene.project(template_settings={"look_up": look_up})))
    links = [link for link in one.opened().all("a") if link.text == "Search the web"]
    assert len(links) == 5
    assert all(
        link.attributes["target"] == "_blank" and "noopener" in link.attributes["rel"] for link in links
    )
    assert links[0].attributes["href"].startswith("https://example.org/search?q=product%20")


def test_markup_in_tasks_is_shown_as_text(sqlite: ServerConfig) -> None:
    evil = '"><img src=x onerror=alert(1)><script>alert(1)</script>'
    of = scene.project(instructions=f"Hello {evil}", title=evil, summary=evil)
    one = holder(
        scene.open_pool(of, name=evil, tasks=[scene.TaskRow({"query": evil, "title": evil, "text": evil})])
    )
    for address in (one.address, f"/pools/{one.pool.pk}/", "/work/"):
        page = page_of(one.client.get(address))
        assert not [e for e in page.all("script") if "src" not in e.attributes]
        assert not [e for e in page.walk() if any(name.startswith("on") for name in e.attributes)]
        assert not [e for e in page.walk() if "style" in e.attributes]


def test_pages_of_one_person_never_mix(sqlite: ServerConfig) -> None:
    of = scene.project(max_active_pages=2)
    first = holder(scene.open_pool(of))
    second = claim_page(first.account, scene.open_pool(of), now=datetime.now(UTC))
    first.submit(filled_in(first.opened()) | {"then": ["stop"]})
    second.refresh_from_db()
    assert second.status == "active"
