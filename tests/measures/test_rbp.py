import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ranking_strategies import graded_rankings, rankings_of

from palate.core.errors import InputError, SettingsError
from palate.measures import RBP


def test_value_by_hand():
    rankings = rankings_of([[1, 0, None, 2]])
    assert RBP(p=0.5).per_query(rankings).tolist() == pytest.approx([0.5 * (1 + 0.125)])
    assert RBP(3, p=0.5).per_query(rankings).tolist() == pytest.approx([0.5])
    assert RBP(p=0.5, relevant_from=2).per_query(rankings).tolist() == pytest.approx([0.5 * 0.125])
    assert RBP(p=0.5, highest_grade=2).per_query(rankings).tolist() == pytest.approx([0.5 * (0.5 + 0.125)])


def test_patience_weighs_ranks_as_summed_term_by_term():
    ranks = {1, 6, 11, 17, 19, 20}
    ranking = [int(rank in ranks) for rank in range(1, 21)]
    for p in (0.5, 0.8, 0.95):
        wanted = (1 - p) * math.fsum(p ** (rank - 1) for rank in ranks)
        assert RBP(p=p).per_query(rankings_of([ranking])).tolist() == pytest.approx([wanted], abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(graded_rankings(), st.floats(0.05, 0.99), st.none() | st.integers(1, 8))
def test_values_are_those_of_the_plain_sum(rankings, p, cutoff):
    binary, graded = RBP(cutoff, p).per_query(rankings), RBP(cutoff, p, highest_grade=4).per_query(rankings)
    for q in range(rankings.n_queries):
        grades = rankings.grades[rankings.offsets[q] : rankings.offsets[q + 1]][:cutoff]
        found = [(rank, grade) for rank, grade in enumerate(grades) if grade > 0]
        assert binary[q] == pytest.approx((1 - p) * math.fsum(p**rank for rank, _ in found), abs=1e-12)
        assert graded[q] == pytest.approx(
            (1 - p) * math.fsum(g / 4 * p**rank for rank, g in found), abs=1e-12
        )


@pytest.mark.parametrize("p", [0, 1, 1.5, "x", True])
def test_patience_lies_between_zero_and_one(p):
    with pytest.raises(SettingsError, match="p of RBP must be a number from"):
        RBP(p=p)


def test_grades_above_the_scale_are_refused():
    with pytest.raises(InputError, match="RBP takes grades up to 1; the highest here is 2"):
        RBP(highest_grade=1).per_query(rankings_of([[2]]))
