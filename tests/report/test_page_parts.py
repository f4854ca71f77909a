from __future__ import annotations

import re
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


def test_rounds_are_shown_with_what_each_asked_and_both_pictures_on_one_scale():
    page = parse(examples.small())
    assert table(page, "What each round asked") == [
        ["1", "5,200", "300", "8,120", "$40.60"],
        ["2", "310", "280", "1,300", "$6.50"],
        ["Both", "5,510", "580", "9,420", "$47.10"],
    ]
    section = next(e for e in page.all("section") if e.attributes.get("id") == "retrained")
    captions = [e.text for e in section.all("figcaption")]
    assert [caption[:14] for caption in captions[:2]] == ["Before round 2", "After round 2 "]
    told = "nobody had judged 87 of the items that it ranks among the first 10"
    assert told in section.text
    assert "lambdamart minus als was −0.004 (−0.015 … +0.007)" in section.text
    ticks = [
        [t.text for t in chart.all("text") if re.fullmatch(r"0\.\d\d", t.text)]
        for chart in section.all("svg")[:2]
    ]
    assert ticks[0] == ticks[1] != []


def test_ranker_of_a_single_round_is_shown_by_its_difference_alone():
    retrained = examples.small().retrained
    assert retrained is not None
    alone = replace(retrained, before=None, values=None, rounds=())
    page = parse(examples.small(retrained=alone))
    section = next(e for e in page.all("section") if e.attributes.get("id") == "retrained")
    assert "What each round asked" not in section.text
    assert "asked twice" not in section.text
    assert section.all("figcaption")[0].text.startswith("nDCG@10")


def test_card_of_the_ranker_lists_features_by_what_they_gain_settings_and_hashes():
    page = parse(examples.small())
    known = table(page, "What the ranker knows of an item")
    assert [row[0] for row in known] == ["score(als)", "item_interactions", "item(year)"]
    assert known[2] == ["item(year)", "items", "the item's year", "12%", "9.0%", "0.0400"]
    assert table(page, "The settings of the ranker") == [["trees", "100"]]
    assert table(page, "Tables that it learned from, and their hashes") == [["split/past.parquet", "a" * 32]]
    assert "from 5,200 judged items, with the seed 3. Nothing is known of 2 items." in page.text


def test_card_without_contributions_and_no_card_leave_nothing_empty():
    retrained = examples.small().retrained
    assert retrained is not None
    assert retrained.card is not None
    plain_features = [
        {k: v for k, v in f.items() if k != "mean_contribution"} for f in retrained.card.features
    ]
    card = replace(retrained.card, features=plain_features)
    page = parse(examples.small(retrained=replace(retrained, card=card)))
    assert "Mean contribution" not in page.text
    assert "The ranker’s card" not in parse(examples.small(retrained=replace(retrained, card=None))).text


def test_what_the_headline_is_about_stands_above_it():
    shown = parse(examples.small(about="round 2: the retrained ranker"))
    eyebrow = [e.text for e in shown.all("p") if e.attributes.get("class") == "eyebrow"]
    assert eyebrow == ["Verdict · round 2: the retrained ranker"]
    plain_one = parse(examples.small())
    assert [e.text for e in plain_one.all("p") if e.attributes.get("class") == "eyebrow"] == ["Verdict"]
