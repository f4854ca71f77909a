from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from answer_strategies import crowd
from fitted_labels import (
    assert_same_bits,
    assert_sound,
    coded_answers,
    dirichlet_cost,
    expected_accuracy,
    log_dirichlet_multinomial,
    plain_posterior,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import digamma

from palate.aggregation.labels import IBCC, CodedAnswers, MajorityVote
from palate.aggregation.labels._tables import code_answers
from palate.core.errors import SettingsError

PRIORS = st.sampled_from([(1.0, 0.1, 1.0), (2.0, 1.0, 1.0), (4.0, 0.01, 0.5), (1.0, 1.0, 5.0)])


def plain_ibcc(
    answers: CodedAnswers, prior: tuple[float, float, float], iterations: int
) -> tuple[np.ndarray, np.ndarray, list[float]]:
    """The yardstick: returns posterior, mean confusion and bounds."""
    right, wrong, prevalence = prior
    n_labels, n_annotators = len(answers.label_values), len(answers.annotator_ids)
    one = np.where(np.eye(n_labels, dtype=bool), right, wrong)
    posterior, bounds = MajorityVote().fit(answers).posterior, []
    for _ in range(iterations):
        rows = np.tile(one, (n_annotators, 1, 1))
        for t in range(len(answers.task_ids)):
            for i in range(answers.offsets[t], answers.offsets[t + 1]):
                rows[answers.annotators[i], :, answers.labels[i]] += posterior[t]
        labels = posterior.sum(axis=0) + prevalence
        log_weight = digamma(rows) - digamma(rows.sum(axis=2, keepdims=True))
        posterior, bound = plain_posterior(answers, digamma(labels) - digamma(labels.sum()), log_weight)
        bound -= dirichlet_cost(labels, np.array(prevalence))
        bound -= sum(dirichlet_cost(rows[a, j], one[j]) for a in range(n_annotators) for j in range(n_labels))
        bounds.append(bound)
    return posterior, rows / rows.sum(axis=2, keepdims=True), bounds


def exact_evidence(answers: CodedAnswers, prior: tuple[float, float, float]) -> float:
    """Logarithm of the answers' probability, by every way the true labels can be."""
    right, wrong, prevalence = prior
    n_labels, n_annotators = len(answers.label_values), len(answers.annotator_ids)
    one = np.where(np.eye(n_labels, dtype=bool), right, wrong)
    ways = []
    for truth in product(*(range(n_labels) if g < 0 else [g] for g in answers.golden)):
        counts = np.zeros((n_annotators, n_labels, n_labels))
        for t, label in enumerate(truth):
            for i in range(answers.offsets[t], answers.offsets[t + 1]):
                counts[answers.annotators[i], label, answers.labels[i]] += 1
        way = log_dirichlet_multinomial(np.bincount(truth, minlength=n_labels), np.full(n_labels, prevalence))
        way += sum(
            log_dirichlet_multinomial(counts[a, j], one[j])
            for a in range(n_annotators)
            for j in range(n_labels)
        )
        ways.append(way)
    return float(np.logaddexp.reduce(ways))


@settings(max_examples=40, deadline=None)
@given(answers=coded_answers(), prior=PRIORS, iterations=st.integers(1, 3))
def test_fast_version_equals_the_plain_one(
    answers: CodedAnswers, prior: tuple[float, float, float], iterations: int
) -> None:
    right, wrong, prevalence = prior
    method = IBCC(max_iter=iterations, tolerance=0, right=right, wrong=wrong, prevalence=prevalence)
    fit = method.fit(answers)
    posterior, confusion, bounds = plain_ibcc(answers, prior, fit.iterations)
    np.testing.assert_allclose(fit.posterior, posterior, atol=1e-9)
    np.testing.assert_allclose(fit.confusion, confusion, atol=1e-9)
    np.testing.assert_allclose(fit.log_likelihood, bounds, atol=1e-8)


@settings(max_examples=40, deadline=None)
@given(answers=coded_answers(), prior=PRIORS)
def test_the_bound_never_falls(answers: CodedAnswers, prior: tuple[float, float, float]) -> None:
    right, wrong, prevalence = prior
    fit = IBCC(tolerance=0, right=right, wrong=wrong, prevalence=prevalence).fit(answers)
    assert_sound(fit, answers)


@settings(max_examples=20, deadline=None)
@given(answers=coded_answers(max_rows=8), prior=PRIORS)
def test_the_bound_is_below_the_evidence(answers: CodedAnswers, prior: tuple[float, float, float]) -> None:
    right, wrong, prevalence = prior
    fit = IBCC(right=right, wrong=wrong, prevalence=prevalence).fit(answers)
    evidence = exact_evidence(answers, prior)
    assert fit.log_likelihood[-1] <= evidence + 1e-9
    assert fit.log_likelihood[-1] >= evidence - 25  # a bound, not just any small number


def test_all_golden_tasks_make_the_bound_exact() -> None:
    answers, truth, _ = crowd(1, n_tasks=20)
    golden = answers.unique("task").select("task").sort("task").with_columns(label=truth)
    coded = code_answers(answers, golden)
    fit = IBCC(right=2, wrong=1).fit(coded)
    assert fit.log_likelihood[-1] == pytest.approx(exact_evidence(coded, (2.0, 1.0, 1.0)), abs=1e-8)


def test_who_answered_little_is_not_taken_for_perfect() -> None:
    answers, *_ = crowd(2, n_tasks=5)
    fit = IBCC().fit(code_answers(answers))
    assert fit.confusion is not None
    assert fit.confusion.max() < 0.98


def test_threads_do_not_show() -> None:
    answers = code_answers(crowd(3, n_tasks=300)[0])
    assert_same_bits(*(IBCC(threads=threads).fit(answers) for threads in (1, 2, None)))


@pytest.mark.parametrize("name", ["right", "wrong", "prevalence"])
def test_impossible_priors_are_refused(name: str) -> None:
    for value in (0.0, float("nan"), float("inf")):
        with pytest.raises(SettingsError, match=f"'{name}' must be a number from 0.01 on"):
            IBCC(**{name: value})


@pytest.mark.parametrize("setting", [{"max_iter": 0}, {"tolerance": -1.0}, {"threads": 0}])
def test_impossible_passes_are_refused(setting: dict[str, float]) -> None:
    with pytest.raises(SettingsError, match=f"'{next(iter(setting))}' must be"):
        IBCC(**setting)


@pytest.mark.parametrize(
    ("name", "published", "within"),
    [
        ("dog", 83.9, 0.5),
        ("face", 64.0, 1.0),
        ("product", 93.8, 0.3),
        ("rte", 92.8, 0.4),
        ("temporal", 94.2, 0.4),
    ],
)
def test_real_crowds_are_as_accurate_as_measured_elsewhere(
    name: str, published: float, within: float
) -> None:
    assert expected_accuracy(IBCC(), name) == pytest.approx(published, abs=within)
