from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from palate.core.errors import SettingsError
from palate.experiments._intervals import (
    Estimate,
    check_confidence,
    clustered_error,
    log_scale,
    share_interval,
)
from palate.inference import ConfidenceSequence

SAMPLE = np.random.default_rng(5).gamma(2, 1, 80) - 1.5


def of(values: np.ndarray) -> Estimate:
    error, units = clustered_error(values - values.mean())
    return Estimate(float(values.mean()), error, units - 1, units)


def test_one_look_is_students_test():
    found, wanted = of(SAMPLE), stats.ttest_1samp(SAMPLE, 0)
    interval, known = found.interval(0.9), wanted.confidence_interval(0.9)
    assert (interval.low, interval.high) == pytest.approx((known.low, known.high))
    assert found.p_value() == pytest.approx(wanted.pvalue)


def test_any_look_is_the_asymptotic_confidence_sequence():
    sequence = ConfidenceSequence(method="asymptotic", warm_up=80, tuned_for=300)
    path = sequence.start().add(SAMPLE)
    same = Estimate(float(SAMPLE.mean()), float(SAMPLE.std()) / 80**0.5, 79, 80)
    interval = same.interval(0.95, planned=300)
    assert (interval.low, interval.high) == pytest.approx((path.low[-1], path.high[-1]))
    assert same.p_value(planned=300) == pytest.approx(path.p_value[-1])


def test_p_value_is_where_the_interval_just_touches_0():
    found = of(SAMPLE)
    for planned in (None, 100):
        p_value = found.p_value(planned)
        assert p_value < 0.5
        interval = found.interval(1 - p_value, planned)
        assert min(abs(interval.low), abs(interval.high)) < 1e-9


def test_peeking_is_safe_with_planned_units_and_not_without():
    rng = np.random.default_rng(11)
    looks = range(50, 1001, 50)
    alarms = {None: 0, 500: 0}
    for _ in range(200):
        values = rng.normal(0, 1, 1000)
        for planned in alarms:
            alarms[planned] += any(of(values[:n]).p_value(planned) < 0.05 for n in looks)
    # 5% of 200 are 10, with a standard deviation of 3; 20 looks of a plain test raise it above 20%.
    assert alarms[500] <= 20
    assert alarms[None] >= 30


def test_errors_are_of_clusters_where_rows_hang_together():
    rng = np.random.default_rng(3)
    values = np.repeat(rng.normal(0, 1, 30), 4)
    error, units = clustered_error(values - values.mean(), np.repeat(np.arange(30, dtype=np.int32), 4))
    assert units == 30
    assert error == pytest.approx(values[::4].std(ddof=1) / 30**0.5)
    assert clustered_error(values - values.mean())[0] < 0.6 * error


def test_no_noise_is_said_by_p_values_of_1_or_nearly_0():
    assert Estimate(0.0, 0.0, 9, 10).p_value() == 1
    assert 0 < Estimate(1.0, 0.0, 9, 10).p_value(100) < 1e-300
    assert 0 < Estimate(1e9, 1.0, 9, 10_000_000).p_value(100) < 1e-300


def test_detectable_difference_is_found_in_four_fifths_of_experiments():
    rng = np.random.default_rng(8)
    least = Estimate(0.0, 0.1, 399, 400).detectable(0.8)
    found = sum(of(rng.normal(least, 2, 400)).p_value() < 0.05 for _ in range(600))
    assert found / 600 == pytest.approx(0.8, abs=4 * (0.16 / 600) ** 0.5)


def test_share_has_wilsons_interval():
    for wins, n in ((0, 5), (3, 7), (40, 90), (6, 6)):
        wanted = stats.binomtest(wins, n).proportion_ci(0.95, "wilson")
        found = share_interval(wins, n)
        assert (found.low, found.high) == pytest.approx((wanted.low, wanted.high), abs=1e-12)


def test_ratio_is_symmetric_on_the_logarithm():
    found = log_scale(2.0, Estimate(0.0, 0.1, 1e9, 100))
    assert found.estimate == 1
    assert (1 + found.low) * (1 + found.high) == pytest.approx(4)
    assert 1 + found.high == pytest.approx(2 * np.exp(1.959964 * 0.1), rel=1e-6)
    assert log_scale(2.0, Estimate(0.0, 1e6, 5, 6)).high == np.inf


@pytest.mark.parametrize(("confidence", "planned"), [(0, None), (1.0, None), (95, None), (0.95, 0)])
def test_settings_out_of_range_are_refused(confidence, planned):
    with pytest.raises(SettingsError, match="must be"):
        check_confidence(confidence, planned)
