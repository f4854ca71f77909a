"""What other libraries were found to get wrong, once each."""

from __future__ import annotations

import choix
import numpy as np
import polars as pl
import pytest
from compared import annotated, wins

from palate.aggregation.pairs import BradleyTerry, Newman, NoisyBradleyTerry, PairAggregator, pair_aggregators
from palate.aggregation.pairs._reliability import GivenComparisons
from palate.aggregation.pairs._tables import code_comparisons

every_aggregator = pytest.mark.parametrize(
    "method", [kind() for kind in pair_aggregators], ids=pair_aggregators.name_of
)


@pytest.mark.parametrize("method", [BradleyTerry(regularization=1e-12), Newman(regularization=1e-12)])
def test_iteration_goes_on_to_the_maximum(method: PairAggregator) -> None:
    """One compares an array with itself, stops after two iterations, and is off by up to 147%."""
    strength = np.linspace(-4, 4, 9)
    rng = np.random.default_rng(0)
    left = rng.integers(0, 8, 4000)  # a chain of neighbours, which is slow to settle
    won = rng.random(4000) < 1 / (1 + np.exp(strength[left + 1] - strength[left]))
    table = pl.DataFrame({"left": left, "right": left + 1, "label": np.where(won, "left", "right")})
    data = [(a, b) if label == "left" else (b, a) for a, b, label in table.iter_rows()]
    exact = choix.ilsr_pairwise(9, data, max_iter=10_000, tol=1e-13)
    found = method.aggregate(table)
    assert found.converged
    np.testing.assert_allclose(found.scores.sort("item")["score"], exact, atol=1e-6)


def test_the_noisy_models_gradient_is_right_for_the_last_and_for_repeated_annotators() -> None:
    """One is off by one in the index of annotators, and keeps only the last comparison of each thing."""
    comparisons, _ = annotated(1, n_ids=3, n_annotators=3, each=5)
    given, method = GivenComparisons.from_coded(code_comparisons(comparisons)), NoisyBradleyTerry()
    parameters, step = np.linspace(-1, 1, 9), 1e-6
    _, gradient = method.value_and_gradient(given, parameters)
    for place, unit in enumerate(np.eye(9)):
        above, _ = method.value_and_gradient(given, parameters + step * unit)
        below, _ = method.value_and_gradient(given, parameters - step * unit)
        assert gradient[place] == pytest.approx((above - below) / (2 * step), abs=1e-6)


@every_aggregator
def test_who_wins_comes_first(method: PairAggregator) -> None:
    """One ranks by the eigenvector of the matrix turned round: the worst comes first."""
    table = pl.concat(
        [
            wins("best", "good", 8),
            wins("good", "best", 2),
            wins("good", "bad", 8),
            wins("bad", "good", 2),
            wins("best", "bad", 9),
            wins("bad", "best", 1),
        ]
    )
    assert method.aggregate(table).scores["item"].to_list() == ["best", "good", "bad"]


def test_the_comparisons_of_one_annotator_are_not_taken_as_independent() -> None:
    """Others' intervals cover 78% where they say 95%: 60 annotators with a taste of their own."""
    comparisons, _ = annotated(7, taste=1.0, each=100)
    width = {}
    for intervals in ("fisher", "clustered"):
        found = BradleyTerry(intervals=intervals).aggregate(comparisons).scores
        width[intervals] = (found["high"] - found["low"]).mean()
    assert width["clustered"] > 1.7 * width["fisher"]


@every_aggregator
def test_an_undefeated_thing_has_a_finite_score_and_is_first(method: PairAggregator) -> None:
    """Others give it infinity, everybody 0, an exception, or an arbitrary number."""
    table = pl.concat([wins("king", "a", 3), wins("king", "b", 3), wins("a", "b", 2), wins("b", "a", 1)])
    found = method.aggregate(table).scores
    assert np.isfinite(found["score"].to_numpy()).all()
    assert found["item"].to_list() == ["king", "a", "b"]
    assert found["score"].n_unique() == 3


@every_aggregator
def test_groups_that_never_met_are_named_and_ranked_apart(method: PairAggregator) -> None:
    """Others rank them against each other without a word."""
    comparisons = pl.concat([wins("a", "b", 3), wins("c", "b", 1), wins("x", "y", 9)])
    found = method.aggregate(comparisons).scores
    assert found["component"].to_list() == [1, 1, 1, 2, 2]
    assert found.filter(component=1)["rank"].to_list()[0] == 1
    assert found.filter(component=2).select("item", "rank").rows() == [("x", 1), ("y", 2)]


@every_aggregator
def test_a_circle_leaves_all_equal(method: PairAggregator) -> None:
    table = pl.concat([wins("a", "b", 5), wins("b", "c", 5), wins("c", "a", 5)])
    found = method.aggregate(pl.concat([table] * 4)).scores["score"]
    if not method.depends_on_order:
        np.testing.assert_allclose(found, found.mean(), atol=1e-6)
