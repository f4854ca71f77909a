import pytest
from ranking_strategies import rankings_of

from palate.core.errors import SettingsError
from palate.measures import P


def test_value_by_hand():
    assert P(4).per_query(rankings_of([[1, 0, None, 3, 1]])).tolist() == [0.5]


def test_short_rankings_are_padded_with_irrelevant_items():
    assert P(5).per_query(rankings_of([[1, 2], []], [[], [1]])).tolist() == [0.4, 0.0]


def test_only_grades_from_the_threshold_count():
    assert P(2, relevant_from=2).per_query(rankings_of([[1, 2], [3, 3]])).tolist() == [0.5, 1.0]


def test_fractional_threshold():
    assert P(2, relevant_from=0.5).per_query(rankings_of([[1, 0]])).tolist() == [0.5]


@pytest.mark.parametrize("settings", [{}, {"cutoff": 0}])
def test_cutoff_must_be_given(settings):
    with pytest.raises(SettingsError, match="P needs a cutoff, a whole number from 1, such as P@10"):
        P(**settings)
