"""Pages of what single commands find in a real browser, on a desk and on a phone, in light and in dark."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from evaluation_examples import MAKERS as EVALUATIONS
from finding_examples import MAKERS as FINDINGS
from page_checks import LOW_CONTRAST, OPEN_ALL, OUT_OF_SIGHT, SIZES, SMALL_TEXT, TEXT_ON_TEXT
from requirements import chromium
from sheet_examples import MAKERS as SHEETS

from palate.report import write_sheet

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

PAGES = [(name, make, hostile) for name, make in (SHEETS | EVALUATIONS).items() for hostile in (False, True)]
PAGES += [(f"found {name}", make, True) for name, make in FINDINGS.items()]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    path = chromium()
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="module", params=PAGES, ids=lambda page: f"{page[0]}-{page[2]}")
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    _, make, hostile = request.param
    folder = tmp_path_factory.mktemp("page")
    sheet = make(hostile=hostile)
    write_sheet(sheet, folder / "page.html")
    write_sheet(sheet, folder / "page.svg")
    return folder / "page.html"


@pytest.fixture
def opened(browser: Browser, written: Path) -> Iterator[Page]:
    page = browser.new_page()
    page.complaints = []
    page.on("request", lambda request: page.complaints.append(request.url))
    page.on("console", lambda message: page.complaints.append(message.text))
    page.goto(written.as_uri())
    page.wait_for_load_state("load")
    page.evaluate(OPEN_ALL)
    yield page
    page.close()


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_page_asks_for_nothing_and_never_scrolls_sideways(opened, written, size):
    opened.set_viewport_size(SIZES[size])
    opened.wait_for_load_state("networkidle")
    assert opened.complaints == [written.as_uri()]
    wide, seen = opened.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert wide <= seen
    assert opened.evaluate(OUT_OF_SIGHT) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read(opened, scheme):
    opened.emulate_media(color_scheme=scheme)
    opened.set_viewport_size(SIZES["phone"])
    result = opened.evaluate(LOW_CONTRAST)
    assert result["checked"] > 20
    assert result["found"] == []
    assert opened.evaluate(SMALL_TEXT) == []
    assert opened.evaluate(TEXT_ON_TEXT) == []


def test_page_keeps_the_rules_for_those_who_hear_it(opened):
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(opened).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []


@pytest.mark.parametrize(("scheme", "ground"), [("light", "rgb(252, 251, 249)"), ("dark", "rgb(20, 22, 26)")])
def test_picture_follows_light_and_dark(browser, written, scheme, ground):
    page = browser.new_page(color_scheme=scheme)
    page.goto(written.with_suffix(".svg").as_uri())
    assert page.evaluate("getComputedStyle(document.querySelector('rect')).fill") == ground
    page.close()
