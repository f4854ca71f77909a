from __future__ import annotations

from functools import cache
from itertools import product

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ranked_strategies import ranked_tables, rows_of
from scipy.optimize import root
from scipy.stats import norm
from scipy.stats import t as student

from palate.aggregation.pairs import BradleyTerry
from palate.aggregation.rankings import CodedRankings, PlackettLuce
from palate.aggregation.rankings._tables import code_rankings
from palate.core.errors import InputError, SettingsError

KINDS = ["fisher", "sandwich", "clustered"]


def _plain_slopes(rankings: CodedRankings, scores: np.ndarray) -> np.ndarray:
    """The yardstick: one choice at a time, the slope of each ranking's log-likelihood by each score."""
    slopes = np.zeros((len(rankings.annotators), len(scores)))
    for ranking, (start, stop) in enumerate(zip(rankings.offsets[:-1], rankings.offsets[1:], strict=True)):
        for place in range(start, stop - 1):
            if rankings.listed[place]:
                left = rankings.candidates[place:stop]
                chances = np.exp(scores[left]) / np.exp(scores[left]).sum()
                slopes[ranking, left] -= chances
                slopes[ranking, left[0]] += 1
    return slopes


def _plain_errors(rankings: CodedRankings, method: PlackettLuce, fit_scores: np.ndarray) -> np.ndarray:
    """Standard errors times the quantile, group by group, with second derivatives by finite differences."""

    def gradient(scores: np.ndarray) -> np.ndarray:
        return _plain_slopes(rankings, scores).sum(axis=0) - method.regularization * np.tanh(scores / 2) / 2

    scores = root(
        gradient, fit_scores, tol=1e-12
    ).x  # where the prior holds them; the result moved them to the mean
    n, step = len(scores), 1e-5
    information = np.array(
        [(gradient(scores - step * unit) - gradient(scores + step * unit)) / (2 * step) for unit in np.eye(n)]
    )
    slopes, covariance = _plain_slopes(rankings, scores), np.linalg.inv(information)
    margins = np.empty(n)
    for group in range(rankings.n_groups):
        inside = np.flatnonzero(rankings.group_of_candidate == group)
        own = slopes[rankings.group_of_ranking == group][:, inside]
        who = rankings.annotators[rankings.group_of_ranking == group]
        part, quantile = covariance[np.ix_(inside, inside)], norm.ppf(0.975)
        if method.intervals == "sandwich":
            part = part @ own.T @ own @ part
        if method.intervals == "clustered":
            sums = np.array([own[who == person].sum(axis=0) for person in np.unique(who)])
            part = part @ sums.T @ sums @ part * len(sums) / (len(sums) - 1)
            quantile = student.ppf(0.975, len(sums) - 1)
        centre = np.eye(len(inside)) - 1 / len(inside)
        margins[inside] = quantile * np.sqrt(np.diag(centre @ part @ centre))
    return margins


def _rankings(seed: int, n_items: int = 5, n_annotators: int = 8, tasks: int = 2) -> pl.DataFrame:
    """Everybody ranks three to five of the items of each task; a lower number is better."""
    rng, rows = np.random.default_rng(seed), []
    for task, annotator in product(range(tasks), range(n_annotators)):
        chosen = rng.permutation(n_items)[: rng.integers(3, n_items + 1)]
        order = chosen[np.argsort(chosen / 2 - rng.gumbel(size=len(chosen)))]
        rows.append((task, annotator, [(int(item), rank + 1) for rank, item in enumerate(order)]))
    return rows_of(rows)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("by_task", [True, False])
@pytest.mark.parametrize("unranked", ["unseen", "last"])
def test_bounds_are_those_of_plain_derivatives(kind: str, by_task: bool, unranked: str) -> None:
    method = PlackettLuce(intervals=kind, by_task=by_task, unranked=unranked, regularization=0.3)
    coded = code_rankings(_rankings(1), by_task=by_task, unranked=unranked)
    fit = method.fit(coded)
    assert (fit.components == 1).all()
    margins = _plain_errors(coded, method, fit.scores)
    np.testing.assert_allclose(fit.high - fit.scores, margins, atol=1e-5)
    np.testing.assert_allclose(fit.scores - fit.low, margins, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("regularization", [0.0, 0.2])
def test_rankings_of_two_have_the_bounds_of_bradley_and_terry(kind: str, regularization: float) -> None:
    rng = np.random.default_rng(2)
    rows, pairs = [], []
    for number in range(300):
        first, second = rng.permutation(6)[:2]
        if rng.random() > 1 / (1 + np.exp((first - second) / 2)):
            first, second = second, first
        rows.append((number, int(rng.integers(9)), [(int(first), 1), (int(second), 2)]))
        pairs.append((int(first), int(second), "left", rows[-1][1]))
    method = PlackettLuce(by_task=False, intervals=kind, regularization=regularization)
    table = pl.DataFrame(pairs, schema=["left", "right", "label", "annotator"], orient="row")
    found = method.aggregate(rows_of(rows)).rankings.sort("item")
    wanted = BradleyTerry(intervals=kind, regularization=regularization).aggregate(table).scores.sort("item")
    for column in ("score", "low", "high"):
        np.testing.assert_allclose(found[column], wanted[column], atol=1e-6)
    for column in ("low_rank", "high_rank"):
        assert found[column].to_list() == wanted[column].to_list()


@pytest.mark.parametrize("kind", [*KINDS, "none"])
@settings(max_examples=25, deadline=None)
@given(rankings=ranked_tables(), unranked=st.sampled_from(["unseen", "last"]))
def test_bounds_hold_the_score_and_ranks_hold_the_rank(
    kind: str, rankings: pl.DataFrame, unranked: str
) -> None:
    if kind == "clustered" and rankings["annotator"].n_unique() < 2:
        rankings = pl.concat([rankings, rankings.with_columns(annotator=pl.lit(99, dtype=pl.Int64))])
    found = PlackettLuce(intervals=kind, unranked=unranked).aggregate(rankings).rankings
    if kind == "none":
        assert "low" not in found.columns
        return
    known = found.drop_nulls("low")
    assert (known["low"] <= known["score"]).all()
    assert (known["score"] <= known["high"]).all()
    assert (found["low_rank"] <= found["rank"]).all()
    assert (found["rank"] <= found["high_rank"]).all()
    if kind != "clustered":
        assert len(known) == len(found)


def test_a_task_of_one_annotator_has_no_clustered_bounds() -> None:
    rows = [(1, "a", [("x", 1), ("y", 2)]), (2, "a", [("x", 1), ("y", 2)]), (2, "b", [("y", 1), ("x", 2)])]
    found = PlackettLuce(intervals="clustered").aggregate(rows_of(rows)).rankings
    assert found["low"].is_null().to_list() == [True, True, False, False]
    assert found["low_rank"].to_list() == [1, 1, 1, 1]
    assert found["high_rank"].to_list() == [2, 2, 2, 2]
    with pytest.raises(InputError, match="here is only one"):
        PlackettLuce(intervals="clustered").aggregate(rows_of(rows[:2]))


def test_too_many_items_have_no_bounds(monkeypatch) -> None:
    from palate.aggregation.rankings import _intervals

    monkeypatch.setattr(_intervals, "_MOST_CELLS", 3)
    assert "low" not in PlackettLuce().aggregate(_rankings(3)).rankings.columns


def test_clustered_bounds_cover_the_scores_of_annotators_of_own_taste() -> None:
    """What each item is worth differs between annotators; rankings of one are not independent."""
    truth, covered = np.linspace(1, -1, 4), {kind: [] for kind in ("fisher", "clustered")}
    for seed in range(100):
        rng, rows = np.random.default_rng(seed), []
        for annotator in range(30):
            taste = truth + rng.normal(0, 1, 4)
            for task in range(6):
                order = np.argsort(-(taste + rng.gumbel(size=4)))
                rows.append((task, annotator, [(int(item), rank + 1) for rank, item in enumerate(order)]))
        table = rows_of(rows)
        for kind in covered:
            method = PlackettLuce(by_task=False, intervals=kind, regularization=0)
            bounds = method.aggregate(table).rankings.sort("item")
            # Differences between annotators make the crowd's scores flatter than each one's; the middle stays 0.
            middle = (bounds["low"][1:3] <= _crowd()[1:3]) & (_crowd()[1:3] <= bounds["high"][1:3])
            covered[kind] += middle.to_list()
    assert np.mean(covered["clustered"]) >= 0.92
    assert np.mean(covered["fisher"]) < 0.85


@cache
def _crowd() -> pl.Series:
    """The scores that infinitely many such annotators would have: those of a large crowd, by plain choices."""
    rng, truth = np.random.default_rng(99), np.linspace(1, -1, 4)
    tastes = truth + rng.normal(0, 1, (40_000, 4))
    orders = np.argsort(-(tastes + rng.gumbel(size=tastes.shape)), axis=1)
    scores = np.zeros(4)
    for _ in range(100):
        slopes = np.zeros(4)
        for place in range(3):
            left = orders[:, place:]
            chances = np.exp(scores[left]) / np.exp(scores[left]).sum(axis=1, keepdims=True)
            slopes -= np.bincount(left.ravel(), weights=chances.ravel(), minlength=4) / len(orders)
            slopes += np.bincount(orders[:, place], minlength=4) / len(orders)
        scores += slopes
    return pl.Series(scores - scores.mean())


def test_another_kind_is_refused() -> None:
    with pytest.raises(SettingsError, match="'intervals' must be fisher, sandwich, clustered or none"):
        PlackettLuce(intervals="wide")  # type: ignore[arg-type]  # that is the point
