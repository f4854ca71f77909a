"""Estimates by enumeration of all samples, and against plain Python."""

from __future__ import annotations

from itertools import combinations
from math import comb, log2

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from palate.core.errors import SettingsError
from palate.evaluation._ranked_items import RankedItems
from palate.evaluation._sampled_values import Estimator, estimate_values, plain_values
from palate.evaluation._weighted_sums import form_of
from palate.inference._survey import QueryDesign, SampledItems, mean_over_queries, sampled_variance
from palate.measures import parse_measure

GRADES = np.array([3.0, 0.0, 1.0, 2.0, 0.0, 1.0, 0.0])
RANKS = np.array([1, 2, 3, 4, 5, 0, 6])  # the sixth item is not ranked


def _estimate(
    text: str, sample: list[int], inclusion: np.ndarray, estimator: Estimator
) -> tuple[float, float]:
    """Return the value of one query and its variance."""
    items = SampledItems(np.zeros(len(sample), dtype=np.int64), inclusion[sample], 1)
    system = RankedItems(RANKS[sample], np.array([6]))
    found = estimate_values(form_of(parse_measure(text)), system, GRADES[sample], items, estimator)
    return float(found.values[0]), float(sampled_variance(items, found.amounts)[0])


def _dcg(grades: list[float]) -> float:
    return sum(grade / log2(rank + 1) for rank, grade in enumerate(grades, 1))


EXACT = {
    "P@4": 3 / 4,
    "P(rel=2)@5": 2 / 5,
    "DCG@3": _dcg([3, 0, 1]),
    "DCG": _dcg([3, 0, 1, 2, 0, 0]),
    "DCG(discount='original')@4": 3 + 1 / log2(3) + 2 / 2,
    "RBP(p=0.5)": 0.5 * (1 + 0.25 + 0.125),
    "R@3": 2 / 4,
    "nDCG@3": _dcg([3, 0, 1]) / _dcg([3, 2, 1]),
    "nDCG(gains={1:4,3:9})@3": _dcg([9, 0, 4]) / _dcg([9, 4, 4]),
    "nDCG": _dcg([3, 0, 1, 2, 0, 0]) / _dcg([3, 2, 1, 1]),
}


@pytest.mark.parametrize("estimator", ["hajek", "horvitz_thompson"])
@pytest.mark.parametrize("text", EXACT)
def test_all_items_give_the_measure_itself_and_no_variance(text: str, estimator: Estimator) -> None:
    value, variance = _estimate(text, list(range(7)), np.ones(7), estimator)
    assert value == pytest.approx(EXACT[text], abs=1e-12)
    assert variance == 0


@pytest.mark.parametrize("text", [text for text in EXACT if text[0] in "PD"])
def test_horvitz_thompson_is_unbiased_over_all_samples_and_so_is_its_variance(text: str) -> None:
    n = 4
    found = np.array(
        [
            _estimate(text, list(sample), np.full(7, n / 7), "horvitz_thompson")
            for sample in combinations(range(7), n)
        ]
    )
    assert len(found) == comb(7, n)
    assert found[:, 0].mean() == pytest.approx(EXACT[text], abs=1e-12)
    assert found[:, 1].mean() == pytest.approx(found[:, 0].var(), abs=1e-12)


def test_unequal_inclusions_are_unbiased_over_all_samples() -> None:
    inclusion = np.array([0.9, 0.2, 0.5, 0.7, 0.3, 0.6, 0.4])
    mean = 0.0
    for chosen in range(1, 2**7):
        taken = np.array([chosen >> i & 1 for i in range(7)], dtype=bool)
        probability = np.prod(np.where(taken, inclusion, 1 - inclusion))
        value, _ = _estimate("DCG@5", np.flatnonzero(taken).tolist(), inclusion, "horvitz_thompson")
        mean += probability * value
    assert mean == pytest.approx(_dcg([3, 0, 1, 2, 0]), abs=1e-12)


def test_items_drawn_alone_have_the_variance_of_independent_draws() -> None:
    items = SampledItems(np.array([0, 1, 1]), np.array([0.25, 1.0, 0.5]), 2)
    variances = sampled_variance(items, np.array([2.0, 7.0, 3.0]))
    assert variances == pytest.approx([0.75 * 8**2, 0.5 * 6**2])


def test_strata_have_a_variance_each() -> None:
    queries, strata = np.zeros(4, dtype=np.int64), np.array([0, 0, 1, 1])
    amounts = np.array([1.0, 1.0, 5.0, 5.0])
    apart = SampledItems(queries, np.full(4, 0.5), 1, strata)
    assert sampled_variance(apart, amounts) == pytest.approx([0.0])
    together = SampledItems(queries, np.full(4, 0.5), 1)
    assert sampled_variance(together, amounts)[0] > 1


def test_hajek_is_exact_where_all_gains_are_alike() -> None:
    for sample in combinations([0, 2, 3], 2):
        items = SampledItems(np.zeros(2, dtype=np.int64), np.array([0.3, 0.8]), 1)
        system = RankedItems(RANKS[list(sample)], np.array([6]))
        found = estimate_values(form_of(parse_measure("DCG@6")), system, np.ones(2), items, "hajek")
        assert found.values == pytest.approx([_dcg([1] * 6)])
        assert sampled_variance(items, found.amounts) == pytest.approx([0.0])


def test_query_without_a_drawn_item_near_the_top_is_marked_blind_and_gets_the_ratio_of_the_others() -> None:
    items = SampledItems(np.array([0, 1, 1]), np.array([0.5, 0.5, 0.25]), 2)
    ranked = RankedItems(np.array([3, 1, 2]), np.array([9, 9]))
    of = (form_of(parse_measure("P@2")), ranked, np.array([1.0, 1.0, 0.0]), items)
    found = estimate_values(*of, "hajek")
    assert found.blind.tolist() == [True, False]
    assert found.covered.tolist() == [0.0, 3.0]
    assert found.values == pytest.approx([2 / 6, 2 / 6])  # 2 of the 6 items that are stood for are relevant
    assert found.counted.mean() == pytest.approx(found.values.mean())
    assert estimate_values(*of, "horvitz_thompson").values.tolist() == [0.0, 1.0]


@given(
    rows=st.lists(
        st.tuples(st.integers(0, 2), st.integers(0, 3), st.sampled_from([0.1, 0.25, 0.5, 1.0])),
        min_size=1,
        max_size=12,
    )
)
@settings(max_examples=60, deadline=None)
def test_ideal_of_ndcg_is_that_of_as_many_copies_as_items_stand_for(
    rows: list[tuple[int, int, float]],
) -> None:
    rows = sorted(rows)
    queries = np.array([q for q, _, _ in rows])
    grades = np.array([float(g) for _, g, _ in rows])
    inclusion = np.array([p for _, _, p in rows])
    items = SampledItems(queries, inclusion, 3)
    system = RankedItems(np.ones(len(rows), dtype=np.int64), np.array([1, 1, 1]))
    found = plain_values(form_of(parse_measure("nDCG@5")), system, grades, items, "horvitz_thompson")
    for query in range(3):
        mine = [(g, round(1 / p)) for q, g, p in rows if q == query]
        copies = sorted((g for g, n in mine for _ in range(n)), reverse=True)[:5]
        dcg = sum(g * n for g, n in mine)  # every item at rank 1, whose discount is 1
        assert found.values[query] == pytest.approx(dcg / _dcg(copies) if any(copies) else 0.0)


@pytest.mark.parametrize("text", ["nDCG@5", "nDCG(dcg='exp-log2')@3", "R@3", "DCG@4"])
def test_amounts_are_the_derivative_of_the_value_by_what_an_item_stands_for(text: str) -> None:
    inclusion = np.array([0.31, 0.4, 0.77, 0.5, 0.9, 0.23, 0.66])
    form, n = form_of(parse_measure(text)), len(GRADES)
    system = RankedItems(RANKS, np.array([6]))

    def value(stands_for: np.ndarray, estimator: Estimator) -> float:
        items = SampledItems(np.zeros(n, dtype=np.int64), 1 / stands_for, 1)
        return float(plain_values(form, system, GRADES, items, estimator).values[0])

    for estimator in ("hajek", "horvitz_thompson"):
        items = SampledItems(np.zeros(n, dtype=np.int64), inclusion, 1)
        amounts = estimate_values(form, system, GRADES, items, estimator).amounts
        for item in range(n):
            step = np.zeros(n)
            step[item] = 1e-6
            slope = (value(1 / inclusion + step, estimator) - value(1 / inclusion - step, estimator)) / 2e-6
            assert amounts[item] == pytest.approx(slope, abs=1e-6)


@pytest.mark.parametrize("text", ["R@3", "nDCG@3"])
def test_jackknife_is_that_of_samples_with_one_item_less(text: str) -> None:
    """Of five items with the same inclusion, by its definition: the mean over samples of four, weighed against all five."""
    form, sample, share = form_of(parse_measure(text)), [0, 1, 2, 3, 5], 5 / 7

    def plain(kept: list[int], inclusion: float) -> float:
        items = SampledItems(np.zeros(len(kept), dtype=np.int64), np.full(len(kept), inclusion), 1)
        system = RankedItems(RANKS[kept], np.array([6]))
        return float(plain_values(form, system, GRADES[kept], items, "horvitz_thompson").values[0])

    whole = plain(sample, share)
    fewer = np.mean([plain([i for i in sample if i != out], share * 4 / 5) for out in sample])
    value, _ = _estimate(text, sample, np.full(7, share), "hajek")
    assert value == pytest.approx(whole + (1 - share) * 4 * (whole - fewer))


@pytest.mark.parametrize("text", ["nDCG@3", "nDCG"])
def test_jackknife_takes_bias_away(text: str) -> None:
    """Over all samples of five of the seven items."""
    form, biases = form_of(parse_measure(text)), []
    for estimate in (plain_values, estimate_values):
        values = []
        for sample in combinations(range(7), 5):
            rows = list(sample)
            items = SampledItems(np.zeros(5, dtype=np.int64), np.full(5, 5 / 7), 1)
            system = RankedItems(RANKS[rows], np.array([6]))
            values.append(estimate(form, system, GRADES[rows], items, "horvitz_thompson").values[0])
        biases.append(abs(np.mean(values) - EXACT[text]))
    assert biases[1] < 0.75 * biases[0]


@pytest.mark.parametrize("text", ["RR", "AP", "ERR@5", "Success@5", "Bpref"])
def test_measure_that_is_no_sum_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="cannot be estimated from sampled judgments"):
        form_of(parse_measure(text))


def test_measure_of_judged_items_only_is_refused() -> None:
    with pytest.raises(SettingsError, match="looks only at judged items"):
        form_of(parse_measure("P(judged_only=True)@5"))


def test_mean_of_all_queries_like_these_has_the_standard_error_of_a_mean() -> None:
    values = np.array([0.2, 0.5, 0.9, 0.4])
    found = mean_over_queries(values, np.zeros(4), QueryDesign(np.ones(4)), 0.95)
    error = values.std(ddof=1) / 2
    assert found.interval.estimate == pytest.approx(0.5)
    assert found.interval.high - 0.5 == pytest.approx(3.182446305 * error)  # Student's t with 3 degrees
    assert found.of_queries == pytest.approx(error**2)


def test_scatter_of_queries_holds_that_of_items_already() -> None:
    values = np.array([0.2, 0.5, 0.9, 0.4])
    plain = mean_over_queries(values, np.zeros(4), QueryDesign(np.ones(4)), 0.95)
    noisy = mean_over_queries(values, np.full(4, 0.01), QueryDesign(np.ones(4)), 0.95)
    assert noisy.interval == plain.interval
    assert noisy.of_judgments == pytest.approx(0.01 / 4)
    assert noisy.of_queries == pytest.approx(values.var(ddof=1) / 4 - 0.01 / 4)


def test_one_query_of_many_tells_no_bounds() -> None:
    found = mean_over_queries(np.array([0.4]), np.array([0.01]), QueryDesign(np.ones(1)), 0.95)
    assert found.of_queries is None
    assert np.isinf(found.interval.high)


def test_all_queries_of_a_list_leave_only_the_noise_of_judgments() -> None:
    design = QueryDesign(np.array([3.0, 1.0]), np.ones(2))
    found = mean_over_queries(np.array([0.2, 0.6]), np.array([0.01, 0.04]), design, 0.95)
    assert found.interval.estimate == pytest.approx(0.3)
    assert found.of_queries == pytest.approx(0.0)
    assert found.of_judgments == pytest.approx((9 * 0.01 + 0.04) / 16)
    assert found.interval.high - 0.3 == pytest.approx(1.959963985 * found.of_judgments**0.5)


def test_variance_of_queries_from_a_list_is_right_over_all_samples() -> None:
    values, n = np.array([0.1, 0.9, 0.4, 0.3, 0.7, 0.2]), 3
    means, variances = [], []
    for sample in combinations(range(6), n):
        design = QueryDesign(np.ones(n), np.full(n, n / 6))
        found = mean_over_queries(values[list(sample)], np.zeros(n), design, 0.95)
        means.append(found.interval.estimate)
        variances.append(found.of_queries)
    assert np.mean(means) == pytest.approx(values.mean())
    assert np.mean(variances) == pytest.approx(np.var(means))
