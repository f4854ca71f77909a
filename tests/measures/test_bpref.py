import numpy as np
import pytest
from hypothesis import given, settings
from ranking_strategies import graded_rankings, rankings_of

from palate.measures import Bpref


def test_value_by_hand():
    # R = 3 of which two are ranked; one of N = 2 irrelevant items is before the second
    assert Bpref().per_query(rankings_of([[1, None, 0, 1, 0]], [[1]])).tolist() == pytest.approx(
        [(1 + (1 - 1 / 2)) / 3]
    )


def test_without_irrelevant_judgments_it_is_the_share_found_and_never_nan():
    assert Bpref().per_query(rankings_of([[None, 1, -1]], [[1]])).tolist() == [0.5]
    assert Bpref().per_query(rankings_of([[None], []], [[0], [0]])).tolist() == [0.0, 0.0]


def test_items_of_grades_below_zero_are_not_irrelevant():
    assert Bpref().per_query(rankings_of([[-1, 1, 0]])).tolist() == [1.0]


@settings(max_examples=40, deadline=None)
@given(graded_rankings())
def test_unjudged_items_change_nothing(rankings):
    without = rankings.judged_part
    assert np.array_equal(Bpref().per_query(rankings), Bpref().per_query(without))
