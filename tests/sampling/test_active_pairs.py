from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy.optimize import minimize
from scipy.stats import norm, spearmanr

from palate.core.errors import InputError, SettingsError
from palate.sampling import ActivePairs, next_pairs
from palate.sampling._preferences import believe
from palate.sampling._spanning_tree import greatest_tree

LEFT, RIGHT, POINTS = (
    np.array([0, 0, 1, 2, 0]),
    np.array([1, 2, 2, 3, 3]),
    np.array([1.0, 1.0, 0.5, 0.0, 1.0]),
)
EVERY = np.stack(np.triu_indices(4, 1), axis=1)


def _chance(difference: float) -> float:
    return float(1 / (1 + np.exp(-difference)))


def _entropy(chance: float) -> float:
    return float(-chance * np.log(chance) - (1 - chance) * np.log(1 - chance))


def test_belief_is_the_most_probable_scores_and_their_curvature() -> None:
    def loss(scores: np.ndarray) -> float:
        gaps = scores[LEFT] - scores[RIGHT]
        return float(np.sum(np.log1p(np.exp(gaps)) - POINTS * gaps) + scores @ scores / (2 * 1.5**2))

    found = believe(4, LEFT, RIGHT, POINTS, 1.5)
    best = minimize(loss, np.zeros(4), method="BFGS", options={"gtol": 1e-10}).x
    assert found.means == pytest.approx(best, abs=1e-6)
    step = 1e-4
    for i in range(4):
        for j in range(4):
            a, b = np.eye(4)[i] * step, np.eye(4)[j] * step
            curvature = (
                loss(best + a + b) - loss(best + a - b) - loss(best - a + b) + loss(best - a - b)
            ) / (4 * step**2)
            assert found.precision[i, j] == pytest.approx(curvature, abs=1e-4)


def test_gain_is_the_mutual_information_of_a_result_and_the_scores() -> None:
    found = believe(4, LEFT, RIGHT, POINTS, 1.5)
    gains, first = found.gains(EVERY)
    for pair, gain, chance in zip(EVERY.tolist(), gains, first, strict=True):
        i, j = pair
        mean = found.means[i] - found.means[j]
        cov = np.linalg.inv(found.precision)
        spread = np.sqrt(cov[i, i] + cov[j, j] - 2 * cov[i, j])
        expected = norm(mean, spread).expect(_chance, lb=-15, ub=15)
        known = norm(mean, spread).expect(lambda d: _entropy(_chance(d)), lb=-15, ub=15)
        assert chance == pytest.approx(expected, abs=1e-4)
        assert gain == pytest.approx(_entropy(expected) - known, abs=1e-4)


def test_further_comparisons_make_gains_smaller() -> None:
    found = believe(4, LEFT, RIGHT, POINTS, 1.5)
    assert (found.after(EVERY).gains(EVERY)[0] < found.gains(EVERY)[0]).all()


def test_tree_connects_all_with_the_greatest_gain() -> None:
    gains = np.array([5.0, 1.0, 4.0, 3.0, 2.0, 6.0])  # 01 02 03 12 13 23
    assert EVERY[greatest_tree(EVERY, gains, 4)].tolist() == [[2, 3], [0, 1], [0, 3]]


def _runs(n: int, queries: int = 1) -> pl.DataFrame:
    rows = [("s", query, f"i{i:02}", i + 1) for query in range(queries) for i in range(n)]
    return pl.DataFrame(rows, schema=["system", "query", "item", "rank"], orient="row")


def test_round_is_a_tree_over_each_query_and_the_best_of_it_if_that_is_too_much() -> None:
    tasks = ActivePairs(depth=6).sample(_runs(6, 3))
    assert tasks.group_by("query").len()["len"].to_list() == [5, 5, 5]
    found = tasks[:5].select("query", "left", "right", label=pl.lit("left"))
    later = ActivePairs(depth=6).next_tasks(_runs(6, 3), found)
    some = ActivePairs(depth=6, pairs=4).next_tasks(_runs(6, 3), found)
    assert sorted(some["gain"]) == sorted(later["gain"])[-4:]


def test_pairs_that_are_close_are_asked_about_before_those_that_are_clear() -> None:
    clear = [("a", "d"), ("a", "c"), ("b", "d"), ("b", "c")] * 6
    found = pl.DataFrame(
        {"left": [a for a, _ in clear], "right": [b for _, b in clear], "label": ["left"] * 24}
    )
    runs = pl.DataFrame({"system": ["s"] * 4, "query": [1] * 4, "item": list("abcd"), "rank": [1, 2, 3, 4]})
    tasks = ActivePairs(pairs=2).next_tasks(runs, found)
    assert {frozenset(pair) for pair in tasks.select("left", "right").rows()} == {
        frozenset("ab"),
        frozenset("cd"),
    }


@pytest.mark.parametrize("n", [20])
def test_needs_fewer_comparisons_than_random_pairs(n: int) -> None:
    """A small version of ``bench/sampling.py pairs``: after as many comparisons the order is nearer the truth."""
    truth = np.random.default_rng(0).normal(0, 4, n)
    pairs = np.stack(np.triu_indices(n, 1), axis=1)
    reached: dict[str, list[float]] = {"active": [], "random": []}
    for how, found in reached.items():
        for seed in range(8):
            rng = np.random.default_rng(seed)
            seen, points = np.empty((0, 2), dtype=np.int64), np.empty(0)
            for _ in range(8):
                believed = believe(n, *seen.T, points, 2.0)
                rows = rng.integers(len(pairs), size=n - 1)
                if how == "active":
                    rows = greatest_tree(pairs, believed.gains(pairs)[0] + 1e-9 * rng.random(len(pairs)), n)
                gaps = truth[pairs[rows, 0]] - truth[pairs[rows, 1]]
                seen = np.concatenate([seen, pairs[rows]])
                points = np.append(points, rng.random(len(rows)) < 1 / (1 + np.exp(-gaps)))
            found.append(spearmanr(believe(n, *seen.T, points, 2.0).means, truth).statistic)
    assert np.mean(reached["active"]) > np.mean(reached["random"]) + 0.005


COMPARED = pl.DataFrame(
    {
        "left": ["a", "a", "b"],
        "right": ["b", "c", "c"],
        "label": ["left", "left", "tie"],
        "annotator": [1, 2, 3],
    }
)


def test_next_pairs_spend_the_budget_and_tell_what_each_pair_costs() -> None:
    found = next_pairs(COMPARED, 1.0, cost=0.1)
    assert found["answers"].sum() == 10
    assert found["cost"].sum() == pytest.approx(1.0)
    assert found.columns == ["left", "right", "comparisons", "probability", "gain", "answers", "cost"]
    met = {frozenset((row["left"], row["right"])): row["comparisons"] for row in found.to_dicts()}
    assert set(met.values()) == {1}
    assert found["gain"].to_list() == sorted(found["gain"], reverse=True)


def test_next_pairs_buy_as_many_as_are_affordable_in_exact_cents() -> None:
    assert next_pairs(COMPARED, 0.3, cost=0.1)["answers"].sum() == 3
    assert next_pairs(COMPARED, 0.05, cost=0.1).is_empty()


def test_next_pairs_leave_sure_orders_alone_and_take_new_items() -> None:
    sure = pl.concat([COMPARED[:1]] * 60)
    assert next_pairs(sure, 5, confidence=0.95).is_empty()
    found = next_pairs(sure, 5, confidence=0.95, items=["d"])
    assert {item for row in found.select("left", "right").rows() for item in row} >= {"d"}


def test_next_pairs_of_several_queries_say_of_which() -> None:
    several = pl.concat([COMPARED.with_columns(query=pl.lit(q)) for q in (1, 2)])
    found = next_pairs(several, 6)
    assert found.columns[0] == "query"
    assert set(found["query"]) == {1, 2}
    with pytest.raises(InputError, match="for one query"):
        next_pairs(several, 6, items=["d"])


def test_next_pairs_come_as_the_callers_kind_of_dataframe() -> None:
    assert type(next_pairs(COMPARED.to_pandas(), 2)).__module__.startswith("pandas")


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"budget": -1}, "'budget' must be a number of dollars"),
        ({"budget": 1, "cost": 0}, "'cost' must be a number above 0"),
        ({"budget": 1, "confidence": 0.5}, "'confidence' must be above 0.5"),
        ({"budget": 1, "spread": 0}, "'spread' must be a number above 0"),
    ],
)
def test_impossible_settings_are_refused(settings: dict[str, float], text: str) -> None:
    with pytest.raises(SettingsError, match=text):
        next_pairs(COMPARED, **settings)
    with pytest.raises(SettingsError, match="'spread' must be"):
        ActivePairs(spread=0)
