from ranking_strategies import rankings_of

from palate.measures import SetP, parse_measure

RANKINGS = rankings_of([[0, 1, None, 2], [], [0, 0]], [[1], [1], [1]])


def test_share_of_relevant_items_of_all_ranked():
    assert SetP().per_query(RANKINGS).tolist() == [0.5, 0.0, 0.0]
    assert SetP(judged_only=True).per_query(RANKINGS).tolist() == [2 / 3, 0.0, 0.0]


def test_relative_to_what_the_list_could_hold():
    assert parse_measure("SetRelP").per_query(RANKINGS).tolist() == [2 / 3, 0.0, 0.0]
