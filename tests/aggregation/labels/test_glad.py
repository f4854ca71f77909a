from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from answer_strategies import crowd
from fitted_labels import assert_same_bits, assert_sound, coded_answers, expected_accuracy
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import approx_fprime
from scipy.special import expit, log_expit

from palate.aggregation.labels import GLAD, CodedAnswers, _glad_passes, _mace_kernel
from palate.aggregation.labels import _glad_kernel as kernel
from palate.aggregation.labels._glad_passes import GladPasses
from palate.aggregation.labels._tables import code_answers
from palate.core.errors import SettingsError


def plain_density(answers: CodedAnswers, parameters: np.ndarray, means: tuple[float, float]) -> float:
    """Log-posterior density without its constant, one answer at a time."""
    n_annotators, n_labels = len(answers.annotator_ids), len(answers.label_values)
    ability, log_ease = parameters[:n_annotators], parameters[n_annotators:]
    total = -0.5 * np.sum((ability - means[0]) ** 2) - 0.5 * np.sum((log_ease - means[1]) ** 2)
    others = max(n_labels - 1, 1)
    for t, known in enumerate(answers.golden):
        joint = np.full(n_labels, -np.log(n_labels))
        for i in range(answers.offsets[t], answers.offsets[t + 1]):
            odds = ability[answers.annotators[i]] * np.exp(log_ease[t]) - np.log(others)
            wrong = log_expit(-odds) - np.log(others)
            joint += np.where(np.arange(n_labels) == answers.labels[i], log_expit(odds), wrong)
        total += joint[known] if known >= 0 else np.logaddexp.reduce(joint)
    return float(total)


def parameters_for(answers: CodedAnswers, seed: int) -> np.ndarray:
    n_parameters = len(answers.annotator_ids) + len(answers.task_ids)
    return np.random.default_rng(seed).normal(0.5, 1.0, n_parameters)


@settings(max_examples=40, deadline=None)
@given(answers=coded_answers(), seed=st.integers(0, 99))
def test_density_and_gradient_are_those_of_the_plain_one(answers: CodedAnswers, seed: int) -> None:
    at = parameters_for(answers, seed)
    value, gradient = GladPasses(answers, 1.0, 0.5, 1).density(at)
    assert value == pytest.approx(plain_density(answers, at, (1.0, 0.5)), abs=1e-8)
    slopes = approx_fprime(at, lambda p: plain_density(answers, p, (1.0, 0.5)), 1e-6)
    np.testing.assert_allclose(gradient, slopes, atol=2e-3, rtol=2e-4)


@settings(max_examples=40, deadline=None)
@given(answers=coded_answers(), adversaries=st.booleans())
def test_the_density_never_falls(answers: CodedAnswers, adversaries: bool) -> None:
    fit = GLAD(tolerance=0, adversaries=adversaries).fit(answers)
    assert_sound(fit, answers)


@settings(max_examples=25, deadline=None)
@given(answers=coded_answers())
def test_the_top_is_flat_and_the_posterior_is_the_one_there(answers: CodedAnswers) -> None:
    passes = GladPasses(answers, 1.0, 1.0, 1)
    climb = passes.climb(adversaries=True, max_iter=2000, gain_to_stop=0.0, progress=lambda *_: None)
    top = np.concatenate([passes.ability, np.log(passes.ease)])
    value, gradient = passes.density(top)
    assert value == pytest.approx(climb.heights[-1], abs=1e-9)
    assert np.abs(gradient).max() < 1e-2
    n_labels = len(answers.label_values)
    posterior = np.zeros((len(answers.task_ids), n_labels))
    for t in range(len(answers.task_ids)):
        for i in range(answers.offsets[t], answers.offsets[t + 1]):
            posterior[t, answers.labels[i]] += passes.ability[answers.annotators[i]] * passes.ease[t]
        if answers.golden[t] >= 0:
            posterior[t] = np.where(np.arange(n_labels) == answers.golden[t], 0.0, -np.inf)
    posterior = np.exp(posterior - np.logaddexp.reduce(posterior, axis=1)[:, np.newaxis])
    np.testing.assert_allclose(passes.posterior, posterior, atol=1e-9)


def test_em_of_the_paper_does_not_climb_higher() -> None:
    # Whitehill's way: posterior, then gradient ascent of the expected log-likelihood, again and again.
    answers = code_answers(crowd(6, n_tasks=30, n_labels=2)[0])
    n_annotators = len(answers.annotator_ids)
    tasks = np.repeat(np.arange(30), np.diff(answers.offsets))
    ability, log_ease = np.ones(n_annotators), np.ones(30)
    for _ in range(60):
        joint = np.zeros((30, 2))
        odds = ability[answers.annotators] * np.exp(log_ease[tasks])
        np.add.at(joint, (tasks, answers.labels), odds)
        right = expit(joint[:, 1] - joint[:, 0])
        share = np.where(answers.labels == 1, right[tasks], 1 - right[tasks])
        for _ in range(30):
            odds = ability[answers.annotators] * np.exp(log_ease[tasks])
            surprise = (share - expit(odds)) * np.exp(log_ease[tasks])
            by_ability = np.bincount(answers.annotators, surprise, n_annotators) - (ability - 1)
            by_ease = np.bincount(tasks, surprise * ability[answers.annotators], 30) - (log_ease - 1)
            ability, log_ease = ability + 0.003 * by_ability, log_ease + 0.003 * by_ease
    reached = plain_density(answers, np.concatenate([ability, log_ease]), (1.0, 1.0))
    fit = GLAD(tolerance=1e-9, adversaries=True).fit(answers)
    assert fit.log_likelihood[-1] >= reached - 1e-6
    assert fit.log_likelihood[-1] == pytest.approx(reached, abs=0.5)


def test_able_annotators_and_easy_tasks_are_found() -> None:
    rng = np.random.default_rng(0)
    truth, ability, ease = (
        rng.integers(0, 3, 400),
        rng.uniform(0.2, 2.5, 20),
        np.exp(rng.normal(0.5, 0.7, 400)),
    )
    knows = rng.random((400, 20)) < expit(ability * ease[:, np.newaxis] - np.log(2))
    labels = np.where(knows, truth[:, None], (truth[:, None] + rng.integers(1, 3, (400, 20))) % 3)
    answers = pl.DataFrame(
        {
            "task": np.repeat(np.arange(400), 20),
            "annotator": np.tile(np.arange(20), 400),
            "label": labels.ravel(),
        }
    )
    fit = GLAD().fit(code_answers(answers))
    assert fit.converged
    assert np.corrcoef(fit.skill, knows.mean(axis=0))[0, 1] > 0.98
    assert np.mean(fit.posterior.argmax(axis=1) == truth) > 0.95


def test_adversaries_are_looked_for_only_if_wanted() -> None:
    answers, truth, _ = crowd(3, n_tasks=150, n_labels=2)
    liar = pl.DataFrame({"task": range(150), "annotator": [99] * 150, "label": 1 - truth})
    coded = code_answers(pl.concat([answers, liar]))
    assert GLAD().fit(coded).skill[-1] >= 0.5
    assert GLAD(adversaries=True).fit(coded).skill[-1] < 0.2


def test_passes_are_no_more_than_asked_for() -> None:
    fit = GLAD(max_iter=3, tolerance=0, adversaries=True).fit(code_answers(crowd(1)[0]))
    assert fit.iterations == 3
    assert not fit.converged


def test_threads_and_partitions_do_not_show(monkeypatch) -> None:
    monkeypatch.setattr(_glad_passes, "_ANSWERS_A_PARTITION", 100)
    answers = code_answers(crowd(3, n_tasks=300)[0])
    assert_same_bits(*(GLAD(threads=threads).fit(answers) for threads in (1, 2, None)))


@pytest.mark.parametrize("setting", [{"ability": -0.1}, {"log_ease": float("nan")}])
def test_impossible_means_are_refused(setting: dict[str, float]) -> None:
    with pytest.raises(SettingsError, match=f"'{next(iter(setting))}' must be"):
        GLAD(**setting)


@pytest.mark.parametrize(
    ("name", "votes"), [("dog", 82.2), ("product", 89.7), ("web", 73.1), ("rte", 89.7), ("temporal", 93.6)]
)
def test_real_crowds_are_judged_better_than_by_votes(name: str, votes: float) -> None:
    assert expected_accuracy(GLAD(), name) > votes


def test_kernel_does_the_same_without_compilation(monkeypatch) -> None:
    answers = code_answers(crowd(4, n_tasks=12)[0], pl.DataFrame({"task": [3], "label": [1]}))
    at = parameters_for(answers, 1)
    fast = GladPasses(answers, 1.0, 1.0, 1).density(at)
    monkeypatch.setattr(kernel, "_normalize", _mace_kernel._normalize.py_func)
    monkeypatch.setattr(_glad_passes, "expect_and_differentiate", kernel.expect_and_differentiate.py_func)
    plain = GladPasses(answers, 1.0, 1.0, 1).density(at)
    assert fast[0] == pytest.approx(plain[0], rel=1e-12)
    np.testing.assert_allclose(fast[1], plain[1], rtol=1e-9, atol=1e-12)
