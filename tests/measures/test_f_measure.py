import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ranking_strategies import graded_rankings, rankings_of

from palate.core.errors import SettingsError
from palate.measures import F, P, R


def test_value_by_hand():
    # 2 of 4 are relevant, and 2 of 3 of the relevant ones are found: 2 * (1/2) * (2/3) / (1/2 + 2/3)
    rankings = rankings_of([[1, 0, 2, None]], [[1]])
    assert F(4).per_query(rankings).tolist() == pytest.approx([4 / 7])
    assert F(4, beta=2).per_query(rankings).tolist() == pytest.approx([5 * (1 / 3) / (4 / 2 + 2 / 3)])


@settings(max_examples=40, deadline=None)
@given(graded_rankings(), st.integers(1, 6), st.sampled_from([0.5, 1.0, 2.0]))
def test_it_is_the_weighted_harmonic_mean_of_precision_and_recall(rankings, cutoff, beta):
    pairs = zip(P(cutoff).per_query(rankings), R(cutoff).per_query(rankings), strict=True)
    wanted = [0.0 if not p else (1 + beta**2) / (1 / p + beta**2 / r) for p, r in pairs]
    assert F(cutoff, beta).per_query(rankings).tolist() == pytest.approx(wanted)


@pytest.mark.parametrize("beta", [0, -1, float("nan"), "2", True])
def test_beta_must_be_a_number_above_zero(beta):
    with pytest.raises(SettingsError, match="beta of F must be a number from 0.001 to 1000; it is"):
        F(10, beta=beta)
