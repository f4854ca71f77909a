import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ranking_strategies import graded_rankings, rankings_of

from palate.core.errors import InputError
from palate.measures import INSQ


def plain_insq(gains, wanted):
    """The sum of gains weighted by 1 / (rank + 2T - 1)², as the products of going on come to, over 1,000 ranks."""
    weights = 1 / (np.arange(1, 1001) + 2 * wanted - 1) ** 2
    return weights[: len(gains)] @ gains / weights.sum()


@settings(max_examples=40, deadline=None)
@given(graded_rankings(), st.sampled_from([0.5, 1, 3]))
def test_values_are_those_of_the_closed_form(rankings, wanted):
    values = INSQ(wanted, highest_grade=4).per_query(rankings)
    for q in range(rankings.n_queries):
        grades = rankings.grades[rankings.offsets[q] : rankings.offsets[q + 1]]
        assert values[q] == pytest.approx(plain_insq(np.nan_to_num(grades).clip(0) / 4, wanted), abs=1e-12)


def test_grades_above_the_scale_are_refused():
    with pytest.raises(InputError, match="INSQ takes grades up to 1; the highest here is 2"):
        INSQ().per_query(rankings_of([[2]]))
