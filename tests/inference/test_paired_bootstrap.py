import numpy as np
import pytest

from palate.core.errors import SettingsError
from palate.core.randomness import generator
from palate.inference import PairedBootstrap


def test_bounds_and_p_value_are_those_of_the_plain_procedure():
    rng = np.random.default_rng(4)
    a, b = rng.random(25) + 0.1, rng.random(25)
    found = PairedBootstrap(confidence=0.9, resamples=999).compare(a, b, seed=8)
    draws = generator(8, "bootstrap").integers(0, 25, size=(999, 25))
    mean = sum(a - b) / 25
    means = sorted(sum((a - b)[draw]) / 25 for draw in draws)
    farther = sum(abs(m - mean) >= abs(mean) for m in means)
    assert found.interval.low == pytest.approx(means[49])  # the 50th from either end: 1000 * 0.05
    assert found.interval.high == pytest.approx(means[-50])
    assert found.p_value == pytest.approx((farther + 1) / 1000)


def test_two_queries_by_hand():
    # samples of (0.5, 0): means 0, 0.25, 0.25, 0.5; all lie within 0.25 of the mean 0.25, the ends at 0.25
    found = PairedBootstrap(resamples=4000).compare(np.array([0.5, 0.2]), np.array([0.0, 0.2]))
    assert (found.interval.low, found.interval.high) == (0.0, 0.5)
    assert found.p_value == pytest.approx(0.5, abs=0.03)


def test_p_value_is_never_zero():
    found = PairedBootstrap(resamples=199).compare(np.full(9, 0.9), np.full(9, 0.1))
    assert found.p_value == 1 / 200


def test_intervals_hold_the_truth_about_as_often_as_they_say():
    rng = np.random.default_rng(11)
    test = PairedBootstrap(resamples=400)
    held = 0
    for seed in range(300):
        a = rng.beta(2, 3, 60)  # skewed, as values of measures are; the true difference of means is 0.4 - 0.5
        b = np.clip(a + rng.normal(0.1, 0.2, 60), -5, 5)
        held += -0.1 in test.compare(a, b, seed=seed).interval
    assert 0.91 <= held / 300 <= 0.98


def test_p_values_below_five_percent_come_about_five_times_in_a_hundred():
    rng = np.random.default_rng(12)
    test = PairedBootstrap(resamples=400)
    low = sum(test.compare(*rng.normal(size=(2, 60)), seed=seed).p_value <= 0.05 for seed in range(300))
    assert 0.02 <= low / 300 <= 0.09


def test_too_few_resamples_are_refused():
    with pytest.raises(SettingsError, match="99% needs at least 199 resamples; it has 100"):
        PairedBootstrap(confidence=0.99, resamples=100)
