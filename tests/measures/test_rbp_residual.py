import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ranking_strategies import graded_rankings, rankings_of

from palate.measures import RBP, RBPResidual


def test_value_by_hand():
    # rank 2 is not judged, and all behind rank 3 are not known
    assert RBPResidual(p=0.5).per_query(rankings_of([[1, None, 0]])).tolist() == pytest.approx([0.25 + 0.125])
    assert RBPResidual(1, p=0.5).per_query(rankings_of([[1, None, 0]])).tolist() == pytest.approx([0.5])
    assert RBPResidual(p=0.5).per_query(rankings_of([[]], [[1]])).tolist() == [1.0]


@settings(max_examples=40, deadline=None)
@given(graded_rankings(), st.sampled_from([0.3, 0.8, 0.95]))
def test_rbp_rises_by_it_if_all_that_is_not_known_is_relevant(rankings, p):
    low, width = RBP(p=p).per_query(rankings), RBPResidual(p=p).per_query(rankings)
    for q in range(rankings.n_queries):
        grades = rankings.grades[rankings.offsets[q] : rankings.offsets[q + 1]]
        best = [1 if np.isnan(g) else int(g) for g in grades] + [1] * 2000
        assert low[q] + width[q] == pytest.approx(RBP(p=p).per_query(rankings_of([best]))[0], abs=1e-9)


def test_all_judged_and_long_leaves_nothing_open():
    assert RBPResidual(p=0.5).per_query(rankings_of([[0, 1] * 50])).tolist() == pytest.approx(
        [math.ldexp(1, -100)]
    )
