import pytest
from hypothesis import given, settings
from shown_items import rankings_of_five, shown

from palate.measures.catalogue import Gini


@settings(max_examples=40, deadline=None)
@given(rankings_of_five)
def test_it_is_half_the_mean_difference_over_the_mean(rankings):
    counts = [sum(item in ranking[:2] for ranking in rankings) for item in range(5)]
    differences = sum(abs(x - y) for x in counts for y in counts)
    assert Gini(2).value(shown(rankings)) == pytest.approx(differences / (2 * 5 * sum(counts)), abs=1e-12)


def test_ends_of_the_scale():
    assert Gini(1).value(shown([[item] for item in range(5)])) == 0.0
    assert Gini(1).value(shown([[2]] * 7)) == pytest.approx(4 / 5)
