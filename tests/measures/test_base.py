from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from ranking_strategies import graded_rankings, rankings_of

from palate.core.errors import SettingsError
from palate.measures import AP, RR, Measure, P, R, nDCG


def test_hits_are_items_of_grade_above_zero_by_query_and_rank():
    hits = rankings_of([[0, 2, None], [], [-1, 1]]).hits
    assert hits.queries.tolist() == [0, 2]
    assert hits.ranks.tolist() == [2, 2]
    assert hits.grades.tolist() == [2.0, 1.0]


@settings(max_examples=30, deadline=None)
@given(graded_rankings())
def test_ideal_hits_are_the_hits_of_the_ideal_ranking(rankings):
    ideal = type(rankings)(
        rankings.judged_offsets, rankings.judged_grades, rankings.judged_offsets, rankings.judged_grades
    )
    for one, other in ((rankings.ideal_hits, ideal.hits),):
        assert one.queries.tolist() == other.queries.tolist()
        assert one.ranks.tolist() == other.ranks.tolist()
    counts = rankings.relevant_counts(2)
    of_query = np.split(rankings.judged_grades, rankings.judged_offsets[1:-1])
    assert counts.tolist() == [sum(grade >= 2 for grade in grades) for grades in of_query]


@pytest.mark.parametrize("cutoff", [-1, 1.5, "10", True])
@pytest.mark.parametrize("measure", [nDCG, P, AP, RR, R])
def test_cutoff_must_be_a_whole_number_from_one(measure, cutoff):
    with pytest.raises(
        SettingsError, match=f"{measure.name}.*whole number from 1, such as {measure.name}@10"
    ):
        measure(cutoff)


def test_zero_is_no_cutoff():
    with pytest.raises(SettingsError, match="whole number from 1"):
        nDCG(0)


def test_numpy_integers_are_cutoffs():
    assert str(P(np.int64(5))) == "P@5"


@pytest.mark.parametrize("threshold", [0, -1, float("nan"), float("inf"), "2", True])
@pytest.mark.parametrize("measure", [P, AP, RR, R])
def test_threshold_must_be_a_number_above_zero(measure, threshold):
    with pytest.raises(SettingsError, match="rel of .* must be a number above 0"):
        measure(5, relevant_from=threshold)


@dataclass(frozen=True)
class Answered(Measure):
    """A measure of somebody else's with a setting of text."""

    name: ClassVar[str] = "Answered"
    mode: str = "any"

    def per_query(self, rankings):
        return (np.diff(rankings.offsets) > 0).astype(float)


@pytest.mark.parametrize(
    ("measure", "text"),
    [
        (nDCG(), "nDCG"),
        (nDCG(10, "exponential"), "nDCG(dcg='exp-log2')@10"),
        (P(5, 2), "P(rel=2)@5"),
        (P(5, 2.0), "P(rel=2)@5"),
        (P(5, 1), "P@5"),
        (P(5, np.int64(2)), "P(rel=2)@5"),
        (P(5, np.float64(0.5)), "P(rel=0.5)@5"),
        (P(5, 1e22), "P(rel=10000000000000000000000)@5"),
        (P(5, 0.1 + 0.2), "P(rel=0.30000000000000004)@5"),
        (AP(relevant_from=2), "AP(rel=2)"),
        (Answered(), "Answered"),
        (Answered("full"), "Answered(mode='full')"),
        (RR(), "RR"),
        (RR(10), "RR@10"),
        (R(10), "R@10"),
    ],
)
def test_measures_print_their_settings(measure, text):
    assert str(measure) == text
