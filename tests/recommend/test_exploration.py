from __future__ import annotations

import itertools

import numpy as np
import polars as pl
import pytest

from palate.core.errors import InputError, SettingsError
from palate.experiments.off_policy import evaluate_policy
from palate.recommend import explore_slots, sample_rankings
from palate.recommend._plackett_luce import rank_propensities

RUN = pl.DataFrame({"query": 1, "item": list("abcdef"), "score": [1.5, 1.0, 0.5, 0.0, -0.5, -2.0]})


def many(users: int, run: pl.DataFrame = RUN) -> pl.DataFrame:
    """The same ranking for many users."""
    return pl.DataFrame({"query": range(users)}).join(run.drop("query"), how="cross")


def frequencies(log: pl.DataFrame, users: int) -> dict[tuple[str, int], float]:
    counts = log.group_by("item", "rank").len()
    return {(item, rank): n / users for item, rank, n in counts.iter_rows()}


def logged(log: pl.DataFrame) -> dict[tuple[str, int], float]:
    """Return the propensity of each (item, rank): the same wherever it was shown."""
    found = log.group_by("item", "rank").agg(low=pl.col("propensity").min(), high=pl.col("propensity").max())
    assert np.allclose(found["low"].to_numpy(), found["high"].to_numpy(), rtol=1e-12)
    return {(item, rank): low for item, rank, low, _ in found.iter_rows()}


def _brute_force(weights: np.ndarray) -> np.ndarray:
    """Probability of item i at rank r by going through all rankings."""
    n = len(weights)
    found = np.zeros((n, n))
    for ranking in itertools.permutations(range(n)):
        chance, left = 1.0, list(range(n))
        for item in ranking:
            chance *= weights[item] / weights[left].sum()
            left.remove(item)
        for rank, item in enumerate(ranking):
            found[item, rank] += chance
    return found


@pytest.mark.parametrize("spread", [0.0, 1.0, 5.0, 15.0])
def test_propensities_at_ranks_agree_with_all_rankings(spread):
    logits = np.random.default_rng(3).normal(size=5) * spread
    want = _brute_force(np.exp(logits - logits.max()))
    for shown in itertools.permutations(range(5), 3):
        found = rank_propensities(logits, np.array(shown))
        np.testing.assert_allclose(found, want[list(shown), range(3)], rtol=1e-9, atol=1e-15)


def test_propensities_of_a_rank_sum_to_1():
    logits = np.random.default_rng(1).normal(size=40)
    for rank in (0, 4):
        rest = list(range(40))
        shown = [[*[j for j in rest if j != i][:rank], i] for i in rest]
        total = sum(rank_propensities(logits, np.array(places))[rank] for places in shown)
        assert total == pytest.approx(1, rel=1e-10)


def test_extreme_scores_leave_no_doubt():
    np.testing.assert_allclose(rank_propensities(np.array([0.0, -1e6, -2e6]), np.array([0, 1, 2])), 1)


def test_the_only_item_is_certain():
    assert rank_propensities(np.array([3.0]), np.array([0])).tolist() == pytest.approx([1.0])


USERS = 2000
SLACK = 5 * np.sqrt(0.25 / USERS)
"""Five standard errors of a share: passed by one in two million, and the seed is fixed."""


@pytest.mark.parametrize("mode", ["replace", "insert"])
@pytest.mark.parametrize("slots", [None, (2, 3)])
def test_slots_show_items_as_often_as_they_log(mode, slots):
    found = explore_slots(many(USERS), 0.4, mode=mode, slots=slots, cutoff=3, seed=5)
    shares = frequencies(found.log, USERS)
    for key, propensity in logged(found.log).items():
        assert shares[key] == pytest.approx(propensity, abs=SLACK)
    per_page = found.log.group_by("query").agg(pl.col("item").n_unique(), pl.len())
    assert (per_page["item"] == 3).all()
    assert (per_page["len"] == 3).all()
    if slots:
        assert set(found.log.filter(rank=1)["item"]) == {"a"}
        assert set(found.log.filter(rank=1)["propensity"]) == {1.0}


def test_sampled_rankings_show_items_as_often_as_they_log():
    found = sample_rankings(many(USERS), cutoff=3, seed=2)
    shares = frequencies(found.log, USERS)
    for key, propensity in logged(found.log).items():
        assert shares[key] == pytest.approx(propensity, abs=SLACK)


def test_replacing_and_inserting_by_hand():
    run = RUN.filter(pl.col("item") <= "d")
    for seed in range(20):
        # All slots are drawn for: nothing but the pool is shown.
        assert set(explore_slots(run, 1.0, cutoff=2, seed=seed).runs["item"]) == {"c", "d"}
        # Slot 1 only: the run's first moves down, or is lost.
        inserted = explore_slots(run, 1.0, slots=(1,), mode="insert", cutoff=2, seed=seed).log
        assert inserted.select("item", "rank", "propensity", "explored").rows()[1] == ("a", 2, 1.0, True)
        replaced = explore_slots(run, 1.0, slots=(1,), cutoff=2, seed=seed).log
        assert replaced.select("item", "rank", "propensity", "explored").rows()[1] == ("b", 2, 1.0, False)
        assert replaced["propensity"][0] == 0.5


def _with_rewards(log: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Click by item and rank: users like late letters, and look at the first ranks more."""
    chances = _click_chance()
    draws = pl.Series("draw", np.random.default_rng(seed).random(len(log)))
    return log.with_columns(reward=(draws < log.select(chances).to_series()).cast(pl.Float64))


def _click_chance():
    letters = {letter: 0.1 + 0.15 * place for place, letter in enumerate("abcdef")}
    return pl.col("item").replace_strict(letters, return_dtype=pl.Float64) / pl.col("rank")


@pytest.mark.parametrize("draw", ["slots", "rankings"])
def test_off_policy_evaluation_of_the_log_finds_the_truth(draw):
    runs = many(4000)
    shown = (
        explore_slots(runs, 0.5, cutoff=2, seed=8)
        if draw == "slots"
        else sample_rankings(runs, 2.0, cutoff=2, seed=8)
    )
    log = _with_rewards(shown.log, 4)
    # The target shows f first and e second: no item of the run's own first two.
    policy = pl.DataFrame({"rank": [1, 2], "item": ["f", "e"], "probability": 1.0})
    truth = ((0.1 + 0.15 * 5) / 1 + (0.1 + 0.15 * 4) / 2) / 2
    found = evaluate_policy(log, policy, methods=["ips"], confidence=0.9999).values[0].value
    assert truth in found
    assert found.high - found.low < 0.4
    assert abs(truth - log["reward"].mean()) > 0.15  # what was logged is another policy


def test_the_estimate_is_unbiased_over_all_rankings_that_could_be_drawn():
    # The expected estimate, by going through all rankings: no chance is left.
    weights = np.array([0.6, 0.25, 0.1, 0.05])
    worth = np.array([[0.1, 0.2], [0.4, 0.3], [0.9, 0.5], [0.7, 0.6]])
    at_rank = _brute_force(weights)
    target = [2, 1]
    expected = 0.0
    for ranking in itertools.permutations(range(4), 2):
        chance = weights[ranking[0]] * weights[ranking[1]] / (1 - weights[ranking[0]])
        propensities = rank_propensities(np.log(weights), np.array(ranking))
        np.testing.assert_allclose(propensities, at_rank[list(ranking), [0, 1]])
        expected += chance * sum(
            worth[item, rank] / propensities[rank]
            for rank, item in enumerate(ranking)
            if item == target[rank]
        )
    assert expected == pytest.approx(worth[2, 0] + worth[1, 1])


def test_a_users_draws_do_not_depend_on_the_others():
    every = explore_slots(many(30), 0.5, cutoff=3, seed=1).log
    some = explore_slots(many(30).filter(pl.col("query") > 20), 0.5, cutoff=3, seed=1).log
    assert every.filter(pl.col("query") > 20).equals(some)
    assert not every.equals(explore_slots(many(30), 0.5, cutoff=3, seed=2).log)


def test_pools_of_items_and_of_queries():
    pool = pl.DataFrame({"item": ["a", "new", "newer", "newest"]})
    found = explore_slots(many(50), 1.0, pool=pool, cutoff=3, seed=1)
    assert set(found.runs["item"]) == {"new", "newer", "newest"}
    assert found.log["propensity"].to_list() == pytest.approx([1 / 3] * 150)
    by_query = pl.DataFrame({"query": [0, 0, 1], "item": ["x", "y", "z"]})
    found = explore_slots(many(2), 1.0, pool=by_query, cutoff=1, seed=1)
    assert set(found.log.filter(query=0)["propensity"]) == {0.5}
    assert found.log.filter(query=1)["item"].to_list() == ["z"]


def test_a_pool_smaller_than_the_slots_leaves_the_first_as_they_are():
    pool = pl.DataFrame({"item": ["new"]})
    found = explore_slots(RUN, 1.0, pool=pool, cutoff=3, seed=1)
    assert found.runs["item"].to_list() == ["a", "b", "new"]
    assert found.notes[0].startswith("1 of 1 queries have fewer items to draw than slots")


def test_bad_input_is_refused():
    with pytest.raises(InputError, match="There is nothing to draw: the pool of every query is empty"):
        explore_slots(RUN, cutoff=6)
    with pytest.raises(InputError, match="Ids must be of one type"):
        explore_slots(RUN, pool=pl.DataFrame({"item": [1, 2]}))
    two = pl.concat([RUN.with_columns(system=pl.lit(s)) for s in "xy"])
    with pytest.raises(InputError, match="run of one system to show; there are 2: x, y"):
        explore_slots(two)
    with pytest.raises(SettingsError, match="'epsilon' must be above 0 and at most 1"):
        explore_slots(RUN, 0)
    with pytest.raises(SettingsError, match="'mode' must be replace or insert"):
        explore_slots(RUN, mode="swap")
    for slots in ((), (0,), (11,), (2, 2)):
        with pytest.raises(SettingsError, match="'slots' must be different ranks from 1 to 10"):
            explore_slots(RUN, slots=slots)
    with pytest.raises(InputError, match="needs the scores of all systems"):
        sample_rankings(RUN.drop("score").with_columns(rank=pl.Series(range(1, 7))))
    with pytest.raises(SettingsError, match="'temperature' must be a number above 0"):
        sample_rankings(RUN, 0)
    with pytest.raises(InputError, match="too far apart for this temperature"):
        sample_rankings(RUN.with_columns(score=pl.Series([1e308, 0, 0, 0, 0, -1e308])), 1e-3)
