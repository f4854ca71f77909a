"""Pages of verdicts with annotators, samples, bounds, judges, measures and experiments."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from finding_examples import (
    MAKERS,
    agreement_sheet,
    assisted_sheet,
    bounds_sheet,
    crossed_sheet,
    experiment_sheet,
    policy_sheet,
    posterior_sheet,
    preference_sheet,
    sampled_sheet,
    worth_sheet,
)
from html_tree import Element, Tree, table

from palate.core.errors import OutputError
from palate.report import picture, render_sheet, write_sheet

SVG = "{http://www.w3.org/2000/svg}"


def page_of(sheet) -> Element:
    return Tree(render_sheet(sheet)).root


def words(sheet) -> str:
    return page_of(sheet).all("body")[0].text


def chart(page: Element, start: str) -> str:
    """Return what the chart that is introduced so says of itself."""
    (found,) = {
        s.attributes["aria-label"] for s in page.all("svg") if s.attributes["aria-label"].startswith(start)
    }
    return found


def plus(value: float, digits: int = 3) -> str:
    return f"{value:+.{digits}f}".replace("-", "−")


@pytest.fixture(scope="module", params=MAKERS)
def hostile(request):
    return MAKERS[request.param](hostile=True)


def test_page_asks_for_nothing_and_shows_hostile_text_as_text(hostile):
    page = page_of(hostile)
    assert not {e.tag for e in page.walk()} & {
        "script",
        "iframe",
        "object",
        "embed",
        "img",
        "b>",
        "base",
        "form",
    }
    for element in page.walk():
        assert not [name for name in element.attributes if name.startswith("on")]
        for name in ("src", "href", "xlink:href", "action"):
            assert re.fullmatch(r"data:,|#[a-z-]*", element.attributes.get(name, "#"))
    assert "49" not in {e.text for e in page.all("bdi")}


def test_page_is_marked_up_for_those_who_hear_it(hostile):
    page = page_of(hostile)
    assert len(page.all("h1")) == 1
    ids = [e.attributes["id"] for e in page.walk() if "id" in e.attributes]
    assert len(ids) == len(set(ids))
    for element in page.walk():
        assert element.attributes.get("aria-labelledby", ids[0]) in ids
        href = element.attributes.get("href", "")
        assert not href.startswith("#") or href[1:] in ids
    assert page.all("svg")
    assert all(len(one.attributes["aria-label"]) > 20 for one in page.all("svg"))
    for found in page.all("table"):
        width = len(found.all("thead")[0].all("th"))
        assert all(len([c for c in row.walk() if c.tag in {"th", "td"}]) == width for row in found.all("tr"))


def test_picture_stands_by_itself_in_light_and_dark(hostile):
    text = picture(hostile)
    assert ET.fromstring(text.partition("\n")[2]).tag == f"{SVG}svg"  # noqa: S314 (our own file)
    assert "var(" not in text
    assert "prefers-color-scheme: dark" in text


def test_verdict_has_both_intervals_and_the_shares_of_its_variance():
    sheet = crossed_sheet()
    first, page = sheet.found[0], page_of(sheet)
    assert page.all("h1")[0].text == first.sentence.split(" (")[0]
    rows = table(page, "Verdicts")
    assert len(rows) == len(sheet.found)
    whole, alone = first.interval, first.queries_only
    assert rows[0][3:6] == [
        plus(whole.estimate),
        f"{plus(whole.low)} … {plus(whole.high)}",
        f"{plus(alone.low)} … {plus(alone.high)}",
    ]
    shares = table(page, "Shares of the variance")
    assert shares[0][3:5] == [f"{100 * first.shares[name]:.1f}%" for name in ("queries", "annotators")]
    said = chart(page, "Differences on nDCG@10")
    assert f"queries alone {plus(alone.estimate)} ({plus(alone.low)} … {plus(alone.high)})" in said


def test_posterior_shows_what_doubt_in_the_grades_alone_does():
    sheet = posterior_sheet()
    row = sheet.found.differences.row(0, named=True)
    found = table(page_of(sheet), "Differences")[0]
    assert found[3:] == [
        plus(row["best_guess"]),
        plus(row["value"]),
        f"{plus(row['low'])} … {plus(row['high'])}",
        f"{plus(row['judgment_low'])} … {plus(row['judgment_high'])}",
    ]


def test_estimates_stand_with_both_errors_and_the_claim_is_the_first_sentence():
    sheet = sampled_sheet()
    page, row = page_of(sheet), sheet.found.summary.row(0, named=True)
    assert page.all("h1")[0].text == sheet.found.sentences[0].split(" (")[0].rstrip(".")
    shown = next(
        r for r in table(page, "Estimated from the sample") if r[:2] == [row["system"], row["measure"]]
    )
    errors = [f"{row['error_of_queries']:.3f}", f"{row['error_of_judgments']:.3f}"]
    assert shown[2:6] == [f"{row['value']:.3f}", f"{row['low']:.3f} … {row['high']:.3f}", *errors]
    assert len(table(page, "Differences")) == 6


def test_bounds_name_the_least_and_the_most_and_count_what_is_settled():
    sheet = bounds_sheet()
    found, page = sheet.found, page_of(sheet)
    rows = table(page, "Lowest and highest differences")
    first = found.differences.row(0, named=True)
    assert rows[0][3:6] == [plus(first["low"]), plus(first["difference"]), plus(first["high"])]
    sure = sum(low > 0 or high < 0 for low, high in found.differences.select("low", "high").iter_rows())
    assert f"{sure} of 6" in words(sheet)
    assert f"{found.holes:,}" in words(sheet)


def test_measures_stand_beside_what_guessing_gives():
    sheet = agreement_sheet()
    page = page_of(sheet)
    best = sheet.found.measures.row(0, named=True)
    first = table(page, "Agreement with people")[0]
    assert first[:2] == [best["measure"], f"{100 * best['agreement']:.1f}%"]
    assert first[3] == f"{best['tau']:.3f}"
    assert {row[1] for row in table(page, "Agreement by segment")} == {"head", "tail"}
    bounds = f"{100 * best['agreement_low']:.1f} … {100 * best['agreement_high']:.1f}%"
    assert f"{best['measure']} {first[1]} ({bounds})" in chart(page, "Names the preferred system")


def test_worth_of_a_judge_counts_what_people_say_at_each_label():
    sheet = worth_sheet()
    found, page = sheet.found, page_of(sheet)
    rows = table(page, "What people say at each label of the judge")
    assert [[int(cell) for cell in row[1:4]] for row in rows] == [
        [label.grades.get(grade, 0) for grade in (0, 1, 2)] for label in found.by_label
    ]
    assert sum(int(row[4]) for row in rows) == found.labels
    notes = [li.text for li in page.all("aside")[0].all("li")]
    assert notes[: len(found.warnings)] == list(found.warnings)
    assert [row[4] for row in table(page, "Favours")] == [
        "yes" if f.alarming else "no" for f in found.favours
    ]


def test_judge_that_costs_labels_saves_less_than_nothing():
    sheet = worth_sheet()
    assert sheet.found.savings.saved[0] < 0
    assert f"−${-sheet.found.savings.saved[0]}" in {row[1] for row in table(page_of(sheet), "Worth")}


def test_people_alone_stand_below_people_and_the_judge():
    sheet = assisted_sheet()
    gap = sheet.found.differences[0]
    row = table(page_of(sheet), "Differences")[0]
    assert row[2::2][:2] == [plus(gap.interval.estimate), plus(gap.alone.estimate)]
    assert row[-1] == f"{gap.multiplier:.2f}"


def test_effects_are_shares_of_the_control_where_there_are_such():
    sheet = experiment_sheet()
    page, watch = page_of(sheet), sheet.found.effects[0]
    rows = table(page, "Effects")
    assert rows[0][4] == f"{plus(100 * watch.relative.estimate, 2)}%"
    balance = next(e for e in sheet.found.effects if str(e.metric) == "balance")
    assert balance.relative is None
    assert plus(balance.difference.estimate) in {row[4] for row in rows if row[0] == "balance"}
    assert [row[-1] for row in table(page, "Guardrails")] == ["holds", "holds"]
    assert [row[1] for row in table(page, "Users by variant")] == [
        f"{n:,}" for n in sheet.found.units.values()
    ]


def test_a_mismatch_of_units_comes_before_anything_that_one_might_believe():
    sheet = experiment_sheet(lost=True)
    assert page_of(sheet).all("h1")[0].text == "Do not trust these results"
    assert "units where 1,000, 1,000, 1,000 were expected" in re.sub(
        r"(control|newer|new) ", "", words(sheet)
    )


def test_broken_guardrail_is_the_first_thing_to_know():
    found = experiment_sheet().found
    effect = found.effects[-1]
    broken = replace(
        effect,
        metric=replace(effect.metric, limit=-0.001),
        relative=replace(effect.relative, estimate=-0.2, low=-0.3, high=-0.1),
    )
    sheet = replace(experiment_sheet(), found=replace(found, effects=(*found.effects[:-1], broken)))
    assert page_of(sheet).all("aside")[0].all("li")[0].text == f"{broken.sentence}."


def test_guardrails_without_a_relative_change_have_no_picture(tmp_path):
    found = experiment_sheet().found
    bare = replace(found, effects=(replace(found.effects[-1], relative=None),))
    with pytest.raises(OutputError, match="nothing has an interval"):
        write_sheet(replace(experiment_sheet(), found=bare), tmp_path / "guardrails.svg")


def test_preference_counts_users_on_either_side():
    found = preference_sheet().found
    rows = dict(table(page_of(preference_sheet()), "Preference"))
    assert rows[f"Users with more credit for {found.system}"] == f"{found.wins}"
    assert rows["Credit an impression"].startswith(plus(found.credit.estimate, 4))


def test_policy_says_how_many_rows_the_log_is_worth():
    sheet = policy_sheet()
    rows = dict(table(page_of(sheet), "Weights"))
    assert (
        rows["Rows of the target policy’s own log with as much noise"] == f"{sheet.found.effective_rows:,.0f}"
    )
    lift = sheet.found.values[-1].lift
    assert table(page_of(sheet), "By method")[-1][3] == plus(lift.estimate, 4)
    assert "the log" in chart(page_of(sheet), "Mean reward")
