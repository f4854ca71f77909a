from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats

from palate.core.errors import InputError
from palate.experiments.ab import ratio_mismatch


def test_p_value_is_pearsons():
    found = ratio_mismatch({"a": 500, "b": 460, "c": 240}, {"a": 2, "b": 2, "c": 1})
    assert found.p_value == pytest.approx(stats.chisquare([500, 460, 240], [480, 480, 240]).pvalue)
    assert found.expected == {"a": 480, "b": 480, "c": 240}
    assert not found.found


def test_any_time_p_value_is_one_over_the_bayes_factor():
    found = ratio_mismatch({"a": 70, "b": 30})
    marginal, _ = integrate.quad(lambda x: stats.binom.pmf(70, 100, x), 0, 1)
    assert found.any_time_p_value == pytest.approx(stats.binom.pmf(70, 100, 0.5) / marginal)


def test_numbers_as_planned_raise_no_alarm_however_often_one_looks():
    rng = np.random.default_rng(0)
    alarms = 0
    for _ in range(300):
        b = np.cumsum(rng.random(2000) < 0.5)
        alarms += any(
            ratio_mismatch({"a": int(n - b[n - 1]), "b": int(b[n - 1])}).any_time_p_value < 0.05
            for n in range(100, 2001, 100)
        )
    assert alarms <= 30  # at most 5% of 300, with a standard deviation of 4


def test_which_p_value_decides_is_as_set():
    units = {"a": 5000, "b": 5380}
    assert ratio_mismatch(units).found
    assert not ratio_mismatch(units, any_time=True).found
    assert "Do not trust these results" in ratio_mismatch(units).sentence
    assert ratio_mismatch({"a": 10, "b": 1_000_000}, any_time=True).found


def test_shares_of_other_variants_are_refused():
    with pytest.raises(InputError, match="Shares are given for a; the variants are a, b"):
        ratio_mismatch({"a": 5, "b": 5}, {"a": 1})
    with pytest.raises(InputError, match="needs two variants; there is a"):
        ratio_mismatch({"a": 5})
