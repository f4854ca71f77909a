from ranking_strategies import rankings_of

from palate.measures import Rprec


def test_precision_at_the_number_of_relevant_items():
    # three are judged relevant; two of them are among the first three
    assert Rprec().per_query(rankings_of([[1, 0, 2, 1]])).tolist() == [2 / 3]


def test_each_query_has_its_own_rank():
    rankings = rankings_of([[0, 1], [1, 0], [0, 1], []], [[], [1], [1], [1]])
    assert Rprec().per_query(rankings).tolist() == [0.0, 0.5, 0.5, 0.0]


def test_judged_items_only():
    rankings = rankings_of([[None, 1]])
    assert Rprec().per_query(rankings).tolist() == [0.0]
    assert Rprec(judged_only=True).per_query(rankings).tolist() == [1.0]
