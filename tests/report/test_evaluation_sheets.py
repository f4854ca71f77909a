"""Pages and pictures of measuring, comparing, planning and watching."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import polars as pl
import pytest
from evaluation_examples import MAKERS, comparison_sheet, evaluation_sheet, plan_sheet, ranked, watch_sheet
from html_tree import Element, Tree, table

from palate.core.errors import OutputError
from palate.inference import SequentialVerdict
from palate.measures import evaluate
from palate.report import picture, ranking_curves, render_sheet, write_sheet
from palate.report._short_names import short_names

SVG = "{http://www.w3.org/2000/svg}"
PNG = b"\x89PNG\r\n\x1a\n"


def page_of(sheet) -> Element:
    return Tree(render_sheet(sheet)).root


def words(sheet) -> str:
    return page_of(sheet).all("body")[0].text


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


def test_picture_is_an_image_where_its_name_says_so(tmp_path):
    write_sheet(plan_sheet(), tmp_path / "power.png")
    assert (tmp_path / "power.png").read_bytes().startswith(PNG)


def test_values_stand_with_their_intervals_and_the_best_at_the_top():
    sheet = evaluation_sheet()
    page, summary = page_of(sheet), sheet.evaluation.summary
    best = summary.filter(pl.col("measure") == "nDCG@10").sort("value", descending=True).row(0, named=True)
    assert page.all("h1")[0].text == f"{best['system']} has the highest nDCG@10: {best['value']:.3f}"
    first = table(page, "Mean values with 95% intervals")[0]
    assert first[0] == best["system"]
    assert first[1] == f"{best['value']:.3f}{best['low']:.3f} … {best['high']:.3f}"


def test_curves_are_means_of_the_measures_they_are_named_after():
    runs, judgments = ranked()
    sheet = evaluation_sheet()
    wanted = {"IPrec@0.3": ("precision", 0.3), "nDCG@5": ("gain", 5.0), "Judged@24": ("judged", 24.0)}
    means = (
        evaluate(runs, judgments, list(wanted)).per_query.group_by("system", "measure").agg(pl.mean("value"))
    )
    for system, measure, value in means.iter_rows():
        curve, x = wanted[measure]
        found = sheet.curves.filter(
            (pl.col("system") == system) & (pl.col("curve") == curve) & (pl.col("x") == x)
        )
        assert found["value"].to_list() == pytest.approx([value], abs=1e-12)
    assert sheet.curves.filter(pl.col("curve") == "judged")["x"].max() == 24  # as deep as the rankings go


def test_curves_take_the_first_named_grade_for_relevant():
    runs, judgments = ranked()
    found = evaluate(runs, judgments, ["nDCG@10", "P(rel=2)@5"], resamples=200)
    curves = ranking_curves(runs, judgments, found)
    strict = evaluate(runs, judgments, "IPrec(rel=2)@0.5").per_query.group_by("system").agg(pl.mean("value"))
    shown = curves.filter((pl.col("curve") == "precision") & (pl.col("x") == 0.5))
    assert dict(shown.select("system", "value").iter_rows()) == pytest.approx(dict(strict.iter_rows()))


def test_more_systems_than_colours_are_listed_and_not_drawn():
    shown = words(evaluation_sheet(n_systems=10))
    assert "The first 8 of 10 systems." in shown
    assert len(table(page_of(evaluation_sheet(n_systems=10)), "Mean values with 95% intervals")) == 10


def test_one_system_is_not_called_the_highest():
    runs, judgments = ranked()
    one = runs.filter(pl.col("system") == "als")
    found = evaluate(one, judgments, "RR", resamples=200)
    sheet = replace(evaluation_sheet(), evaluation=found, curves=ranking_curves(one, judgments, found))
    assert re.fullmatch(r"als has RR: 0\.\d{3}", page_of(sheet).all("h1")[0].text)


def test_comparison_counts_who_is_ahead_on_how_many_queries():
    sheet = comparison_sheet()
    verdict = sheet.verdicts[0]
    values = sheet.evaluation.per_query.filter(pl.col("measure") == "nDCG@10").pivot(
        "system", index="query", values="value"
    )
    gaps = (values[verdict.system] - values[verdict.other]).to_list()
    ahead, behind = sum(gap > 0 for gap in gaps), sum(gap < 0 for gap in gaps)
    shown = words(sheet)
    assert f"{verdict.system} ahead on {ahead}" in shown
    assert f"{verdict.other} ahead on {behind}" in shown
    rows = table(page_of(sheet), f"{verdict.system} and {verdict.other} on nDCG@10")
    assert [row[3] for row in (rows[0], rows[-1])] == [
        f"+{max(gaps):.3f}",
        f"{min(gaps):.3f}".replace("-", "−"),
    ]


def test_claim_of_a_verdict_stands_above_what_it_rests_on():
    sheet = comparison_sheet()
    page, sentence = page_of(sheet), sheet.verdicts[0].sentence
    claim, evidence = sentence.split(" (", 1)
    assert page.all("h1")[0].text == claim
    assert evidence.split(")", 1)[0] in page.all("body")[0].text


def test_win_matrix_has_both_sides_of_every_pair():
    sheet = comparison_sheet()
    rows = table(page_of(sheet), "Ahead on nDCG@10")
    names = [row[0] for row in rows]
    shares = {
        (a, b): int(rows[i][j + 1][:-1]) for i, a in enumerate(names) for j, b in enumerate(names) if a != b
    }
    verdict = sheet.verdicts[0]
    assert shares[verdict.system, verdict.other] == round(100 * verdict.effects.won.estimate)
    assert all(abs(share + shares[b, a] - 100) <= 1 for (a, b), share in shares.items())


def test_columns_of_a_wide_win_matrix_are_numbered():
    sheet = comparison_sheet(n_systems=10, measures=("nDCG@10",))
    page = page_of(sheet)
    systems = sheet.evaluation.summary.sort("value", descending=True)["system"]
    found = next(t for t in page.all("table") if t.all("caption")[0].text == "Ahead on nDCG@10")
    heads = [th.text for th in found.all("thead")[0].all("th")]
    assert heads == [f"{place} {name}" for place, name in enumerate(systems, 1)]
    assert [li.text for li in page.all("ol")[0].all("li")] == [
        f"{place}{name}" for place, name in enumerate(systems, 1)
    ]


def test_two_systems_have_no_matrix_and_their_picture_is_query_by_query():
    sheet = comparison_sheet(n_systems=2, measures=("nDCG@10",))
    assert "Who is ahead how often" not in words(sheet)
    assert 'aria-label="Differences on nDCG@10, query by query' in picture(sheet)
    several = picture(comparison_sheet())
    assert 'aria-label="Differences on nDCG@10: ' in several


def test_plan_shows_its_curve_and_every_design():
    sheet = plan_sheet()
    page, plan = page_of(sheet), sheet.plan
    assert page.all("h1")[0].text == plan.sentence
    rows = table(page, "Designs")
    assert [row[4] for row in rows] == [f"{design.queries:,}" for design in plan.designs]
    assert [row[8] for row in rows].count("cheapest") == 1
    power = table(page, "Power by queries")
    assert [power[0][3], power[-1][3]] == [
        f"{100 * plan.curve['power'][0]:.1f}%",
        f"{100 * plan.curve['power'][-1]:.1f}%",
    ]


def test_plan_without_a_design_says_why_and_has_no_picture(tmp_path):
    sheet = plan_sheet(enough=False)
    shown = words(sheet)
    assert "No design shows a difference of 0.02" in shown
    assert "queries are needed with an overlap of 5" in shown
    with pytest.raises(OutputError, match="no design is enough"):
        write_sheet(sheet, tmp_path / "power.svg")


def test_path_ends_where_the_verdict_stands():
    sheet = watch_sheet()
    verdict: SequentialVerdict = sheet.watched.verdict
    page = page_of(sheet)
    rows = table(page, "Where it stood")
    assert rows[-1][0] == f"{verdict.n:,}"
    assert rows[-1][1].lstrip("+−") == f"{abs(verdict.interval.estimate):.3f}"
    assert str(verdict.stopped_at) in [row[0] for row in rows]
    assert f"enough after {verdict.stopped_at}" in picture(sheet)
    assert "(" not in page.all("h1")[0].text


def test_path_that_goes_on_marks_no_stop():
    sheet = watch_sheet(margin=None)
    few = replace(sheet.watched.verdict, decision="go on", stopped_at=None, expected_more=40)
    going = replace(sheet, watched=replace(sheet.watched, verdict=few))
    assert "enough after" not in picture(going)
    assert "more expected" in words(going)


def test_short_names_can_be_told_apart():
    names = [f"ranker_of_2024_with_features_{i}_and_two_towers" for i in (1, 2)]
    assert list(short_names(names, 14).values()) == ["ranker_of_2…1…", "ranker_of_2…2…"]
    alike = ["a" * 30 + "b" * 30 + str(i) * 30 for i in range(3)] + ["c"]
    short = short_names(alike, 12)
    assert len(set(short.values())) == 4
    assert max(map(len, short.values())) <= 12
