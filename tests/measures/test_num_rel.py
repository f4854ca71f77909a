from ranking_strategies import rankings_of

from palate.measures import NumRel


def test_all_relevant_items_ranked_or_not():
    rankings = rankings_of([[0, 1, None, 2], [], [0]], [[1], [1], [-1]])
    assert NumRel().per_query(rankings).tolist() == [3, 1, 0]
    assert NumRel(relevant_from=2).per_query(rankings).tolist() == [1, 0, 0]
