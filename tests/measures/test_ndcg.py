import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ranking_strategies import graded_rankings, plain_value, rankings_of

from palate.core.errors import InputError, SettingsError
from palate.measures import nDCG


def test_value_by_hand():
    # gains 3, 0, 2 at discounts 1, log2(3), 2; the ideal is 3, 2, 1 over all judged items
    found = 3 / 1 + 2 / 2
    ideal = 3 / 1 + 2 / math.log2(3) + 1 / 2
    values = nDCG().per_query(rankings_of([[3, 0, 2]], [[1]]))
    assert values.tolist() == pytest.approx([found / ideal])


def test_published_example_of_jarvelin_and_kekalainen_without_their_log_base():
    # Gains 3 2 3 0 0 1 2 2 3 0 of their section 2.2; DCG with discount log2(rank + 1), reckoned term by term.
    gains = [3, 2, 3, 0, 0, 1, 2, 2, 3, 0]
    found = 3 + 2 / 1.5849625 + 3 / 2 + 1 / 2.8073549 + 2 / 3 + 2 / 3.1699250 + 3 / 3.3219281
    ideal = 3 + 3 / 1.5849625 + 3 / 2 + 2 / 2.3219281 + 2 / 2.5849625 + 2 / 2.8073549 + 1 / 3
    assert nDCG(10).per_query(rankings_of([gains])).tolist() == pytest.approx([found / ideal], abs=1e-7)


def test_cutoff_limits_the_ideal_too():
    assert nDCG(1).per_query(rankings_of([[2, 3]])).tolist() == pytest.approx([2 / 3])
    assert nDCG(1).per_query(rankings_of([[3, 3]])).tolist() == [1.0]


def test_exponential_gain_is_two_to_the_grade_less_one():
    found = 1 + 7 / math.log2(3)
    ideal = 7 + 1 / math.log2(3)
    values = nDCG(gain="exponential").per_query(rankings_of([[1, 3]]))
    assert values.tolist() == pytest.approx([found / ideal])


@pytest.mark.parametrize("gain", ["linear", "exponential"])
def test_grades_of_zero_and_below_neither_gain_nor_lose(gain):
    measure = nDCG(gain=gain)
    assert measure.per_query(rankings_of([[-2, 0, 2]])) == measure.per_query(rankings_of([[0, None, 2]]))
    assert measure.per_query(rankings_of([[-1, -2], []], [[], [0]])).tolist() == [0.0, 0.0]


def test_exponential_gain_refuses_grades_that_overflow():
    with pytest.raises(InputError, match="grades up to 1,000; the highest here is 1001"):
        nDCG(gain="exponential").per_query(rankings_of([[1001, 1]]))


def test_unknown_gain_is_refused():
    with pytest.raises(
        SettingsError,
        match=r"gain of nDCG must be linear \(dcg='log2'\) or exponential \(dcg='exp-log2'\); it is 'log'",
    ):
        nDCG(gain="log")


@settings(max_examples=60, deadline=None)
@given(graded_rankings(), st.none() | st.integers(1, 6), st.booleans())
def test_values_are_those_of_the_plain_definition(rankings, cutoff, exponential):
    values = nDCG(cutoff, gain="exponential" if exponential else "linear").per_query(rankings)
    for q in range(rankings.n_queries):
        ranked = rankings.grades[rankings.offsets[q] : rankings.offsets[q + 1]]
        judged = rankings.judged_grades[rankings.judged_offsets[q] : rankings.judged_offsets[q + 1]]
        plain = [0 if math.isnan(g) else g for g in ranked]
        assert values[q] == pytest.approx(
            plain_value("nDCG", plain, judged.tolist(), cutoff, exponential=exponential)
        )
