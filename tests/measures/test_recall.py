import pytest
from ranking_strategies import rankings_of

from palate.core.errors import SettingsError
from palate.measures import R, parse_measure


def test_value_by_hand():
    assert R(2).per_query(rankings_of([[1, 0, 2]], [[1, 1]])).tolist() == [0.25]


def test_query_without_relevant_items_is_zero():
    assert R(3).per_query(rankings_of([[0, None], []], [[-1], [0]])).tolist() == [0.0, 0.0]


def test_only_grades_from_the_threshold_count():
    assert R(3, relevant_from=2).per_query(rankings_of([[1, 2, 0]], [[3]])).tolist() == [0.5]


def test_cutoff_must_be_given():
    with pytest.raises(SettingsError, match="R needs a cutoff"):
        R()


def test_recall_is_another_name():
    assert parse_measure("Recall@10") == R(10)
    assert str(parse_measure("Recall@10")) == "R@10"
