"""A manager who has never seen it publishes a recipe, an invited annotator answers, and the ranking is there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from page_checks import LOW_CONTRAST, OPEN_ALL
from requirements import chromium
from server_process import free_port

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = pytest.mark.browser

DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}}
PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
SHOTS = os.environ.get("PALATE_SHOTS")


@contextmanager
def first_start(directory: Path) -> Iterator[str]:
    """Start ``palate serve`` as somebody does who has just installed it; return the link that it prints."""
    command = [sys.executable, "-m", "palate", "serve", "-d", str(directory), "--port", str(free_port())]
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PALATE_SERVER", "DJANGO"))}
    process = subprocess.Popen(
        [*command, "--workers", "1"],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        found = None
        while found is None:
            line = process.stdout.readline()
            assert line, "the server ended without printing a link"
            found = re.search(r"http://\S+/first-run/#\S+", line)
        _wait_for(found[0].partition("/first-run")[0])
        yield found[0]
    finally:
        os.killpg(process.pid, 9)
        process.wait()
        process.stdout.close()


def _wait_for(url: str) -> None:
    for _ in range(300):
        try:
            if httpx.get(f"{url}/healthz", timeout=2).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.1)
    pytest.fail("the server did not answer within half a minute")


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    path = chromium()
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        started.close()


class Visit:
    """A browser of somebody; pages it ends on are checked, and photographed where that is wanted."""

    def __init__(self, chrome: Browser, **options: Any) -> None:
        self.complaints: list[str] = []
        self.context: BrowserContext = chrome.new_context(**{**DESK, **options})
        self.context.set_default_timeout(20_000)
        self.context.on("weberror", lambda found: self.complaints.append(str(found.error)))
        self.context.on(
            "console", lambda said: self.complaints.append(said.text) if said.type == "error" else None
        )
        self.page: Page = self.context.new_page()

    def check(self, name: str) -> None:
        """Look at the page as it is, once it is there, in both widths and schemes."""
        from axe_playwright_python.sync_playwright import Axe

        self.page.wait_for_load_state()
        size = self.page.viewport_size
        for label, width, scheme in (
            ("desk", 1280, "light"),
            ("desk", 1280, "dark"),
            ("phone", 360, "light"),
            ("phone", 360, "dark"),
        ):
            self.page.set_viewport_size({"width": width, "height": 900 if width > 400 else 740})
            self.page.emulate_media(color_scheme=scheme)
            if SHOTS:
                self.page.screenshot(path=f"{SHOTS}/manage-{name}-{label}-{scheme}.png", full_page=True)
            assert self.page.evaluate(TOO_WIDE) <= 0, (name, label)
            assert self.page.evaluate(LOW_CONTRAST)["found"] == [], (name, scheme)
        self.page.evaluate(OPEN_ALL)
        for width in (360, 1280):
            self.page.set_viewport_size({"width": width, "height": 900})
            assert self.page.evaluate(TOO_WIDE) <= 0, (name, width, "with all details open")
        found = Axe().run(self.page, options={"runOnly": RULES}).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"]) for one in found] == [], name
        self.page.emulate_media(color_scheme="light")
        if size:
            self.page.set_viewport_size(size)
        self.page.reload()


def fill_in_account(page: Page, login: str) -> None:
    page.get_by_label("Login").fill(login)
    page.get_by_label(re.compile("^Name")).fill(login.capitalize())
    page.locator("input[type=password]").first.fill("a long password of mine")
    if page.locator("input[type=password]").count() > 1:
        page.locator("input[type=password]").nth(1).fill("a long password of mine")
    page.get_by_role("button", name="Make my account").click()


def answer_everything(page: Page) -> int:
    """Answer page after page, the training first; return how many pages."""
    done = 0
    while True:
        if page.locator("form#page").count():
            for task in page.locator(".task").all():
                task.locator("input[type=radio]").nth(done % 2).check(force=True)
            page.locator("#submit").click()
            page.wait_for_load_state()
            done += 1
            continue
        go_on = page.get_by_role("button", name=re.compile("^(Go on|Start)")).or_(
            page.get_by_role("link", name=re.compile("^(Go on|Continue)"))
        )
        if not go_on.count():
            return done
        go_on.first.click()
        page.wait_for_load_state()


def watch_and_look_at_results(boss: Visit) -> None:
    page = boss.page
    page.locator("#live").get_by_text("Annotators", exact=True).wait_for()
    page.locator("#live rect").first.wait_for(state="attached")  # without reload
    boss.check("progress")
    page.get_by_role("link", name="Results").click()
    page.get_by_role("button", name="Aggregate the answers").click()
    page.locator(".ranked").first.wait_for()
    assert page.locator(".ranked").count() == 5
    assert page.locator(".ranked").first.locator("tbody tr").count() == 4
    boss.check("results")
    page.get_by_role("link", name="Annotators", exact=True).click()
    page.locator("tbody a").first.click()
    boss.check("annotators")
    page.get_by_role("link", name="Review", exact=True).click()
    page.goto(f"{page.url}?status=accepted")
    boss.check("review")
    page.get_by_role("link", name=re.compile("As it was seen")).first.click()
    boss.check("page")
    page.go_back()
    page.get_by_role("link", name="Tasks", exact=True).click()
    boss.check("tasks")
    page.get_by_role("link", name="Settings").click()
    boss.check("settings")
    page.get_by_role("link", name="Projects", exact=True).click()
    boss.check("home")


def test_a_newcomer_publishes_the_recipe_and_sees_the_ranking(chrome: Browser, tmp_path: Path) -> None:
    with first_start(tmp_path / "server") as link:
        boss = Visit(chrome)
        page = boss.page
        page.goto(link)
        fill_in_account(page, "boss")
        page.get_by_role("link", name="Manage").click()
        boss.check("empty")
        page.get_by_role("link", name="Make your first project").click()
        boss.check("start")
        page.get_by_role("link", name=re.compile("Complementary product")).click()
        boss.check("recipe")
        page.get_by_role("button", name="Make the project").click()
        boss.check("project")
        page.get_by_role("link", name="Invite annotators").click()
        page.get_by_role("button", name="Make the link").click()
        invitation = page.locator("#link").input_value()

        page.get_by_role("link", name="Manage").click()
        page.get_by_role("link", name="Complementary products").click()
        page.get_by_role("button", name="Open all 2 drafts").click()
        page.get_by_role("link", name="Progress of Pairs").click()

        ana = Visit(chrome, **PHONE)
        ana.page.goto(invitation)
        fill_in_account(ana.page, "ana")
        ana.page.goto(f"{link.partition('/first-run')[0]}/work/")
        assert answer_everything(ana.page) == 5  # two of the training, three of pairs
        assert ana.complaints == []

        watch_and_look_at_results(boss)
        assert boss.complaints == []


def test_the_preview_and_the_rules_follow_what_is_typed(chrome: Browser, tmp_path: Path) -> None:
    with first_start(tmp_path / "server") as link:
        boss = Visit(chrome)
        page = boss.page
        page.goto(link)
        fill_in_account(page, "boss")
        page.goto(f"{link.partition('/first-run')[0]}/manage/projects/new/?template=graded_relevance")
        page.get_by_label("Name").first.fill("<b>Mine</b>")
        page.get_by_label("Question").fill("<i>How</i> good is it?")
        page.locator("#preview").get_by_text("<i>How</i> good is it?").first.wait_for()
        page.get_by_label("Template").select_option("multi_label")
        page.locator("#preview input[type=checkbox]").first.wait_for()
        page.get_by_role("button", name="Add to Labels").click()
        page.get_by_role("group", name="Labels 6").wait_for()
        boss.check("project-form")
        page.get_by_label("Name").first.fill("<b>Mine</b>")
        page.get_by_role("button", name="Make the project").click()
        page.get_by_role("heading", name="<b>Mine</b>", level=1).wait_for()
        page.get_by_role("link", name="New pool").first.click()
        page.get_by_role("button", name="Add a rule").click()
        page.get_by_text("If, among the last 5 submitted pages").wait_for()
        page.get_by_label("When").select_option("acceptance_rate")
        page.get_by_text("A rule needs a condition").wait_for()
        page.get_by_label("If", exact=True).select_option("rejected_rate")
        page.get_by_label("Number").first.fill("2")
        page.get_by_role("button", name="Make the pool").click()
        page.get_by_role("alert").get_by_text("60% is 0.6").wait_for()
        page.get_by_label("Number").first.fill("0.5")
        boss_complaints = [text for text in boss.complaints if "400" not in text]
        page.get_by_role("button", name="Make the pool").click()
        page.get_by_role("heading", name="Upload tasks").wait_for()
        page.get_by_role("button", name="Use example tasks").click()
        page.get_by_role("heading", name=re.compile(r"^\d+ tasks$")).wait_for()
        assert boss_complaints == []
