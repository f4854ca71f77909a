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
