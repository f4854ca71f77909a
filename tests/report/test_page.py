from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from itertools import pairwise

import polars as pl
import pytest
import report_examples as examples

from palate.core.errors import InputError, OutputError
from palate.report import ReportData, render, write_report

VOID = {"meta", "link", "wbr", "br", "img", "hr", "input"}
SECTIONS = ("measures", "pairs", "retrained", "truth", "annotators", "agreement", "queries", "method")


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


@pytest.fixture(scope="module")
def page() -> Element:
    return parse(examples.example())


@pytest.fixture(scope="module")
def hostile_page() -> Element:
    return parse(examples.hostile())


@pytest.fixture(params=["page", "hostile_page"])
def any_page(request: pytest.FixtureRequest) -> Element:
    found: Element = request.getfixturevalue(request.param)
    return found


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
