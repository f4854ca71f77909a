import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ranking_strategies import graded_rankings, rankings_of

from palate.core.errors import InputError
from palate.measures import ERR


def plain_err(grades, highest_grade):
    """Algorithm 2 of Chapelle et al., 2009, line by line."""
    reading, value = 1.0, 0.0
    for rank, grade in enumerate(grades, 1):
        satisfied = 0.0 if math.isnan(grade) or grade < 0 else (2**grade - 1) / 2**highest_grade
        value += reading * satisfied / rank
        reading *= 1 - satisfied
    return value


def test_value_by_hand():
    # grades 3, 2, 4 of 4 satisfy with 7/16, 3/16 and 15/16
    wanted = 7 / 16 + (9 / 16) * (3 / 16) / 2 + (9 / 16) * (13 / 16) * (15 / 16) / 3
    assert ERR().per_query(rankings_of([[3, 2, 4]])).tolist() == pytest.approx([wanted])
    assert ERR(1).per_query(rankings_of([[3, 2, 4]])).tolist() == pytest.approx([7 / 16])


def test_a_binary_scale_satisfies_with_one_half():
    assert ERR(highest_grade=1).per_query(rankings_of([[0, 1, 1]])).tolist() == pytest.approx(
        [1 / 2 / 2 + 1 / 2 * 1 / 2 / 3]
    )


@settings(max_examples=60, deadline=None)
@given(graded_rankings(), st.none() | st.integers(1, 6), st.sampled_from([4, 5]))
def test_values_are_those_of_the_published_algorithm(rankings, cutoff, highest_grade):
    values = ERR(cutoff, highest_grade).per_query(rankings)
    for q in range(rankings.n_queries):
        grades = rankings.grades[rankings.offsets[q] : rankings.offsets[q + 1]][:cutoff]
        assert values[q] == pytest.approx(plain_err(grades, highest_grade), abs=1e-12)


def test_grades_above_the_scale_are_refused():
    with pytest.raises(
        InputError, match=r"ERR takes grades up to 4; the highest here is 5.*ERR\(max_rel=5\)"
    ):
        ERR().per_query(rankings_of([[0]], [[5]]))
