from __future__ import annotations

import itertools

import numpy as np
import polars as pl
import pytest
from answer_strategies import comparison_tables
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from palate.aggregation.pairs import _pair_kernel as kernel
from palate.aggregation.pairs._pair_model import PairModel, link_number, outcome_probabilities
from palate.aggregation.pairs._tables import code_comparisons

LINKS = ("davidson", "rao_kupper", "thurstone")
PLAIN = {
    "davidson": kernel._davidson,
    "log_logistic": kernel._log_logistic,
    "log_normal": kernel._log_normal,
    "logistic_tie": kernel._logistic_tie,
    "normal_tie": kernel._normal_tie,
}


def _probability(link: str, outcome: int, d: float, c: float) -> float:
    """The models as their papers have them."""
    if link == "davidson":
        parts = {1: np.exp(d / 2), -1: np.exp(-d / 2), 0: np.exp(c)}
        return parts[outcome] / sum(parts.values())
    below = norm.cdf if link == "thurstone" else lambda x: 1 / (1 + np.exp(-x))
    lower = -abs(d)  # a tie is as probable either way; in the lower tail differences keep their digits
    return {1: below(d - c), -1: below(-d - c), 0: below(lower + c) - below(lower - c)}[outcome]


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("outcome", [1, -1, 0])
@pytest.mark.parametrize("d", [-3.0, -0.4, 0.0, 0.7, 4.0])
@pytest.mark.parametrize("c", [0.2, 1.3])
def test_terms_are_the_logarithm_of_the_probability_and_its_derivatives(link, outcome, d, c) -> None:
    terms = kernel.outcome_terms.py_func(link_number(link), outcome, d, c)
    assert terms == pytest.approx(kernel.outcome_terms(link_number(link), outcome, d, c), abs=1e-12)

    def log(x, y):
        return np.log(_probability(link, outcome, d + x, c + y))

    h, k = 1e-6, 1e-4
    assert terms[0] == pytest.approx(log(0, 0))
    assert terms[1] == pytest.approx((log(h, 0) - log(-h, 0)) / (2 * h), abs=1e-7)
    assert terms[2] == pytest.approx((log(0, h) - log(0, -h)) / (2 * h), abs=1e-7)
    assert terms[3] == pytest.approx((log(k, 0) - 2 * log(0, 0) + log(-k, 0)) / k**2, abs=1e-5)
    assert terms[5] == pytest.approx((log(0, k) - 2 * log(0, 0) + log(0, -k)) / k**2, abs=1e-5)
    mixed = (log(k, k) - log(k, -k) - log(-k, k) + log(-k, -k)) / (4 * k**2)
    assert terms[4] == pytest.approx(mixed, abs=1e-5)


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("d", [-0.7, 0.0, 1.4])
def test_a_pairs_terms_are_those_of_its_comparisons(link: str, d: float) -> None:
    single = [kernel.outcome_terms(link_number(link), outcome, d, 0.4) for outcome in (1, -1, 0)]
    expected = np.array([3.0, 1.0, 2.0]) @ np.array(single)
    for function in (kernel.row_terms, kernel.row_terms.py_func):
        found = function(link_number(link), 3.0, 1.0, 2.0, d, 0.4, np.exp(0.4))
        assert found == pytest.approx(expected, abs=1e-12)
    if link == "davidson":
        tied = kernel._davidson_row.py_func(3.0, 1.0, 2.0, d, 0.4, np.exp(0.4))
        assert tied == pytest.approx(expected, abs=1e-12)
        untied = kernel._davidson_row.py_func(3.0, 1.0, 0.0, d, -np.inf, 0.0)
        assert untied[0] == pytest.approx(-3 * np.log(1 + np.exp(-d)) - np.log(1 + np.exp(d)))


@pytest.mark.parametrize(("d", "c"), [(-45.0, 0.5), (-31.0, 0.1), (700.0, 0.3), (0.0, 1e-6), (12.0, 4.0)])
def test_plain_and_compiled_terms_agree_far_out(d: float, c: float) -> None:
    for name in ("log_logistic", "log_normal"):
        found = PLAIN[name].py_func(d)
        assert np.isfinite(found).all()
        assert found == pytest.approx(PLAIN[name](d), rel=1e-12)
    for name, outcome in (("logistic_tie", ()), ("normal_tie", ()), ("davidson", (0,)), ("davidson", (-1,))):
        found = PLAIN[name].py_func(*outcome, d, c)
        assert found == pytest.approx(PLAIN[name](*outcome, d, c), rel=1e-9)


@pytest.mark.parametrize("x", [-60.0, -35.0, -30.5, -29.5, -8.0, 0.0, 3.0])
def test_the_normal_tail_keeps_its_digits(x: float) -> None:
    log, ratio, curvature = kernel._log_normal(x)
    assert log == pytest.approx(norm.logcdf(x), rel=1e-8)
    assert ratio == pytest.approx(np.exp(norm.logpdf(x) - norm.logcdf(x)), rel=1e-6)
    assert -1 <= curvature <= 0


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("c", [0.4, "none"])
def test_probabilities_of_outcomes_are_the_models(link: str, c) -> None:
    d = np.array([-2.0, 0.0, 0.5])
    threshold = {"davidson": -np.inf}.get(link, 0.0) if c == "none" else c
    half_win, tie = outcome_probabilities(link, d, threshold)
    expected = [[_probability(link, outcome, x, threshold) for x in d] for outcome in (1, 0)]
    np.testing.assert_allclose(tie, expected[1], atol=1e-15)
    np.testing.assert_allclose(half_win, expected[0] + tie / 2)


@st.composite
def _objectives(draw: st.DrawFn) -> tuple[PairModel, np.ndarray]:
    coded = code_comparisons(draw(comparison_tables()))
    n_covariates = draw(st.integers(0, 2))
    rng = np.random.default_rng(draw(st.integers(0, 100)))
    model = PairModel.from_counts(
        coded.pairs,
        len(coded.ids),
        draw(st.sampled_from([0.0, 0.1, 3.0])),
        link=draw(st.sampled_from(LINKS)),
        covariates=rng.normal(size=(len(coded.pairs.first), n_covariates)) if n_covariates else None,
        ridge=draw(st.sampled_from([0.0, 0.7])),
    )
    parameters = rng.uniform(-1.5, 1.5, len(model.start()))
    if model.n_ties:
        parameters[-1] = rng.uniform(0.2, 1.5)
    return model, parameters


@settings(max_examples=60, deadline=None)
@given(objective=_objectives())
def test_gradient_and_information_of_every_model_equal_finite_differences(objective) -> None:
    model, parameters = objective
    point, step = model.at(parameters), 1e-6
    gradient, product = [], []
    for unit in np.eye(len(parameters)):
        above, below = model.at(parameters + step * unit), model.at(parameters - step * unit)
        gradient.append((above.value - below.value) / (2 * step))
        product.append(-(above.gradient - below.gradient) / (2 * step))
    np.testing.assert_allclose(point.gradient, gradient, atol=2e-6, rtol=1e-6)
    matrix = np.array([point.information.times(unit) for unit in np.eye(len(parameters))])
    np.testing.assert_allclose(matrix, product, atol=2e-6, rtol=1e-6)
    np.testing.assert_allclose(point.information.dense(), matrix, atol=1e-12)
    np.testing.assert_allclose(point.information.diagonal(), np.diag(matrix), atol=1e-12)


@settings(max_examples=20, deadline=None)
@given(objective=_objectives())
def test_the_loops_as_written_equal_the_compiled_ones(objective) -> None:
    model, parameters = objective
    point = model.at(parameters)
    n_extra = len(parameters) - model.n_ids
    gradient = np.zeros(model.n_ids + 1 + n_extra)
    curvature, mixed = np.empty(len(model.first)), np.zeros((n_extra, model.n_ids + 1))
    with_ties = model.n_ties > 0
    value = kernel.evaluate.py_func(
        link_number(model.link), model.first, model.second, model.counts, model.covariates,
        np.append(point.scores, 0.0), point.weights, point.c, with_ties, gradient, curvature,
        np.zeros(model.n_ids + 1), mixed, np.zeros((n_extra, n_extra)),
    )  # fmt: skip
    assert value - model.ridge / 2 * point.weights @ point.weights == pytest.approx(point.value)
    np.testing.assert_allclose(curvature, point.information.curvature, atol=1e-12)
    vector = np.arange(1.0, model.n_ids + 2)
    product, again = np.zeros((2, model.n_ids + 1))
    kernel.multiply.py_func(model.first, model.second, curvature, vector, product)
    kernel.multiply(model.first, model.second, curvature, vector, again)
    np.testing.assert_allclose(product, again)


@pytest.mark.parametrize("link", LINKS)
def test_the_start_has_the_share_of_ties_that_there_is(link: str) -> None:
    rows = [("a", "b", "left"), ("a", "b", "right"), ("a", "c", "tie"), ("c", "b", "left")]
    coded = code_comparisons(pl.DataFrame(rows, schema=["left", "right", "label"], orient="row"))
    model = PairModel.from_counts(coded.pairs, 3, 0.0, link=link)
    _, tie = outcome_probabilities(link, np.zeros(1), model.start()[-1])
    assert tie[0] == pytest.approx(1 / 4)


def test_nothing_decided_still_has_a_start() -> None:
    rows = [("a", "b", "tie"), ("b", "c", "tie")]
    coded = code_comparisons(pl.DataFrame(rows, schema=["left", "right", "label"], orient="row"))
    for link, regularization in itertools.product(LINKS, (0.0, 0.1)):
        model = PairModel.from_counts(coded.pairs, 3, regularization, link=link)
        assert np.isfinite(model.at(model.start()).value)


def test_a_threshold_below_zero_is_no_place_to_be() -> None:
    coded = code_comparisons(pl.DataFrame({"left": ["a"], "right": ["b"], "label": ["tie"]}))
    model = PairModel.from_counts(coded.pairs, 2, 0.1, link="rao_kupper")
    assert model.at(np.array([0.0, 0.0, -0.1])).value == -np.inf
