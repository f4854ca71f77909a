"""The objectives that LightGBM's trees learn, and how they use what is not known of grades."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from palate.core.errors import InputError, SettingsError
from palate.core.randomness import generator
from palate.learning import XENDCG, Beliefs, LambdaMART, LearningData, Ordinal, RankNet, Regression, rankers
from palate.learning._lesson import mean_ndcg

OBJECTIVES = ("lambdamart", "ordinal", "ranknet", "regression", "xendcg")
every_objective = pytest.mark.parametrize("name", OBJECTIVES)


def _uncertain(seed: int = 0, sizes: tuple[int, ...] = (3, 1, 4)) -> LearningData:
    """A few rows with any posterior of the grades 0 to 2; the most probable is the grade."""
    rng = np.random.default_rng(seed)
    shares = rng.dirichlet(np.ones(3), sum(sizes))
    return LearningData(
        rng.normal(size=(sum(sizes), 2)),
        shares.argmax(axis=1).astype(np.int32),
        np.array(sizes),
        ("a", "b"),
        shares.max(axis=1),
        Beliefs(np.arange(3), shares),
    )


def _misjudged(seed: int, queries: int = 60, size: int = 10) -> LearningData:
    """A feature decides the grade; seven rows of ten say the opposite, and their judgments say they know nothing."""
    rng = np.random.default_rng(seed)
    feature = rng.normal(size=queries * size)
    truth = np.digitize(feature, [-0.5, 0.5])
    wrong = rng.random(len(truth)) < 0.7
    grades = np.where(wrong, 2 - truth, truth).astype(np.int32)
    shares = np.where(wrong[:, None], 1 / 3, np.eye(3)[truth])
    probability = np.where(wrong, 1e-4, 1.0)
    beliefs = Beliefs(np.arange(3), shares)
    return LearningData(feature[:, None], grades, np.full(queries, size), ("x",), probability, beliefs)


def _slope(loss: Any, scores: np.ndarray) -> np.ndarray:
    """Return the derivative of ``loss`` by each score, by differences."""
    steps = 1e-5 * np.eye(len(scores))
    return np.array([(loss(scores + step) - loss(scores - step)) / 2e-5 for step in steps])


def test_ranknet_descends_the_expected_loss_over_all_draws_of_grades() -> None:
    data = _uncertain()
    scores = np.random.default_rng(1).normal(size=8)

    def loss(at: np.ndarray) -> float:
        total = 0.0
        for start, size in ((0, 3), (3, 1), (4, 4)):
            rows = range(start, start + size)
            for grades in itertools.product(range(3), repeat=size):
                chance = np.prod([data.beliefs.shares[r, g] for r, g in zip(rows, grades, strict=True)])
                for i, j in itertools.product(range(size), repeat=2):
                    if grades[i] > grades[j]:
                        total += chance / size * np.log1p(np.exp(at[start + j] - at[start + i]))
        return total

    lesson = RankNet()._lessons(RankNet()._known(data), 0)[0]
    gradient, curvature = lesson.gradients(scores)
    np.testing.assert_allclose(gradient, _slope(loss, scores), atol=1e-8)
    slope = lambda at: lesson.gradients(at)[0]  # noqa: E731
    diagonal = [(slope(scores + s) - slope(scores - s)) @ s / 2e-10 for s in 1e-5 * np.eye(8)]
    np.testing.assert_allclose(curvature, diagonal, atol=1e-6)
    assert gradient[3] == curvature[3] == 0.0  # the query with a single item


def test_ranknet_weighs_a_pair_by_both_probabilities() -> None:
    data = LearningData(
        np.zeros((2, 1)), np.array([2, 0], dtype=np.int32), np.array([2]), ("x",), np.array([0.8, 0.5])
    )
    gradient, _ = RankNet(confidence="weights")._lessons(data, 0)[0].gradients(np.zeros(2))
    # One pair, 1/2 by the query's length, 0.4 by its probabilities, and 1/2 from equal scores.
    np.testing.assert_allclose(gradient, [-0.1, 0.1])


def test_xendcg_descends_the_cross_entropy_of_expected_gains() -> None:
    data = _uncertain()
    scores = np.random.default_rng(2).normal(size=8)
    gammas = generator(5, "learn", "xendcg").random(8)
    wanted = data.beliefs.shares @ [1.0, 2.0, 4.0] - gammas

    def loss(at: np.ndarray) -> float:
        total = 0.0
        for rows in (slice(0, 3), slice(3, 4), slice(4, 8)):
            softmax = np.exp(at[rows]) / np.exp(at[rows]).sum()
            total -= (wanted[rows] / wanted[rows].sum()) @ np.log(softmax)
        return total

    gradient, curvature = XENDCG()._lessons(data, 5)[0].gradients(scores)
    np.testing.assert_allclose(gradient, _slope(loss, scores), atol=1e-8)
    assert (curvature >= 0).all()


def test_dcg_of_the_gains_lambdamart_is_given_is_the_expected_dcg() -> None:
    data = _uncertain(3, (4,))
    lesson = LambdaMART()._lessons(data, 0)[0]
    given = np.array(lesson.parameters["label_gain"])[lesson.labels.astype(int)]
    discounts = 1 / np.log2(np.array([3.0, 2.0, 5.0, 4.0]))  # of rows ranked 2, 1, 4, 3
    draws = itertools.product(range(3), repeat=4)
    chances = ((np.prod(data.beliefs.shares[range(4), grades]), np.array(grades)) for grades in draws)
    expected = sum(chance * ((2.0**grades - 1) @ discounts) for chance, grades in chances)
    assert given @ discounts == pytest.approx(expected)


def test_pointwise_scores_are_expected_grades() -> None:
    # Half of the rows have the feature; their posteriors average to the grades 1.5 and 0.4.
    shares = np.tile([[0.6, 0.4, 0.0], [0.1, 0.3, 0.6], [0.6, 0.4, 0.0], [0.0, 0.5, 0.5]], (100, 1))
    data = LearningData(
        np.tile([[0.0], [1.0]], (200, 1)),
        shares.argmax(axis=1).astype(np.int32),
        np.full(100, 4),
        ("x",),
        beliefs=Beliefs(np.arange(3), shares),
    )
    for method in (Regression, Ordinal):
        scores = (
            method(trees=200, learning_rate=0.3, min_rows=1, random_thresholds=False)
            .fit(data)
            .score(np.array([[0.0], [1.0]]))
        )
        np.testing.assert_allclose(scores, [0.4, 1.5], atol=2e-3)


def test_probabilities_that_contradict_each_other_are_put_in_falling_order() -> None:
    # P(grade >= 1) = 0.2 and P(grade >= 10) = 0.6 become 0.6 and 0.2: 0.6 * 1 + 0.2 * 9.
    combined = Ordinal()._combined(np.array([[0.2], [0.6]]), np.array([0.0, 1.0, 10.0]))
    np.testing.assert_allclose(combined, [2.4])


@every_objective
@pytest.mark.parametrize("confidence", ["expected", "weights"])
def test_rows_of_which_nothing_is_known_mislead_only_those_who_ignore_it(name: str, confidence: str) -> None:
    data, unseen = _misjudged(1), np.linspace(-2, 2, 50)[:, None]
    knowing = rankers.create(name, {"confidence": confidence}).fit(data).score(unseen)
    ignoring = rankers.create(name, {"confidence": "ignore"}).fit(data).score(unseen)
    assert np.corrcoef(knowing, unseen[:, 0])[0, 1] > 0.7
    assert np.corrcoef(ignoring, unseen[:, 0])[0, 1] < -0.7


@every_objective
def test_weights_without_probabilities_are_refused(name: str) -> None:
    data = LearningData(np.zeros((2, 1)), np.array([0, 1], dtype=np.int32), np.array([2]), ("x",))
    with pytest.raises(
        InputError, match=r"needs to know how probable the grades are: a column 'probability'"
    ):
        rankers.create(name, {"confidence": "weights"}).fit(data)


def _high_grades() -> LearningData:
    feature = np.random.default_rng(4).normal(size=600)
    grades = np.array([0, 1, 10, 100], dtype=np.int32)[np.digitize(feature, [-0.5, 0.5, 1.2])]
    return LearningData(feature[:, None], grades, np.full(40, 15), ("x",))


@pytest.mark.parametrize(
    "method", [LambdaMART(gains="linear"), Ordinal(), RankNet(), Regression()], ids=lambda m: type(m).__name__
)
def test_grades_above_31_are_learned(method: Any) -> None:
    scores = method.fit(_high_grades()).score(np.array([[-1.0], [0.0], [1.0], [2.0]]))
    assert (np.diff(scores) > 0).all()


def test_gains_of_high_grades_are_their_own() -> None:
    lesson = LambdaMART(gains="linear")._lessons(_high_grades(), 0)[0]
    assert lesson.parameters["label_gain"] == [0.0, 1.0, 10.0, 100.0]


@pytest.mark.parametrize(
    ("method", "hint"),
    [(LambdaMART(), "Set gains to 'linear'"), (XENDCG(), "lambdamart with gains='linear'")],
)
def test_grades_whose_gains_explode_are_refused(method: Any, hint: str) -> None:
    with pytest.raises(InputError, match=f"grades 0 to 30; here they reach from 0 to 100.*{hint}"):
        method.fit(_high_grades())


def test_more_gains_than_lightgbm_counts_are_rounded_a_little() -> None:
    shares = np.random.default_rng(6).dirichlet(np.ones(3), 6000)
    data = LearningData(
        np.zeros((6000, 1)),
        np.zeros(6000, dtype=np.int32),
        np.array([6000]),
        ("x",),
        beliefs=Beliefs(np.arange(3), shares),
    )
    lesson = LambdaMART()._lessons(data, 0)[0]
    table = np.array(lesson.parameters["label_gain"])
    assert len(table) <= 4096
    np.testing.assert_allclose(table[lesson.labels.astype(int)], shares @ [0.0, 1.0, 3.0], atol=3 / 4095)


@every_objective
def test_query_with_a_single_item_does_no_harm(name: str) -> None:
    data = _high_grades()
    grades = np.minimum(data.grades, 3)
    lone = LearningData(
        np.vstack([data.features, [[0.0]]]), np.append(grades, 3), np.append(data.group_sizes, 1), ("x",)
    )
    without = LearningData(data.features, grades, data.group_sizes, ("x",))
    method = rankers.create(name)
    grid = np.linspace(-2, 2, 9)[:, None]
    assert (
        np.corrcoef(
            method.fit(lone.of_queries(np.ones(41, bool))).score(grid), method.fit(without).score(grid)
        )[0, 1]
        > 0.95
    )


@pytest.mark.parametrize(
    ("name", "learns"), [(name, name in {"ordinal", "regression"}) for name in OBJECTIVES]
)
def test_only_pointwise_objectives_learn_from_queries_with_single_items(name: str, learns: bool) -> None:
    feature = np.linspace(-1, 1, 300)
    data = LearningData(
        feature[:, None], (feature > 0).astype(np.int32), np.ones(300, dtype=np.int64), ("x",)
    )
    method = rankers.create(name)
    assert (method.fit(data).importance()["x"] == 1.0) == learns
    assert method.teaches_by_order != learns


def _noise() -> LearningData:
    rng = np.random.default_rng(9)
    return LearningData(
        rng.normal(size=(600, 3)), rng.integers(0, 3, 600).astype(np.int32), np.full(60, 10), ("a", "b", "c")
    )


@every_objective
def test_learning_stops_early_where_there_is_nothing_to_learn(name: str) -> None:
    settings = {"trees": 80, "min_rows": 5, "learning_rate": 0.3, "random_thresholds": False}
    calls: list[tuple[int, int]] = []
    stopped = rankers.create(name, {**settings, "patience": 5}).fit(
        _noise(), progress=lambda *call: calls.append(call)
    )
    assert max(stopped.trees) < 40
    assert max(rankers.create(name, settings).fit(_noise()).trees) == 80
    assert calls == sorted(calls)
    assert calls[-1][0] == calls[-1][1]


@every_objective
def test_stopping_early_goes_on_where_there_is_much_to_learn(name: str) -> None:
    data = _high_grades()
    low = LearningData(data.features, np.minimum(data.grades, 3), data.group_sizes, ("x",))
    fitted = rankers.create(name, {"patience": 10, "held_out": 0.3}).fit(low)
    assert np.corrcoef(fitted.score(low.features), low.grades)[0, 1] > 0.8


def test_early_stopping_that_cannot_tell_is_refused() -> None:
    data = _noise()
    one = LearningData(data.features, data.grades, np.array([600]), data.names)
    with pytest.raises(InputError, match="if there are 2 judged queries or more; there is 1"):
        LambdaMART(patience=3).fit(one)
    flat = LearningData(data.features, np.ones(600, dtype=np.int32), data.group_sizes, data.names)
    with pytest.raises(InputError, match="no held-out query has judged items of different grades"):
        LambdaMART(patience=3).fit(flat)


def test_too_many_pairs_and_too_many_grades_are_refused() -> None:
    grades = np.arange(6000, dtype=np.int32)
    data = LearningData(np.zeros((6000, 1)), grades, np.array([6000]), ("x",))
    with pytest.raises(InputError, match=r"at most 30,000,000 pairs; the judgments here make 36,000,000"):
        RankNet().fit(data)
    with pytest.raises(InputError, match="at most 31 different grades; here are 6000"):
        Ordinal().fit(data)


@pytest.mark.parametrize("name", ["ranknet", "xendcg"])
def test_posterior_of_features_that_cannot_be_split_teaches_nothing(name: str) -> None:
    fitted = rankers.create(name).fit(_uncertain())
    assert fitted.importance() == {"a": 0.0, "b": 0.0}


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"patience": -1}, "'patience' must be at least 0"),
        ({"held_out": 0.0}, "'held_out' must be above 0 and below 1"),
        ({"confidence": "some"}, "'confidence' must be one of expected, weights, ignore"),
        ({"gains": "steep"}, "'gains' must be exponential or linear"),
    ],
)
def test_impossible_setting_is_refused(settings: dict[str, Any], text: str) -> None:
    with pytest.raises(SettingsError, match=text):
        LambdaMART(**settings)


def test_mean_ndcg_by_hand() -> None:
    # Ranked 0 before 3: (3 / log2 3) / 3. The second query has one gain and the third one row: they say nothing.
    gains, sizes = np.array([3.0, 0.0, 1.0, 1.0, 5.0]), np.array([2, 2, 1])
    assert mean_ndcg(np.array([0.0, 1.0, 0.0, 0.0, 0.0]), gains, sizes) == pytest.approx(1 / np.log2(3))
    assert mean_ndcg(np.array([0.0, 1.0]), gains[:2], sizes[:1], cutoff=1) == 0.0
    assert np.isnan(mean_ndcg(np.zeros(3), gains[2:], sizes[1:]))


def test_one_grade_throughout_is_the_score_of_all() -> None:
    data = LearningData(np.arange(200.0)[:, None], np.full(200, 2, np.int32), np.full(10, 20), ("x",))
    calls: list[tuple[int, int]] = []
    fitted = Ordinal().fit(data, progress=lambda *call: calls.append(call))
    assert fitted.score(data.features).tolist() == [2.0] * 200
    assert fitted.importance() == {"x": 0.0}
    assert calls == [(1, 1)]
