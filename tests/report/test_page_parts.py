from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest
import report_examples as examples
from html_tree import parse, section_ids, table

from palate.core.errors import InputError, OutputError
from palate.report import render, write_report

SECTIONS = ("measures", "pairs", "retrained", "truth", "annotators", "agreement", "queries", "method")


@pytest.mark.parametrize(
    ("missing", "section"),
    [
        ({"wins": None, "pair_scores": None}, "pairs"),
        ({"retrained": None}, "retrained"),
        ({"truth": None}, "truth"),
        ({"truth": pl.DataFrame({"system": ["other"], "measure": ["AP"], "value": [0.1]})}, "truth"),
        ({"annotators": None}, "annotators"),
        ({"annotators": pl.DataFrame(schema={"annotator": pl.String})}, "annotators"),
        ({"agreement": (), "cost": (), "aggregators": None}, "agreement"),
        ({"disagreements": ()}, "queries"),
    ],
)
def test_section_without_results_is_left_out(missing, section):
    assert section_ids(parse(examples.small(**missing))) == [name for name in SECTIONS if name != section]


@pytest.mark.parametrize(
    ("missing", "gone", "kept"),
    [
        ({"wins": None}, "How often the row was preferred", "Preference score"),
        ({"pair_scores": None}, "Preference score", "How often the row was preferred"),
        ({"cost": ()}, "What was paid for", "Krippendorff's alpha"),
        ({"agreement": ()}, "Krippendorff's alpha", "What was paid for"),
        ({"aggregators": None}, "Would another aggregator", "What was paid for"),
        ({"coverage": None}, "What the judgments cover", "The same in numbers"),
        ({"notes": ()}, "Before relying on this", "Every comparison"),
        ({"verdicts": (examples.headline(),)}, "Every comparison", "Before relying on this"),
        ({"data": {}}, "Inputs and their hashes", "Seed"),
        ({"simulated": False}, "The annotators in this study are simulated", "Verdict"),
        ({"created": ""}, "2026-01-31", "Verdict"),
    ],
)
def test_part_without_results_is_left_out_of_its_section(page, missing, gone, kept):
    text = parse(examples.small(**missing)).text
    assert gone in page.text
    assert gone not in text
    assert kept in text


def test_page_with_nothing_but_a_title_still_stands():
    page = parse(examples.bare())
    assert page.all("h1")[0].text == "Nothing yet"
    assert section_ids(page) == ["method"]
    assert not page.all("nav")
    assert not page.all("svg")


def test_simulated_study_says_so_before_the_verdict(page):
    assert page.text.index("The annotators in this study are simulated.") < page.text.index(
        "als beats popularity on"
    )


def test_missing_numbers_are_dashes_and_intervals_are_optional():
    summary = pl.DataFrame(
        {
            "system": ["a", "b"],
            "measure": ["AP", "AP"],
            "value": [0.5, float("nan")],
            "low": [None, None],
            "high": [None, None],
            "queries": [3, 2],
        },
        schema_overrides={"low": pl.Float64, "high": pl.Float64},
    )
    page = parse(
        replace(examples.bare(), summary=summary, truth=summary.select("system", "measure", "value"))
    )
    assert table(page, "Mean values with 95% intervals") == [["a", "0.500", "3"], ["b", "–", "2"]]
    assert table(page, "Judged and true values") == [
        ["a", "AP", "0.500", "–", "0.500", "–"],
        ["b", "AP", "–", "–", "–", "–"],
    ]
    assert "lie within" not in page.text


def test_system_that_lacks_a_measure_has_a_dash_there():
    summary = examples.example().summary
    assert summary is not None
    some = summary.filter(~((pl.col("system") == "bpr") & (pl.col("measure") == "AP")))
    rows = {
        row[0]: row for row in table(parse(examples.example(summary=some)), "Mean values with 95% intervals")
    }
    assert rows["bpr"][1 + examples.MEASURES.index("AP")] == "–"


def test_numbers_of_queries_that_differ_are_shown_as_a_range():
    summary = examples.example().summary
    assert summary is not None
    some = summary.with_columns(queries=pl.when(pl.col("measure") == "AP").then(397).otherwise("queries"))
    rows = table(parse(examples.example(summary=some)), "Mean values with 95% intervals")
    assert {row[-1] for row in rows} == {"397 … 400"}


def test_ids_may_be_whole_numbers():
    systems = pl.DataFrame(
        {"system": [1, 2], "measure": "AP", "value": [0.5, 0.4], "low": 0.3, "high": 0.6, "queries": 9}
    )
    people = pl.DataFrame({"annotator": [10, 11], "answers": [5, 6], "skill": [0.9, None]})
    page = parse(replace(examples.bare(), summary=systems, annotators=people))
    assert [row[0] for row in table(page, "Mean values with 95% intervals")] == ["1", "2"]
    assert table(page, "Annotators, most skilled first") == [["10", "5", "0.90"], ["11", "6", "–"]]


def test_annotators_without_skill_are_listed_without_a_chart():
    people = pl.DataFrame(
        {"annotator": ["x"], "answers": [5], "skill": [None]}, schema_overrides={"skill": pl.Float64}
    )
    page = parse(replace(examples.bare(), annotators=people))
    assert table(page, "Annotators") == [["x", "5"]]
    assert not page.all("svg")


def test_of_very_many_annotators_those_with_most_answers_are_listed():
    people = pl.DataFrame({"annotator": range(1200), "answers": range(1200), "skill": 0.5})
    page = parse(replace(examples.bare(), annotators=people))
    listed = {int(row[0]) for row in table(page, "Annotators, most skilled first")}
    assert listed == set(range(200, 1200))
    assert "The 1,000 of 1,200 annotators with most answers" in page.text


def test_features_beyond_the_twelfth_are_counted_not_drawn():
    retrained = examples.small().retrained
    assert retrained is not None
    importance = pl.DataFrame(
        {"feature": [f"f{i}" for i in range(15)], "share": [(15 - i) / 120 for i in range(15)]}
    )
    text = parse(examples.small(retrained=replace(retrained, importance=importance))).text
    assert "3 smaller ones not shown" in text
    without = parse(examples.small(retrained=replace(retrained, importance=None))).text
    assert "What it relies on" not in without


def test_confidence_is_the_studys_own():
    text = parse(examples.small(confidence=0.9)).text
    assert "Mean values with 90% intervals" in text
    assert "95% interval" not in text


def test_missing_column_is_named():
    frame = pl.DataFrame({"system": ["a"], "value": [1.0]})
    with pytest.raises(InputError, match=r"ReportData\.truth.*missing: measure.*here are: system, value"):
        render(examples.small(truth=frame))


def test_same_data_gives_the_same_page():
    assert render(examples.small()) == render(examples.small())


def test_report_is_written_whole(tmp_path):
    path = write_report(examples.bare(), tmp_path)
    assert path == tmp_path / "index.html"
    assert path.read_text(encoding="utf-8") == render(examples.bare())
    write_report(replace(examples.bare(), title="Second"), tmp_path)
    assert "Second" in path.read_text(encoding="utf-8")
    assert [p.name for p in tmp_path.iterdir()] == ["index.html"]


def test_report_into_a_missing_folder_says_so(tmp_path):
    with pytest.raises(OutputError, match="folder that exists"):
        write_report(examples.bare(), tmp_path / "none")
