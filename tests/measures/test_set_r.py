from ranking_strategies import rankings_of

from palate.measures import SetR


def test_share_of_the_relevant_items_that_is_ranked():
    rankings = rankings_of([[0, 1, None, 2], [], [0, 0]], [[1], [1], [0]])
    assert SetR().per_query(rankings).tolist() == [2 / 3, 0.0, 0.0]
    assert SetR(relevant_from=2).per_query(rankings).tolist() == [1.0, 0.0, 0.0]
