from ranking_strategies import rankings_of

from palate.measures import Judged

RANKINGS = rankings_of([[0, None, -1, 2], [None], []], [[], [1], [1]])


def test_share_of_items_with_a_judgment_of_any_grade():
    assert Judged().per_query(RANKINGS).tolist() == [0.75, 0.0, 0.0]
    assert Judged(2).per_query(RANKINGS).tolist() == [0.5, 0.0, 0.0]


def test_short_rankings_are_not_padded():
    assert Judged(10).per_query(rankings_of([[1, 0]])).tolist() == [1.0]
