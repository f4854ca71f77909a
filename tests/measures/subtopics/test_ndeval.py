"""Measures of subtopics against what pyndeval 0.0.8 (TREC's ndeval; through ir_measures 0.4.3) prints."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from palate.core.errors import SettingsError
from palate.measures import AP, GradedRankings
from palate.measures.subtopics import AP_IA, SubtopicGrades, alpha_DCG, alpha_nDCG, evaluate_subtopics

RUN = pl.DataFrame(
    {
        "query": ["1"] * 8 + ["2"] * 3,
        "item": [*"zabcydef", *"bax"],
        "score": [*range(10, 2, -1), 3, 2, 1],
    }
)
JUDGMENTS = pl.DataFrame(
    [
        ("1", "a", 1, 1),
        ("1", "a", 2, 1),
        ("1", "b", 1, 1),
        ("1", "c", 2, 2),
        ("1", "c", 3, 1),
        ("1", "d", 3, 0),
        ("1", "f", 3, 1),
        ("1", "g", 1, 1),
        ("1", "y", 2, -1),
        ("2", "a", 1, 1),
        ("2", "b", 2, 0),
        ("2", "x", 2, 2),
        ("2", "x", 1, 1),
        ("3", "a", 1, 1),
    ],
    schema=["query", "item", "subtopic", "grade"],
    orient="row",
)
PRINTED = {
    "ERR_IA@5": (0.373171961674231, 0.3630862329803329),
    "nERR_IA@5": (0.4986522911051214, 0.4444444444444445),
    "nERR_IA@20": (0.5188679245283019, 0.4444444444444444),
    "alpha_DCG@5": (0.4736924525280689, 0.45470859098935795),
    "alpha_DCG(alpha=0.7)@10": (0.550926849431108, 0.5122720220098105),
    "alpha_DCG(rel=2)@5": (0.2836238851211999, 0.3292771336220099),
    "alpha_nDCG@5": (0.6150513007347843, 0.5963941700935796),
    "alpha_nDCG(alpha=0.7)@10": (0.6592941649885088, 0.5850920768099789),
    "NRBP": (0.3291015625, 0.328125),
    "NRBP(alpha=0.3,beta=0.8)": (0.44956276053333344, 0.41536000000000006),
    "nNRBP": (0.44576719576719576, 0.3888888888888889),
    "nNRBP(alpha=0.3,beta=0.8)": (0.7018840494753502, 0.7375),
    "AP_IA": (0.3796296296296296, 0.45833333333333326),
    "AP_IA(rel=2)": (0.25, 0.3333333333333333),
    "P_IA@5": (0.3333333333333333, 0.3),
    "StRecall@5": (1.0, 1.0),
}


@pytest.mark.parametrize("text", PRINTED)
def test_values_are_those_that_ndeval_prints(text):
    found = evaluate_subtopics(RUN, JUDGMENTS, [text])
    assert found["value"].to_list() == pytest.approx([*PRINTED[text], 0.0], abs=1e-12)


EQUAL = {
    "alpha_nDCG@2": 0.6131471927654585,
    "alpha_nDCG@3": 0.7310214522308385,
    "nERR_IA@3": 0.75,
    "nNRBP": 0.7735849056603774,
    "nNRBP(alpha=0.8,beta=0.9)": 0.9009321279685231,
}


@pytest.mark.parametrize("text", EQUAL)
def test_of_items_that_gain_the_same_the_highest_id_is_first_in_the_ideal_as_ndeval_prints(text):
    served = {"a": (1, 2), "b": (2, 3), "c": (1, 4), "d": (4,)}
    rows = [("1", item, subtopic, 1) for item, subtopics in served.items() for subtopic in subtopics]
    judgments = pl.DataFrame(rows, schema=["query", "item", "subtopic", "grade"], orient="row")
    run = pl.DataFrame({"query": "1", "item": list("bxac"), "score": [4, 3, 2, 1]})
    assert evaluate_subtopics(run, judgments, [text])["value"].to_list() == pytest.approx([EQUAL[text]])


def test_judged_only_leaves_out_what_has_no_grade_from_0():
    # of z a b c y d e f remain a b c d f: two items of each of three subtopics
    found = evaluate_subtopics(RUN, JUDGMENTS, ["P_IA(judged_only=True)@5"])
    assert found["value"].to_list() == pytest.approx([6 / 15, 3 / 10, 0.0])


def test_depth_cuts_rankings_before_any_measure():
    assert evaluate_subtopics(RUN, JUDGMENTS, ["StRecall@5"], depth=2)["value"].to_list() == [2 / 3, 0.5, 0.0]


def test_trec_qrels_hold_the_subtopic_in_their_second_field(tmp_path):
    lines = [f"{q} {s} {item} {grade}" for q, item, s, grade in JUDGMENTS.iter_rows()]
    (tmp_path / "diversity.qrels").write_text("\n".join(lines))
    found = evaluate_subtopics(RUN, tmp_path / "diversity.qrels", ["AP_IA"])
    assert found["value"].to_list() == pytest.approx([*PRINTED["AP_IA"], 0.0])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.booleans(), min_size=1, max_size=8), st.integers(0, 3))
def test_of_one_subtopic_ap_ia_is_ap(relevant, unranked):
    grades = np.array([*relevant, *[True] * unranked], dtype=float)
    rankings = GradedRankings(
        np.array([0, len(relevant)]), grades[: len(relevant)], np.array([0, len(grades)]), -np.sort(-grades)
    )
    found = AP_IA().value(SubtopicGrades(grades[: len(relevant), None], grades[:, None]))
    assert found == pytest.approx(AP().per_query(rankings)[0])


def test_the_greatest_alpha_dcg_is_that_of_items_that_serve_every_subtopic():
    everything = np.ones((4, 3))
    assert alpha_DCG(4).value(SubtopicGrades(everything, everything)) == pytest.approx(1.0)
    half = np.array([[1.0, 0], [0, 1]])
    # 1 + 1/log2(3) of 2 + 1/log2(3)
    wanted = (1 + 1 / np.log2(3)) / (2 + 1 / np.log2(3))
    assert alpha_DCG(2).value(SubtopicGrades(half, half)) == pytest.approx(wanted)
    assert alpha_nDCG(2).value(SubtopicGrades(half, half)) == pytest.approx(1.0)


def test_alpha_dcg_needs_a_cutoff():
    with pytest.raises(SettingsError, match="alpha_DCG needs a cutoff"):
        alpha_DCG()
