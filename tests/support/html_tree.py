"""A page as a tree of elements, read with the standard library's parser."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from palate.report import ReportData, render

VOID = {"meta", "link", "wbr", "br", "img", "hr", "input"}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    children: list[Element | str] = field(default_factory=list)

    def all(self, tag: str) -> list[Element]:
        return [e for e in self.walk() if e.tag == tag]

    def walk(self) -> list[Element]:
        inner = [e for child in self.children if isinstance(child, Element) for e in child.walk()]
        return [self, *inner]

    @property
    def text(self) -> str:
        return plain(self.raw)

    @property
    def raw(self) -> str:
        return "".join(child if isinstance(child, str) else child.raw for child in self.children)


def plain(text: str) -> str:
    """Return the text as a browser shows it: white space in one."""
    return re.sub(r"\s+", " ", text).strip()


class Tree(HTMLParser):
    """Builds the page's elements and refuses one that is closed wrongly."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.root = Element("root", {})
        self.open = [self.root]
        self.feed(text)
        self.close()
        assert self.open == [self.root], f"never closed: {[e.tag for e in self.open[1:]]}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"an attribute twice in <{tag}>: {names}"
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def parse(data: ReportData) -> Element:
    return Tree(render(data)).root


def table(page: Element, caption: str) -> list[list[str]]:
    """Return the text of every body and foot cell of the table with that caption."""
    found = next(t for t in page.all("table") if t.all("caption")[0].text == caption)
    rows = [row for part in (*found.all("tbody"), *found.all("tfoot")) for row in part.all("tr")]
    return [[cell.text for cell in row.walk() if cell.tag in {"th", "td"}] for row in rows]


def section_ids(page: Element) -> list[str]:
    return [e.attributes["id"] for e in page.all("section") if e.attributes["id"] != "verdict"]
