from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from requirements import require

from palate.core.errors import InputError, SettingsError
from palate.recommend import (
    Popularity,
    WatchTime,
    code_interactions,
    learn_expected_value,
    load_recommender,
    recommend_top,
    save_recommender,
)
from palate.recommend._expected_value import bent
from palate.recommend._watch_facts import FEATURES, category_matrix, facts_of
from palate.recommend.watch_time import _last_of_each_user


@pytest.fixture(autouse=True)
def _deep() -> None:
    require(find_spec("torch"), "watch_time needs the extra deep")


def _shown(n: int, seed: int, highest: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features of items shown, what came of each, and the expected value of each: chance times mean time."""
    rng = np.random.default_rng(seed)
    group = rng.integers(0, 4, n)
    chance, mean = (
        highest * np.array([0.1, 0.4, 0.7, 1.0])[group],
        np.array([600.0, 30.0, 90.0, 300.0])[group],
    )
    seconds = np.where(rng.random(n) < chance, rng.exponential(mean), 0.0)
    return np.eye(4)[group], seconds, chance * mean


@pytest.mark.parametrize("highest", [0.05, 0.9])
def test_odds_are_the_expected_watch_time_also_where_much_is_watched(highest: float) -> None:
    features, seconds, truth = _shown(10_000, 1, highest)
    expected = learn_expected_value(features, seconds, regularization=0.0, iterations=300).predict(features)
    for group in range(4):
        chosen = features[:, group] == 1
        # With a weight for each group the odds are the group's own mean, whatever the truth.
        assert expected[chosen][0] == pytest.approx(seconds[chosen].mean(), rel=0.002)
        error = seconds[chosen].std() / np.sqrt(chosen.sum())
        assert abs(expected[chosen][0] - truth[chosen][0]) < 5 * error


def test_loss_is_least_where_another_optimizer_finds_it() -> None:
    from scipy.optimize import minimize

    rng = np.random.default_rng(2)
    features = rng.normal(size=(300, 2))
    values = rng.exponential(np.exp(features[:, 0])) * (rng.random(300) < 0.5)
    fitted = learn_expected_value(features, values, regularization=0.01, iterations=500)
    inputs = bent(features, fitted.knots)
    wanted = values / values.mean()

    def loss(weights: np.ndarray) -> float:
        logits = inputs @ weights[:-1] + weights[-1]
        data = (wanted * np.logaddexp(0, -logits) + np.logaddexp(0, logits)).mean()
        return float(data + 0.01 * weights[:-1] @ weights[:-1])

    best = minimize(loss, np.zeros(7), tol=1e-12)
    assert fitted.losses[-1] == pytest.approx(best.fun, rel=1e-6)
    assert (np.diff(fitted.losses) <= 0).all()
    predicted = np.exp(inputs @ best.x[:-1] + best.x[-1]) * values.mean()
    np.testing.assert_allclose(fitted.predict(features), predicted, rtol=0.01)


def test_hidden_layers_learn_what_a_line_cannot() -> None:
    rng = np.random.default_rng(3)
    features = rng.integers(0, 2, (4000, 2)).astype(float)
    truth = np.where(features[:, 0] != features[:, 1], 50.0, 5.0)
    values = rng.exponential(truth)
    line = learn_expected_value(features, values)
    bend = learn_expected_value(features, values, hidden=(8,), seed=4)
    assert abs(np.log(line.predict(features) / truth)).max() > 0.5
    assert abs(np.log(bend.predict(features) / truth)).max() < 0.15


@pytest.mark.parametrize(
    ("features", "values", "message"),
    [
        (np.ones((2, 1)), np.array([1.0, -1.0]), "row 2: .* at least 0; it is -1"),
        (np.ones((2, 1)), np.array([1.0, np.nan]), "row 2: .* it is nan"),
        (np.ones((2, 1)), np.zeros(2), "All values are 0"),
        (np.array([[1.0], [np.inf]]), np.ones(2), "row 2: Every feature"),
        (np.ones((3, 1)), np.ones(2), "a row of features for each value"),
        (np.ones((0, 1)), np.ones(0), "a row of features for each value"),
    ],
)
def test_examples_that_say_nothing_are_refused(
    features: np.ndarray, values: np.ndarray, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        learn_expected_value(features, values)


def test_rank_of_a_feature_is_its_place_among_those_learned_from() -> None:
    knots = np.array([[0.0, 0.0, 4.0, 8.0, 8.0]])
    ranks = bent(np.array([[-1.0], [0.0], [2.0], [8.0], [9.0]]), knots)[:, 0]
    # Of five places 0, 1/4, …, 1 those of equal quantiles are averaged: 0 has 1/8, 4 has 1/2, 8 has 7/8.
    np.testing.assert_allclose(ranks, [0.125, 0.125, 0.3125, 0.875, 0.875])


TABLE = pl.DataFrame(
    {
        "user": ["a", "a", "a", "b", "b"],
        "item": ["x", "y", "x", "y", "z"],
        "timestamp": [0.0, 86_400.0, 2 * 86_400.0, 0.0, 86_400.0],
        "value": [10.0, 20.0, 30.0, 40.0, 0.0],
    }
)
KINDS = pl.DataFrame({"item": ["x", "y", "y", "q"], "category": ["fun", "fun", "news", "news"]})


def test_features_are_those_counted_by_hand() -> None:
    coded = code_interactions(TABLE)
    kinds, notes = category_matrix(coded, KINDS, None)
    assert notes == ["1 of 3 items have no category; theirs counts as never watched."]
    rows = facts_of(coded, kinds).features(0, np.array([1, 0, 2], np.int32), np.array([3.0, 1.0, 0.5]))
    found = {name: rows[:, place].round(6).tolist() for place, name in enumerate(FEATURES)}
    mean = 20.0
    # User a watched x (fun), y (half fun, half news), x again; the last moment is day 2, that of news day 1.
    expected = {
        "score": [3, 1, 0.5],
        "score_below_best": [0, -2, -2.5],
        "rank": np.log([1, 2, 3]),
        "item_watches": np.log([3, 3, 2]),
        "item_value": [(60 + mean) / 3, (40 + mean) / 3, (0 + mean) / 2],
        "item_days": np.log([3, 3, 2]),
        "user_watches": np.log([4, 4, 4]),
        "user_value": [(60 + mean) / 4] * 3,
        "watches_of_item": np.log([2, 3, 1]),
        "share_of_category": [0.5 * 2.5 / 3 + 0.5 * 0.5 / 3, 2.5 / 3, 0],
        "recency_of_category": [0.5 * 1 + 0.5 * 0.5, 1, 0],
    }
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, atol=1e-6, err_msg=name)


def test_future_is_the_last_share_of_each_user() -> None:
    coded = code_interactions(TABLE)
    rng = np.random.default_rng(0)
    assert _last_of_each_user(coded, 0.2, rng).tolist() == [False, False, True, False, True]
    assert _last_of_each_user(coded, 0.9, rng).tolist() == [False, True, True, False, True]


def _lengths(n_users: int = 150, seed: int = 5) -> pl.DataFrame:
    """Clips that everybody watches for 1 second, and films that half as many watch for 100."""
    rng = np.random.default_rng(seed)
    rows = []
    for user in range(n_users):
        clips = rng.permutation(10)[:6]
        films = 10 + rng.permutation(10)[:3]
        watched = rng.permutation(np.concatenate([clips, films]))
        rows += [(user, int(item), float(t), 1.0 if item < 10 else 100.0) for t, item in enumerate(watched)]
    return pl.DataFrame(rows, schema=["user", "item", "timestamp", "value"], orient="row")


METHOD = WatchTime(candidates="popularity", depth=15, future=0.3)


def test_what_is_watched_longer_comes_first_though_fewer_watch_it() -> None:
    coded = code_interactions(_lengths())
    fitted = METHOD.fit(coded)
    top = recommend_top(fitted, coded, 3)
    assert (top["item"] >= 10).all()
    assert (recommend_top(Popularity().fit(coded), coded, 3)["item"] < 10).mean() > 0.9
    # The expected value of a candidate is near what films brought: of those not met, 3 x 0.3 in 10 are watched next.
    assert fitted.ranker is not None
    assert 2 < top["score"].median() < 50


def test_all_but_candidates_stay_in_the_order_of_the_first_stage() -> None:
    coded = code_interactions(_lengths())
    first = Popularity().fit(coded)
    every = np.arange(20, dtype=np.int32)
    scores = replace(METHOD, depth=4).fit(coded).score(3, every)
    met = set(coded.items[coded.users == 3].tolist())
    order = [item for item in np.lexsort((every, -first.score(3, every))) if item not in met]
    assert set(np.flatnonzero(scores > 0).tolist()) == set(order[:4])
    rest = order[4:] + [item for item in np.lexsort((every, -first.score(3, every))) if item in met]
    assert scores[rest].tolist() == sorted(scores[rest].tolist(), reverse=True)
    assert scores[rest].max() < 0
    again = replace(METHOD, depth=20, rewatch=True).fit(coded).score(3, every)
    assert (again > 0).all()


def test_user_who_watches_one_category_gets_it() -> None:
    rng = np.random.default_rng(7)
    rows = [(u, int(i) * 2 + u % 2, t) for u in range(80) for t, i in enumerate(rng.permutation(12)[:7])]
    coded = code_interactions(pl.DataFrame(rows, schema=["user", "item", "timestamp"], orient="row"))
    kinds = pl.DataFrame({"item": range(24), "category": [("even", "odd")[n % 2] for n in range(24)]})
    top = recommend_top(replace(METHOD, depth=24).fit(coded, categories=kinds), coded, 5)
    assert (top["item"] % 2 == top["query"] % 2).mean() > 0.95


def test_where_nothing_came_next_candidates_keep_their_order_and_it_is_noted(tmp_path: Path) -> None:
    coded = code_interactions(pl.DataFrame({"user": list("abc"), "item": ["x", "x", "y"]}))
    method = replace(METHOD, rewatch=True)
    fitted = method.fit(coded)
    assert fitted.ranker is None
    assert fitted.score(0, np.array([0, 1], np.int32)).tolist() == [1.0, 0.5]
    assert "No candidate was watched next" in fitted.notes[0]
    save_recommender(fitted, tmp_path / "w.palate", method, coded)
    assert load_recommender(tmp_path / "w.palate").fitted.notes == fitted.notes  # type: ignore[attr-defined]


def test_saved_network_ranks_as_before(tmp_path: Path) -> None:
    coded = code_interactions(_lengths(40))
    method = replace(METHOD, hidden=(4,), candidates="als", options={"factors": 4}, users=30)
    fitted = method.fit(coded, seed=2)
    save_recommender(fitted, tmp_path / "w.palate", method, coded)
    loaded = load_recommender(tmp_path / "w.palate")
    assert loaded.recommender == method
    assert recommend_top(loaded.fitted, loaded.interactions, 5).equals(recommend_top(fitted, coded, 5))


@pytest.mark.parametrize(
    ("values", "message"),
    [([1.0, -2.0], "row 2, column 'value': .*1 are below, such as -2"), ([0.0, 0.0], "all are 0")],
)
def test_values_that_are_no_watch_time_are_refused(values: list[float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        METHOD.fit(code_interactions(pl.DataFrame({"user": [1, 1], "item": [1, 2], "value": values})))


def test_categories_of_other_items_are_refused() -> None:
    table = pl.DataFrame({"item": ["q"], "category": ["fun"]})
    with pytest.raises(
        InputError, match="None of the items of the interactions .such as 'x'. has a category"
    ):
        METHOD.fit(code_interactions(TABLE), categories=table)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"depth": 0}, "'depth'"),
        ({"hidden": (0,)}, "'hidden'"),
        ({"future": 1.0}, "'future'"),
        ({"regularization": -1.0}, "'regularization'"),
        ({"candidates": "watch_time"}, "another recommender"),
        ({"candidates": "alz"}, "no recommender named 'alz'"),
        ({"options": "x"}, "'options' must be settings by name"),
    ],
)
def test_impossible_setting_is_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError if "alz" not in message else Exception, match=message):
        WatchTime(**settings)
