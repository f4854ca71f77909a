"""CROWDLAB against its formulas reckoned by hand, and against numbers of the authors' library."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from palate.core.errors import InputError, SettingsError
from palate.learning.crowds import CROWDLAB, TaskFeatures

NONE = -1
GIVEN = [
    [0, 0, 1, NONE],
    [1, 1, NONE, 1],
    [2, NONE, 2, 0],
    [0, NONE, NONE, NONE],
    [1, 2, NONE, NONE],
    [2, 2, 2, NONE],
    [NONE, 0, 0, 1],
    [NONE, 1, NONE, 2],
]
FORETOLD = [
    [0.7, 0.2, 0.1],
    [0.1, 0.8, 0.1],
    [0.2, 0.2, 0.6],
    [0.5, 0.3, 0.2],
    [0.2, 0.5, 0.3],
    [0.3, 0.3, 0.4],
    [0.2, 0.6, 0.2],
    [0.1, 0.3, 0.6],
]
# cleanlab 2.9.0, get_label_quality_multiannotator(consensus_method="majority_vote") and the posterior behind it.
THEIRS = [
    [0.6707007878, 0.2115083078, 0.1177909044],
    [0.1161440088, 0.7677119823, 0.1161440088],
    [0.1820830818, 0.1820827510, 0.6358341673],
    [0.5557157916, 0.2591417528, 0.1851424556],
    [0.1784746736, 0.4906139565, 0.3309113699],
    [0.2347666838, 0.2347666838, 0.5304666324],
    [0.3356865483, 0.4793897742, 0.1849236774],
    [0.1086530547, 0.3836458113, 0.5077011340],
]


def _tables(given: list[list[int]], foretold: list[list[float]]) -> tuple[pl.DataFrame, pl.DataFrame]:
    rows = [
        (task, f"w{who}", label)
        for task, labels in enumerate(given)
        for who, label in enumerate(labels)
        if label != NONE
    ]
    answers = pl.DataFrame(rows, schema=["task", "annotator", "label"], orient="row")
    columns = {str(label): column for label, column in enumerate(zip(*foretold, strict=True))}
    return answers, pl.DataFrame({"task": range(len(foretold)), **columns})


def test_consensus_is_that_of_the_authors_library() -> None:
    found = CROWDLAB().judge(*_tables(GIVEN, FORETOLD))
    np.testing.assert_allclose(found.from_all, THEIRS, atol=1e-9)
    np.testing.assert_allclose(found.weights, [0.41666666667, 0.3, 0.125, 1e-6], atol=1e-10)
    assert "classifier weighs 1.19" in found.notes[0]
    assert found.judgments["label"].to_list() == [0, 1, 2, 0, 1, 2, 1, 2]


def test_consensus_by_hand() -> None:
    # Majority votes: a, b, a (one answer). On the two tasks of two answers or more all answers but one of the
    # first agree: P = (2/3 + 2/2) / 2 = 5/6. The label most frequent in their consensus is right half the time: e = 1/2.
    # With others on the same tasks, u agrees 2 of 3 times, v 2 of 3, w 0 of 2; weights 1 - (1/3) / (1/2) = 1/3, 1/3, least.
    # The classifier is right on both: weight 1 * sqrt((3 + 2 + 1) / 3) = sqrt(2).
    answers = pl.DataFrame(
        {
            "task": [1, 1, 1, 2, 2, 3],
            "annotator": ["u", "v", "w", "u", "v", "u"],
            "label": ["a", "a", "b", "b", "b", "a"],
        }
    )
    foretold = pl.DataFrame({"task": [1, 2, 3], "a": [0.6, 0.3, 0.2], "b": [0.4, 0.7, 0.8]})
    found = CROWDLAB().judge(answers, foretold)
    root, third, least = 2**0.5, 1 / 3, 1e-6
    first = (0.6 * root + 2 * third * 5 / 6 + least / 6) / (root + 2 * third + least)
    second = (0.3 * root + 2 * third / 6) / (root + 2 * third)
    last = (0.2 * root + third * 5 / 6) / (root + third)
    np.testing.assert_allclose(found.from_all[:, 0], [first, second, last], atol=1e-12)
    np.testing.assert_allclose(found.weights, [third, third, least])
    assert found.judgments["label"].to_list() == ["a", "b", "b"]
    # u said a to task 1 (consensus a), b to 2 (b), a to 3 (b, because the classifier outweighs one answer).
    np.testing.assert_allclose(found.confusion_of("u"), [[1.0, 0.0], [0.5, 0.5]])
    np.testing.assert_allclose(
        found.confusion_of("w"), [[0.0, 1.0], [0.5, 0.5]]
    )  # never met b: nothing known


def test_any_classifier_with_fit_and_predict_proba_will_do() -> None:
    linear = pytest.importorskip("sklearn.linear_model")
    rng = np.random.default_rng(0)
    truth = np.repeat([0, 1], 60)
    features = TaskFeatures(np.arange(120), rng.normal(size=(120, 2)) + 4 * truth[:, None])
    tasks = np.repeat(np.arange(120), 2)
    given = np.where(rng.random(240) < 0.7, truth[tasks], 1 - truth[tasks])
    answers = pl.DataFrame({"task": tasks, "annotator": np.tile([0, 1], 120), "label": given})
    classifier = linear.LogisticRegression()
    found = CROWDLAB().fit(features, answers, classifier)
    assert not hasattr(classifier, "coef_")
    assert np.mean(found.from_all.argmax(axis=1) == truth) > 0.97
    np.testing.assert_allclose(found.confusion[:, [0, 1], [0, 1]], 0.7, atol=0.15)
    with pytest.raises(Exception, match="cannot hold a classifier that is no network"):
        found.save("crowd.zip")


def test_probabilities_must_be_those_of_the_labels() -> None:
    answers, foretold = _tables(GIVEN, FORETOLD)
    with pytest.raises(InputError, match="the others here are: 0, 1"):
        CROWDLAB().judge(answers, foretold.drop("2"))
    with pytest.raises(InputError, match="do not sum to 1"):
        CROWDLAB().judge(answers, foretold.with_columns(pl.col("2") / 2))
    with pytest.raises(InputError, match="no features"):
        CROWDLAB().judge(answers, foretold[1:])
    with pytest.raises(InputError, match="nothing was learned|Nothing was learned"):
        CROWDLAB().judge(answers, foretold).predict(foretold)


def test_folds_need_as_many_tasks() -> None:
    answers, foretold = _tables(GIVEN, FORETOLD)
    with pytest.raises(InputError, match="9 folds need as many answered tasks; there are 8"):
        CROWDLAB(folds=9).fit(foretold, answers)
    with pytest.raises(SettingsError, match="folds"):
        CROWDLAB(folds=1)
