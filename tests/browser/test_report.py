from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import report_examples as examples
from page_checks import LOW_CONTRAST, OPEN_ALL, OUT_OF_SIGHT, SIZES, SMALL_TEXT, TEXT_ON_TEXT
from requirements import chromium

from palate.report import write_report

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    path = chromium()
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    made = {"example": examples.example(), "hostile": examples.hostile(), "bare": examples.bare()}
    return {name: write_report(data, tmp_path_factory.mktemp(name)) for name, data in made.items()}


@pytest.fixture
def opened(browser: Browser, reports: dict[str, Path]) -> Iterator[OpenedPages]:
    pages = OpenedPages(browser, reports)
    yield pages
    pages.close()


class OpenedPages:
    """Opens reports and notes everything they ask for or complain about."""

    def __init__(self, browser: Browser, reports: dict[str, Path]) -> None:
        self.browser, self.reports = browser, reports
        self.pages: list[Page] = []
        self.requests: list[str] = []
        self.complaints: list[str] = []

    def __call__(self, report: str, size: str = "desk", scheme: str = "light") -> Page:
        page = self.browser.new_page(viewport=SIZES[size], color_scheme=scheme)
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.goto(self.reports[report].as_uri())
        self.pages.append(page)
        return page

    def close(self) -> None:
        for page in self.pages:
            page.close()


@pytest.mark.parametrize("report", ["example", "hostile", "bare"])
def test_page_opens_without_requests_or_complaints(opened, reports, report):
    page = opened(report)
    page.evaluate(OPEN_ALL)
    page.wait_for_load_state("networkidle")
    assert opened.requests == [reports[report].as_uri()]
    assert opened.complaints == []
    assert page.evaluate("document.scripts.length + document.images.length") == 0


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("report", ["example", "hostile", "bare"])
def test_page_never_scrolls_sideways(opened, report, size):
    page = opened(report, size)
    page.evaluate(OPEN_ALL)
    wide, seen = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert wide <= seen
    assert page.evaluate(OUT_OF_SIGHT) == []


@pytest.mark.parametrize("size", SIZES)
def test_headline_and_its_figures_are_seen_without_scrolling(opened, size):
    page = opened("example", size)
    for selector in (".banner", "h1", ".figures"):
        box = page.locator(selector).bounding_box()
        assert box["y"] + box["height"] <= SIZES[size]["height"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("report", ["example", "hostile"])
def test_every_text_has_contrast(opened, report, scheme):
    page = opened(report, scheme=scheme)
    page.evaluate(OPEN_ALL)
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == {"light": "rgb(252, 251, 249)", "dark": "rgb(20, 22, 26)"}[scheme]
    result = page.evaluate(LOW_CONTRAST)
    assert result["checked"] > 100
    assert result["found"] == []


@pytest.mark.parametrize("size", SIZES)
def test_no_text_is_tiny_or_covers_another(opened, size):
    page = opened("example", size)
    page.evaluate(OPEN_ALL)
    assert page.evaluate(SMALL_TEXT) == []
    assert page.evaluate(TEXT_ON_TEXT) == []


def test_wide_tables_scroll_by_keyboard(opened):
    page = opened("example", "phone")
    page.evaluate(OPEN_ALL)
    wide = page.locator(".scroll").filter(has=page.get_by_text("Annotators, most skilled first")).first
    wide.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("e => e.scrollLeft > 0", arg=wide.element_handle())


def test_print_is_light_and_hides_nothing(opened):
    page = opened("example", scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    page.set_viewport_size({"width": 672, "height": 1000})  # A4 less its margins
    assert page.evaluate("document.documentElement.scrollWidth") == 672
    last = page.locator("details.query").last.locator("ol li").last
    assert last.evaluate("e => e.checkVisibility({contentVisibilityAuto: true}) && e.offsetHeight > 0")
    assert page.evaluate(LOW_CONTRAST)["found"] == []
