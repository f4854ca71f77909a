"""Annotators at a real browser before a real server: by keyboard, by thumb, offline, in a hurry, without scripts."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from annotate_desk import PHONE, Desk, checked, current, of_template
from work_pages import holder

from palate.server.work.models import Answer, Assignment
from palate.task_templates import task_templates

pytestmark = pytest.mark.browser

TEMPLATES = sorted(task_templates.names())


def test_a_page_is_answered_and_submitted_by_keyboard_alone(desk: Desk) -> None:
    one = holder(real=10)
    with desk.page(one) as page:
        for key in "12340":
            page.keyboard.press(key)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: one.address not in url)
        assert "/pages/" in page.url
    given = Answer.objects.filter(slot__assignment=one.page).order_by("slot__position")
    assert [answer.value for answer in given] == [
        "relevant", "rather_relevant", "irrelevant", "cannot_say", "not_found",
    ]  # fmt: skip


def test_enter_leads_to_what_is_open_until_all_is_answered(desk: Desk) -> None:
    one = holder(real=5)
    with desk.page(one) as page:
        page.keyboard.press("j")
        page.keyboard.press("1")
        assert current(page) == "task-3"
        page.keyboard.press("Enter")
        assert current(page) == "task-4"
        page.keyboard.press("ArrowUp")
        page.keyboard.press("k")
        page.keyboard.press("k")
        assert current(page) == "task-1"
        page.keyboard.press("ArrowDown")
        assert current(page) == "task-2"
        assert page.url.endswith(one.address)
    assert one.reload().status == "active"


def test_tab_and_space_answer_too(desk: Desk) -> None:
    one = holder(real=5)
    with desk.page(one) as page:
        page.locator("#task-2").focus()
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        assert checked(page) == {"t1-answer": "relevant"}
        page.keyboard.press("ArrowDown")
        assert checked(page) == {"t1-answer": "rather_relevant"}
        assert current(page) == "task-2"


def test_the_bar_never_covers_what_has_the_focus(desk: Desk) -> None:
    one = holder(real=5)
    covered = """() => {
      const box = document.activeElement.getBoundingClientRect();
      return box.bottom > document.querySelector('.bar').getBoundingClientRect().top;
    }"""
    with desk.page(one, **PHONE) as page:
        page.locator("#task-1").focus()
        for _ in range(8):
            page.keyboard.press("Tab")
            page.wait_for_timeout(400)  # scrolling is smooth
            assert not page.evaluate(covered)


def test_keys_work_on_other_keyboard_layouts(desk: Desk) -> None:
    one = of_template("image_query")
    with desk.page(one) as page:
        page.evaluate(
            "document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 'у', code: 'KeyE', bubbles: true}))"
        )
        page.evaluate(
            "document.body.dispatchEvent(new KeyboardEvent('keydown', {key: '&', code: 'Digit1', bubbles: true}))"
        )
        page.keyboard.press("S")
        assert checked(page) == {"t0-answer": "exact", "t1-answer": "substitute"}


def test_single_keys_can_be_turned_off_and_stay_off(desk: Desk) -> None:
    one = holder(real=5)
    with desk.page(one) as page:
        assert page.locator("kbd").first.is_visible()
        with page.expect_response("**/keys/"):
            page.locator("#single-keys").uncheck()
        page.locator("#task-1").focus()
        page.keyboard.press("1")
        page.keyboard.press("j")
        assert checked(page) == {}
        assert current(page) == "task-1"
        page.reload()
        page.keyboard.press("1")
        assert checked(page) == {}
        assert not page.locator("kbd").first.is_visible()
        page.keyboard.press("ArrowDown")
        assert current(page) == "task-2"


def test_keys_do_not_answer_while_somebody_writes(desk: Desk) -> None:
    one = holder(real=5)
    with desk.page(one) as page:
        page.get_by_text("Report", exact=False).first.click()
        page.locator("#report-text").press_sequentially("1 j 0")
        assert checked(page) == {}
        assert page.locator("#report-task").input_value() == "1"


def test_a_draft_survives_a_reload(desk: Desk) -> None:
    one = holder(real=5)
    with desk.page(one) as page:
        page.keyboard.press("2")
        page.get_by_text("Saved", exact=True).wait_for()
        page.evaluate("localStorage.clear()")
        page.reload()
        assert checked(page) == {"t0-answer": "rather_relevant"}


def test_a_draft_survives_a_tab_closed_at_once(desk: Desk) -> None:
    one = holder(real=5)
    with desk.at(one) as context:
        page = context.new_page()
        page.goto(one.address)
        page.keyboard.press("3")
        page.close(run_before_unload=True)
        page = context.new_page()
        page.goto(one.address)
        assert checked(page) == {"t0-answer": "irrelevant"}


def test_an_offline_minute_loses_nothing(desk: Desk) -> None:
    one = holder(real=10)
    with desk.at(one) as context:
        page = context.new_page()
        page.goto(one.address)
        context.set_offline(True)
        for _ in range(5):
            page.keyboard.press("1")
        page.get_by_text("Offline, will save").wait_for()
        page.keyboard.press("Enter")
        page.get_by_text("You are offline").first.wait_for()
        assert page.url.endswith(one.address)
        context.set_offline(False)
        page.get_by_text("Saved", exact=True).wait_for()
        assert len(one.reload().draft) == 5
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: one.address not in url)
    assert Answer.objects.filter(slot__assignment=one.page).count() == 5


def test_what_the_server_never_got_is_there_after_a_reload(desk: Desk) -> None:
    one = holder(real=5)
    lists = of_template("list_ranking")
    texts = of_template("free_text")
    for held in (one, lists, texts):
        with desk.page(held) as page:
            page.route("**/draft/", lambda route: route.abort())
            if held is one:
                page.keyboard.press("1")
            elif held is lists:
                page.locator("#task-1 .moves button").nth(1).click()
            else:
                page.locator("textarea").first.fill("a red kettle")
            page.get_by_text("Offline, will save").wait_for()
            before = page.evaluate(
                "[...new FormData(document.querySelector('#page'))].filter(([n]) => n.startsWith('t'))"
            )
            page.reload()
            after = page.evaluate(
                "[...new FormData(document.querySelector('#page'))].filter(([n]) => n.startsWith('t'))"
            )
            assert after == before
            assert ["t0-answer", "relevant"] in after or held is not one


def test_somebody_who_was_logged_out_is_told(desk: Desk) -> None:
    one = holder(real=5)
    with desk.at(one) as context:
        page = context.new_page()
        page.goto(one.address)
        context.clear_cookies(name="palate_session")
        page.keyboard.press("1")
        page.get_by_text("You are logged out").wait_for()
    desk.complaints[:] = [text for text in desk.complaints if "401" not in text]


def test_two_clicks_submit_once(desk: Desk) -> None:
    one = holder(real=20, overlap=1)
    with desk.page(one) as page:
        for _ in range(5):
            page.keyboard.press("1")
        page.locator("#submit").dblclick(no_wait_after=True)
        page.wait_for_url(lambda url: one.address not in url)
    assert Assignment.objects.filter(annotator=one.account).count() == 2
    assert Answer.objects.filter(annotator=one.account).count() == 5


def test_the_back_button_after_submitting_is_harmless(desk: Desk) -> None:
    one = holder(real=10)
    with desk.page(one) as page:
        for _ in range(5):
            page.keyboard.press("1")
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: one.address not in url)
        following = page.url
        page.go_back()
        page.wait_for_load_state()
        if one.address in page.url:  # the browser showed its own copy
            page.locator("#submit").click()
        page.wait_for_url(following)
    assert Answer.objects.filter(annotator=one.account).count() == 5


def test_the_time_left_is_told_and_can_be_extended_without_losing_the_page(desk: Desk) -> None:
    one = holder(real=5)
    Assignment.objects.filter(pk=one.page.pk).update(deadline=datetime.now(UTC) + timedelta(seconds=123))
    with desk.page(one) as page:
        assert page.locator("#timer").get_attribute("role") == "timer"
        page.keyboard.press("1")
        page.locator("#announcer").get_by_text("2 minutes left").wait_for()
        page.locator("#extend").click()
        page.locator("#announcer").get_by_text(re.compile("You have [67] minutes now")).wait_for()
        assert page.locator("#timer").inner_text().startswith(("7:", "6:"))
        assert checked(page) == {"t0-answer": "relevant"}
        assert page.locator("#extend").count() == 0
    assert one.reload().extended


def test_when_the_time_is_over_nothing_more_is_sent(desk: Desk) -> None:
    one = holder(real=5)
    Assignment.objects.filter(pk=one.page.pk).update(deadline=datetime.now(UTC) + timedelta(seconds=8))
    with desk.page(one) as page:
        page.get_by_text("Time is over").wait_for(timeout=20_000)
        assert page.locator("#submit").is_disabled()


def test_missing_answers_are_shown_and_the_first_has_the_focus(desk: Desk) -> None:
    one = holder(real=5)
    with desk.page(one) as page:
        page.keyboard.press("1")
        page.locator("#submit").click()
        page.get_by_role("alert").wait_for()
        assert page.evaluate("document.activeElement.name") == "t1-answer"
        assert current(page) == "task-2"
        assert checked(page) == {"t0-answer": "relevant"}
        page.keyboard.press("2")
        assert page.locator("#task-2 p.error").count() == 0
        assert page.locator("#task-3 p.error").count() == 1
    desk.complaints[:] = [text for text in desk.complaints if "422" not in text]


@pytest.mark.parametrize(
    "template", ["graded_relevance", "list_ranking", "spam_marking", "multi_label", "free_text"]
)
def test_a_page_works_without_scripts(template: str, desk: Desk) -> None:
    one = of_template(template, 2)
    with desk.page(one, java_script_enabled=False) as page:
        for number in (1, 2):
            task = page.locator(f"#task-{number}")
            if template == "free_text":
                task.locator("textarea").fill("red kettle")
            elif template == "list_ranking":
                task.get_by_role("button", name="Down").first.click()
                task.get_by_text("This is my order").click()
            else:
                task.locator("label").first.click()
        page.get_by_role("button", name="Submit", exact=True).click()
    given = list(Answer.objects.filter(annotator=one.account).order_by("slot__position"))
    assert len(given) == 2
    if template == "list_ranking":
        shown = one.page.slots.get(position=0).task.input["items"]
        assert sorted(given[0].value) == sorted(item["id"] for item in shown)


def test_entries_are_ordered_by_dragging_and_by_buttons(desk: Desk) -> None:
    one = of_template("list_ranking", 1)
    order = "[...document.querySelectorAll('#task-1 [name=t0-order]')].map(one => one.value)"
    with desk.page(one) as page:
        rows = page.locator("#task-1 .ordering > li")
        grip, target = rows.nth(2).locator(".grip").bounding_box(), rows.nth(0).bounding_box()
        assert grip
        assert target
        page.mouse.move(grip["x"] + 5, grip["y"] + 20)
        page.mouse.down()
        page.mouse.move(grip["x"] + 5, target["y"] + 40, steps=5)
        page.mouse.move(grip["x"] + 5, target["y"] + 5, steps=5)
        page.mouse.up()
        assert page.evaluate(order) == ["3", "1", "2"]
        page.locator("#task-1 button[value='down:3']").focus()
        page.keyboard.press("Enter")
        assert page.evaluate(order) == ["1", "3", "2"]
        assert page.evaluate("document.activeElement.value") == "down:3"
        assert "2 of 3" in page.locator("#announcer").inner_text()
        assert current(page) == "task-1"


def test_what_stands_alone_takes_the_others_back(desk: Desk) -> None:
    one = of_template("multi_label", 2)
    with desk.page(one) as page:
        page.keyboard.press("1")
        page.keyboard.press("2")
        chosen = "[...document.querySelectorAll('#task-1 input:checked')].map(one => one.value)"
        assert page.evaluate(chosen) == ["everyday", "gift"]
        page.keyboard.press("0")
        assert page.evaluate(chosen) == ["cannot_say"]
        page.keyboard.press("3")
        assert page.evaluate(chosen) == ["work"]


def test_a_picture_opens_in_large_and_closes_by_escape(desk: Desk) -> None:
    one = of_template("image_query")
    with desk.page(one) as page:
        page.locator(".zoom").first.click()
        assert page.locator("#zoom").is_visible()
        assert page.locator("#zoom img").get_attribute("alt")
        page.keyboard.press("1")
        assert checked(page) == {}
        page.keyboard.press("Escape")
        assert not page.locator("#zoom").is_visible()


def test_instructions_are_one_click_away(desk: Desk) -> None:
    one = of_template("graded_relevance")
    with desk.page(one) as page:
        page.locator("#help").click()
        assert page.locator("#help-dialog").get_by_text("both").is_visible()
        page.keyboard.press("Escape")
        assert not page.locator("#help-dialog").is_visible()
