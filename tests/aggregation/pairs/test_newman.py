from __future__ import annotations

import choix
import numpy as np
import polars as pl
import pytest
from answer_strategies import comparison_tables
from compared import circled
from hypothesis import given, settings

from palate.aggregation.pairs import BradleyTerry, Newman, _turns_kernel
from palate.core.errors import SettingsError


@settings(max_examples=40, deadline=None)
@given(comparisons=comparison_tables())
def test_it_ends_where_newtons_method_does(comparisons: pl.DataFrame) -> None:
    ours = Newman().aggregate(comparisons)
    newton = BradleyTerry().aggregate(comparisons)
    assert ours.converged
    np.testing.assert_allclose(
        ours.scores.sort("item")["score"], newton.scores.sort("item")["score"], atol=1e-6
    )
    if len(newton.effects):
        assert ours.effects["value"][0] == pytest.approx(newton.effects["value"][0], abs=1e-6)
    np.testing.assert_allclose(ours.wins["probability"], newton.wins["probability"], atol=1e-6)


def test_without_prior_it_ends_where_choix_does() -> None:
    comparisons = circled(2)
    found = Newman(regularization=1e-10).aggregate(comparisons).scores.sort("item")["score"].to_numpy()
    data = [(a, b) if label == "left" else (b, a) for a, b, label in comparisons.iter_rows()]
    np.testing.assert_allclose(found, choix.ilsr_pairwise(6, data, max_iter=1000, tol=1e-12), atol=1e-6)


def test_the_papers_prior_is_one_win_and_one_loss_against_an_average_thing() -> None:
    # With strength p of A and 1/p of B, A having won 2 of 2: 2 ln(p^2 / (p^2 + 1)) + 2 ln(p / (1 + p)^2) is greatest
    # where 4 (1 - p^2 / (p^2 + 1)) = 2 (p - 1) / (p + 1) for the two of them.
    found = Newman(regularization=2).aggregate(
        pl.DataFrame({"left": ["A", "A"], "right": ["B", "B"], "label": ["left", "left"]})
    )
    p = np.exp(found.scores["score"][0])
    assert 4 / (p**2 + 1) == pytest.approx(2 * (p - 1) / (p + 1))


def test_the_loops_as_written_equal_the_compiled_ones() -> None:
    offsets, others = np.array([0, 2, 3, 4]), np.array([1, 2, 0, 0], dtype=np.int32)
    wins, losses = np.array([2.0, 1.0, 0.5, 3.0]), np.array([0.5, 3.0, 2.0, 1.0])
    plain, fast = np.array([1.0, 1.2, 0.7]), np.array([1.0, 1.2, 0.7])
    moved = _turns_kernel.newman_pass.py_func(offsets, others, wins, losses, 0.1, 0.4, plain)
    assert moved == pytest.approx(_turns_kernel.newman_pass(offsets, others, wins, losses, 0.1, 0.4, fast))
    np.testing.assert_allclose(plain, fast)
    pairs = np.array([0, 0], dtype=np.int32), np.array([1, 2], dtype=np.int32)
    counts = np.array([3.0, 4.0]), np.array([1.0, 0.0])
    balance = _turns_kernel.balance_ties
    assert balance.py_func(*pairs, *counts, 0.1, 0.4, plain) == pytest.approx(
        balance(*pairs, *counts, 0.1, 0.4, plain)
    )


def test_a_weak_prior_does_not_make_it_slow() -> None:
    # Turns alone move all scores together by a share of 1e-4 of the way each; there would be 100,000 of them.
    found = Newman(regularization=1e-3).aggregate(circled(5, n_comparisons=600, ties=0.2))
    assert found.converged
    assert found.iterations < 200


def test_too_few_passes_are_told() -> None:
    found = Newman(max_iter=1).aggregate(circled(1))
    assert not found.converged
    assert found.iterations == 1


@pytest.mark.parametrize("setting", [{"regularization": 0.0}, {"tolerance": 0.0}, {"max_iter": 0}])
def test_impossible_settings_are_refused(setting: dict[str, float]) -> None:
    with pytest.raises(SettingsError, match=f"'{next(iter(setting))}' must be"):
        Newman(**setting)
