from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import polars as pl
import pytest
from answer_strategies import crowd
from scipy import stats

from palate.aggregation.labels import Auto, DawidSkene, MajorityVote, label_aggregators
from palate.aggregation.labels._known_annotators import known_confusion
from palate.aggregation.labels._predictive import draws_by_content, hide_answers
from palate.aggregation.labels._skill_intervals import skill_intervals
from palate.aggregation.labels._tables import code_answers
from palate.aggregation.labels.base import LabelFit
from palate.core.errors import InputError, SettingsError

ANSWERS = pl.DataFrame(
    {"task": [1, 1, 1, 2, 2, 2], "annotator": list("abcabc"), "label": ["x", "y", "y", "y", "x", "x"]}
)


def _known(*rows: tuple) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=["annotator", "truth", "label", "count"], orient="row")


def test_counts_are_where_they_belong_and_strangers_do_no_harm() -> None:
    known = _known(("b", "x", "y", 3), ("b", "y", "y", 2), ("a", "x", "x", 1.5), ("stranger", "x", "x", 9))
    counts = known_confusion(code_answers(ANSWERS), known)
    np.testing.assert_array_equal(counts, [[[1.5, 0], [0, 0]], [[0, 3], [0, 2]], [[0, 0], [0, 0]]])


def test_one_who_was_right_before_outweighs_two_who_guessed() -> None:
    # a was right 99 times of 100, b and c half the time: odds for a's label are about 99 to 1
    halves = [(who, truth, label, 50) for who in "bc" for truth in "xy" for label in "xy"]
    good = [("a", "x", "x", 99), ("a", "x", "y", 1), ("a", "y", "y", 99), ("a", "y", "x", 1)]
    found = DawidSkene().aggregate(ANSWERS, annotators=_known(*good, *halves))
    assert found.labels["label"].to_list() == ["x", "y"]
    assert found.labels["probability"].to_list() == pytest.approx([0.99, 0.99], abs=0.01)
    assert MajorityVote().aggregate(ANSWERS).labels["label"].to_list() == ["y", "x"]


def test_known_counts_are_pseudo_counts() -> None:
    answers, *_ = crowd(0)
    rng = np.random.default_rng(0)
    before = rng.integers(0, 5, (9, 3, 3))  # annotator, truth, label
    known = _known(
        *[(int(a), int(t), int(given), int(before[a, t, given])) for a, t, given in np.ndindex(9, 3, 3)]
    )
    found = DawidSkene(right=0, wrong=0, max_iter=5, tolerance=0).aggregate(answers, annotators=known)
    tasks, people, labels = (answers[name].to_numpy() for name in ("task", "annotator", "label"))
    posterior = np.zeros((60, 3))
    np.add.at(posterior, (tasks, labels), 1 / 5)
    for _ in range(5):
        counts = before.astype(float)
        np.add.at(counts.transpose(0, 2, 1), (people, labels), posterior[tasks])
        confusion, prior = counts / counts.sum(axis=2, keepdims=True), posterior.mean(axis=0)
        weights = np.tile(prior, (60, 1))
        np.multiply.at(weights, tasks, confusion[people, :, labels])
        likelihood = np.log(weights.sum(axis=1)).sum()
        posterior = weights / weights.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(found.probabilities.drop("task").to_numpy(), posterior, atol=1e-9)
    np.testing.assert_allclose(found.confusion["probability"], confusion.ravel(), atol=1e-9)
    log_prior = np.sum(before[before > 0] * np.log(confusion[before > 0]))
    assert found.log_likelihood[-1] == pytest.approx(likelihood + log_prior, rel=1e-12)


def test_the_objective_never_falls_with_known_annotators() -> None:
    answers, *_ = crowd(1)
    known = _known(
        *[
            (who, t, label, 3.0 + (t == label) * who)
            for who in range(9)
            for t in range(3)
            for label in range(3)
        ]
    )
    heights = DawidSkene(tolerance=0).aggregate(answers, annotators=known).log_likelihood
    assert (np.diff(heights) >= -1e-9).all()


def test_known_annotators_stay_with_their_names_when_answers_are_hidden() -> None:
    with_known = code_answers(ANSWERS)
    counts = known_confusion(with_known, _known(("a", "x", "x", 1), ("b", "x", "x", 2), ("c", "x", "x", 3)))
    fold = hide_answers(replace(with_known, known=counts), draws_by_content(with_known, 0))
    assert fold.shown.known[:, 0, 0].tolist() == [" abc".index(name) for name in fold.shown.annotator_ids]


def test_methods_that_cannot_use_known_annotators_say_so() -> None:
    known = _known(("a", "x", "x", 1))
    for method in label_aggregators:
        if not method.uses_known_annotators:
            with pytest.raises(SettingsError, match=f"{method.__name__} cannot use what is known"):
                method().aggregate(ANSWERS, annotators=known)
    with pytest.raises(SettingsError, match="MajorityVote cannot use"):
        MajorityVote().aggregate(ANSWERS, annotators=known, skills={"a": 1, "b": 1, "c": 1})


def test_auto_chooses_among_methods_that_can_use_them() -> None:
    answers, truth, _ = crowd(2, n_tasks=150)
    known = _known(*[(who, t, t, 20) for who in range(9) for t in range(3)])
    found = Auto().aggregate(answers, annotators=known)
    assert "dawid_skene" in found.reason
    assert (found.labels["label"].to_numpy() == truth).mean() > 0.85
    with pytest.raises(SettingsError, match="None of majority_vote, wawa can use what is known"):
        Auto(methods=("majority_vote", "wawa")).aggregate(answers, annotators=known)


@pytest.mark.parametrize(
    ("known", "says"),
    [
        (
            _known(("a", "x", "x", 1), ("a", "z", "x", 1)),
            "row 2, column 'truth': The labels here are x, y; .*it is 'z'",
        ),
        (_known(("a", "x", "z", 1)), "row 1, column 'label': .*expected one of them; it is 'z'"),
        (_known(("a", 1, 1, 1)), "column 'truth': The values are whole numbers, those of the answers text"),
        (_known((1, "x", "x", 1)), "column 'annotator': The values are whole numbers"),
        (_known(("a", "x", "x", -1)), "row 1, column 'count': .*at least 0"),
        (_known(("a", "x", "x", 1), ("a", "x", "x", 2)), "rows repeat one"),
        (_known(("a", "x", "x", 1)).drop("count"), "need the column 'count'"),
    ],
    ids=["truth", "label", "label type", "annotator type", "negative", "twice", "no count"],
)
def test_unusable_tables_are_refused(known: pl.DataFrame, says: str) -> None:
    with pytest.raises(InputError, match=says):
        DawidSkene().aggregate(ANSWERS, annotators=known)


def test_a_table_of_any_kind_and_a_path_will_do(tmp_path) -> None:
    known = _known(("a", "x", "x", 5), ("a", "y", "y", 5))
    expected = DawidSkene().aggregate(ANSWERS, annotators=known).probabilities
    assert expected.equals(
        DawidSkene().aggregate(ANSWERS, annotators=pd.DataFrame(known.to_dict(as_series=False))).probabilities
    )
    known.write_csv(tmp_path / "known.csv")
    assert expected.equals(DawidSkene().aggregate(ANSWERS, annotators=tmp_path / "known.csv").probabilities)


def test_true_or_false_labels_are_their_own_kind() -> None:
    answers = ANSWERS.with_columns(label=pl.col("label") == "x")
    with pytest.raises(InputError, match="are text, those of the answers true or false"):
        DawidSkene().aggregate(answers, annotators=_known(("a", "x", "x", 1)))


def test_the_interval_of_a_share_is_jeffreys() -> None:
    answers = pl.DataFrame({"task": range(10), "annotator": 1, "label": 0})
    coded = code_answers(answers)
    for skill in (0.8, 0.3):
        low, high = skill_intervals(
            coded, LabelFit(np.ones((10, 1)), np.array([skill])), np.zeros(10, dtype=np.int32)
        )
        beta = stats.beta(10 * skill + 0.5, 10 * (1 - skill) + 0.5)
        assert (low[0], high[0]) == pytest.approx((beta.ppf(0.025), beta.ppf(0.975)))


def test_an_interval_holds_its_skill_even_at_the_ends() -> None:
    coded = code_answers(pl.DataFrame({"task": range(3), "annotator": [1, 1, 2], "label": 0}))
    low, high = skill_intervals(
        coded, LabelFit(np.ones((3, 1)), np.array([1.0, np.nan])), np.zeros(3, dtype=np.int32)
    )
    assert high[0] == 1
    assert 0 < low[0] < 1
    assert np.isnan([low[1], high[1]]).all()


def test_with_a_confusion_matrix_each_true_label_counts_its_own_answers() -> None:
    # 40 answers to tasks of label 0, of which 30 right, and 10 to tasks of label 1, of which 9 right; labels 4 to 1
    coded = code_answers(pl.DataFrame({"task": range(50), "annotator": 1, "label": [0, 1] * 25}))
    posterior = np.eye(2)[[0] * 40 + [1] * 10]
    confusion = np.array([[[0.75, 0.25], [0.1, 0.9]]])
    decided = np.repeat([0, 1], [40, 10]).astype(np.int32)
    low, high = skill_intervals(coded, LabelFit(posterior, np.array([0.78]), confusion), decided)
    drawn = np.random.default_rng(0).beta([[30.5], [9.5]], [[10.5], [1.5]], (2, 200_000))
    expected = np.quantile(0.8 * drawn[0] + 0.2 * drawn[1], [0.025, 0.975])
    np.testing.assert_allclose([low[0], high[0]], expected, atol=0.005)


def test_intervals_hold_the_true_skill_about_as_often_as_they_say() -> None:
    held = []
    for seed in range(8):
        answers, _, right = crowd(seed, n_tasks=600, n_annotators=20, overlap=7)
        found = DawidSkene().aggregate(answers).annotators.sort("annotator")
        held.append(found["skill_low"].to_numpy() <= right)
        held.append(found["skill_high"].to_numpy() >= right)
    inside = np.logical_and(held[::2], held[1::2])
    assert (
        inside.mean() > 0.88
    )  # 95% is promised where the decisions are right; 160 skills, and some decisions are wrong
