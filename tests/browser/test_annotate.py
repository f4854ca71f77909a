"""Annotators at a real browser before a real server: by keyboard, by thumb, offline, in a hurry, without scripts."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import server_scenes as scene
from django.conf import settings
from requirements import chromium
from server_databases import fresh_database
from server_process import Annotator, Server, running
from work_pages import Holder, example_rows, holder

from palate.server.work.models import Answer, Assignment
from palate.task_templates import task_templates

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = pytest.mark.browser

DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}}
PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
TEMPLATES = sorted(task_templates.names())
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

SMALL_TARGETS = """() => [...document.querySelectorAll('.options label, .entries label, .bar button, .bar a, .moves button')]
  .filter(one => one.checkVisibility()).map(one => [one.textContent.trim(), one.getBoundingClientRect()])
  .filter(([, box]) => box.height < 44 || box.width < 44).map(([text, box]) => [text, box.width, box.height])"""

TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = (
        "true"  # the browser's loop runs in this thread, beside our queries
    )
    directory = tmp_path_factory.mktemp("annotate") / "server"
    with fresh_database("sqlite", directory, None) as config:
        (directory / "secret.key").write_text(settings.SECRET_KEY)  # else the server would make another
        with running(Server(config, workers=1)) as started:
            yield started
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="module")
def chrome(server: Server) -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    path = chromium()
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        started.close()


@dataclass
class Desk:
    """Starts browsers in which somebody is logged in; complaints of the pages fail the test at its end."""

    server: Server
    chrome: Browser
    complaints: list[str]

    @contextmanager
    def at(self, one: Holder, **options: Any) -> Iterator[BrowserContext]:
        context = self.chrome.new_context(base_url=self.server.url, **{**DESK, **options})
        session = Annotator(self.server, one.account).client.cookies["palate_session"]
        context.add_cookies([{"name": "palate_session", "value": session, "url": self.server.url}])
        context.set_default_timeout(10_000)
        context.on("weberror", lambda found: self.complaints.append(str(found.error)))
        context.on(
            "console", lambda said: self.complaints.append(said.text) if said.type == "error" else None
        )
        yield context
        context.close()

    @contextmanager
    def page(self, one: Holder, address: str = "", **options: Any) -> Iterator[Page]:
        with self.at(one, **options) as context:
            page = context.new_page()
            page.goto(address or one.address)
            yield page


@pytest.fixture
def desk(server: Server, chrome: Browser) -> Iterator[Desk]:
    complaints: list[str] = []
    yield Desk(server, chrome, complaints)
    unexpected = [
        text for text in complaints if "ERR_INTERNET_DISCONNECTED" not in text and "ERR_FAILED" not in text
    ]
    assert not unexpected


def of_template(template: str, size: int = 3, **settings: Any) -> Holder:
    of = scene.project(template=template, template_settings=settings, instructions="Look at **both**.")
    rows = example_rows(template, ["real"] * size)
    return holder(scene.open_pool(of, tasks=rows, page_mix={"real": size}))


def checked(page: Page) -> dict[str, str]:
    """Return what is chosen, by name."""
    found = page.eval_on_selector_all("#page [name]:checked", "all => all.map(one => [one.name, one.value])")
    return dict(found)


def current(page: Page) -> str | None:
    return page.locator(".task.current").get_attribute("id")


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


def test_a_page_of_ten_tasks_transfers_at_most_60_kilobytes(desk: Desk) -> None:
    one = of_template("graded_relevance", 10)
    sizes: dict[str, int] = {}
    with desk.at(one) as context:
        page = context.new_page()
        page.on("response", lambda got: sizes.update({got.url: len(got.body())}))
        page.goto(one.address, wait_until="networkidle")
    ours = {url: size for url, size in sizes.items() if "/static/examples/" not in url}
    assert len(ours) > 8
    assert sum(ours.values()) <= 60_000, ours


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_template_is_accessible_on_desk_and_phone(template: str, desk: Desk) -> None:
    one = of_template(template)
    for options in ({**DESK, "color_scheme": "light"}, {**PHONE, "color_scheme": "dark"}):
        with desk.page(one, **options) as page:
            assert not _violations(page)
            assert page.evaluate(TOO_WIDE) <= 0
            assert page.evaluate(SMALL_TARGETS) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_other_page_is_accessible(scheme: str, desk: Desk) -> None:
    one = of_template("graded_relevance", 2)
    teaching = scene.open_pool(
        one.pool.project,
        kind="training",
        tasks=scene.rows(0, 0, 2),
        page_mix={"real": 0, "training": 2},
        reward=0,
    )
    addresses = ["/work/", f"/pools/{one.pool.pk}/", "/earnings/", "/messages/"]
    for options in (DESK, PHONE):
        with desk.page(one, "/work/", color_scheme=scheme, **options) as page:
            for address in addresses:
                page.goto(address)
                assert not _violations(page), address
                assert page.evaluate(TOO_WIDE) <= 0, address
    one.client.post(f"{one.address}skip/")
    with desk.page(one, f"/pools/{teaching.pk}/", color_scheme=scheme) as page:
        page.get_by_role("button", name="Start").first.click()
        page.wait_for_url("**/pages/**")
        page.keyboard.press("1")
        page.keyboard.press("3")
        page.keyboard.press("Enter")
        page.wait_for_url("**/result/")
        assert not _violations(page)


def test_a_page_from_right_to_left_is_accessible_and_keeps_left_on_the_left(desk: Desk) -> None:
    arabic = {"language": "ar", "question": "أيهما أنسب؟", "texts": {"left": "اليسار", "right": "اليمين"}}
    of = scene.project(template="side_by_side", template_settings={"translations": [arabic]})
    rows = example_rows("side_by_side", ["real"] * 2)
    reader = scene.account(project=of, languages=["ar"])
    one = holder(scene.open_pool(of, tasks=rows, page_mix={"real": 2}), reader)
    for options in (DESK, PHONE):
        with desk.page(one, **options) as page:
            assert not _violations(page)
            assert page.evaluate(TOO_WIDE) <= 0
            left, right = (page.locator("#task-1 .sides > div").nth(side).bounding_box() for side in (0, 1))
            assert left
            assert right
            assert left["x"] < right["x"]
            assert "اليسار" in page.locator("#task-1 .sides > div").nth(0).inner_text()
            options_left = [
                page.locator(f"#task-1 input[value={value}]").bounding_box()["x"]
                for value in ("left", "right")
            ]
            assert options_left[0] < options_left[1]


def _violations(page: Page) -> list[tuple[str, str]]:
    from axe_playwright_python.sync_playwright import Axe

    # what the bar covers at this very scroll position would count as a target that is too small
    page.evaluate("document.querySelector('.bar')?.style.setProperty('position', 'static')")
    found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
    page.evaluate("document.querySelector('.bar')?.style.removeProperty('position')")
    return [(one["id"], one["nodes"][0]["html"]) for one in found]
