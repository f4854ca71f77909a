"""What every part of a task becomes where our pages are not: HTML, and the cells of a row."""

from __future__ import annotations

import pytest

from palate.core.errors import SettingsError
from palate.platforms._html import Drawing, instructions_html, options_html
from palate.platforms._sheet_columns import cells_of, columns_of
from palate.task_templates import (
    Choice,
    Heading,
    ItemCard,
    Link,
    Option,
    Picture,
    Price,
    Ranking,
    Sides,
    TaskView,
    Text,
    TextList,
)

EVIL = '<script>alert("1")</script>'
CARD = ItemCard(
    EVIL,
    "two\nlines",
    "3 €",
    Link("https://shop.example.org/?a=1&b=2", "Open"),
    Picture("https://shop.example.org/a.jpg", EVIL),
    "Left",
)
VIEW = TaskView(
    template="x",
    question=EVIL,
    note="",
    parts=(
        Heading("About"),
        Text(EVIL, "Query"),
        TextList(("red", "cheap"), "Filters"),
        Picture("https://shop.example.org/b.jpg", "Room"),
        Link("https://shop.example.org/c", "Look up"),
        Price("4 €", "Price"),
        Sides(CARD, Ranking((ItemCard("one"), ItemCard("two", price="2 €")), "Right")),
    ),
    control=Choice((Option("a", "A"), Option("b", "B"))),
    required=True,
    language="en",
    direction="ltr",
    content_language="de",
)


def test_all_parts_are_drawn_and_all_text_is_escaped() -> None:
    drawn = str(Drawing().task(VIEW))
    assert "<script" not in drawn
    for text in ("About", "Query", "red; cheap", "4 €", "two\nlines", "Open", "Look up", 'lang="de"'):
        assert text in drawn
    assert drawn.count("&lt;script&gt;") == 3  # the query, the card's title and its picture's words
    assert 'href="https://shop.example.org/?a=1&amp;b=2"' in drawn
    assert drawn.count("<li>") == 2
    assert drawn.count('rel="noopener noreferrer nofollow"') == 2


def test_options_are_radio_buttons_with_their_meaning() -> None:
    drawn = str(options_html([Option('a"', "A<", description="If <so>")], "task1", required=True))
    assert drawn == (
        '<div class="options"><label><input type="radio" name="task1" value="a&#34;" required> A&lt; <span'
        ' class="name">If &lt;so&gt;</span></label></div>'
    )
    assert "required" not in options_html([Option("a", "A")], "task1", required=False)


def test_instructions_are_cleaned() -> None:
    drawn = str(instructions_html("# Read\n\n[here](javascript:alert(1)) <img src=x onerror=alert(1)>"))
    assert "<h1>Read</h1>" in drawn
    assert "onerror" not in drawn
    assert "href" not in drawn


def test_a_site_must_be_encrypted() -> None:
    with pytest.raises(SettingsError, match="'site' must begin with https"):
        Drawing("http://judge.example.org")


def test_all_parts_become_cells() -> None:
    cells = cells_of(VIEW)
    assert cells == {
        "Heading": "About",
        "Query": EVIL,
        "Filters": "red; cheap",
        "Room": "https://shop.example.org/b.jpg",
        "Look up": "https://shop.example.org/c",
        "Price": "4 €",
        "Left": EVIL,
        "Left: text": "two\nlines",
        "Left: price": "3 €",
        "Left: page": "https://shop.example.org/?a=1&b=2",
        "Left: picture": "https://shop.example.org/a.jpg",
        "Right": "1. one\n2. two · 2 €",
    }
    assert columns_of([{"b": "1"}, {"a": "2", "b": "3"}]) == ["b", "a"]
