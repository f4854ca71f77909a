import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from palate.measures.similarity import Kendall, TauAP


@settings(max_examples=60, deadline=None)
@given(st.permutations("abcdef"), st.permutations("abcdef"))
def test_it_is_that_of_the_published_formula(one, other):
    shares = [sum(other.index(x) < other.index(one[i]) for x in one[:i]) / i for i in range(1, 6)]
    assert TauAP().value(one, other) == pytest.approx(2 / 5 * sum(shares) - 1)
    mean = (TauAP().value(one, other) + TauAP().value(other, one)) / 2
    assert TauAP(symmetric=True).value(one, other) == pytest.approx(mean)


def test_an_error_at_the_top_costs_more_than_one_at_the_bottom():
    top, bottom = "bacdef", "abcdfe"
    assert Kendall().value(top, "abcdef") == Kendall().value(bottom, "abcdef")
    assert TauAP().value(top, "abcdef") == pytest.approx(1 - 2 / 5)
    assert TauAP().value(bottom, "abcdef") == pytest.approx(1 - 2 / 5 / 5)


def test_ends_of_the_scale():
    assert TauAP().value("abcd", "abcd") == 1.0
    assert TauAP().value("dcba", "abcd") == -1.0
