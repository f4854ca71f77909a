from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from itertools import pairwise

import polars as pl
import report_examples as examples
from html_tree import Element, parse, plain, section_ids, table

SECTIONS = ("measures", "pairs", "retrained", "truth", "annotators", "agreement", "queries", "method")


def test_page_asks_for_nothing_outside_itself(any_page):
    for element in any_page.walk():
        assert element.tag not in {
            "script",
            "iframe",
            "object",
            "embed",
            "img",
            "audio",
            "video",
            "base",
            "form",
        }
        for name in ("src", "href", "xlink:href", "srcset", "data", "action", "poster"):
            value = element.attributes.get(name, "#")
            assert value == "data:," or re.fullmatch(r"#[a-z-]*", value), (element.tag, name, value)
        assert "url(" not in element.attributes.get("style", "")
    style = " ".join(e.text for e in any_page.all("style"))
    assert not re.search(r"url\(|@import|https?:", style)


def test_policy_in_the_page_forbids_scripts_and_requests(page):
    policies = [m.attributes["content"] for m in page.all("meta") if "http-equiv" in m.attributes]
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'; img-src data:"]


def test_hostile_text_is_shown_as_text(page, hostile_page):
    assert {e.tag for e in hostile_page.walk()} <= {e.tag for e in page.walk()}
    for element in hostile_page.walk():
        assert not [name for name in element.attributes if name.startswith("on")]
    shown = hostile_page.text
    for text in examples.HOSTILE:
        assert plain(text) in shown
    assert hostile_page.all("title")[0].text == f"{examples.SCRIPT} – verdict"


def test_titles_take_their_own_direction(page):
    titles = [e for e in page.all("span") if e.attributes.get("class") == "title"]
    assert len(titles) == 200
    assert {e.attributes["dir"] for e in titles} == {"auto"}


def test_page_is_marked_up_for_those_who_hear_it(any_page):
    assert any_page.all("html")[0].attributes["lang"] == "en"
    assert len(any_page.all("h1")) == 1
    ids = [e.attributes["id"] for e in any_page.walk() if "id" in e.attributes]
    assert not [name for name, times in Counter(ids).items() if times > 1]
    for element in any_page.walk():
        assert element.attributes.get("aria-labelledby", ids[0]) in ids
        href = element.attributes.get("href", "")
        assert not href.startswith("#") or href[1:] in ids
    for chart in any_page.all("svg"):
        assert chart.attributes["role"] == "img"
        assert len(chart.attributes["aria-label"]) > 20
    for found in any_page.all("table"):
        assert found.all("caption")[0].text
        assert all("scope" in cell.attributes for cell in found.all("th"))


def test_headline_is_the_first_verdict_word_for_word(page):
    assert page.all("h1")[0].text == (
        "als beats popularity on nDCG@10 by +0.041 (95% CI +0.029 … +0.053)"
        " from 9,420 answers by 30 annotators, $47.10"
    )


def test_sentence_without_an_interval_is_shown_whole():
    line = replace(examples.headline(), sentence="als (new) beats popularity")
    assert parse(examples.small(verdicts=(line,))).all("h1")[0].text == "als (new) beats popularity"


def test_key_figures_are_the_sums_of_the_input(page):
    figures = next(e for e in page.all("dl") if e.attributes.get("class") == "figures")
    shown = {div.all("dt")[0].text: div.all("dd")[0].text for div in figures.all("div")}
    # 6900 + 2040 + 480 answers; 34.50 + 10.20 + 2.40 dollars
    assert shown == {"answers": "9,420", "annotators": "30", "cost": "$47.10", "queries": "400"}


def test_every_verdict_stands_in_the_table(page):
    rows = table(page, "Every comparison")
    assert [rows[0][i] for i in (1, 2, 3, 5)] == ["nDCG@10", "+0.041", "+0.029 … +0.053", "< 0.001"]
    assert [rows[3][i] for i in (1, 2, 3, 5, 6)] == [
        "nDCG@10",
        "+0.006",
        "−0.005 … +0.017",
        "0.291",
        "not told apart",
    ]
    assert rows[6][6].startswith("two_tower")
    assert len(rows) == 7


def test_values_are_those_of_the_summary(page):
    summary = examples.example().summary
    assert summary is not None
    rows = {row[0]: row[1:] for row in table(page, "Mean values with 95% intervals")}
    for line in summary.iter_rows(named=True):
        shown = rows[line["system"]][examples.MEASURES.index(line["measure"])]
        assert shown == f"{line['value']:.3f}{line['low']:.3f} … {line['high']:.3f}"
    assert {row[-1] for row in rows.values()} == {"400"}


def test_systems_stand_in_the_order_of_the_headlines_measure():
    summary = examples.example().summary
    assert summary is not None
    best = summary.with_columns(value=pl.when(pl.col("system") == "bpr").then(0.9).otherwise("value"))
    rows = table(parse(examples.example(summary=best)), "Mean values with 95% intervals")
    assert [row[0] for row in rows] == ["bpr", "als", "two_tower", "item_neighbours", "popularity"]


def test_win_matrix_shows_the_share_of_row_over_column(page):
    wins = examples.example().wins
    assert wins is not None
    rows = table(page, "How often the row was preferred to the column")
    names = [row[0] for row in rows]
    for line in wins.iter_rows(named=True):
        shown = rows[names.index(line["system"])][1 + names.index(line["other"])]
        assert shown == f"{100 * line['win_share']:.0f}%"
    assert [rows[i][1 + i] for i in range(5)] == ["itself"] * 5
    assert len(table(page, "Preferences by pair of systems")) == len(wins)


def test_true_values_within_the_intervals_are_counted(page):
    data = examples.example()
    assert data.summary is not None
    assert data.truth is not None
    true = {(r["system"], r["measure"]): r["value"] for r in data.truth.to_dicts()}
    inside = [r["low"] <= true[r["system"], r["measure"]] <= r["high"] for r in data.summary.to_dicts()]
    statement = next(e.text for e in page.all("p") if "lie within" in e.text)
    assert statement.startswith(f"{sum(inside)} of 30 true values ({100 * sum(inside) / 30:.0f}%)")
    shown = Counter(row[-1] for row in table(page, "Judged and true values"))
    assert shown == {"yes": sum(inside), "no": 30 - sum(inside)}


def test_annotators_stand_with_the_most_skilled_first(page):
    annotators = examples.example().annotators
    assert annotators is not None
    rows = table(page, "Annotators, most skilled first")
    known = {r["annotator"]: r for r in annotators.to_dicts()}
    for row in rows:
        line = known[row[0]]
        assert row == [
            line["annotator"], line["kind"], str(line["answers"]), str(line["golden_answers"]),
            *(f"{line[name]:.2f}" for name in ("skill", "true_skill", "golden_accuracy", "agreement")),
        ]  # fmt: skip
    assert len(rows) == 30
    assert all(known[a[0]]["skill"] >= known[b[0]]["skill"] for a, b in pairwise(rows))


def test_cost_agreement_and_aggregators_are_the_inputs(page):
    assert table(page, "What was paid for") == [
        ["graded answers", "6,900", "690", "$34.50"],
        ["comparisons", "2,040", "204", "$10.20"],
        ["golden answers", "480", "48", "$2.40"],
        ["Total", "9,420", "942", "$47.10"],
    ]
    assert table(page, "Would another aggregator have judged otherwise?")[:2] == [
        ["dawid_skene", "78.2%", "chosen"],
        ["majority_vote", "73.1%", "10.9%"],
    ]
    values = [e.text for e in page.all("dd") if e.attributes.get("class") == "value"]
    assert values == ["0.61 0.58 … 0.64", "0.72 0.70 … 0.73", "0.66"]


def test_coverage_tells_counts_from_shares(page):
    rows = table(page, "Queries answered and ranks judged")
    assert rows[2] == ["item_neighbours", "400", "3", "5.2%"]


def test_rankings_show_rank_title_and_grade(page):
    query = examples.example().disagreements[0]
    found = next(e for e in page.all("details") if e.attributes.get("class") == "query")
    left, right = found.all("ol")
    for shown, items in ((left, query.left), (right, query.right)):
        for row, item in zip(shown.all("li"), items, strict=True):
            rank, title, chip = (e for e in row.children if isinstance(e, Element))
            grade = "not judged" if item.grade is None else f"grade {item.grade:.0f}"
            assert [rank.text, title.text, chip.text] == [str(item.rank), plain(item.title), grade]
    assert "0.930" in found.all("summary")[0].text


def test_grades_between_grades_are_kept():
    query = examples.small().disagreements[0]
    half = replace(
        query, left=(replace(query.left[0], grade=2.5),), right=(replace(query.right[0], grade=-1.0),)
    )
    chips = [
        e
        for e in parse(examples.small(disagreements=(half,))).all("span")
        if "chip" in e.attributes.get("class", "")
    ]
    assert [chip.text for chip in chips] == ["grade 2.5", "grade −1"]
    assert [chip.attributes["class"] for chip in chips] == ["chip level-4", "chip level-0"]


def test_sections_come_in_order_and_are_all_linked(page):
    assert tuple(section_ids(page)) == SECTIONS
    contents = next(e for e in page.all("nav"))
    assert [a.attributes["href"] for a in contents.all("a")] == [f"#{name}" for name in SECTIONS]
