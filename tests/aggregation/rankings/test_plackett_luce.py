from __future__ import annotations

from itertools import pairwise

import choix
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ranked_strategies import ranked_tables, rows_of

from palate.aggregation.pairs import BradleyTerry
from palate.aggregation.rankings import PlackettLuce
from palate.aggregation.rankings._choices import Choices
from palate.aggregation.rankings._tables import code_rankings
from palate.core.errors import InputError, SettingsError


def _table(orders: list) -> pl.DataFrame:
    return rows_of([(1, n, [(item, rank) for rank, item in enumerate(o)]) for n, o in enumerate(orders)])


def _scores(method: PlackettLuce, orders: list) -> np.ndarray:
    return method.aggregate(_table(orders)).rankings.sort("item")["score"].to_numpy()


def _plain_value(
    rankings: pl.DataFrame, task: str, scores: dict, unranked: str, regularization: float
) -> float:
    """The yardstick: choice after choice."""
    own = rankings.filter(task=task)
    total = 0.0
    for _, one in own.sort("rank").group_by("annotator", maintain_order=True):
        left = sorted(set(own["item"])) if unranked == "last" else one["item"].to_list()
        for item in one["item"]:
            total += scores[item] - np.logaddexp.reduce([scores[other] for other in left])
            left.remove(item)
    met = [-np.logaddexp(0, s) - np.logaddexp(0, -s) for s in scores.values()]
    return total + regularization / 2 * sum(met)


@pytest.mark.parametrize("shortest", [2, 8])
def test_maximum_likelihood_is_that_of_choix(shortest: int) -> None:
    rng = np.random.default_rng(3)
    orders = [rng.permutation(8)[: rng.integers(shortest, 9)].tolist() for _ in range(60)]
    found = _scores(PlackettLuce(regularization=0), orders)
    np.testing.assert_allclose(found, choix.ilsr_rankings(8, orders), atol=1e-8)
    np.testing.assert_allclose(found, choix.opt_rankings(8, orders), atol=1e-6)


def test_top_1_choices_are_those_of_choix() -> None:
    rng = np.random.default_rng(4)
    chosen = rng.choice(5, 80, p=[0.4, 0.25, 0.15, 0.1, 0.1]).tolist()
    data = [(winner, [other for other in range(5) if other != winner]) for winner in chosen]
    found = _scores(PlackettLuce(regularization=0, unranked="last"), [[winner] for winner in chosen])
    np.testing.assert_allclose(found, choix.ilsr_top1(5, data), atol=1e-8)
    shares = np.log(np.bincount(chosen) / 80)
    np.testing.assert_allclose(found, shares - shares.mean(), atol=1e-8)


def test_two_items_are_bradley_terrys() -> None:
    orders = ["ab", "ab", "ba", "bc", "cb", "bc", "ca"]
    pairs = pl.DataFrame({"left": [o[0] for o in orders], "right": [o[1] for o in orders]})
    expected = BradleyTerry(regularization=0.3).aggregate(pairs.with_columns(label=pl.lit("left"))).scores
    # That model has one more parameter, for ties: without any, it is at its bound and changes nothing.
    found = _scores(PlackettLuce(regularization=0.3), orders)
    np.testing.assert_allclose(found, expected.sort("item")["score"], atol=1e-5)


def test_two_items_by_hand() -> None:
    # Three of four: odds of 3. The scores are half of its logarithm to either side of their mean.
    found = _scores(PlackettLuce(regularization=0), ["xy", "xy", "xy", "yx"])
    np.testing.assert_allclose(found, [np.log(3) / 2, -np.log(3) / 2], atol=1e-9)


@settings(max_examples=40, deadline=None)
@given(rankings=ranked_tables(), unranked=st.sampled_from(["unseen", "last"]))
def test_gradient_and_information_are_those_of_the_plain_likelihood(
    rankings: pl.DataFrame, unranked: str
) -> None:
    coded = code_rankings(rankings, by_task=True, unranked=unranked)
    choices = Choices.from_rankings(coded, 0.3)
    rng = np.random.default_rng(len(rankings))
    scores, direction = rng.normal(size=(2, len(coded.items)))
    names = [coded.item_ids[int(code)] for code in coded.items]

    def values(at: np.ndarray) -> list[float]:
        found = []
        for group, task in enumerate(coded.task_ids):
            own = {names[c]: at[c] for c in np.flatnonzero(coded.group_of_candidate == group)}
            found.append(_plain_value(rankings, task, own, unranked, 0.3))
        return found

    point, step = choices.at(scores), 1e-5
    np.testing.assert_allclose(point.values, values(scores), atol=1e-9)
    slope = (sum(values(scores + step * direction)) - sum(values(scores - step * direction))) / (2 * step)
    assert point.gradient() @ direction == pytest.approx(slope, abs=1e-6)
    ahead, behind = (choices.at(scores + sign * step * direction).gradient() for sign in (1, -1))
    np.testing.assert_allclose(point.information(direction), (behind - ahead) / (2 * step), atol=1e-6)
    units = np.eye(len(scores))
    np.testing.assert_allclose(point.diagonal(), [u @ point.information(u) for u in units], atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(rankings=ranked_tables(), unranked=st.sampled_from(["unseen", "last"]))
def test_result_is_the_maximum_and_never_falls_on_the_way(rankings: pl.DataFrame, unranked: str) -> None:
    coded = code_rankings(rankings, by_task=True, unranked=unranked)
    fit = PlackettLuce(unranked=unranked, tolerance=1e-6).fit(coded)
    assert fit.converged
    assert all(later >= earlier - 1e-9 for earlier, later in pairwise(fit.log_likelihood))
    # The scores were moved to their group's mean; the prior says where they were.
    choices = Choices.from_rankings(coded, 0.0)
    gradient = choices.at(fit.scores).gradient()
    assert np.abs(gradient).max() <= 0.05 + 1e-6  # what half a virtual comparison can hold
    assert sum(choices.at(fit.scores).values) <= 0


def test_undefeated_items_are_finite_and_refused_without_regularization() -> None:
    orders = ["best", "bets", "bset"]
    found = PlackettLuce().aggregate(_table(orders))
    assert found.rankings["score"].is_finite().all()
    assert found.rankings["item"][0] == "b"
    with pytest.raises(InputError, match="the scores of 'b' have no finite maximum"):
        PlackettLuce(regularization=0).aggregate(_table(orders))


def test_a_list_that_ends_has_no_maximum_for_what_nobody_listed_first() -> None:
    with pytest.raises(InputError, match="have no finite maximum"):
        PlackettLuce(regularization=0, unranked="last").aggregate(_table(["ab", "a"]))


def test_items_that_no_rankings_link_are_ranked_apart() -> None:
    found = PlackettLuce().aggregate(_table(["ab", "xyz", "zxy", "ba"])).rankings
    assert dict(found.select("item", "component").iter_rows()) == {"a": 2, "b": 2, "x": 1, "y": 1, "z": 1}
    assert found["component"].to_list() == [1, 1, 1, 2, 2]
    assert found["rank"].to_list() == [1, 2, 3, 1, 1]
    alone = PlackettLuce().aggregate(_table(["xyz", "zxy"])).rankings
    np.testing.assert_allclose(found["score"][:3], alone["score"], atol=1e-8)


def test_a_step_too_far_is_halved() -> None:
    # Newton's step from equal scores overshoots where one of many is chosen nearly always.
    items = "abcdefghijklmnopqrst"
    orders = ["a"] * 400 + list(items[1:])
    fit = PlackettLuce(unranked="last", regularization=0).aggregate(_table(orders))
    assert fit.converged
    assert all(later >= earlier - 1e-9 for earlier, later in pairwise(fit.log_likelihood))
    best = fit.rankings.sort("item")["score"].to_numpy()
    assert best[0] - best[1] == pytest.approx(np.log(400), abs=1e-7)


def test_ties_are_refused_and_named() -> None:
    table = rows_of([(1, "a", [("x", 1), ("y", 1)]), (1, "b", [("x", 1), ("y", 2)])])
    with pytest.raises(InputError, match="annotator 'a' gave the items 'x' and 'y' of task 1 the same rank"):
        PlackettLuce().aggregate(table)
    with pytest.raises(InputError, match="'x' and 'y' the same rank"):
        PlackettLuce(by_task=False).aggregate(table)


def test_few_steps_may_not_settle() -> None:
    fit = PlackettLuce(max_iter=1).aggregate(_table(["abc", "acb", "bac"]))
    assert (fit.converged, fit.iterations) == (False, 1)


@pytest.mark.parametrize(
    "setting", [{"regularization": -1.0}, {"regularization": np.inf}, {"tolerance": 0.0}, {"max_iter": 0}]
)
def test_impossible_settings_are_refused(setting: dict) -> None:
    with pytest.raises(SettingsError, match=f"'{next(iter(setting))}' must be"):
        PlackettLuce(**setting)
