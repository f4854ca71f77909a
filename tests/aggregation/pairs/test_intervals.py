from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from compared import annotated, circled, wins
from scipy.stats import t as student

from palate.aggregation._score_intervals import Uncertainty, covariance_of, rank_bounds
from palate.aggregation.pairs import BradleyTerry, RaoKupper, Thurstone, _intervals, _maximum_likelihood
from palate.aggregation.pairs import _sandwich_kernel as kernel
from palate.aggregation.pairs._pair_kernel import outcome_terms
from palate.core.errors import InputError, SettingsError

NORMAL_95 = 1.959963984540054


def _plain_covariance(comparisons: pl.DataFrame, scores: np.ndarray, clusters: np.ndarray) -> np.ndarray:
    """The sandwich of Bradley and Terry's model by loops over comparisons without ties."""
    n_ids = len(scores)
    information, sums = np.zeros((n_ids, n_ids)), np.zeros((clusters.max() + 1, n_ids))
    for (a, b, label), cluster in zip(
        comparisons["left", "right", "label"].iter_rows(), clusters, strict=True
    ):
        unit = np.eye(n_ids)[a] - np.eye(n_ids)[b]
        p = 1 / (1 + np.exp(scores[b] - scores[a]))
        information += p * (1 - p) * np.outer(unit, unit)
        sums[cluster] += ((label == "left") - p) * unit
    inverse = np.linalg.pinv(information)
    return inverse @ sums.T @ sums @ inverse


def test_sandwich_equals_loops_over_comparisons() -> None:
    comparisons = circled(1)
    found = BradleyTerry(regularization=0, intervals="sandwich").aggregate(comparisons).scores.sort("item")
    covariance = _plain_covariance(comparisons, found["score"].to_numpy(), np.arange(len(comparisons)))
    np.testing.assert_allclose(found["high"] - found["score"], NORMAL_95 * np.sqrt(np.diag(covariance)))


@pytest.mark.parametrize("cells", [1 << 25, 20])
def test_clustered_equals_loops_over_comparisons(cells: int, monkeypatch) -> None:
    monkeypatch.setattr(_intervals, "_CELLS", cells)
    comparisons, _ = annotated(2, n_annotators=12)
    found = BradleyTerry(regularization=0, intervals="clustered").aggregate(comparisons).scores.sort("item")
    covariance = _plain_covariance(
        comparisons, found["score"].to_numpy(), comparisons["annotator"].to_numpy()
    )
    margin = student.ppf(0.975, 11) * np.sqrt(np.diag(covariance) * 12 / 11)
    np.testing.assert_allclose(found["high"] - found["score"], margin)
    np.testing.assert_allclose(found["score"] - found["low"], margin)


def test_one_annotator_a_comparison_is_the_sandwich() -> None:
    comparisons = circled(3, ties=0.2).with_row_index("annotator")
    margins = []
    for intervals in ("sandwich", "clustered"):
        found = BradleyTerry(intervals=intervals, side_bias=True).aggregate(comparisons)
        scores = (found.scores["high"] - found.scores["score"]).to_numpy()
        margins.append(np.append(scores, found.effects["high"] - found.effects["value"]))
    n = len(comparisons)
    wider = student.ppf(0.975, n - 1) / NORMAL_95 * np.sqrt(n / (n - 1))
    np.testing.assert_allclose(margins[1], margins[0] * wider, rtol=1e-8)


@pytest.mark.parametrize("method", [BradleyTerry, RaoKupper, Thurstone])
def test_with_a_right_model_all_kinds_agree(method) -> None:
    comparisons, _ = annotated(4, n_annotators=400, each=100, taste=0)
    widths = {
        intervals: (found["high"] - found["low"]).to_numpy()
        for intervals in ("fisher", "sandwich", "clustered")
        for found in [method(intervals=intervals).aggregate(comparisons).scores.sort("item")]
    }
    np.testing.assert_allclose(widths["sandwich"], widths["fisher"], rtol=0.1)
    np.testing.assert_allclose(widths["clustered"], widths["fisher"], rtol=0.2)


def _population_scores(taste: float, n_ids: int) -> np.ndarray:
    """What infinitely many annotators' comparisons give: Bradley and Terry's fit to the expected shares."""
    comparisons, _ = annotated(10**6, n_ids=n_ids, n_annotators=100_000, each=20, taste=taste)
    found = BradleyTerry(regularization=0, intervals="none").aggregate(comparisons)
    return found.scores.sort("item")["score"].to_numpy()


def test_intervals_by_annotator_cover_where_those_of_independent_comparisons_do_not() -> None:
    # 60 annotators of own taste; 60 simulations of 6 scores: 0.95 +- 0.02 if right.
    population = _population_scores(taste=0.8, n_ids=6)
    covered = {"fisher": [], "clustered": []}
    for seed in range(60):
        comparisons, _ = annotated(seed, taste=0.8, each=60)
        for intervals, inside in covered.items():
            found = BradleyTerry(intervals=intervals).aggregate(comparisons).scores.sort("item")
            low, high = found["low"].to_numpy(), found["high"].to_numpy()
            inside.append((low <= population) & (population <= high))
    shares = {intervals: np.mean(inside) for intervals, inside in covered.items()}
    assert shares["clustered"] >= 0.92
    assert shares["fisher"] < 0.85


def test_annotators_are_needed_for_clustered_intervals() -> None:
    method, comparisons = BradleyTerry(intervals="clustered"), circled(1)
    with pytest.raises(InputError, match="comparisons, row 1, column 'annotator': .*'sandwich'"):
        method.aggregate(comparisons)
    some = comparisons.with_columns(annotator=pl.Series([*["a", "b"] * 100, None, *["c"] * 5]))
    with pytest.raises(InputError, match="row 201"):
        method.aggregate(some)
    with pytest.raises(InputError, match="only one"):
        method.aggregate(comparisons.with_columns(annotator=pl.lit("a")))


def test_intervals_of_no_kind_are_refused_and_none_are_left_out() -> None:
    with pytest.raises(SettingsError, match="fisher, sandwich, clustered or none; it is 'wald'"):
        BradleyTerry(intervals="wald")
    found = BradleyTerry(intervals="none").aggregate(circled(1, ties=0.2))
    assert not {"low", "high", "low_rank", "high_rank"} & set(found.scores.columns)
    assert found.effects.select("low", "high").row(0) == (None, None)


def test_ranks_by_hand() -> None:
    # Independent scores with error 1: differences have error sqrt 2; the level 0.025 / 3 a side is 2.394 of these.
    scores = np.array([0.0, 3.3, 3.5, 8.0, 5.0, 6.0])
    found = Uncertainty(np.eye(6), np.zeros(0), np.inf)
    low, high = rank_bounds(scores, found, np.array([1, 1, 1, 1, 2, 2], dtype=np.int32))
    # 3.386 is needed: 3.3 - 0 is not enough, 3.5 - 0 is; 8 is ahead of all; 6 - 5 is nothing.
    assert low.tolist() == [3, 2, 2, 1, 1, 1]
    assert high.tolist() == [4, 4, 3, 1, 2, 2]


def test_ranks_use_what_errors_have_in_common() -> None:
    together = Uncertainty(np.array([[1.0, 0.99], [0.99, 1.0]]), np.zeros(0), np.inf)
    low, high = rank_bounds(np.array([1.0, 0.0]), together, np.ones(2, dtype=np.int32))
    assert (low.tolist(), high.tolist()) == ([1, 2], [1, 2])


def test_rank_bounds_hold_the_rank_and_the_true_one() -> None:
    truth = np.arange(6, 0, -1)
    inside = []
    for seed in range(30):
        comparisons, _ = annotated(seed, taste=0, n_annotators=20)
        found = BradleyTerry().aggregate(comparisons).scores.sort("item")
        assert ((found["low_rank"] <= found["rank"]) & (found["rank"] <= found["high_rank"])).all()
        low, high = found["low_rank"].to_numpy(), found["high_rank"].to_numpy()
        inside.append((low <= truth) & (truth <= high))
    assert np.mean(inside) >= 0.95
    assert (low < high).any()


def test_a_clear_order_has_no_doubt_about_ranks() -> None:
    comparisons = pl.concat(
        [wins("a", "b", 900), wins("b", "a", 100), wins("b", "c", 900), wins("c", "b", 100)]
    )
    found = BradleyTerry().aggregate(comparisons).scores
    assert found.select("item", "low_rank", "high_rank").rows() == [("a", 1, 1), ("b", 2, 2), ("c", 3, 3)]


def test_a_matrix_that_rounding_makes_indefinite_is_inverted_all_the_same() -> None:
    matrix = np.array([[1.0, 2.0], [2.0, 1.0]])
    np.testing.assert_allclose(covariance_of(matrix), np.linalg.inv(matrix))
    definite = np.array([[2.0, 1.0], [1.0, 3.0]])
    np.testing.assert_allclose(covariance_of(definite), np.linalg.inv(definite))


def test_the_loops_as_written_equal_the_compiled_ones() -> None:
    rng = np.random.default_rng(0)
    left, right = np.array([[0, 1, 2, 0], [1, 2, 0, 2]], dtype=np.int32)
    outcome, annotators = np.array([1, 0, -1, 0], dtype=np.int8), np.array([0, 1, 2, 1], dtype=np.int32)
    covariates, scores, weights = rng.normal(size=(4, 2)), rng.normal(size=3), rng.normal(size=2)
    plain, fast = np.zeros((2, 2, 6))
    arguments = (0, left, right, outcome, covariates, annotators, 1, scores, weights, 0.3)
    kernel.sum_by_annotator.py_func(*arguments, plain)
    kernel.sum_by_annotator(*arguments, fast)
    np.testing.assert_allclose(plain, fast)
    counts = np.array([[1.0, 0, 0], [0, 0, 1], [0, 1, 0], [0, 0, 1]])
    # With an annotator each, sums by annotator give the same squares.
    each = np.zeros((4, 6))
    kernel.sum_by_annotator(
        0, left, right, outcome, covariates, np.arange(4, dtype=np.int32), 0, *arguments[7:], each
    )
    for function in (kernel.sum_of_squares, kernel.sum_of_squares.py_func):
        squares = np.zeros((6, 6))
        function(0, left, right, counts, covariates, scores, weights, 0.3, squares)
        np.testing.assert_allclose(squares, each.T @ each)


@pytest.mark.parametrize("chunk", [3, 1 << 19])
def test_gradients_by_annotator_equal_those_added_one_by_one(monkeypatch, chunk: int) -> None:
    monkeypatch.setattr(kernel, "_CHUNK", chunk)
    rng = np.random.default_rng(1)
    left = rng.integers(0, 4, 50).astype(np.int32)
    right = ((left + rng.integers(1, 4, 50)) % 4).astype(np.int32)
    outcome, annotators = rng.choice([-1, 1], 50).astype(np.int8), rng.integers(0, 6, 50).astype(np.int32)
    scores = rng.normal(size=4)
    expected = np.zeros((6, 4))
    for i, j, result, annotator in zip(left, right, outcome, annotators, strict=True):
        slope = (result + 1) / 2 - 1 / (1 + np.exp(scores[j] - scores[i]))
        expected[annotator, i] += slope
        expected[annotator, j] -= slope
    found = np.zeros((3, 4))  # of annotators 2 to 4
    arguments = (left, right, outcome, np.zeros((50, 0)), annotators, 2, scores, np.zeros(0), -np.inf)
    kernel.sum_by_annotator.py_func(0, *arguments, found)
    np.testing.assert_allclose(found, expected[2:5], atol=1e-14)
    compiled = np.zeros((3, 4))
    kernel.sum_by_annotator(0, *arguments, compiled)
    np.testing.assert_allclose(compiled, expected[2:5], atol=1e-14)
    for function in (kernel._write_slopes, kernel._write_slopes.py_func):
        slopes = np.zeros(3)
        function(0, 1, 0.7, np.array([2.0]), np.array([0.1]), -1.0, slopes)
        terms = outcome_terms(0, 1, 0.9, -1.0)
        np.testing.assert_allclose(slopes, [terms[1], 2 * terms[1], terms[2]])
    rows, ends = np.zeros((2, 4)), np.array([1, 2])
    pairs, slopes = np.array([[0, 1], [2, 0]], dtype=np.int32), np.array([[0.5, 0.25], [1.0, 2.0]])
    kernel._add_rows.py_func(pairs, slopes, ends, rows)
    assert rows.tolist() == [[0.5, -0.5, 0, 0.25], [-1, 0, 1, 2]]
    assert kernel._first_places.py_func(annotators, 2, 3).tolist() == np.cumsum(
        [0, *(int((annotators == code).sum()) for code in (2, 3))]
    ).tolist()  # fmt: skip


def test_very_many_things_have_no_intervals(monkeypatch) -> None:
    monkeypatch.setattr(_maximum_likelihood, "MOST_FOR_INTERVALS", 5)
    found = BradleyTerry(intervals="sandwich", side_bias=True).aggregate(circled(0, n_ids=6))
    assert "low" not in found.scores.columns
    assert found.effects["low"].is_null().all()
