from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from answer_strategies import crowd
from fitted_labels import assert_same_bits, assert_sound, coded_answers, expected_accuracy
from hypothesis import given, settings
from hypothesis import strategies as st

from palate.aggregation.labels import LFC, CodedAnswers, DawidSkene, MajorityVote
from palate.aggregation.labels._tables import code_answers
from palate.core.errors import SettingsError

PRIORS = st.sampled_from([(1.0, 1.0, 1.0), (2.0, 1.01, 1.0), (3.0, 2.0, 4.0), (1.0, 1.5, 1.0)])


def plain_two_coins(
    answers: CodedAnswers, prior: tuple[float, float, float], iterations: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The paper's equations, one answer at a time: returns mu, sensitivities and specificities."""
    right, wrong, prevalence = prior
    n_annotators = len(answers.annotator_ids)
    mu = MajorityVote().fit(answers).posterior[:, 1]
    tasks = np.repeat(np.arange(len(mu)), np.diff(answers.offsets))
    for _ in range(iterations):
        alpha, beta = np.zeros(n_annotators), np.zeros(n_annotators)
        for a in range(n_annotators):
            own = answers.annotators == a
            y, m = answers.labels[own], mu[tasks[own]]
            alpha[a] = (right - 1 + np.sum(m * y)) / (right + wrong - 2 + np.sum(m))
            beta[a] = (right - 1 + np.sum((1 - m) * (1 - y))) / (right + wrong - 2 + np.sum(1 - m))
        p = (prevalence - 1 + mu.sum()) / (2 * prevalence - 2 + len(mu))
        new = np.zeros(len(mu))
        for t in range(len(mu)):
            own = tasks == t
            y, w = answers.labels[own], answers.annotators[own]
            yes = p * np.prod(alpha[w] ** y * (1 - alpha[w]) ** (1 - y))
            no = (1 - p) * np.prod(beta[w] ** (1 - y) * (1 - beta[w]) ** y)
            new[t] = yes / (yes + no)
        mu = new
    return mu, alpha, beta


@pytest.mark.parametrize("prior", [(2.0, 1.01, 1.0), (3.0, 2.0, 4.0), (1.5, 1.25, 2.0)])
@pytest.mark.parametrize("iterations", [1, 2, 5])
def test_two_labels_are_the_papers_two_coins(prior: tuple[float, float, float], iterations: int) -> None:
    answers = code_answers(crowd(7, n_labels=2)[0])
    right, wrong, prevalence = prior
    method = LFC(max_iter=iterations, tolerance=0, right=right, wrong=wrong, prevalence=prevalence)
    fit = method.fit(answers)
    mu, sensitivity, specificity = plain_two_coins(answers, prior, iterations)
    np.testing.assert_allclose(fit.posterior[:, 1], mu, atol=1e-10)
    np.testing.assert_allclose(fit.confusion[:, 1, 1], sensitivity, atol=1e-10)
    np.testing.assert_allclose(fit.confusion[:, 0, 0], specificity, atol=1e-10)


@settings(max_examples=30, deadline=None)
@given(answers=coded_answers(), prior=PRIORS)
def test_what_is_maximized_never_falls(answers: CodedAnswers, prior: tuple[float, float, float]) -> None:
    right, wrong, prevalence = prior
    fit = LFC(tolerance=0, right=right, wrong=wrong, prevalence=prevalence).fit(answers)
    assert_sound(fit, answers)


@settings(max_examples=30, deadline=None)
@given(answers=coded_answers())
def test_a_parameter_is_one_more_than_the_answers_it_stands_for(answers: CodedAnswers) -> None:
    counted = DawidSkene(right=1.5, wrong=0.25).fit(answers)
    found = LFC(right=2.5, wrong=1.25).fit(answers)
    np.testing.assert_allclose(found.posterior, counted.posterior, atol=1e-12)
    np.testing.assert_allclose(found.log_likelihood, counted.log_likelihood, rtol=1e-12)


def test_prevalence_is_drawn_to_equal_shares() -> None:
    # One annotator, always x: 3 + 9 of 3 + 2 * 9 for x, where likelihood alone says all.
    answers = pl.DataFrame({"task": [1, 2, 3], "annotator": ["a"] * 3, "label": ["x"] * 3})
    golden = pl.DataFrame({"task": [1, 2, 3], "label": ["x", "x", "x"]})
    other = pl.DataFrame({"task": [4], "annotator": ["b"], "label": ["y"]})
    coded = code_answers(
        pl.concat([answers, other]), pl.concat([golden, pl.DataFrame({"task": [4], "label": ["y"]})])
    )
    fit = LFC(right=1, wrong=1, prevalence=10).fit(coded)
    # a is right on x always and unknown on y (1/2); b the other way round.
    np.testing.assert_allclose(fit.skill, [12 / 22 + 5 / 22, 6 / 22 + 10 / 22], atol=1e-12)


def test_threads_do_not_show() -> None:
    answers = code_answers(crowd(3, n_tasks=300)[0])
    assert_same_bits(*(LFC(threads=threads).fit(answers) for threads in (1, 2, None)))


@pytest.mark.parametrize("name", ["right", "wrong", "prevalence"])
def test_priors_without_a_mode_are_refused(name: str) -> None:
    for value in (0.99, float("nan")):
        with pytest.raises(SettingsError, match=f"'{name}' must be a number from 1 on"):
            LFC(**{name: value})


@pytest.mark.parametrize(
    ("name", "dawid_skene"), [("dog", 84.3), ("face", 64.0), ("product", 94.0), ("rte", 92.8)]
)
def test_real_crowds_are_judged_as_by_dawid_and_skene(name: str, dawid_skene: float) -> None:
    assert expected_accuracy(LFC(), name) == pytest.approx(dawid_skene, abs=0.4)
