from __future__ import annotations

from itertools import combinations, permutations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ranked_strategies import ranked_tables, rows_of

from palate.aggregation.rankings import Kemeny, Mallows
from palate.core.errors import InputError, SettingsError


def _kendall(order: tuple, central: list) -> int:
    return sum(central.index(a) > central.index(b) for a, b in combinations(order, 2))


def _log_probability(order: tuple, candidates: list, central: list, dispersion: float) -> float:
    """Return the logarithm of the share of all orders of the candidates that begin as ``order``."""
    weights = {o: np.exp(-dispersion * _kendall(o, central)) for o in permutations(candidates)}
    begin = sum(weight for o, weight in weights.items() if o[: len(order)] == order)
    return float(np.log(begin / sum(weights.values())))


@settings(max_examples=25, deadline=None)
@given(rankings=ranked_tables(), unranked=st.sampled_from(["unseen", "last"]))
def test_likelihood_is_that_of_all_orders_counted(rankings: pl.DataFrame, unranked: str) -> None:
    found = Mallows(unranked=unranked, regularization=0.5).aggregate(rankings)
    for row in found.tasks.to_dicts():
        own = rankings.filter(task=row["task"])
        central = found.rankings.filter(task=row["task"])["item"].to_list()

        def value(dispersion: float, own=own, central=central) -> float:
            total = -0.5 * dispersion
            for _, one in own.sort("rank").group_by("annotator", maintain_order=True):
                order = tuple(one["item"])
                candidates = sorted(central if unranked == "last" else order)
                total += _log_probability(order, candidates, central, dispersion)
            return total

        best = row["dispersion"]
        assert row["log_likelihood"] == pytest.approx(value(best) + 0.5 * best, abs=1e-9)
        assert value(best) >= value(best + 1e-3)
        assert value(best) >= value(max(best - 1e-3, 0.0))


@settings(max_examples=25, deadline=None)
@given(rankings=ranked_tables())
def test_central_ranking_is_kemenys(rankings: pl.DataFrame) -> None:
    mallows, kemeny = Mallows().aggregate(rankings), Kemeny().aggregate(rankings)
    assert mallows.rankings.equals(kemeny.rankings)
    assert mallows.tasks["distance"].equals(kemeny.tasks["distance"])
    assert mallows.log_likelihood == (pytest.approx(mallows.tasks["log_likelihood"].sum()),)


def _pairs(first: int, second: int) -> pl.DataFrame:
    orders = ["xy"] * first + ["yx"] * second
    return rows_of([(1, n, [(item, rank) for rank, item in enumerate(o)]) for n, o in enumerate(orders)])


def test_two_items_by_hand() -> None:
    # Three of four agree: odds of 3 = exp(dispersion).
    found = Mallows(regularization=0).aggregate(_pairs(3, 1)).tasks
    assert found["dispersion"].item() == pytest.approx(np.log(3))
    assert found["log_likelihood"].item() == pytest.approx(3 * np.log(3 / 4) + np.log(1 / 4))


def test_half_against_half_has_no_dispersion_to_find() -> None:
    found = Mallows(regularization=0).aggregate(_pairs(2, 2)).tasks
    assert found["dispersion"].item() == 0
    assert found["log_likelihood"].item() == pytest.approx(4 * np.log(1 / 2))


def test_entire_agreement_is_finite_only_with_regularization() -> None:
    # Odds of 4 to a tenth of a pair.
    assert Mallows().aggregate(_pairs(4, 0)).tasks["dispersion"].item() == pytest.approx(np.log(3.9 / 0.1))
    with pytest.raises(InputError, match="all annotators of a task agree entirely"):
        Mallows(regularization=0).aggregate(_pairs(4, 0))


def test_dispersion_of_drawn_rankings_is_found() -> None:
    rng = np.random.default_rng(0)
    rankings = []
    for annotator in range(2000):  # each item in turn is put, in the order so far, v places before its end
        order: list[int] = []
        for item in range(6):
            odds = np.exp(-0.7 * np.arange(item + 1))
            order.insert(item - rng.choice(item + 1, p=odds / odds.sum()), item)
        rankings.append((1, annotator, [(item, rank) for rank, item in enumerate(order)]))
    found = Mallows().aggregate(rows_of(rankings))
    assert found.rankings["item"].to_list() == list(range(6))
    assert found.tasks["dispersion"].item() == pytest.approx(0.7, abs=0.03)


def test_ties_are_refused_and_named() -> None:
    table = rows_of([(1, "a", [("x", 1), ("y", 2)]), (1, "b", [("z", 3), ("x", 4), ("y", 4)])])
    with pytest.raises(InputError, match="mallows takes no ties: annotator 'b' .* 'x' and 'y' of task 1"):
        Mallows().aggregate(table)


@pytest.mark.parametrize("setting", [{"regularization": -1.0}, {"regularization": np.inf}, {"largest": 0}])
def test_impossible_settings_are_refused(setting: dict) -> None:
    with pytest.raises(SettingsError, match=f"'{next(iter(setting))}' must be"):
        Mallows(**setting)
