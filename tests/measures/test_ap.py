import pytest
from ranking_strategies import rankings_of

from palate.measures import AP


def test_value_by_hand():
    # relevant at ranks 1, 3 and 5, and one that is not ranked
    values = AP().per_query(rankings_of([[1, 0, 2, None, 1]], [[1]]))
    assert values.tolist() == pytest.approx([(1 / 1 + 2 / 3 + 3 / 5) / 4])


def test_cutoff_drops_later_ranks_but_divides_by_all_relevant_items():
    assert AP(3).per_query(rankings_of([[1, 0, 2, None, 1]], [[1]])).tolist() == pytest.approx(
        [(1 + 2 / 3) / 4]
    )


def test_only_grades_from_the_threshold_count():
    assert AP(relevant_from=2).per_query(rankings_of([[1, 2]])).tolist() == [0.5]


def test_queries_do_not_run_into_each_other():
    values = AP().per_query(rankings_of([[1, 1], [], [0, 1], [0]], [[], [1], [], [0]]))
    assert values.tolist() == [1.0, 0.0, 0.5, 0.0]
