"""Small parts of the pages: words of answers, pictures to load, amounts, Markdown."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
import server_scenes as scene
from hypothesis import given
from hypothesis import strategies as st
from work_pages import example_rows, holder

from palate.server.annotate.answer_words import answer_words
from palate.server.annotate.frame import device_of, language_of
from palate.server.annotate.money import dollars
from palate.server.annotate.page_form import seed_of
from palate.server.annotate.shown_tasks import image_urls, shown_tasks, slots_of
from palate.server.config import ServerConfig
from palate.server.projects.reading import template_of
from palate.server.web.markdown import html_of
from palate.server.web.templatetags.texts import say_duration

GOLDEN_WORDS = {
    "list_ranking": ["1. Electric kettle, 1.7 l", "2. Stoneware mug, 0.3 l", "3. White running shoe"],
    "spam_marking": ["!!! WIN A KETTLE, CLICK NOW !!!"],
    "multi_label": ["For every day", "As a gift"],
    "graded_relevance": ["Relevant"],
    "free_text": ["electric kettle"],
}


@pytest.mark.parametrize(("template", "words"), GOLDEN_WORDS.items())
def test_an_answer_is_told_in_the_words_that_were_shown(
    template: str, words: list[str], sqlite: ServerConfig
) -> None:
    of = scene.project(template=template)
    one = holder(scene.open_pool(of, tasks=example_rows(template, ["real"]), page_mix={"real": 1}))
    slots = slots_of(one.page)
    own, seed = template_of(of), seed_of(one.page)
    golden = own.check_golden(own.examples()[0]["golden"], slots[0].task.input)[0]["answer"]
    form = own.form_from_answer(golden, slots[0].task.input, seed)
    assert answer_words(shown_tasks(one.page, slots, {})[0].view.control, form) == words


def test_nothing_marked_is_told_in_its_own_words(sqlite: ServerConfig) -> None:
    of = scene.project(template="spam_marking")
    one = holder(scene.open_pool(of, tasks=example_rows("spam_marking", ["real"]), page_mix={"real": 1}))
    control = shown_tasks(one.page, slots_of(one.page), {})[0].view.control
    assert answer_words(control, {"none": ["none"]}) == ["Nothing to mark"]
    assert answer_words(control, {}) == []


def test_the_side_that_was_right_is_told_as_it_stood_on_the_screen(sqlite: ServerConfig) -> None:
    of = scene.project(template="side_by_side")
    one = holder(scene.open_pool(of, tasks=example_rows("side_by_side", ["real"]), page_mix={"real": 1}))
    slots = slots_of(one.page)
    shown = shown_tasks(one.page, slots, {})[0]
    left = shown.drawn[-1].sides[0].part.title
    form = template_of(of).form_from_answer("left", slots[0].task.input, seed_of(one.page))
    expected = "Left" if left == slots[0].task.input["left_title"] else "Right"
    assert answer_words(shown.view.control, form) == [expected]


@pytest.mark.parametrize(
    ("template", "pictures"),
    [
        ("graded_relevance", {"kettle"}),
        ("side_by_side", {"kettle", "mug", "shoe"}),
        ("side_by_side_rankings", {"kettle", "mug", "shoe"}),
        ("list_ranking", {"kettle", "mug", "shoe"}),
        ("query_type", set()),
    ],
)
def test_all_pictures_of_a_page_are_found(template: str, pictures: set[str], sqlite: ServerConfig) -> None:
    of = scene.project(template=template)
    one = holder(scene.open_pool(of, tasks=example_rows(template), page_mix={"real": 2}))
    found = image_urls(shown_tasks(one.page, slots_of(one.page), {}))
    assert sorted(found) == sorted(f"/static/examples/{name}.svg" for name in pictures)


def test_an_order_that_is_no_order_of_the_entries_is_not_shown(sqlite: ServerConfig) -> None:
    of = scene.project(template="list_ranking")
    one = holder(scene.open_pool(of, tasks=example_rows("list_ranking"), page_mix={"real": 2}))
    forms = {0: {"order": ["3", "1", "2"]}, 1: {"order": ["3", "3", "9"]}}
    shown = shown_tasks(one.page, slots_of(one.page), forms)
    assert [[entry.entry.value for entry in task.entries] for task in shown] == [
        ["3", "1", "2"],
        ["1", "2", "3"],
    ]


def test_the_language_is_the_first_in_which_the_project_asks(sqlite: ServerConfig) -> None:
    of = scene.project(
        template_settings={"translations": [{"language": "pt-BR", "question": "Qual a relevância?"}]}
    )
    for languages, expected in ((["de", "pt", "en"], "pt"), (["en", "pt"], "en"), (["de"], ""), ([], "")):
        assert language_of(scene.account(languages=languages), of) == expected


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0", "$0.00"),
        ("0.05", "$0.05"),
        ("0.0325", "$0.0325"),
        ("1234.5", "$1,234.50"),
        ("-2", "−$2.00"),
        ("100", "$100.00"),
    ],
)
def test_amounts_have_cents_and_no_needless_digits(amount: str, text: str) -> None:
    assert dollars(Decimal(amount)) == text


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=4))
def test_amounts_are_never_rounded(amount: Decimal) -> None:
    plain = dollars(amount).replace("−", "-").replace("$", "").replace(",", "")
    assert Decimal(plain) == amount


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(60, "1 minute"), (90, "1½ minutes"), (30, "½ minute"), (600, "10 minutes"), (10, "10 seconds")],
)
def test_times_are_told_in_minutes(seconds: int, text: str) -> None:
    assert say_duration({}, seconds) == text


@pytest.mark.parametrize(
    ("agent", "hint", "device"),
    [
        ("Mozilla/5.0 (Linux; Android 14) Chrome/126 Mobile Safari/537.36", "", "phone"),
        ("Mozilla/5.0 (X11; Linux x86_64) Chrome/126 Safari/537.36", "", "desktop"),
        ("", "?1", "phone"),
        ("", "", "desktop"),
    ],
)
def test_phones_are_told_from_desktops(agent: str, hint: str, device: str) -> None:
    from django.test import RequestFactory

    headers = {"user-agent": agent, "sec-ch-ua-mobile": hint}
    assert device_of(RequestFactory().get("/", headers=headers)) == device


@pytest.mark.parametrize(
    "evil",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "![x](javascript:alert(1))",
        '<a href="&#106;avascript:alert(1)">x</a>',
        "<img src=x onerror=alert(1)>",
        "<style>*{display:none}</style>",
        '<form action="/logout/"><button>x</button></form>',
        "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
        '<p style="position:fixed">x</p>',
        "<svg><script>alert(1)</script></svg>",
    ],
)
def test_nothing_in_markdown_runs(evil: str) -> None:
    tags = " ".join(re.findall(r"<[^>]*>", html_of(evil))).casefold()
    for word in (
        "<script",
        "javascript:",
        "onerror",
        "<style",
        "style=",
        "<form",
        "<button",
        "<iframe",
        "<svg",
    ):
        assert word not in tags


def test_markdown_keeps_what_instructions_need() -> None:
    html = html_of("# One\n\n**two** [three](https://example.org)\n\n- four\n\n|a|b|\n|-|-|\n|5|6|\n")
    for part in (
        "<h2>One</h2>",
        "<strong>two</strong>",
        'href="https://example.org"',
        "<li>four</li>",
        "<td>5</td>",
    ):
        assert part in html
