from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy import stats

from palate.core.errors import InputError
from palate.experiments import predictive_value


def past(n, noise, seed=0):
    """Return experiments whose true differences correlate by 0.8, seen with normal noise."""
    rng = np.random.default_rng(seed)
    true = rng.multivariate_normal([0, 0], [[1, 0.8], [0.8, 1]], n)
    seen = true + rng.normal(0, noise, (n, 2))
    return pl.DataFrame({"experiment": range(n), "offline": seen[:, 0], "online": seen[:, 1]}).with_columns(
        offline_error=pl.lit(float(noise)), online_error=pl.lit(float(noise))
    )


def test_correlations_are_those_of_scipy():
    table = past(40, 0.5)
    found = predictive_value(table)
    offline, online = table["offline"], table["online"]
    assert found.pearson.estimate == pytest.approx(stats.pearsonr(offline, online).statistic)
    assert found.spearman.estimate == pytest.approx(stats.spearmanr(offline, online).statistic)
    same = int((np.sign(offline) == np.sign(online)).sum())
    wilson = stats.binomtest(same, 40).proportion_ci(0.95, "wilson")
    assert (found.same_sign.low, found.same_sign.high) == pytest.approx((wilson.low, wilson.high))
    assert found.pearson.low < found.pearson.estimate < found.pearson.high
    assert f"in {100 * same / 40:.0f}% of 40 experiments" in found.sentence


def test_noise_is_taken_out_and_said_to_be():
    table = past(4000, 1.0)
    found = predictive_value(table, resamples=200)
    assert found.pearson.estimate == pytest.approx(0.4, abs=0.05)  # 0.8 of half the variance
    assert found.without_noise.estimate == pytest.approx(0.8, abs=0.1)
    assert 0.8 in found.without_noise
    assert any("extrapolated" in note for note in found.notes)
    assert predictive_value(table.drop("online_error"), resamples=200).without_noise is None


def test_noise_that_explains_all_leaves_nothing_to_say():
    table = past(30, 0.5).with_columns(online_error=pl.lit(50.0))
    found = predictive_value(table)
    assert found.without_noise is None
    assert any("as large as the differences" in note for note in found.notes)


def test_intervals_cover():
    hits = sum(0.8 in predictive_value(past(60, 0.0, seed), resamples=100).pearson for seed in range(80))
    assert hits / 80 == pytest.approx(0.93, abs=4 * (0.93 * 0.07 / 80) ** 0.5)


def test_an_experiment_without_difference_counts_half():
    table = pl.DataFrame({"offline": [0.1, 0.2, -0.1, 0.0], "online": [1.0, -1.0, -1.0, 2.0]})
    found = predictive_value(table)
    assert found.same_sign.estimate == pytest.approx(2.5 / 4)
    assert any("4 experiments are few" in note for note in found.notes)
    assert found.to_dict()["sentence"] == found.sentence


@pytest.mark.parametrize(
    ("columns", "problem"),
    [
        ({"offline": [1.0, 2, 3], "online": [1.0, 2, 3]}, "at least 4 experiments; there are 3"),
        ({"offline": [1.0] * 5, "online": [1.0, 2, 3, 4, 5]}, "All offline differences are 1"),
        ({"offline": [1.0, 2, 3, None], "online": [1.0, 2, 3, 4]}, "The value is missing"),
        ({"offline": [1.0, 2, 3, 4]}, "'online'"),
    ],
)
def test_too_little_to_correlate_is_an_error(columns, problem):
    with pytest.raises(InputError, match=problem):
        predictive_value(pl.DataFrame(columns))
