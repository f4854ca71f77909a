"""Propensities and judgments from clicks: recovered from logs of which all is known."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
from scipy import stats

from palate.core.errors import InputError, SettingsError
from palate.learning import (
    LambdaMART,
    Propensities,
    clicks_on_lists,
    clicks_to_judgments,
    learn,
    randomized_propensities,
    rerank,
    swap_propensities,
)

LOOKED = 1.0 / np.arange(1, 7)
"""How probably people look at each rank."""


def _log(
    orders: np.ndarray, relevance: np.ndarray, queries: np.ndarray, rng: np.random.Generator
) -> pl.DataFrame:
    """Return clicks on lists: ``orders`` has the items shown, shape (n_lists, n_ranks)."""
    ranks = np.arange(orders.shape[1])
    chance = LOOKED[ranks] * relevance[queries[:, None], orders]
    return pl.DataFrame(
        {
            "query": np.repeat(queries, orders.shape[1]),
            "item": orders.ravel(),
            "rank": np.tile(ranks + 1, len(orders)),
            "clicks": (rng.random(orders.shape) < chance).astype(int).ravel(),
        }
    )


def test_randomized_log_gives_back_the_propensities() -> None:
    rng = np.random.default_rng(0)
    relevance = rng.uniform(0.1, 0.9, (50, 6))
    queries = rng.integers(0, 50, 20_000)
    orders = np.argsort(rng.random((20_000, 6)), axis=1)
    found = randomized_propensities(_log(orders, relevance, queries, rng)).table
    assert found["rank"].to_list() == [1, 2, 3, 4, 5, 6]
    # A click comes with probability 0.5 / k; the standard error of a ratio of two shares follows.
    share = 0.5 * LOOKED
    error = LOOKED * np.sqrt((1 / share - 1) / 20_000 + (1 / share[0] - 1) / 20_000)
    assert (np.abs(found["propensity"].to_numpy() - LOOKED) <= 4 * error).all()
    inside = (found["low"].to_numpy() <= LOOKED) & (found["high"].to_numpy() >= LOOKED)
    assert inside.sum() >= 4
    width = found["high"].to_numpy()[3] - found["low"].to_numpy()[3]
    assert width == pytest.approx(2 * 1.96 * error[3], rel=0.1)


def test_randomized_propensities_by_hand() -> None:
    log = pl.DataFrame(
        {
            "query": 1,
            "item": ["a", "b"] * 10,
            "rank": [1, 2] * 10,
            "click": [1, 1] * 2 + [1, 0] * 2 + [0, 0] * 6,
        }
    )
    found = randomized_propensities(log).table
    assert found["propensity"].to_list() == [1.0, 0.5]
    assert found["clicks"].to_list() == [4, 2]
    half = 1.959964 * math.sqrt(1 / 2 - 1 / 10 + 1 / 4 - 1 / 10)
    assert found.row(1)[2:4] == pytest.approx((0.5 * math.exp(-half), 0.5 * math.exp(half)))


def _two_systems(seed: int, lists: int = 20_000) -> pl.DataFrame:
    """Return a log of two systems that put relevant items on top, one of them turned about by chance: ranks tell of relevance."""
    rng = np.random.default_rng(seed)
    relevance = rng.uniform(0.05, 0.95, (200, 6))
    noise = rng.normal(0, 0.15, (2, 200, 6))
    by_system = np.argsort(-(relevance + noise), axis=2)
    queries, system = rng.integers(0, 200, lists), rng.integers(0, 2, lists)
    return _log(by_system[system, queries], relevance, queries, rng)


def test_swaps_give_back_the_propensities_where_ranks_tell_of_relevance() -> None:
    found = [swap_propensities(_two_systems(seed), 0.8, resamples=19).table for seed in range(3)]
    values = np.array([table["propensity"].to_numpy() for table in found])
    assert values.mean(axis=0) == pytest.approx(LOOKED, abs=0.06)
    naive = randomized_propensities(_two_systems(0)).table["propensity"].to_numpy()
    assert naive[5] < 0.6 * LOOKED[5]  # the same log, taken for a randomized one, is far off
    inside = [
        (t["low"].to_numpy()[1:] <= LOOKED[1:]) & (LOOKED[1:] <= t["high"].to_numpy()[1:]) for t in found
    ]
    # 15 intervals of 80%, taken as independent.
    assert np.sum(inside) >= stats.binom.ppf(1e-4, 15, 0.8)


def test_swaps_are_the_same_bits_again() -> None:
    log = _two_systems(1, 2000)
    one, two = (swap_propensities(log, 0.8, resamples=9, seed=3).table for _ in range(2))
    assert one.equals(two)


def test_ranks_that_no_swap_joins_are_unknown() -> None:
    rows = [
        (q, "a" if swap else "b", 1 + (not swap), int(not swap or q % 2)) for q in range(9) for swap in (0, 1)
    ]
    rows += [(q, "b" if swap else "a", 1 + (not swap), int(q % 3 == 0)) for q in range(9) for swap in (0, 1)]
    rows += [(q, "c", 3, 1) for q in range(9)]
    log = pl.DataFrame(rows, schema=["query", "item", "rank", "clicks"], orient="row")
    found = swap_propensities(log, resamples=40)
    assert found.table["propensity"].to_list()[2] is None
    assert "No swaps join the ranks 3" in found.notes[0]
    with pytest.raises(InputError, match="ranks 3"):
        clicks_to_judgments(log, found)


def test_judgments_count_each_click_by_how_probably_it_was_looked_at() -> None:
    log = pl.DataFrame(
        {
            "query": [1, 1, 1, 1, 1, 1],
            "item": ["a", "a", "b", "b", "b", "c"],
            "rank": [1, 2, 2, 2, 3, 3],
            "clicks": [1, 0, 1, 0, 0, 2],
        }
    )
    known = Propensities(
        pl.DataFrame({"rank": [1, 2, 3], "propensity": [1.0, 0.5, 0.02]}), "randomized", 0.95
    )
    found = clicks_to_judgments(log, known, clip=0.1)
    assert found["p_1"].to_list() == pytest.approx([1 / 2, 2 / 3, 1.0])  # c: 10 clicks of 1, cut
    assert (found["p_0"] + found["p_1"]).to_list() == [1.0, 1.0, 1.0]
    assert found["impressions"].to_list() == [2, 3, 1]
    naive = clicks_to_judgments(log)
    assert naive["p_1"].to_list() == pytest.approx([1 / 2, 1 / 3, 1.0])


def _learned_order(seed: int) -> dict[str, float]:
    """Return the correlation of relevance with scores learned from clicks on a bad system's lists."""
    rng = np.random.default_rng(seed)
    good, other = rng.normal(size=(2, 200, 6))
    relevance = 1 / (1 + np.exp(1.0 - 1.5 * good))
    queries = np.repeat(np.arange(150), 20)
    noisy = np.argsort(-(other[queries] + 0.7 * rng.normal(size=(3000, 6))), axis=1)
    log = _log(noisy, relevance, queries, rng)
    table = pl.DataFrame(
        {
            "query": np.repeat(np.arange(200), 6),
            "item": np.tile(np.arange(6), 200),
            "good": good.ravel(),
            "other": other.ravel(),
        }
    )
    seen, unseen = table.filter(pl.col("query") < 150), table.filter(pl.col("query") >= 150)
    found = {}
    propensities = Propensities(pl.DataFrame({"rank": range(1, 7), "propensity": LOOKED}), "randomized", 0.95)
    for name, judgments in (
        ("naive", clicks_to_judgments(log)),
        ("weighted", clicks_to_judgments(log, propensities)),
    ):
        runs = rerank(learn(LambdaMART(), seen, judgments, seed=seed), unseen)
        scores = runs.sort("query", "item")["score"].to_numpy().reshape(50, 6)
        found[name] = float(
            np.mean([stats.spearmanr(s, r).statistic for s, r in zip(scores, relevance[150:], strict=True)])
        )
    return found


def test_weighted_clicks_teach_better_than_naive_ones() -> None:
    found = [_learned_order(seed) for seed in range(6)]
    differences = np.array([each["weighted"] - each["naive"] for each in found])
    low = differences.mean() - stats.t.ppf(0.975, 5) * stats.sem(differences)
    assert low > 0.0


def test_bad_logs_are_refused() -> None:
    log = pl.DataFrame({"query": [1, 1], "item": ["a", "b"], "rank": [1, 2], "clicks": [0, 1]})
    with pytest.raises(InputError, match="Nothing was clicked at rank 1"):
        randomized_propensities(log)
    with pytest.raises(InputError, match="No item was shown at two ranks"):
        swap_propensities(log)
    with pytest.raises(InputError, match="empty"):
        randomized_propensities(log.clear())
    with pytest.raises(InputError, match="missing"):
        clicks_to_judgments(log.with_columns(clicks=pl.Series([None, 1])))
    with pytest.raises(SettingsError, match="clip"):
        clicks_to_judgments(log, clip=0.0)
    with pytest.raises(SettingsError, match="confidence"):
        randomized_propensities(log, confidence=1.0)
    never = randomized_propensities(log.with_columns(clicks=pl.Series([1, 0])))
    assert "Nothing was clicked at the ranks 2" in never.notes[0]


LISTS = pl.DataFrame(
    {"list": [1, 1, 2, 2], "query": ["q"] * 4, "rank": [1, 2, 1, 2], "item": ["a", "b", "b", "a"]}
)


def test_every_item_of_a_shown_list_gets_a_row() -> None:
    log = pl.DataFrame(
        {"impression": [10, 11, 11], "list": ["1", "2", "2"], "item": ["a", "b", "a"], "clicks": [0, 2, 1]}
    )
    found = clicks_on_lists(log, LISTS)
    assert found.rows() == [("q", "a", 1, 0.0), ("q", "b", 2, 0.0), ("q", "b", 1, 2.0), ("q", "a", 2, 1.0)]


@pytest.mark.parametrize(
    ("log", "message"),
    [
        (
            {"impression": [1, 1], "list": [1, 2], "item": ["a", "b"], "clicks": [0, 1]},
            "shows one list; 1 imp",
        ),
        ({"impression": [1], "list": [1], "item": ["c"], "clicks": [1]}, "item 'c' of list '1'"),
        ({"impression": [1], "list": [3], "item": ["a"], "clicks": [1]}, "item 'a' of list '3'"),
        ({"impression": [1, 1], "list": [1, 1], "item": ["a", "a"], "clicks": [0, 1]}, "one row for each"),
        ({"impression": [1], "item": ["a"], "clicks": [1]}, "list"),
    ],
)
def test_logs_that_do_not_fit_their_lists_are_refused(log: dict[str, list[object]], message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        clicks_on_lists(pl.DataFrame(log), LISTS)
    assert caught.value.where == "clicks"
