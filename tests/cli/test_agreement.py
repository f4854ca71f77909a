from __future__ import annotations

import json

import pytest

from palate.agreement import agreement_coefficients


def test_all_coefficients_are_listed(palate, files):
    said = palate("agreement", files / "answers.csv", "--json")
    assert [row["coefficient"] for row in json.loads(said.out)] == agreement_coefficients.names()
    assert not said.err


def test_a_setting_goes_to_the_coefficients_that_have_it(palate, files):
    plain, ordinal = (
        {
            row["coefficient"]: row["value"]
            for row in json.loads(palate("agreement", path, "--json", *more).out)
        }
        for path, more in [
            (files / "answers.csv", ()),
            (files / "answers.csv", ("--set", "n_labels=5")),
        ]
    )
    changed = {name for name, value in plain.items() if ordinal[name] != value}
    assert changed == {"brennan_prediger"}
    assert ordinal["brennan_prediger"] == pytest.approx((0.5 - 0.2) / 0.8)


def test_coefficients_that_do_not_apply_do_not_hide_the_others(palate, files):
    (files / "names.csv").write_text("task,worker,label\n1,a,cat\n1,b,dog\n2,a,dog\n2,b,dog\n")
    said = palate("agreement", files / "names.csv", "--set", "metric=ordinal", "--json")
    assert said.code == 0
    left = set(agreement_coefficients.names()) - {row["coefficient"] for row in json.loads(said.out)}
    assert left == {"krippendorff_alpha"}
    assert "Note: krippendorff_alpha does not apply:" in said.err
    assert "The ordinal metric needs labels that are numbers" in said.err


def test_a_wanted_coefficient_that_does_not_apply_is_an_error(palate, files):
    (files / "names.csv").write_text("task,worker,label\n1,a,cat\n1,b,dog\n")
    said = palate("agreement", files / "names.csv", "-c", "gwet-ac", "--set", "weighting=linear")
    assert said.code == 2
    assert "The linear weighting needs labels that are numbers" in said.err


def test_answers_without_overlap_and_unknown_settings_are_errors(palate, files):
    (files / "single.csv").write_text("task,worker,label\n1,a,cat\n2,b,dog\n")
    said = palate("agreement", files / "single.csv")
    assert said.code == 2
    assert "No task has answers by two annotators" in said.err
    said = palate("agreement", files / "answers.csv", "--set", "colour=red")
    assert said.code == 2
    assert "No agreement coefficient has a setting 'colour'" in said.err


def test_page_and_picture_of_agreement(palate, files):
    page, drawn = files / "agreement.html", files / "agreement.svg"
    said = palate("agreement", files / "answers.csv", "--report", page, "--json")
    assert said.code == 0
    assert f"Report: {page}" in said.err
    rows = {row["coefficient"]: row for row in json.loads(said.out)}
    alpha = rows["krippendorff_alpha"]
    text = page.read_text()
    assert f"Krippendorff’s alpha is {alpha['value']:.2f}".replace("-", "−") in text
    assert "0 of 8 tasks (0%) have the same answer from everybody" in text  # w3 is always alone
    assert palate("agreement", files / "answers.csv", "--picture", drawn).code == 0
    assert "Agreement between annotators" in drawn.read_text()


def test_page_says_what_does_not_apply(palate, files):
    (files / "names.csv").write_text("task,worker,label\n1,a,cat\n1,b,dog\n2,a,dog\n2,b,dog\n")
    page = files / "agreement.html"
    palate("agreement", files / "names.csv", "--set", "metric=ordinal", "--report", page)
    assert "Krippendorff_alpha does not apply" in page.read_text()
