import numpy as np
import polars as pl
import pytest

from palate.core.errors import InputError, SettingsError
from palate.core.randomness import generator
from palate.inference import Interval, bootstrap_mean


def test_bounds_are_percentiles_of_resampled_means():
    values = np.random.default_rng(6).random(40)
    found = bootstrap_mean(values, confidence=0.9, resamples=199, seed=2)
    draws = generator(2, "bootstrap").integers(0, 40, size=(199, 40))
    means = sorted(sum(values[draw]) / 40 for draw in draws)
    assert found.estimate == pytest.approx(sum(values) / 40)
    assert (found.low, found.high) == (pytest.approx(means[9]), pytest.approx(means[-10]))
    assert found.confidence == 0.9


def test_intervals_hold_the_truth_about_as_often_as_they_say():
    rng = np.random.default_rng(14)
    held = sum(0.25 in bootstrap_mean(rng.beta(1, 3, 80), resamples=400, seed=s) for s in range(300))
    assert 0.91 <= held / 300 <= 0.98


def test_equal_values_have_no_width():
    assert bootstrap_mean(np.full(7, 0.1)) == Interval(*[np.full(7, 0.1).mean()] * 3)


def test_any_list_of_numbers_will_do():
    assert bootstrap_mean(pl.Series([0.0, 1.0])).estimate == 0.5
    assert bootstrap_mean([0, 1]).estimate == 0.5


@pytest.mark.parametrize(
    ("values", "message"),
    [([0.5], "at least 2 queries; the sample has values for 1"), ([0.5, np.nan], "value 2 of 2 is nan")],
)
def test_values_without_an_interval_are_refused(values, message):
    with pytest.raises(InputError, match=message):
        bootstrap_mean(np.array(values))


def test_bad_settings_are_refused():
    with pytest.raises(SettingsError, match="at least 39 resamples"):
        bootstrap_mean(np.array([0.5, 0.4]), resamples=5)
