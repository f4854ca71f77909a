from ranking_strategies import rankings_of

from palate.measures import RR


def test_value_by_hand():
    rankings = rankings_of([[0, None, 1, 1], [2], [0], []], [[], [], [1], [1]])
    assert RR().per_query(rankings).tolist() == [1 / 3, 1.0, 0.0, 0.0]


def test_nothing_counts_behind_the_cutoff():
    assert RR(2).per_query(rankings_of([[0, 0, 1], [0, 1, 1]])).tolist() == [0.0, 0.5]


def test_only_grades_from_the_threshold_count():
    assert RR(relevant_from=3).per_query(rankings_of([[1, 2, 3]])).tolist() == [1 / 3]
