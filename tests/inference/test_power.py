from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from scipy import stats

from palate.core.errors import SettingsError
from palate.inference import DifferenceVariance, power_of, queries_needed


@pytest.mark.parametrize(("effect", "pairs"), [(0.2, 199), (0.5, 34), (0.8, 15)])
def test_pairs_for_the_paired_t_test_are_those_of_the_tables(effect, pairs):
    """Sample sizes of the two-sided paired t-test at 80% power and level 5%, as G*Power gives them."""
    assert queries_needed(effect, DifferenceVariance(1.0)) == pairs


def test_power_is_what_simulated_tests_reach():
    rng = np.random.default_rng(1)
    n = queries_needed(0.1, DifferenceVariance(0.05, answer=0.06), power=0.8, overlap=3)
    studies = 3000
    values = 0.1 + rng.normal(0, sqrt(0.05), (studies, n)) + rng.normal(0, sqrt(0.06 / 3), (studies, n))
    found = (stats.ttest_1samp(values, 0, axis=1).pvalue < 0.05).mean()
    assert found == pytest.approx(0.8, abs=4 * sqrt(0.16 / studies) + 0.003)


def test_power_with_annotators_is_what_simulated_crossed_designs_reach():
    """Every annotator judges every query; the test takes its error and its degrees of freedom from mean squares."""
    rng = np.random.default_rng(2)
    people, studies = 8, 3000
    variance = DifferenceVariance(0.04, annotator=0.002, answer=0.05)
    n = queries_needed(0.08, variance, overlap=people, annotators=people)
    values = (
        0.08
        + rng.normal(0, sqrt(0.04), (studies, n, 1))
        + rng.normal(0, sqrt(0.002), (studies, 1, people))
        + rng.normal(0, sqrt(0.05), (studies, n, people))
    )
    grand = values.mean(axis=(1, 2))
    by_query, by_person = values.mean(axis=2), values.mean(axis=1)
    of_query = people * ((by_query - grand[:, None]) ** 2).sum(axis=1) / (n - 1)
    of_person = n * ((by_person - grand[:, None]) ** 2).sum(axis=1) / (people - 1)
    rest = values - by_query[:, :, None] - by_person[:, None, :] + grand[:, None, None]
    of_rest = (rest**2).sum(axis=(1, 2)) / ((n - 1) * (people - 1))
    square = np.maximum(of_query + of_person - of_rest, of_query) / (n * people)
    parts = of_query**2 / (n - 1) + of_person**2 / (people - 1) + of_rest**2 / ((n - 1) * (people - 1))
    freedom = (of_query + of_person - of_rest) ** 2 / parts
    bound = stats.t.ppf(0.975, np.maximum(freedom, 1))
    found = (np.abs(grand) / np.sqrt(square) > bound).mean()
    assert found == pytest.approx(0.8, abs=0.04)


def test_power_grows_with_queries_and_ends_at_the_level_and_at_one():
    variance = DifferenceVariance(0.04)
    powers = power_of(0.02, variance, [2, 10, 100, 1000, 10**5, 10**7])
    assert (np.diff(powers) >= 0).all()
    assert powers[-1] == 1
    assert power_of(1e-9, variance, 50) == pytest.approx(0.05)
    assert power_of(-0.02, variance, 100) == pytest.approx(power_of(0.02, variance, 100))


def test_the_answer_is_the_fewest_queries():
    variance = DifferenceVariance(0.04, 0.0005, 0.03)
    settings = {"overlap": 2, "annotators": 12, "confidence": 0.9}
    n = queries_needed(0.05, variance, power=0.9, **settings)
    assert power_of(0.05, variance, n - 1, **settings) < 0.9 <= power_of(0.05, variance, n, **settings)


def test_too_few_annotators_are_no_matter_of_queries():
    variance = DifferenceVariance(0.04, annotator=0.01)
    assert queries_needed(0.02, variance, annotators=5) is None
    assert queries_needed(0.02, variance, annotators=500) is not None
    assert queries_needed(3.0, DifferenceVariance(0.04)) == 2


def test_numbers_out_of_range_are_refused():
    variance = DifferenceVariance(0.04)
    with pytest.raises(SettingsError, match="Variances must be 0 or more"):
        DifferenceVariance(-1)
    with pytest.raises(SettingsError, match="Variances must be 0 or more"):
        DifferenceVariance(0)
    with pytest.raises(SettingsError, match="'difference' must be"):
        queries_needed(0, variance)
    with pytest.raises(SettingsError, match="power must be"):
        queries_needed(0.1, variance, power=1)
    with pytest.raises(SettingsError, match="2 queries and more"):
        power_of(0.1, variance, 1)
    with pytest.raises(SettingsError, match="at least 3 annotators"):
        power_of(0.1, variance, 10, overlap=3, annotators=2)
    with pytest.raises(SettingsError, match="confidence must be"):
        power_of(0.1, variance, 10, confidence=1)
