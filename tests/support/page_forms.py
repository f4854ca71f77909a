"""Fills in the form of a page of tasks as a person without scripts would: by what stands in the markup."""

from __future__ import annotations

import html
import re
from typing import Any

from html_tree import Element, Tree
from server_browser import text_of

__all__ = ["filled_in", "page_of", "posted_by", "tasks_on", "words_of"]

Fields = dict[str, list[str]]


def page_of(response: Any) -> Element:
    """Return a response's page; markup that is not closed properly fails."""
    return Tree(text_of(response)).root


def words_of(response: Any) -> str:
    """Return the words of a page, those of different elements apart."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text_of(response))).split())


def tasks_on(page: Element) -> list[Element]:
    """Return the tasks of a page in order."""
    return [one for one in page.all("section") if "task" in one.attributes.get("class", "").split()]


def posted_by(page: Element) -> Fields:
    """Return what the form of a page would post as it stands."""
    form = next(one for one in page.all("form") if one.attributes.get("id") == "page")
    fields: Fields = {}
    for one in form.walk():
        name, kind = one.attributes.get("name", ""), one.attributes.get("type", "text")
        if not name or one.tag not in {"input", "textarea"}:
            continue
        if kind in {"radio", "checkbox"} and "checked" not in one.attributes:
            continue
        value = one.raw.removeprefix("\n") if one.tag == "textarea" else one.attributes.get("value", "on")
        fields.setdefault(name, []).append(value)
    return fields


def filled_in(page: Element, *, leave: tuple[int, ...] = ()) -> Fields:
    """Return what the form would post after somebody answered each task, except those at the positions ``leave``."""
    fields = posted_by(page)
    for position, task in enumerate(tasks_on(page)):
        if position in leave:
            continue
        inputs = [one for one in task.walk() if one.tag in {"input", "textarea"}]
        last = next((one for one in inputs if "data-confirm" in one.attributes), None)
        shown = [one for one in inputs if one.attributes.get("type") != "hidden"]
        chosen = last or next(one for one in shown if "data-alone" not in one.attributes)
        fields[chosen.attributes["name"]] = [chosen.attributes.get("value", "In my own words")]
    return fields
