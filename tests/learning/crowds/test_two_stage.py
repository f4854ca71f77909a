"""Aggregate first, then learn: what of judgments is learned from, by networks and by other classifiers."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from crowd_worlds import require_torch

from palate.core.errors import InputError, SettingsError
from palate.learning.crowds import SmallNetwork, TwoStage


class Remembers:
    """A classifier that keeps what it was given, and foretells each label by its share of it."""

    def fit(
        self, values: np.ndarray, labels: np.ndarray, sample_weight: np.ndarray | None = None
    ) -> Remembers:
        self.values, self.labels, self.weight = values, labels, sample_weight
        self.classes_ = np.unique(labels)
        return self

    def predict_proba(self, values: np.ndarray) -> np.ndarray:
        counts = np.bincount(self.labels, weights=self.weight)[self.classes_]
        return np.tile(counts / counts.sum(), (len(values), 1))


class NoWeights(Remembers):
    def fit(self, values: np.ndarray, labels: np.ndarray) -> NoWeights:
        super().fit(values, labels)
        return self


FEATURES = pl.DataFrame({"task": ["t1", "t2", "t3", "t4"], "x": [1.0, 2.0, 3.0, 4.0]})
ANSWERS = pl.DataFrame(
    {
        "task": ["t1", "t1", "t1", "t2", "t2", "t2", "t3"],
        "annotator": ["u", "v", "w", "u", "v", "w", "u"],
        "label": ["no", "no", "yes", "yes", "yes", "yes", "no"],
    }
)
JUDGMENTS = pl.DataFrame({"task": ["t3", "t2", "t1"], "yes": [0.3, 1.0, 0.2], "no": [0.7, 0.0, 0.8]})


def test_labels_of_votes_are_learned_from() -> None:
    given = Remembers()
    found = TwoStage().fit(FEATURES, ANSWERS, given)
    learned = found.classifier.estimator
    assert learned.values.tolist() == [[1.0], [2.0], [3.0]]
    assert learned.labels.tolist() == [0, 1, 0]
    assert learned.weight is None
    assert not hasattr(given, "values")
    np.testing.assert_allclose(found.from_all, [[2 / 3, 1 / 3], [0, 1], [1, 0], [2 / 3, 1 / 3]])
    # u said no to t1 (no by 2/3), yes to t2, no to t3.
    np.testing.assert_allclose(found.confusion_of("u"), [[1.0, 0.0], [(1 / 3) / (4 / 3), 1 / (4 / 3)]])
    assert found.labels["label"].to_list() == ["no"] * 4
    assert found.judgments.rows()[1] == ("t2", "yes", 1.0)


def test_probabilities_are_learned_from_as_shares_of_tasks() -> None:
    found = TwoStage(targets="probabilities").fit(FEATURES, ANSWERS, Remembers(), judgments=JUDGMENTS)
    learned = found.classifier.estimator
    rows = sorted(zip(learned.values[:, 0], learned.labels, learned.weight.round(9), strict=True))
    assert rows == [(1.0, 0, 0.8), (1.0, 1, 0.2), (2.0, 1, 1.0), (3.0, 0, 0.7), (3.0, 1, 0.3)]
    np.testing.assert_allclose(found.predict_proba(FEATURES)[0], [0.5, 0.5])


def test_equally_probable_labels_are_drawn_anew_with_each_seed() -> None:
    tied = pl.DataFrame({"task": np.repeat(np.arange(40), 2), "annotator": [1, 2] * 40, "label": [0, 1] * 40})
    features = pl.DataFrame({"task": np.arange(40), "x": np.zeros(40)})
    draws = [
        TwoStage().fit(features, tied, Remembers(), seed=seed).classifier.estimator.labels for seed in (0, 1)
    ]
    assert draws[0].tolist() != draws[1].tolist()
    assert all(8 <= labels.sum() <= 32 for labels in draws)


def test_classifier_without_weights_learns_labels_only() -> None:
    assert TwoStage().fit(FEATURES, ANSWERS, NoWeights()).labels.height == 4
    with pytest.raises(SettingsError, match="NoWeights cannot learn from probabilities"):
        TwoStage(targets="probabilities").fit(FEATURES, ANSWERS, NoWeights())


def test_label_that_the_classifier_never_met_has_probability_zero() -> None:
    answers = ANSWERS.with_columns(label=pl.Series(["no", "no", "yes", "no", "no", "no", "no"]))
    found = TwoStage().fit(FEATURES, answers, Remembers())
    assert found.from_features.tolist() == [[1.0, 0.0]] * 4


def test_judgments_must_be_of_these_tasks_and_labels() -> None:
    learner = TwoStage()
    for broken, match in (
        (JUDGMENTS.drop("no"), "the others here are: yes"),
        (JUDGMENTS.with_columns(no=0.4), "do not sum to 1"),
        (JUDGMENTS[:2], "1 answered tasks have no judgment, such as 't1'"),
        (JUDGMENTS.with_columns(no=pl.lit(None)), "missing"),
        (JUDGMENTS.with_columns(no=pl.col("no") + 2), "from 0 to 1"),
    ):
        with pytest.raises(InputError, match=match):
            learner.fit(FEATURES, ANSWERS, Remembers(), judgments=broken)
    with pytest.raises(SettingsError, match="targets"):
        TwoStage(targets="both")


def test_known_labels_are_for_networks() -> None:
    known = pl.DataFrame({"task": ["t4"], "label": ["yes"]})
    with pytest.raises(SettingsError, match="leave it out|Leave it out"):
        TwoStage().fit(FEATURES, ANSWERS, Remembers(), validation=known)


def test_network_learns_probabilities_as_the_mean_cross_entropy_says() -> None:
    # Without hidden layers and with a feature that says nothing, what fits best is the mean share of each label.
    require_torch()
    features = FEATURES.with_columns(x=1.0)
    found = TwoStage(targets="probabilities", held_out=0, epochs=400, learning_rate=0.05).fit(
        features, ANSWERS, SmallNetwork(()), judgments=JUDGMENTS
    )
    np.testing.assert_allclose(found.from_features[0], [0.5, 0.5], atol=1e-4)
    assert found.history.loss[-1] == pytest.approx(np.log(2), abs=1e-6)
