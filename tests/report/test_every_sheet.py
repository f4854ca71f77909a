"""What holds for the page and the picture of every sheet, with kind and with hostile names."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest
from evaluation_examples import MAKERS as EVALUATIONS
from finding_examples import MAKERS as FINDINGS
from sheet_examples import MAKERS as SHEETS
from sheet_pages import page_of

from palate.report import picture

SVG = "{http://www.w3.org/2000/svg}"
EVERY = [
    pytest.param((make, hostile), id=f"{family}-{name}-{hostile}")
    for family, makers in (("of", SHEETS), ("evaluation", EVALUATIONS), ("finding", FINDINGS))
    for name, make in makers.items()
    for hostile in (False, True)
]


@pytest.fixture(scope="module", params=EVERY)
def sheet(request):
    make, hostile = request.param
    return make(hostile=hostile)


def test_page_asks_for_nothing_and_shows_hostile_text_as_text(sheet):
    page = page_of(sheet)
    tags = {element.tag for element in page.walk()}
    assert not tags & {"script", "iframe", "object", "embed", "img", "b>", "audio", "video", "base", "form"}
    for element in page.walk():
        assert not [name for name in element.attributes if name.startswith("on")]
        for name in ("src", "href", "xlink:href", "action"):
            assert re.fullmatch(r"data:,|#[a-z-]*", element.attributes.get(name, "#"))
    policies = [m.attributes["content"] for m in page.all("meta") if "http-equiv" in m.attributes]
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'; img-src data:"]
    assert "49" not in {e.text for e in page.all("bdi")}


def test_page_is_marked_up_for_those_who_hear_it(sheet):
    page = page_of(sheet)
    assert len(page.all("h1")) == 1
    ids = [e.attributes["id"] for e in page.walk() if "id" in e.attributes]
    assert len(ids) == len(set(ids))
    for element in page.walk():
        assert element.attributes.get("aria-labelledby", ids[0]) in ids
        href = element.attributes.get("href", "")
        assert not href.startswith("#") or href[1:] in ids
    assert page.all("svg")
    for chart in page.all("svg"):
        assert len(chart.attributes["aria-label"]) > 20
        assert not [g for g in chart.all("g") if "role" in g.attributes]
    for found in page.all("table"):
        assert found.all("caption")[0].text
        assert all("scope" in cell.attributes and cell.text for cell in found.all("th"))


def test_picture_stands_by_itself_in_light_and_dark(sheet):
    text = picture(sheet)
    root = ET.fromstring(text.partition("\n")[2])  # noqa: S314 (our own file)
    assert root.tag == f"{SVG}svg"
    assert "var(" not in text
    assert "prefers-color-scheme: dark" in text
    assert len(root.attrib["aria-label"]) > 20
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        "svg", "style", "rect", "text", "g", "path", "line", "defs", "clipPath", "tspan", "title",
    }  # fmt: skip
