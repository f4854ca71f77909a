from __future__ import annotations

import numpy as np
import pytest

from palate.core.errors import InputError
from palate.inference import CrossedLayout, variance_components


def dense_expectations(layout):
    """Return tr(P Z_k Z_k' P Z_l Z_l') for every pair of sources, by matrices as large as the values."""
    n = layout.n
    groups = np.zeros(n, int) if layout.groups is None else layout.groups
    group = np.eye(groups.max() + 1)[groups]
    project = np.eye(n) - group @ np.linalg.pinv(group)
    spans = [np.eye(codes.max() + 1)[codes] for codes in layout.factors.values()]
    products = [span @ span.T for span in spans] + [np.eye(n)]
    return np.array([[np.trace(project @ a @ project @ b) for b in products] for a in products])


def test_balanced_crossed_values_give_the_analysis_of_variance():
    # Two-way crossed without replication (Searle, Casella and McCulloch, 1992, section 4.3): mean squares by hand.
    values = np.array([[7.0, 5, 6], [9, 8, 8], [4, 4, 1], [8, 6, 6]])
    rows, columns = values.shape
    grand = values.mean()
    of_rows = columns * ((values.mean(axis=1) - grand) ** 2).sum() / (rows - 1)
    of_columns = rows * ((values.mean(axis=0) - grand) ** 2).sum() / (columns - 1)
    rest = values - values.mean(axis=1, keepdims=True) - values.mean(axis=0) + grand
    of_rest = (rest**2).sum() / ((rows - 1) * (columns - 1))
    row, column = (index.ravel() for index in np.indices(values.shape))
    found = variance_components(values.ravel(), {"row": row, "column": column})
    assert found.estimates["row"] == pytest.approx((of_rows - of_rest) / columns)
    assert found.estimates["column"] == pytest.approx((of_columns - of_rest) / rows)
    assert found.estimates["residual"] == pytest.approx(of_rest)
    assert found.levels == {"row": 4, "column": 3, "residual": 12}
    assert found.clipped == ()


def test_one_way_with_a_group_mean_is_the_pooled_variance():
    groups = np.array([0, 0, 1, 1, 1])
    values = np.array([1.0, 3, 2, 4, 9])
    layout = CrossedLayout({"annotator": np.array([0, 1, 0, 1, 2])}, groups)
    pooled = (values - np.array([2, 2, 5, 5, 5])) ** 2
    found = layout.solve(values)
    assert np.isfinite(found).all()
    assert layout._forms(values)[-1] == pytest.approx(pooled.sum())


@pytest.mark.parametrize("grouped", [False, True])
def test_unbalanced_layouts_weigh_variances_as_matrices_say(grouped):
    rng = np.random.default_rng(4)
    n = 70
    query, annotator = rng.integers(0, 9, n), rng.integers(0, 6, n)
    factors = {"annotator": annotator, "pair": np.unique(query * 6 + annotator, return_inverse=True)[1]}
    layout = CrossedLayout(factors, rng.integers(0, 15, n) if grouped else None)
    np.testing.assert_allclose(layout._expected(), dense_expectations(layout), atol=1e-9)


def test_estimates_are_right_in_the_mean():
    rng = np.random.default_rng(8)
    n = 240
    item, annotator = rng.integers(0, 60, n), rng.integers(0, 8, n)
    layout = CrossedLayout({"annotator": annotator}, item)
    found = np.array(
        [
            layout.solve(rng.normal(0, 5, 60)[item] + rng.normal(0, 0.5, 8)[annotator] + rng.normal(0, 1, n))
            for _ in range(400)
        ]
    )
    error = found.std(axis=0) / 20
    assert (np.abs(found.mean(axis=0) - [0.25, 1.0]) < 4 * error).all()


def test_what_is_below_zero_is_clipped_and_said():
    values = [1.0, 2.0, 2.0, 1.0]  # rows have the same mean, so the row's estimate is below 0
    found = variance_components(values, {"row": [0, 0, 1, 1]})
    assert found.estimates["row"] == 0
    assert found.clipped == ("row",)
    assert found.to_dict()["clipped"] == ["row"]


def test_what_cannot_be_told_apart_is_refused():
    codes = [0, 1, 2, 3]
    with pytest.raises(InputError, match="cannot tell a, residual apart"):
        variance_components([1.0, 2, 3, 5], {"a": codes})
    with pytest.raises(InputError, match="Nothing shows the variance of 'a'"):
        variance_components([1.0, 2, 3, 5], {"a": [0, 0, 1, 1]}, groups=[0, 0, 1, 1])
    with pytest.raises(InputError, match="at least one factor"):
        variance_components([1.0, 2], {})
    with pytest.raises(InputError, match="4 codes"):
        variance_components([1.0, 2], {"a": codes})
    with pytest.raises(InputError, match="finite"):
        variance_components([1.0, float("nan")], {"a": [0, 1]})
