from __future__ import annotations

import numpy as np
import pytest

from palate.aggregation.pairs import _davidson_kernel as quick
from palate.aggregation.pairs import _pair_kernel as general
from palate.aggregation.pairs._pair_counts import PairCounts
from palate.aggregation.pairs._pair_model import PairModel


def _rows() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """All pairs of five things, with counts that are whole, large, or parts of one."""
    first, second = (codes.astype(np.int32) for codes in np.triu_indices(5, 1))
    counts = np.random.default_rng(0).poisson(1.5, (len(first), 3)).astype(float)
    counts[0], counts[1], counts[2] = (9.0, 3.0, 1.0), (0.05, 0.05, 0.0), (0.0, 0.0, 0.0)
    return first, second, counts


def _derivatives(n_rows: int, n_ties: int) -> tuple[np.ndarray, ...]:
    shapes = ((5 + n_ties,), (n_rows,), (5,), (n_ties, 5), (n_ties, n_ties))
    return tuple(np.zeros(shape) for shape in shapes)


@pytest.mark.parametrize("function", [quick.evaluate_davidson, quick.evaluate_davidson.py_func])
@pytest.mark.parametrize("c", [-np.inf, 0.4])
def test_the_quick_loop_equals_the_general_one(function, c: float) -> None:
    first, second, counts = _rows()
    if c == -np.inf:
        counts[:, 2] = 0
    n_ties = int(np.isfinite(c))
    scores = np.array([1.5, -0.5, 0.0, 2.5, -30.0])
    found, wanted = _derivatives(len(first), n_ties), _derivatives(len(first), n_ties)
    value = function(first, second, counts, scores, c, bool(n_ties), *found)
    plain = general.evaluate(
        general.DAVIDSON, first, second, counts, np.zeros((len(first), 0)), scores, np.zeros(0), c, bool(n_ties), *wanted
    )  # fmt: skip
    assert value == pytest.approx(plain, rel=1e-13)
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-13)


def test_products_of_many_pairs_do_not_overflow() -> None:
    first, second = np.zeros(3_000, dtype=np.int32), np.ones(3_000, dtype=np.int32)
    counts = np.tile([3.0, 3.0, 1.0], (3_000, 1))
    value = quick.evaluate_davidson.py_func(
        first, second, counts, np.zeros(2), 0.0, True, *_derivatives(3_000, 1)
    )
    assert value == pytest.approx(-3_000 * 7 * np.log(3))  # all three outcomes are as probable


@pytest.mark.parametrize("far", [599.0, 601.0, 5_000.0])
def test_scores_however_far_apart_have_their_probability(far: float) -> None:
    one = np.ones(1)
    pairs = PairCounts(np.zeros(1, np.int32), np.ones(1, np.int32), 2 * one, one, 0 * one)
    model = PairModel.from_counts(pairs, 2, 0.0)
    # Two wins of what is certain to win, and one of what has the odds exp(-2 far).
    assert model.at(np.array([far, -far])).value == pytest.approx(-2 * far)
    assert model.at(np.array([-far, far])).value == pytest.approx(-4 * far)


def test_the_small_loops_as_written_are_powers_and_roots() -> None:
    assert [quick._small_power.py_func(3.0, times) for times in range(8)] == [
        3.0**times for times in range(8)
    ]
    grown, shrunk = np.exp([0.5, -1.0]), np.exp([-0.5, 1.0])  # of scores 1 and -2
    for i, j in ((0, 1), (1, 0)):
        assert quick.root_of_odds.py_func(i, j, grown, shrunk) == pytest.approx(np.exp(-1.5))
