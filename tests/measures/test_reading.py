"""C/W/L measures against the plain definition and against what cwl_eval 1.0.12 prints (through ir_measures 0.4.3)."""

import numpy as np
import pytest
from hypothesis import given, settings
from ranking_strategies import graded_rankings, rankings_of

from palate.core.errors import InputError, SettingsError
from palate.measures import BPM, NERR8, NERR9, NERR10, NERR11, parse_measure

ONE = [None, 1, 3, 0, -1, 2, 4, None]
OTHER = [1, 2, 4]
PRINTED = {
    "BPM(max_rel=4)@5": (0.3333333333333333, 0.5833333333333333),
    "BPM(T=0.5,max_rel=4)@5": (0.3333333333333333, 0.375),
    "BPM(T=2,max_rel=4)@10": (0.35714285714285715, 0.175),
    "NERR8(max_rel=4)@5": (0.26, 0.4705882352941176),
    "NERR8(max_rel=4)@3": (0.2954545454545454, 0.4705882352941176),
    "NERR9(max_rel=4)@5": (0.17035775127768313, 0.375),
    "NERR9(max_rel=4)@10": (0.18175338560228088, 0.375),
    "NERR10(max_rel=4)": (0.2683996858803365, 0.45041061276058114),
    "NERR10(p=0.5,max_rel=4)": (0.15608241603161163, 0.36170212765957444),
    "NERR11(max_rel=4)": (0.15566747508088388, 0.35766423357664234),
    "NERR11(T=3,max_rel=4)": (0.2310416674288831, 0.41797122432359063),
    "BPM(min_rel=1,max_rel=4)@5": (0.13333333333333333, 0.4444444444444444),
    "BPM(T=2.0,min_rel=2,max_rel=4)@10": (0.15000000000000002, 0.1),
    "NERR8(min_rel=1,max_rel=4)@5": (0.1818181818181818, 0.375),
    "NERR9(min_rel=2,max_rel=4)@10": (0.10758472296933835, 0.18181818181818182),
    "NERR10(p=0.5,min_rel=1,max_rel=4)": (0.0950570342205323, 0.2),
    "NERR11(T=3.0,min_rel=2,max_rel=4)": (0.13663837633474607, 0.24486396446418657),
    "INST(T=3.0,min_rel=1,max_rel=4)": (0.12125626492003137, 0.14029719821104497),
    "INSQ(T=3.0,min_rel=2,max_rel=4)": (0.08183371193051345, 0.0866474596911319),
    "SDCG(dcg='log2',min_rel=1,max_rel=4)@5": (0.11305340175787204, 0.24090885754831723),
}


@pytest.mark.parametrize("text", PRINTED)
def test_values_are_those_that_cwl_eval_prints(text):
    # in cwl_eval's input the second query ranks them in this order: 1, 2, 4
    found = parse_measure(text).per_query(rankings_of([ONE, OTHER]))
    assert found.tolist() == pytest.approx(PRINTED[text], abs=1e-12)


def plain_rate(gains, goes_on):
    """The gain at each of 1,000 ranks, weighted by how probable it is that the reader gets there."""
    gains = np.pad(gains, (0, 1000 - len(gains)))
    weights = np.concatenate([[1.0], np.cumprod(goes_on(np.arange(1, 1001), gains)[:-1])])
    return weights @ gains / weights.sum()


@settings(max_examples=25, deadline=None)
@given(graded_rankings())
def test_values_are_those_of_the_plain_definition(rankings):
    plain = {
        BPM(3, T=1.5, highest_grade=4): lambda i, g: (np.cumsum(4 * g) < 6) & (i < 3),
        NERR8(3, highest_grade=4): lambda i, g: (1 - g) * (i < 3),
        NERR9(3, highest_grade=4): lambda i, g: i / (i + 1) * (1 - g) * (i < 3),
        NERR10(0.7, highest_grade=4): lambda _, g: 0.7 * (1 - g),
        NERR11(2, highest_grade=4): lambda i, g: ((i + 3) / (i + 4)) ** 2 * (1 - g),
    }
    for measure, goes_on in plain.items():
        values = measure.per_query(rankings)
        for q in range(rankings.n_queries):
            grades = rankings.grades[rankings.offsets[q] : rankings.offsets[q + 1]]
            wanted = plain_rate(np.nan_to_num(grades).clip(0) / 4, goes_on)
            assert values[q] == pytest.approx(wanted, abs=1e-12)


def test_ten_tenths_are_enough_gain():
    # 10 times 0.1 adds up to less than 1 in floats; grades add up to 10 of 10
    assert BPM(20, highest_grade=10).per_query(rankings_of([[1] * 10 + [0] * 10])).tolist() == [0.1]


@pytest.mark.parametrize("kind", [BPM, NERR8, NERR9])
def test_where_the_reader_stops_at_the_latest_must_be_said(kind):
    with pytest.raises(SettingsError, match=f"{kind.name} needs a cutoff"):
        kind()


def test_a_lowest_grade_and_what_is_below_gain_nothing():
    both = rankings_of([[4, 2, 1, 0, None]]), rankings_of([[3, 1, 0, -1, None]])
    for text in ("BPM(min_rel=1,max_rel=4)@3", "NERR10(min_rel=1,max_rel=4)", "SDCG(min_rel=1,max_rel=4)@3"):
        from_one, from_zero = (
            parse_measure(text),
            parse_measure(text.replace("min_rel=1,max_rel=4", "max_rel=3")),
        )
        assert from_one.per_query(both[0]).tolist() == from_zero.per_query(both[1]).tolist()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("NERR10(min_rel=2,max_rel=2)", "min_rel of NERR10 must be below max_rel, .*; they are 2 and 2"),
        ("INST(min_rel=-1)", "min_rel of INST must be a number from 0; it is -1"),
        ("SDCG(dcg='exp-log2')@3", r"gain of SDCG must be linear \(dcg='log2'\)"),
    ],
)
def test_scales_that_are_none_are_refused(text, message):
    with pytest.raises(SettingsError, match=message):
        parse_measure(text)


@pytest.mark.parametrize("measure", [BPM(5), NERR8(5), NERR9(5), NERR10(), NERR11()], ids=str)
def test_grades_above_the_scale_are_refused(measure):
    with pytest.raises(InputError, match=rf"{measure.name} takes grades up to 1; the highest here is 3"):
        measure.per_query(rankings_of([[3, 0]]))
