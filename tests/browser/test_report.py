from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import report_examples as examples
from requirements import chromium

from palate.report import write_report

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

SIZES = {
    "desk": {"width": 1280, "height": 800},
    "tablet": {"width": 768, "height": 1024},
    "phone": {"width": 360, "height": 740},
}
OPEN_ALL = "document.querySelectorAll('details').forEach(d => d.open = true)"

LOW_CONTRAST = """() => {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const rgba = colour => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data; return [r, g, b, a / 255];
  };
  const over = (top, below) => [0, 1, 2].map(i => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
  const ground = element => {
    if (!element) return [255, 255, 255, 1];
    const own = rgba(getComputedStyle(element).backgroundColor);
    return own[3] === 1 ? own : over(own, ground(element.parentElement));
  };
  const light = c => [0.2126, 0.7152, 0.0722].reduce((sum, w, i) => {
    const v = c[i] / 255; return sum + w * (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  }, 0);
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let checked = 0;
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || element.closest('.unseen, .skip') || !element.checkVisibility()) continue;
    const style = getComputedStyle(element), below = ground(element);
    const colour = over(rgba(element.closest('svg') ? style.fill : style.color), below);
    const [dark, bright] = [light(colour), light(below)].sort((a, b) => a - b);
    const ratio = (bright + 0.05) / (dark + 0.05);
    checked += 1;
    if (ratio < 4.5) found.push([walker.currentNode.data.trim().slice(0, 40), ratio.toFixed(2)]);
  }
  return {checked, found};
}"""

SMALL_TEXT = """() => [...document.querySelectorAll('body *')].filter(e => {
  if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) || !e.checkVisibility()) return false;
  const svg = e.closest('svg'), scale = svg ? svg.getBoundingClientRect().width / svg.viewBox.baseVal.width : 1;
  return parseFloat(getComputedStyle(e).fontSize) * scale < 11;
}).map(e => e.textContent.trim())"""

TEXT_ON_TEXT = """() => {
  const found = [];
  for (const svg of document.querySelectorAll('svg')) {
    const texts = [...svg.querySelectorAll('text')].filter(t => t.textContent.trim() && t.checkVisibility());
    const boxes = texts.map(t => t.getBoundingClientRect());
    for (let i = 0; i < boxes.length; i++) for (let j = 0; j < i; j++) {
      const a = boxes[i], b = boxes[j];
      const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (wide > 1 && high > 2) found.push([texts[j].textContent, texts[i].textContent]);
    }
  }
  return found;
}"""

OUT_OF_SIGHT = """() => [...document.querySelectorAll('svg text, h1, h2, h3, p, li, dd, summary')].filter(e => {
  if (!e.textContent.trim() || !e.checkVisibility() || e.closest('.unseen, .skip, .scroll')) return false;
  const box = e.getBoundingClientRect();
  return box.left < -0.5 || box.right > innerWidth + 0.5;
}).map(e => e.textContent.trim().slice(0, 60))"""


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
