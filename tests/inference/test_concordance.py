import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kendalltau

from palate.inference import concordance, sign_agreement, sign_points, tau_b


def test_a_tie_of_the_measure_counts_half_and_one_of_people_not_at_all():
    points = sign_points(np.array([0.2, -0.2, 0.0, 0.3]), np.array([1.0, 0.5, -1.0, 0.0]))
    assert points[:3].tolist() == [1.0, 0.0, 0.5]
    assert np.isnan(points[3])


def test_agreement_is_the_weighted_mean_of_points():
    points, queries = np.array([1.0, 0.0, np.nan, 0.5]), np.array([0, 0, 1, 2])
    found = sign_agreement(points, queries, np.array([[1.0, 1, 1], [2, 0, 0], [0, 0, 3], [0, 1, 0]]))
    assert found[:3].tolist() == [0.5, 0.5, 0.5]
    assert np.isnan(found[3])
    assert sign_agreement(points, queries, np.array([[1.0, 5, 3]])) == pytest.approx((1 + 1.5) / 5)


small = st.integers(-2, 2).map(float)


@settings(max_examples=50)
@given(
    st.lists(st.tuples(small, small, st.integers(0, 4)), min_size=2, max_size=12),
    st.lists(st.integers(0, 2), min_size=5, max_size=5),
)
def test_tau_is_scipys_over_pairs_both_ways_and_repeated_queries(pairs, weights):
    pairs.sort(key=lambda pair: pair[2])
    x, y, query = (np.array(column) for column in zip(*pairs, strict=True))
    tables = [concordance(a, b, query, 5) for a, b in ((x, y), (x, x), (y, y))]
    found = tau_b(*tables, np.array([weights], dtype=float))[0]
    rows = np.repeat(np.arange(len(x)), np.array(weights)[query])
    a, b = np.concatenate([x[rows], -x[rows]]), np.concatenate([y[rows], -y[rows]])
    if not a.any() or not b.any():
        assert np.isnan(found)
    else:
        assert found == pytest.approx(kendalltau(a, b).statistic)


def test_many_pairs_are_compared_in_blocks():
    rng = np.random.default_rng(1)
    x, y = rng.integers(-3, 4, (2, 1300)).astype(float)
    query = np.sort(rng.integers(0, 40, 1300))
    tables = [concordance(a, b, query, 40) for a, b in ((x, y), (x, x), (y, y))]
    both = np.concatenate([x, -x]), np.concatenate([y, -y])
    assert tau_b(*tables, np.ones((1, 40)))[0] == pytest.approx(kendalltau(*both).statistic)
