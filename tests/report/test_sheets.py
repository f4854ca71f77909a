"""Pages and pictures of single commands."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import polars as pl
import pytest
from html_tree import Element, Tree, plain, table
from sheet_examples import MAKERS, agreement_sheet, annotator_sheet, label_sheet, pair_sheet

from palate.aggregation.labels import MajorityVote
from palate.core.errors import OutputError
from palate.report import (
    AgreementSheet,
    AnnotatorSheet,
    PairSheet,
    check_sheet_path,
    picture,
    render_sheet,
    write_sheet,
)

SVG = "{http://www.w3.org/2000/svg}"


def page_of(sheet) -> Element:
    return Tree(render_sheet(sheet)).root


@pytest.fixture(scope="module", params=[(name, h) for name in MAKERS for h in (False, True)], ids=str)
def sheet(request):
    name, hostile = request.param
    return MAKERS[name](hostile=hostile)


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
    for chart in page.all("svg"):
        assert len(chart.attributes["aria-label"]) > 20
    for found in page.all("table"):
        assert found.all("caption")[0].text
        assert all("scope" in cell.attributes for cell in found.all("th"))


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


def test_reliability_is_drawn_and_listed_as_it_was_found():
    sheet = label_sheet()
    page = page_of(sheet)
    rows = table(page, "Probability and share of right ones")
    found = sheet.reliability.table.to_dicts()
    assert [int(row[1].replace(",", "")) for row in rows] == [row["tasks"] for row in found]
    assert [row[3] for row in rows] == [f"{100 * row['accuracy']:.1f}%" for row in found]
    assert rows[-1][4] == f"{100 * found[-1]['accuracy_low']:.1f}% … {100 * found[-1]['accuracy_high']:.1f}%"
    text = page.all("body")[0].text
    error, before = sheet.reliability.error, sheet.reliability.untempered_error
    assert f"Expected calibration error is {error:.3f} after tempering, {before:.3f} before." in text
    assert sheet.reason in text


def test_hidden_answers_are_not_taken_for_truth():
    sheet = label_sheet(golden=0)
    text = page_of(sheet).all("body")[0].text
    assert "Of foretold answers, the expected calibration error" in text
    assert "This says how well answers are foretold, not how often labels are right" in text
    assert "golden tasks, in" not in text


def test_labels_stand_with_their_shares_of_tasks_and_answers():
    sheet = label_sheet()
    rows = table(page_of(sheet), "Labels in judgments and answers")
    decided = sheet.judgments["label"].value_counts().sort("count", descending=True)
    assert [(row[0], row[1]) for row in rows] == [
        (str(label), str(count)) for label, count in decided.iter_rows()
    ]
    for row in rows:
        given = int((sheet.answers["label"] == int(row[0])).sum())
        assert row[3:] == [f"{given:,}", f"{100 * given / 600:.1f}%"]


def test_least_sure_tasks_come_first_with_what_people_said():
    rows = [(1, who, label) for who, label in zip("abcde", "xxxyz", strict=True)]
    rows += [(2, who, "x") for who in "abcde"]
    answers = pl.DataFrame(rows, schema=["task", "annotator", "label"], orient="row")
    result = MajorityVote(ties="abstain").aggregate(answers)
    sheet = label_sheet(
        answers=answers, judgments=result.labels, probabilities=result.probabilities, reliability=None
    )
    first, second = table(page_of(sheet), "Least sure judgments")
    assert first == ["1", "x", "60.0%", "y", "20.0%", "3 said x, 1 said y, 1 said z"]
    assert second[:3] == ["2", "x", "100.0%"]


def test_tied_tasks_have_no_label_on_the_page():
    answers = pl.DataFrame({"task": [1, 1], "annotator": ["a", "b"], "label": ["x", "y"]})
    result = MajorityVote(ties="abstain").aggregate(answers)
    sheet = label_sheet(
        answers=answers, judgments=result.labels, probabilities=result.probabilities, reliability=None
    )
    page = page_of(sheet)
    assert table(page, "Least sure judgments")[0][1] == "tied"
    assert "1 tasks are tied" in page.all("body")[0].text


def test_coefficients_have_names_meanings_and_an_order():
    rows = table(page_of(agreement_sheet()), "Coefficients of agreement")
    assert [row[0] for row in rows] == [
        "Krippendorff’s alpha",
        "Gwet’s AC",
        "Percent agreement",
        "Somebody elses",
    ]
    assert rows[0][1:3] == ["0.519", "0.500 … 0.540"]
    assert rows[1][1:3] == ["–", "–"]
    assert all(row[3] for row in rows[:3])


def test_headline_of_agreement_is_alpha_or_says_that_it_has_no_value():
    sheet = agreement_sheet()
    assert page_of(sheet).all("h1")[0].text == "Krippendorff’s alpha is 0.52"
    nothing = AgreementSheet("a", "0.1.0", sheet.coefficients.slice(2, 1), sheet.tasks, sheet.annotators)
    assert page_of(nothing).all("h1")[0].text == "Gwet’s AC is not defined here"


def test_suspicions_stand_with_their_evidence():
    page = page_of(annotator_sheet())
    assert page.all("h1")[0].text == "3 of 9 annotators to talk to"
    assert table(page, "Evidence")[0] == ["0", "8", "25%", "0"]
    assert page_of(annotator_sheet(found=False)).all("h1")[0].text == "Nobody of 9 annotators stands out"


def test_ranking_is_sure_only_of_what_ranks_say():
    sheet = pair_sheet()
    sure = sheet.scores.with_columns(low_rank=pl.Series([1, 2, 2, 4]), high_rank=pl.Series([1, 3, 3, 4]))
    shown = PairSheet("p", "0.1.0", "m", 360, sure, sheet.effects)
    first = sheet.scores["item"][0]
    assert page_of(shown).all("h1")[0].text == f"{first} is the best of 4, with 95% confidence"
    plain_scores = sheet.scores.drop("low", "high", "low_rank", "high_rank", "component")
    page = page_of(PairSheet("p", "0.1.0", "m", 360, plain_scores, sheet.effects.clear()))
    assert page.all("h1")[0].text == f"{first} comes first of 4"
    assert len(table(page, "Scores, best first")[0]) == 5


def test_name_that_says_neither_page_nor_picture_is_refused(tmp_path):
    with pytest.raises(OutputError, match="A page ends in .html, a picture in .svg"):
        check_sheet_path(tmp_path / "page.pdf")
    with pytest.raises(OutputError, match="Choose a folder that exists"):
        write_sheet(pair_sheet(), tmp_path / "none" / "page.html")
    people = annotator_sheet()
    unknown = people.annotators.with_columns(skill=pl.lit(None, pl.Float64))
    nothing = AnnotatorSheet("a", "0.1.0", "kos", unknown, people.checks)
    with pytest.raises(OutputError, match="kos says nothing of annotators' skills"):
        write_sheet(nothing, tmp_path / "page.svg")
    write_sheet(nothing, tmp_path / "page.html")
    assert "The method says nothing" in plain((tmp_path / "page.html").read_text())
