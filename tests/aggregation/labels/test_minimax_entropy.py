from __future__ import annotations

from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from answer_strategies import answer_tables, crowd, shared_answers
from hypothesis import given, settings
from scipy.optimize import check_grad

from palate.aggregation.labels import (
    CodedAnswers,
    DawidSkene,
    MinimaxEntropy,
    _task_confusions,
    minimax_entropy,
)
from palate.aggregation.labels._tables import code_answers
from palate.aggregation.labels._task_confusions import TaskConfusions
from palate.core.errors import InputError, SettingsError


def plain_objective(
    coded: CodedAnswers, annotators: np.ndarray, tasks: np.ndarray, penalties: tuple[float, float, float]
) -> tuple[float, np.ndarray]:
    """The yardstick: one answer at a time. Returns the objective and the posterior."""
    n_labels = len(coded.label_values)
    of_annotators, of_tasks, rightness = penalties
    off = annotators - rightness * np.eye(n_labels)
    total = -0.5 * (of_annotators * np.sum(off**2) + of_tasks * np.sum(tasks**2))
    posterior = np.zeros((len(coded.task_ids), n_labels))
    for task in range(len(coded.task_ids)):
        joint = np.full(n_labels, -np.log(n_labels))
        for i in range(coded.offsets[task], coded.offsets[task + 1]):
            for truth in range(n_labels):
                scores = annotators[coded.annotators[i], truth] + tasks[task, truth]
                joint[truth] += scores[coded.labels[i]] - np.log(np.sum(np.exp(scores)))
        if coded.golden[task] >= 0:
            joint = np.where(np.arange(n_labels) == coded.golden[task], joint, -np.inf)
        total += np.logaddexp.reduce(joint)
        posterior[task] = np.exp(joint - np.logaddexp.reduce(joint))
    return total, posterior


def random_numbers(coded: CodedAnswers, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    n_labels = len(coded.label_values)
    rng = np.random.default_rng(seed)
    shape = (n_labels, n_labels)
    return rng.normal(0, 1, (len(coded.annotator_ids), *shape)), rng.normal(
        0, 1, (len(coded.task_ids), *shape)
    )


@settings(max_examples=25, deadline=None)
@given(answers=answer_tables())
def test_objective_and_gradient_are_right(answers: pl.DataFrame) -> None:
    coded = code_answers(answers, pl.DataFrame({"task": answers["task"][:1], "label": [2]}))
    model = TaskConfusions(coded, 0.7, 2.0, 1.5, None)
    annotators, tasks = random_numbers(coded)
    numbers = np.concatenate([annotators.ravel(), tasks.ravel()])
    expected, posterior = plain_objective(coded, annotators, tasks, (0.7, 2.0, 1.5))
    assert model.objective(numbers)[0] == pytest.approx(expected, abs=1e-9)
    np.testing.assert_allclose(model.posterior, posterior, atol=1e-12)
    error = check_grad(lambda x: model.objective(x)[0], lambda x: model.objective(x)[1], numbers)
    assert error < 1e-4


@pytest.mark.parametrize("threads", [1, 3])
def test_partitions_change_no_more_than_the_last_digits(threads: int, monkeypatch) -> None:
    coded = code_answers(crowd(2)[0])
    numbers = np.concatenate([part.ravel() for part in random_numbers(coded)])
    whole = TaskConfusions(coded, 1.0, 1.0, 2.0, None).objective(numbers)
    monkeypatch.setattr(_task_confusions, "_CELLS_A_PARTITION", 300)
    value, gradient = TaskConfusions(coded, 1.0, 1.0, 2.0, threads).objective(numbers)
    assert value == pytest.approx(whole[0], rel=1e-12)
    np.testing.assert_allclose(gradient, whole[1], atol=1e-12)


@settings(max_examples=15, deadline=None)
@given(answers=answer_tables())
def test_what_is_maximized_never_falls(answers: pl.DataFrame) -> None:
    fit = MinimaxEntropy().fit(code_answers(answers))
    assert all(later >= earlier - 1e-9 for earlier, later in pairwise(fit.log_likelihood))
    assert fit.converged
    np.testing.assert_allclose(fit.posterior.sum(axis=1), 1)
    assert fit.confusion is not None
    np.testing.assert_allclose(fit.confusion.sum(axis=2), 1)


def test_the_end_is_flat() -> None:
    coded = code_answers(crowd(4, n_tasks=20)[0])
    fit = MinimaxEntropy(tolerance=1e-12, max_iter=2000).fit(coded)
    value, posterior = fit.log_likelihood[-1], fit.posterior
    again = MinimaxEntropy(tolerance=0.0, max_iter=4000).fit(coded)
    assert again.log_likelihood[-1] == pytest.approx(value, abs=1e-5)
    np.testing.assert_allclose(again.posterior, posterior, atol=1e-2)


def test_numbers_are_the_same_bits_for_any_number_of_threads(monkeypatch) -> None:
    monkeypatch.setattr(_task_confusions, "_CELLS_A_PARTITION", 300)
    coded = code_answers(crowd(5)[0])
    alone, three = (MinimaxEntropy(threads=threads).fit(coded) for threads in (1, 3))
    assert (alone.posterior == three.posterior).all()
    assert alone.log_likelihood == three.log_likelihood


def test_rigid_tasks_leave_dawid_and_skene() -> None:
    answers, truth, right = crowd(6, n_tasks=400)
    fit = MinimaxEntropy(task_penalty=1e6, annotator_penalty=0.1).fit(code_answers(answers))
    full = DawidSkene().fit(code_answers(answers))
    assert np.mean(fit.posterior.argmax(axis=1) == full.posterior.argmax(axis=1)) > 0.98
    np.testing.assert_allclose(fit.skill, full.skill, atol=0.05)
    np.testing.assert_allclose(fit.skill, right, atol=0.12)
    assert np.mean(fit.posterior.argmax(axis=1) == truth) > 0.9


def test_a_task_that_misleads_does_not_ruin_who_was_misled() -> None:
    # b, c and d are right on 200 known tasks and misled by 20 others, which a sees through.
    rows = [(t, a, t % 2 if t < 200 or a == "a" else 1 - t % 2) for t in range(220) for a in "abcd"]
    answers = pl.DataFrame(rows, schema=["task", "annotator", "label"], orient="row")
    golden = pl.DataFrame({"task": range(220), "label": [t % 2 for t in range(220)]})
    coded = code_answers(answers, golden)
    loose, rigid = (MinimaxEntropy(task_penalty=penalty).fit(coded) for penalty in (0.1, 1e6))
    np.testing.assert_allclose(rigid.skill[1:], 200 / 220, atol=0.02)
    assert (loose.skill[1:] > rigid.skill[1:] + 0.01).all()


def test_golden_tasks_are_clamped_and_progress_is_told() -> None:
    told: list[tuple[int, int]] = []
    coded = code_answers(crowd(7)[0], pl.DataFrame({"task": [0, 1], "label": [2, 1]}))
    fit = MinimaxEntropy(max_iter=3, tolerance=0.0).fit(coded, lambda done, total: told.append((done, total)))
    np.testing.assert_array_equal(fit.posterior[:2], [[0, 0, 1], [0, 1, 0]])
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert not fit.converged
    assert fit.iterations == 3


@pytest.mark.parametrize(
    "setting",
    [
        {"annotator_penalty": 0.0},
        {"task_penalty": float("inf")},
        {"rightness": float("nan")},
        {"max_iter": 0},
        {"tolerance": -1.0},
        {"threads": 0},
    ],
)
def test_impossible_settings_are_refused(setting: dict) -> None:
    with pytest.raises(SettingsError, match=f"'{next(iter(setting))}' must be"):
        MinimaxEntropy(**setting)


def test_confusions_beyond_memory_are_refused(monkeypatch) -> None:
    monkeypatch.setattr(minimax_entropy, "_MOST_NUMBERS", (60 + 9) * 9 - 1)
    with pytest.raises(InputError, match="3 labels for each of 60 tasks.*choose dawid_skene"):
        MinimaxEntropy().fit(code_answers(crowd(0)[0]))


@pytest.mark.parametrize(("name", "votes", "gain"), [("face", 63.7, 1.0), ("rte", 89.7, 2.0)])
def test_real_crowds_are_understood_better_than_by_votes(name: str, votes: float, gain: float) -> None:
    answers, gold = shared_answers(name)
    rows = MinimaxEntropy(max_iter=40).aggregate(answers).labels.join(gold, on="task", suffix="_known")
    right = rows.select((pl.col("label") == pl.col("label_known")).mean()).item()
    assert 100 * right > votes + gain
