import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ranking_strategies import graded_rankings, rankings_of

from palate.measures import AP, GAP


def plain_gap(grades, judged, cutoff):
    """The definition of Robertson et al., 2010, with probability 1 / c for each of c grades, term by term."""
    c = 4
    found = sum(
        sum(min(grades[m], grades[n]) / c for m in range(n + 1)) / (n + 1)
        for n in range(len(grades[:cutoff]))
        if grades[n] > 0
    )
    ideal = sum(grade / c for grade in judged)
    return found / ideal if ideal else 0.0


def test_value_by_hand():
    # rank 1, grade 1: 1/1; rank 2, grade 2: (1 + 2)/2; ideal 1 + 2
    assert GAP().per_query(rankings_of([[1, 2]])).tolist() == pytest.approx([(1 + 3 / 2) / 3])


@settings(max_examples=60, deadline=None)
@given(graded_rankings(), st.none() | st.integers(1, 6))
def test_values_are_those_of_the_plain_definition(rankings, cutoff):
    values = GAP(cutoff).per_query(rankings)
    for q in range(rankings.n_queries):
        grades = np.nan_to_num(rankings.grades[rankings.offsets[q] : rankings.offsets[q + 1]]).clip(0)
        judged = rankings.judged_grades[rankings.judged_offsets[q] : rankings.judged_offsets[q + 1]].clip(0)
        assert values[q] == pytest.approx(plain_gap(grades.tolist(), judged.tolist(), cutoff))


@settings(max_examples=30, deadline=None)
@given(graded_rankings(max_grade=1), st.none() | st.integers(1, 6))
def test_of_binary_grades_it_is_average_precision(rankings, cutoff):
    assert GAP(cutoff).per_query(rankings) == pytest.approx(AP(cutoff).per_query(rankings))


def test_the_unit_of_grades_does_not_matter():
    one, other = rankings_of([[1, 0, 2, 4]]), rankings_of([[0.5, 0, 1, 2]])
    assert GAP().per_query(one) == pytest.approx(GAP().per_query(other))
