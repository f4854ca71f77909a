"""Annotators' pages as they look: on a desk and a phone, light and dark, in every template, from right to left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import server_scenes as scene
from work_pages import example_rows, holder

from palate.task_templates import task_templates

if TYPE_CHECKING:
    from playwright.sync_api import Page

from annotate_desk import DESK, PHONE, Desk, of_template

pytestmark = pytest.mark.browser

TEMPLATES = sorted(task_templates.names())
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

SMALL_TARGETS = """() => [...document.querySelectorAll('.options label, .entries label, .bar button, .bar a, .moves button')]
  .filter(one => one.checkVisibility()).map(one => [one.textContent.trim(), one.getBoundingClientRect()])
  .filter(([, box]) => box.height < 44 || box.width < 44).map(([text, box]) => [text, box.width, box.height])"""

ROWS_OF_LINKS = """() => new Set([...document.querySelectorAll('nav.links a')]
  .map(one => one.getBoundingClientRect().top)).size"""

TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


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
                assert page.evaluate(ROWS_OF_LINKS) == 1, address
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
            assert page.locator("html").get_attribute("dir") == "rtl"
            assert "متبقٍ" in page.locator("#timer").inner_text()
            assert page.locator("#answered").inner_text() == "0 من 2"
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
