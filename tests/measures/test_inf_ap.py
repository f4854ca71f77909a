import pytest
from ranking_strategies import rankings_of

from palate.measures import AP, infAP


def test_pooled_items_without_a_judgment_count_as_far_as_the_judged_do():
    # rank 4: three of the pool before it; of the two judged ones, one is relevant
    wanted = 1 / 4 + 3 / 4 * (3 / 3) * ((1 + 1e-5) / (2 + 2e-5))
    assert infAP().per_query(rankings_of([[1, 0, -1, 1]])).tolist() == pytest.approx([(1 + wanted) / 2])


def test_items_outside_the_pool_are_irrelevant():
    wanted = 1 / 3 + 2 / 3 * (1 / 2) * ((1 + 1e-5) / (1 + 2e-5))
    assert infAP().per_query(rankings_of([[1, None, 1]])).tolist() == pytest.approx([(1 + wanted) / 2])


def test_it_is_about_average_precision_where_all_is_judged():
    rankings = rankings_of([[1, 0, 2, 0, 0, 1], [0, 1, 1], [0]], [[1], [], [1]])
    assert infAP().per_query(rankings).tolist() == pytest.approx(AP().per_query(rankings).tolist(), abs=1e-4)
