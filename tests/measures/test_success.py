from ranking_strategies import rankings_of

from palate.measures import Success, parse_measure


def test_one_if_the_first_items_hold_a_relevant_one():
    rankings = rankings_of([[0, None, 1], [0, 1], [], [0]], [[], [], [1], [1]])
    assert Success(2).per_query(rankings).tolist() == [0.0, 1.0, 0.0, 0.0]
    assert Success(3).per_query(rankings).tolist() == [1.0, 1.0, 0.0, 0.0]


def test_only_grades_from_the_threshold_count():
    assert Success(2, relevant_from=2).per_query(rankings_of([[1, 2], [1, 1]])).tolist() == [1.0, 0.0]


def test_unjudged_items_may_be_left_out():
    rankings = rankings_of([[None, -1, 1]])
    assert Success(1).per_query(rankings).tolist() == [0.0]
    assert Success(1, judged_only=True).per_query(rankings).tolist() == [1.0]


def test_recommenders_call_it_hit_rate():
    assert parse_measure("HR@10") == parse_measure("Hit@10") == Success(10)
