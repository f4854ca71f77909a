import pytest
from ranking_strategies import rankings_of

from palate.core.errors import SettingsError
from palate.measures import NumRet, P, parse_measure

RANKINGS = rankings_of([[0, 1, None, 2], []], [[1], [1]])


def test_all_ranked_items_or_the_relevant_ones():
    assert NumRet().per_query(RANKINGS).tolist() == [4, 0]
    assert parse_measure("NumRelRet").per_query(RANKINGS).tolist() == [2, 0]
    assert NumRet(relevant_from=2).per_query(RANKINGS).tolist() == [1, 0]


def test_a_threshold_is_optional_only_where_the_default_has_none():
    with pytest.raises(SettingsError, match="rel of NumRet"):
        NumRet(relevant_from=0)
    with pytest.raises(SettingsError, match="rel of P.*it is None"):
        P(5, relevant_from=None)
