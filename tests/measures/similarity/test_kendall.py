import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from palate.core.errors import InputError
from palate.measures.similarity import Kendall


@settings(max_examples=40, deadline=None)
@given(st.permutations("abcdefg"), st.permutations("abcdefg"))
def test_it_is_the_share_of_pairs_in_the_same_order_minus_the_others(one, other):
    pairs = [(x, y) for i, x in enumerate(one) for y in one[i + 1 :]]
    same = sum(other.index(x) < other.index(y) for x, y in pairs)
    assert Kendall().value(one, other) == pytest.approx(2 * same / len(pairs) - 1)


def test_only_shared_ids_count():
    assert Kendall().value("axbc", "cbya") == pytest.approx(-1.0)


def test_one_shared_id_is_too_few():
    with pytest.raises(
        InputError, match="Kendall needs at least 2 ids that both rankings hold; these share 1"
    ):
        Kendall().value("ab", "bc")
