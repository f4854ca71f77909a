from __future__ import annotations

from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from answer_strategies import answer_tables, crowd, shared_answers
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from palate.aggregation.labels import DawidSkene, MajorityVote, OrdinalDawidSkene
from palate.aggregation.labels._grade_errors import (
    error_features,
    error_probabilities,
    grade_positions,
    step_up,
)
from palate.aggregation.labels._tables import code_answers
from palate.core.errors import InputError, SettingsError

GRADES = ["bad", "fair", "good", "perfect"]


def graders(
    seed: int, *, n_tasks: int, n_annotators: int = 12, overlap: int = 3, n_grades: int = 5
) -> tuple[pl.DataFrame, np.ndarray]:
    """Return answers of annotators who see the true grade blurred and moved by amounts of their own."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, n_grades, n_tasks)
    bias, spread = np.resize([-1.0, 0.0, 0.0, 1.0], n_annotators), rng.choice([0.3, 1.2], n_annotators)
    crews = np.array([rng.permutation(n_annotators)[:overlap] for _ in range(n_tasks)])
    seen = truth[:, None] + bias[crews] + spread[crews] * rng.standard_normal(crews.shape)
    answers = pl.DataFrame(
        {
            "task": np.repeat(np.arange(n_tasks), overlap),
            "annotator": crews.ravel(),
            "label": np.clip(np.rint(seen), 0, n_grades - 1).astype(int).ravel(),
        }
    )
    return answers, truth


def plain_logarithms(numbers: np.ndarray, n_labels: int) -> np.ndarray:
    """The yardstick of one annotator's answers, by the formula, one cell at a time."""
    found = np.zeros((n_labels, n_labels))
    for truth in range(n_labels):
        scores = []
        for answer in range(n_labels):
            error = answer - truth
            scores.append(numbers[0] * error - numbers[1] * error**2 + numbers[2] * (error == 0))
        found[truth] = np.array(scores) - np.logaddexp.reduce(scores)
    return found


def mean_accuracy(method, tables: list[tuple[pl.DataFrame, np.ndarray]]) -> float:
    return float(
        np.mean([np.mean(method.fit(code_answers(a)).posterior.argmax(axis=1) == t) for a, t in tables])
    )


@settings(max_examples=50, deadline=None)
@given(answers=answer_tables(), prior=st.sampled_from([0.01, 0.5, 3.0]), known=st.integers(0, 3))
def test_what_is_maximized_never_falls(answers: pl.DataFrame, prior: float, known: int) -> None:
    golden = pl.DataFrame({"task": answers["task"][:1], "label": [known]})
    for table in (None, golden):
        fit = OrdinalDawidSkene(prior_answers=prior, tolerance=0).fit(code_answers(answers, table))
        assert all(later >= earlier - 1e-9 for earlier, later in pairwise(fit.log_likelihood))


@settings(max_examples=30, deadline=None)
@given(st.integers(3, 6), st.integers(0, 1000))
def test_numbers_are_the_best_there_are(n_labels: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    counts = rng.gamma(0.5, 3, (1, n_labels, n_labels)) + 0.05
    features = error_features(np.arange(n_labels, dtype=np.int32))
    numbers = rng.normal(0, 1, (1, 3))
    np.testing.assert_allclose(
        error_probabilities(numbers, features)[0], plain_logarithms(numbers[0], n_labels), atol=1e-12
    )
    for _ in range(100):
        numbers = step_up(numbers, counts, features)
    best = minimize(lambda x: -np.sum(counts[0] * plain_logarithms(x, n_labels)), np.zeros(3), tol=1e-10)
    np.testing.assert_allclose(numbers[0], best.x, atol=1e-3)
    assert np.sum(counts * error_probabilities(numbers, features)) >= -best.fun - 1e-9


def test_a_step_that_overshoots_is_halved() -> None:
    features = error_features(np.arange(3, dtype=np.int32))
    counts = np.full((1, 3, 3), 0.001)
    counts[0, 0, 2] = 1000
    start = np.array([[30.0, 8.0, 0.0]])
    before = np.sum(counts * error_probabilities(start, features))
    assert np.sum(counts * error_probabilities(step_up(start, counts, features), features)) >= before


def test_two_labels_are_dawid_and_skenes() -> None:
    # Two numbers an annotator are as many as a confusion of two labels has; e^0 and e^-2 share the prior answers.
    answers = code_answers(crowd(8, n_labels=2)[0], pl.DataFrame({"task": [3], "label": [1]}))
    right, wrong = 0.5 / (1 + np.exp(-2)), 0.5 * np.exp(-2) / (1 + np.exp(-2))
    ordinal = OrdinalDawidSkene(tolerance=1e-13, max_iter=2000).fit(answers)
    full = DawidSkene(right=right, wrong=wrong, tolerance=1e-13, max_iter=2000).fit(answers)
    assert ordinal.log_likelihood[-1] == pytest.approx(full.log_likelihood[-1], abs=1e-6)
    np.testing.assert_allclose(ordinal.posterior, full.posterior, atol=1e-4)
    np.testing.assert_allclose(ordinal.confusion, full.confusion, atol=1e-4)
    np.testing.assert_allclose(ordinal.skill, full.skill, atol=1e-4)


def test_posterior_follows_from_the_confusion() -> None:
    answers = code_answers(graders(1, n_tasks=30)[0], pl.DataFrame({"task": [0], "label": [2]}))
    fit = OrdinalDawidSkene(max_iter=1).fit(answers)
    assert fit.confusion is not None
    prior = np.zeros(5)
    for t in range(30):
        labels = answers.labels[answers.offsets[t] : answers.offsets[t + 1]]
        prior += np.eye(5)[2] if t == 0 else np.bincount(labels, minlength=5) / len(labels)
    prior /= 30
    shares = np.exp(-2 * np.abs(np.subtract.outer(np.arange(5), np.arange(5))))
    objective = np.sum(0.5 * shares / shares.sum(axis=1, keepdims=True) * np.log(fit.confusion))
    for t in range(30):
        joint = prior.copy()
        for i in range(answers.offsets[t], answers.offsets[t + 1]):
            joint *= fit.confusion[answers.annotators[i], :, answers.labels[i]]
        expected = np.eye(5)[2] if t == 0 else joint / joint.sum()
        np.testing.assert_allclose(fit.posterior[t], expected, atol=1e-12)
        objective += np.log(joint[2] if t == 0 else joint.sum())
    assert fit.log_likelihood == pytest.approx((objective,))
    np.testing.assert_allclose(fit.skill, np.einsum("ajj,j->a", fit.confusion, prior))


def test_few_answers_teach_more_than_full_confusions_learn_from_them() -> None:
    # Fifteen answers an annotator say little about 20 free cells, but much about three numbers.
    few = [graders(seed, n_tasks=60) for seed in range(20)]
    ordinal, full, votes = (
        mean_accuracy(m, few) for m in (OrdinalDawidSkene(), DawidSkene(), MajorityVote())
    )
    assert ordinal > full + 0.05
    assert ordinal > votes + 0.05
    # With many answers of many, full confusions learn the same.
    many = [graders(seed, n_tasks=3000, overlap=9) for seed in range(3)]
    assert mean_accuracy(OrdinalDawidSkene(), many) == pytest.approx(
        mean_accuracy(DawidSkene(), many), abs=0.03
    )


def test_who_grades_too_high_is_seen_through() -> None:
    golden = [(t, "golden", t % 4) for t in range(40)]
    strict, lenient = (
        [(t, "strict", t % 4) for t in range(60)],
        [(t, "lenient", min(t % 4 + 1, 3)) for t in range(60)],
    )
    answers = pl.DataFrame(strict[:40] + lenient, schema=["task", "annotator", "label"], orient="row")
    known = pl.DataFrame(golden, schema=["task", "annotator", "label"], orient="row").drop("annotator")
    found = OrdinalDawidSkene().aggregate(answers, golden=known)
    # Lenient's 3 may stand for a 2 or a 3; the rest is one less than they say.
    for row in found.labels.filter(pl.col("task") >= 40).to_dicts():
        assert row["label"] in ({0} if row["task"] % 4 == 0 else {1} if row["task"] % 4 == 1 else {2, 3})


def test_the_other_way_round_is_the_same() -> None:
    answers = graders(2, n_tasks=50)[0]
    ahead = OrdinalDawidSkene(max_iter=20).fit(code_answers(answers))
    back = OrdinalDawidSkene(max_iter=20, order=(4, 3, 2, 1, 0)).fit(code_answers(answers))
    np.testing.assert_allclose(ahead.posterior, back.posterior, atol=1e-8)


def test_names_in_order_are_the_same_as_numbers() -> None:
    answers = graders(3, n_tasks=50, n_grades=4)[0]
    named = answers.with_columns(label=pl.col("label").replace_strict(dict(enumerate(GRADES))))
    numbers = OrdinalDawidSkene().aggregate(answers).labels
    names = OrdinalDawidSkene(order=GRADES).aggregate(named).labels
    assert [GRADES[label] for label in numbers["label"]] == names["label"].to_list()
    np.testing.assert_allclose(numbers["probability"], names["probability"], atol=1e-9)


@pytest.mark.parametrize(
    ("labels", "order", "expected"),
    [
        ([1, 5, 30], None, [0, 1, 2]),
        (["10", "2", "-1.5"], None, [0, 2, 1]),  # labels are sorted as text: -1.5, 10, 2
        (["b", "a"], None, [0, 1]),
        (["x"], None, [0]),
        ([True, False], None, [0, 1]),
        (["fair", "good"], ("bad", "fair", "good"), [1, 2]),
        ([3, 1], (3, 2, 1), [2, 0]),
    ],
)
def test_grades_have_their_place(labels: list, order: tuple | None, expected: list[int]) -> None:
    n = len(labels)
    coded = code_answers(pl.DataFrame({"task": range(n), "annotator": ["a"] * n, "label": labels}))
    assert grade_positions(coded, order).tolist() == expected


def test_labels_without_order_are_refused() -> None:
    answers = pl.DataFrame({"task": [1, 2, 3], "annotator": ["a"] * 3, "label": GRADES[:3]})
    with pytest.raises(
        InputError, match="column 'label': Grades must have an order; the label 'bad' is no number"
    ):
        OrdinalDawidSkene().aggregate(answers)
    with pytest.raises(InputError, match="The label 'fair' is not in the order 'bad', 'good'"):
        OrdinalDawidSkene(order=("bad", "good")).aggregate(answers)


@pytest.mark.parametrize(
    "setting",
    [
        {"order": "abc"},
        {"order": ("a", "b", "a")},
        {"max_iter": 0},
        {"threads": 0},
        {"tolerance": float("nan")},
        {"prior_answers": 0.0},
    ],
)
def test_impossible_settings_are_refused(setting: dict) -> None:
    with pytest.raises(SettingsError, match=f"'{next(iter(setting))}' must"):
        OrdinalDawidSkene(**setting)


def test_threads_do_not_show_and_progress_is_told() -> None:
    answers = code_answers(graders(4, n_tasks=200)[0])
    told: list[tuple[int, int]] = []
    alone = OrdinalDawidSkene(threads=1).fit(answers, lambda done, total: told.append((done, total)))
    assert (alone.posterior == OrdinalDawidSkene(threads=3).fit(answers).posterior).all()
    assert told == [(i, 100) for i in range(1, alone.iterations + 1)]
    assert alone.converged
    assert not OrdinalDawidSkene(max_iter=2).fit(answers).converged


def test_graded_pages_are_found_better_than_by_full_confusions() -> None:
    answers, gold = shared_answers("web")
    rows = OrdinalDawidSkene().aggregate(answers).labels.join(gold, on="task", suffix="_known")
    # Published for Dawid–Skene on these pages: 82.8%.
    assert rows.select((pl.col("label") == pl.col("label_known")).mean()).item() > 0.87
