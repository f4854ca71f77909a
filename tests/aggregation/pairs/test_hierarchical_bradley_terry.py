from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from answer_strategies import comparison_tables
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize, root
from scipy.special import expit

from palate.aggregation.pairs import BradleyTerry, HierarchicalBradleyTerry, hierarchical_bradley_terry
from palate.aggregation.pairs._query_scores import count_by_query, most_probable, spread_from
from palate.aggregation.pairs._tables import code_comparisons
from palate.core.errors import InputError, SettingsError


def _comparisons(
    seed: int,
    *,
    n_items: int = 4,
    n_queries: int = 6,
    each: int = 12,
    between: float = 1.0,
    own: float = 1.0,
    ties: float = 0.0,
) -> tuple[pl.DataFrame, np.ndarray, np.ndarray]:
    """Return comparisons in which scores move between queries, the items' own scores, and those in each query."""
    rng = np.random.default_rng(seed)
    items = rng.normal(0, own, n_items)
    scores = items + rng.normal(0, between, (n_queries, n_items))
    query = np.repeat(np.arange(n_queries), each)
    left = rng.integers(0, n_items, len(query))
    right = (left + rng.integers(1, n_items, len(query))) % n_items
    won = rng.random(len(query)) < expit(scores[query, left] - scores[query, right])
    label = np.where(rng.random(len(query)) < ties, "tie", np.where(won, "left", "right"))
    table = pl.DataFrame({"query": query, "left": left, "right": right, "label": label})
    return table, items, scores


class _Dense:
    """The yardstick: one comparison at a time, no block and no query apart, optima by scipy.

    Parameters are the items' own scores and how far each of them is moved in each query it was compared in.
    """

    def __init__(self, table: pl.DataFrame, n_items: int, n_queries: int) -> None:
        design = np.zeros((len(table), n_items + n_queries * n_items))
        for row, (query, left, right) in enumerate(table.select("query", "left", "right").iter_rows()):
            for item, sign in ((left, 1.0), (right, -1.0)):
                design[row, [item, n_items + query * n_items + item]] += sign
        self.used = np.flatnonzero(np.abs(design).sum(axis=0))
        self.is_item = self.used < n_items
        self.of_items, self.of_moves = design[:, self.used[self.is_item]], design[:, self.used[~self.is_item]]
        self.share = table["label"].replace_strict({"left": 1.0, "tie": 0.5, "right": 0.0}).to_numpy()

    def curvature(self, lead: np.ndarray, design: np.ndarray) -> np.ndarray:
        chance = expit(lead)
        return design.T @ (design * (chance * (1 - chance))[:, np.newaxis])

    def moves(self, items: np.ndarray, spread: float) -> np.ndarray:
        """The most probable moves, given the items' own scores."""

        def slope(moves: np.ndarray) -> np.ndarray:
            lead = self.of_items @ items + self.of_moves @ moves
            return self.of_moves.T @ (self.share - expit(lead)) - moves / spread**2

        def bend(moves: np.ndarray) -> np.ndarray:
            lead = self.of_items @ items + self.of_moves @ moves
            return -self.curvature(lead, self.of_moves) - np.eye(len(moves)) / spread**2

        return root(slope, np.zeros(self.of_moves.shape[1]), jac=bend, tol=1e-13).x

    def likelihood(self, items: np.ndarray, spread: float) -> float:
        """Laplace's approximation of the likelihood, moves integrated out."""
        moves = self.moves(items, spread)
        lead = self.of_items @ items + self.of_moves @ moves
        value = self.share @ np.log(expit(lead)) + (1 - self.share) @ np.log(expit(-lead))
        determinant = np.linalg.slogdet(np.eye(len(moves)) + spread**2 * self.curvature(lead, self.of_moves))[
            1
        ]
        return float(value - moves @ moves / (2 * spread**2) - determinant / 2)

    def items(self, own: float, spread: float) -> np.ndarray:
        """The most probable items' own scores."""

        def minus(items: np.ndarray) -> float:
            return -self.likelihood(items, spread) + items @ items / (2 * own**2)

        return minimize(minus, np.zeros(int(self.is_item.sum())), method="BFGS", options={"gtol": 1e-7}).x

    def covariance(self, items: np.ndarray, own: float, spread: float) -> np.ndarray:
        """The inverse of minus the second derivatives by items and moves together, in that order."""
        lead = self.of_items @ items + self.of_moves @ self.moves(items, spread)
        information = self.curvature(lead, np.hstack([self.of_items, self.of_moves]))
        priors = np.repeat([own**-2, spread**-2], [self.of_items.shape[1], self.of_moves.shape[1]])
        return np.linalg.inv(information + np.diag(priors))


@pytest.mark.parametrize("spreads", [(1.0, 1.0), (0.5, 2.0), (2.0, 0.1)])
def test_scores_and_their_errors_are_those_of_the_whole_posterior(spreads: tuple[float, float]) -> None:
    table, *_ = _comparisons(1, ties=0.05)
    dense, coded = _Dense(table, 4, 6), code_comparisons(table)
    wanted = dense.items(*spreads)
    counts = count_by_query(
        table["query"].to_numpy().astype(np.int32), coded.left, coded.right, coded.outcome, 4
    )
    found = most_probable(counts, *spreads, (np.zeros(4), np.zeros(counts.items.shape)))
    np.testing.assert_allclose(found.items, wanted, atol=1e-4)
    moves = dense.moves(found.items, spreads[1])
    query, place = np.nonzero(counts.there)
    at = {code: where for where, code in enumerate(dense.used)}
    cells = [at[4 + q * 4 + counts.items[q, p]] for q, p in zip(query, place, strict=True)]
    together = np.append(found.items, moves)
    np.testing.assert_allclose(found.moved[query, place], together[cells], atol=1e-8)
    covariance = dense.covariance(found.items, *spreads)
    np.testing.assert_allclose(found.item_covariance, covariance[:4, :4], atol=1e-8)
    own, _ = found.squares(counts, spreads[1])
    assert own == pytest.approx(np.sum(found.items**2 + np.diag(covariance)[:4]), abs=1e-8)
    scores, errors = found.in_queries(counts, spreads[1])
    for q in range(6):
        here = np.flatnonzero(counts.there[q])
        pick = np.zeros((len(here), len(dense.used)))
        for row, p in enumerate(here):
            pick[row, [at[counts.items[q, p]], at[4 + q * 4 + counts.items[q, p]]]] = 1
        pick -= pick.mean(axis=0)
        np.testing.assert_allclose(scores[q, here], pick @ together, atol=1e-8)
        np.testing.assert_allclose(errors[q, here], np.sqrt(np.diag(pick @ covariance @ pick.T)), atol=1e-8)


def test_spreads_are_where_their_density_is_flat() -> None:
    table, *_ = _comparisons(2, ties=0.05)
    result = HierarchicalBradleyTerry(rate=0.7).aggregate(table)
    assert result.converged
    assert result.iterations < 60
    dense = _Dense(table, 4, 6)
    own, between = result.effects["value"]
    items = dense.items(own, between)
    scores = result.scores.sort("item")["score"].to_numpy()
    np.testing.assert_allclose(scores, items - items.mean(), atol=1e-4)
    covariance = dense.covariance(items, own, between)
    # By the logarithm of each: of the scores' density and the gamma prior, items' scores being known up to their covariance.
    squares = np.sum(items**2 + np.diag(covariance)[:4])
    assert squares / own**2 - 4 + 1 - 0.7 * own == pytest.approx(0, abs=1e-3)
    step = 1e-4
    ahead, behind = (dense.likelihood(items, between * np.exp(sign * step)) for sign in (1, -1))
    free = np.linalg.inv(np.linalg.inv(covariance)[4:, 4:])  # of the moves, were the items' scores known
    unknown = np.trace(covariance[4:, 4:] - free) / between**2
    assert (ahead - behind) / (2 * step) + unknown + 1 - 0.7 * between == pytest.approx(0, abs=1e-3)


@given(squares=st.floats(1e-6, 1e6), number=st.integers(1, 1000), rate=st.floats(0.01, 100))
def test_the_most_probable_spread_is_where_its_density_is_flat(
    squares: float, number: int, rate: float
) -> None:
    spread = spread_from(squares, number, rate)
    assert spread > 0

    def slope(log_spread: np.ndarray) -> np.ndarray:
        return (1 - number) + squares * np.exp(-2 * log_spread) - rate * np.exp(log_spread)

    assert root(slope, np.log(spread), tol=1e-12).x[0] == pytest.approx(np.log(spread), abs=1e-8)


def test_spreads_and_scores_are_recovered() -> None:
    found, wrong, spread_of_items = [], [], []
    for seed in range(5):
        table, items, _ = _comparisons(seed, n_items=12, n_queries=60, each=60, between=0.7, own=1.2)
        spread_of_items.append(items.std(ddof=1))
        result = HierarchicalBradleyTerry().aggregate(table)
        found.append(result.effects["value"].to_list())
        wrong += (result.scores.sort("item")["score"].to_numpy() - (items - items.mean())).tolist()
        assert result.effects["effect"].to_list() == ["between_items", "between_queries"]
    own, between = np.mean(found, axis=0)
    assert own == pytest.approx(np.mean(spread_of_items), rel=0.12)
    assert between == pytest.approx(0.7, abs=0.1)
    assert np.sqrt(np.mean(np.square(wrong))) < 0.15


def test_scores_in_queries_are_nearer_than_those_of_a_query_alone_or_of_all_together() -> None:
    table, _, scores = _comparisons(7, n_items=5, n_queries=40, each=15)
    found = HierarchicalBradleyTerry().aggregate(table).queries
    pooled = dict(BradleyTerry(intervals="none").aggregate(table).scores.select("item", "score").iter_rows())
    errors = {"shrunk": [], "pooled": [], "alone": []}
    for query in range(40):
        own = BradleyTerry(intervals="none").aggregate(table.filter(query=query)).scores
        alone = dict(own.select("item", "score").iter_rows())
        shrunk = dict(found.filter(query=query).select("item", "score").iter_rows())
        names = sorted(shrunk)
        truth = scores[query, names] - scores[query, names].mean()
        for kind, values in (("shrunk", shrunk), ("pooled", pooled), ("alone", alone)):
            guess = np.array([values[name] for name in names])
            errors[kind] += ((guess - guess.mean() - truth) ** 2).tolist()
    assert np.mean(errors["shrunk"]) < 0.85 * min(np.mean(errors["pooled"]), np.mean(errors["alone"]))


def test_bounds_cover_the_true_scores() -> None:
    own, inside = [], []
    for seed in range(20):
        table, items, scores = _comparisons(100 + seed, n_items=6, n_queries=20, each=30)
        result = HierarchicalBradleyTerry().aggregate(table)
        bounds = result.scores.sort("item")
        truth = items - items.mean()
        own += ((bounds["low"].to_numpy() <= truth) & (truth <= bounds["high"].to_numpy())).tolist()
        for query, part in result.queries.group_by("query"):
            names = part["item"].to_list()
            here = scores[query[0], names] - scores[query[0], names].mean()
            inside += ((part["low"].to_numpy() <= here) & (here <= part["high"].to_numpy())).tolist()
    assert 0.9 <= np.mean(own) <= 0.99
    assert 0.92 <= np.mean(inside) <= 0.98


def test_where_queries_agree_scores_are_those_of_all_together() -> None:
    table, *_ = _comparisons(8, n_queries=30, each=60, between=0.0)
    result = HierarchicalBradleyTerry().aggregate(table)
    assert result.effects["value"][1] < 0.15
    pooled = BradleyTerry(regularization=0.01).aggregate(table).scores.sort("item")
    np.testing.assert_allclose(result.scores.sort("item")["score"], pooled["score"], atol=0.1)


def test_one_query_compared_often_does_not_decide() -> None:
    rows = [("often", "A", "B", "right")] * 500
    rows += [(f"query {q}", "A", "B", "left") for q in range(30) for _ in range(3)]
    table = pl.DataFrame(rows, schema=["query", "left", "right", "label"], orient="row")
    assert HierarchicalBradleyTerry().aggregate(table).scores["item"][0] == "A"
    assert BradleyTerry().aggregate(table).scores["item"][0] == "B"
    assert HierarchicalBradleyTerry().aggregate(table).queries.filter(query="often")["item"][0] == "B"


@settings(max_examples=25, deadline=None)
@given(comparisons=comparison_tables(), data=st.data())
def test_every_query_has_its_items_once(comparisons: pl.DataFrame, data: st.DataObject) -> None:
    names = st.lists(st.sampled_from("pqr"), min_size=len(comparisons), max_size=len(comparisons))
    table = comparisons.with_columns(query=pl.Series(data.draw(names)))
    result = HierarchicalBradleyTerry().aggregate(table)
    assert result.converged
    sides = [table.select("query", item=side) for side in ("left", "right")]
    wanted = pl.concat(sides).group_by("query", "item").len().sort("query", "item")
    found = result.queries.sort("query", "item")
    assert found.select("query", "item").equals(wanted.select("query", "item"))
    assert found["comparisons"].to_list() == wanted["len"].to_list()
    assert (found["low"] <= found["score"]).all()
    sums = result.queries.group_by("query").agg(pl.col("score").sum())
    np.testing.assert_allclose(sums["score"], 0, atol=1e-9)


def test_without_queries_nothing_moves() -> None:
    table, *_ = _comparisons(9)
    result = HierarchicalBradleyTerry().aggregate(table.drop("query"))
    assert result.effects["effect"].to_list() == ["between_items"]
    assert result.queries["query"].null_count() == len(result.queries) == 4
    one = HierarchicalBradleyTerry().aggregate(table.with_columns(query=pl.lit("q")))
    assert one.scores.equals(result.scores)
    np.testing.assert_allclose(
        result.queries.sort("item")["score"], result.scores.sort("item")["score"], atol=1e-9
    )


def test_a_comparison_without_a_query_is_named() -> None:
    table, *_ = _comparisons(10)
    holed = table.with_columns(query=pl.when(pl.int_range(pl.len()) == 4).then(None).otherwise("query"))
    with pytest.raises(InputError, match="names no query") as caught:
        HierarchicalBradleyTerry().aggregate(holed)
    assert caught.value.row == 5


def test_what_does_not_fit_in_memory_is_refused(monkeypatch) -> None:
    monkeypatch.setattr(hierarchical_bradley_terry, "_MOST_ITEMS", 3)
    with pytest.raises(InputError, match="4 items, up to 4 in one of 6 queries, are too many"):
        HierarchicalBradleyTerry().aggregate(_comparisons(11)[0])


def test_settings_outside_their_range_are_refused() -> None:
    with pytest.raises(SettingsError, match="'rate'"):
        HierarchicalBradleyTerry(rate=0)
    with pytest.raises(SettingsError, match="'max_iter'"):
        HierarchicalBradleyTerry(max_iter=0)


def test_too_few_rounds_are_not_called_converged() -> None:
    assert not HierarchicalBradleyTerry(max_iter=1).aggregate(_comparisons(12)[0]).converged
