from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from answer_strategies import crowd
from fitted_labels import assert_same_bits, assert_sound, coded_answers, expected_accuracy, plain_posterior
from hypothesis import given, settings
from hypothesis import strategies as st

from palate.aggregation.labels import CodedAnswers, DawidSkene, HierarchicalDawidSkene, MajorityVote
from palate.aggregation.labels._tables import code_answers
from palate.core.errors import SettingsError

STRENGTHS = st.sampled_from([0.01, 0.5, 3.0, 5.0, 100.0])


def plain_hierarchy(
    answers: CodedAnswers, strength: float, iterations: int
) -> tuple[np.ndarray, np.ndarray, list[float]]:
    """The yardstick: returns posterior, confusion and what is maximized."""
    n_labels, n_annotators = len(answers.label_values), len(answers.annotator_ids)
    posterior, heights, crowd_rows = MajorityVote().fit(answers).posterior, [], None
    for _ in range(iterations):
        counts = np.zeros((n_annotators, n_labels, n_labels))
        for t in range(len(answers.task_ids)):
            for i in range(answers.offsets[t], answers.offsets[t + 1]):
                counts[answers.annotators[i], :, answers.labels[i]] += posterior[t]
        if crowd_rows is None:
            crowd_rows = counts.sum(axis=0) + 1e-40
            crowd_rows /= crowd_rows.sum(axis=1, keepdims=True)
        confusion = counts + strength * crowd_rows
        confusion /= confusion.sum(axis=2, keepdims=True)
        crowd_rows = np.maximum(np.prod(confusion ** (1 / n_annotators), axis=0), 1e-40)
        crowd_rows /= crowd_rows.sum(axis=1, keepdims=True)
        with np.errstate(divide="ignore"):
            log_prior = np.log(posterior.mean(axis=0))
        posterior, height = plain_posterior(answers, log_prior, np.log(confusion))
        heights.append(height - strength * np.sum(crowd_rows * np.log(crowd_rows / confusion)))
    return posterior, confusion, heights


@settings(max_examples=40, deadline=None)
@given(answers=coded_answers(), strength=STRENGTHS, iterations=st.integers(1, 4))
def test_fast_version_equals_the_plain_one(answers: CodedAnswers, strength: float, iterations: int) -> None:
    fit = HierarchicalDawidSkene(max_iter=iterations, tolerance=0, strength=strength).fit(answers)
    posterior, confusion, heights = plain_hierarchy(answers, strength, fit.iterations)
    np.testing.assert_allclose(fit.posterior, posterior, atol=1e-9)
    np.testing.assert_allclose(fit.confusion, confusion, atol=1e-9)
    np.testing.assert_allclose(fit.log_likelihood, heights, atol=1e-7)


@settings(max_examples=60, deadline=None)
@given(answers=coded_answers(), strength=STRENGTHS)
def test_what_is_maximized_never_falls(answers: CodedAnswers, strength: float) -> None:
    fit = HierarchicalDawidSkene(tolerance=0, strength=strength).fit(answers)
    assert_sound(fit, answers)


def test_first_iteration_by_hand() -> None:
    # Golden tasks: a is right on x and y; b says x to both. The crowd says x to x, and to y x or y alike.
    # With strength 2: a says y to y with (1 + 2 * 1/2) / 3 = 2/3, b with 1/3.
    answers = pl.DataFrame({"task": [1, 1, 2, 2], "annotator": list("abab"), "label": list("xxyx")})
    golden = pl.DataFrame({"task": [1, 2], "label": ["x", "y"]})
    fit = HierarchicalDawidSkene(max_iter=1, strength=2).fit(code_answers(answers, golden))
    np.testing.assert_allclose(fit.confusion[:, 0], [[1, 0], [1, 0]], atol=1e-12)
    np.testing.assert_allclose(fit.confusion[:, 1], [[1 / 3, 2 / 3], [2 / 3, 1 / 3]], atol=1e-12)
    np.testing.assert_allclose(fit.skill, [1 / 2 + 1 / 3, 1 / 2 + 1 / 6], atol=1e-12)
    # The answers have probability (1/2 * 1 * 1) (1/2 * 2/3 * 2/3); the crowd's y is now half and half again.
    apart = 2 * (0.5 * np.log(0.5 / (1 / 3)) + 0.5 * np.log(0.5 / (2 / 3)))
    np.testing.assert_allclose(fit.log_likelihood, [np.log(1 / 4 * 4 / 9) - 2 * apart], atol=1e-12)


def test_a_newcomer_is_like_the_crowd_and_a_veteran_like_themselves() -> None:
    veterans, truth, _ = crowd(4, n_tasks=400, n_labels=2)
    newcomer = pl.DataFrame({"task": [0], "annotator": [99], "label": [1 - int(truth[0])]})
    coded = code_answers(pl.concat([veterans, newcomer]))
    shrunk = HierarchicalDawidSkene(strength=5).fit(coded)
    alone = DawidSkene(right=0, wrong=0).fit(coded)
    crowd_rate = np.mean(shrunk.skill[:-1])
    assert abs(shrunk.skill[-1] - crowd_rate) < 0.12
    assert abs(alone.skill[-1] - crowd_rate) > 0.25
    np.testing.assert_allclose(shrunk.skill[:-1], alone.skill[:-1], atol=0.03)


def test_a_strong_crowd_makes_all_annotators_alike() -> None:
    fit = HierarchicalDawidSkene(strength=1e6).fit(code_answers(crowd(5)[0]))
    np.testing.assert_allclose(
        fit.confusion, np.broadcast_to(fit.confusion[0], fit.confusion.shape), atol=1e-3
    )


def test_labels_that_nobody_gives_lose_their_last_share_without_harm() -> None:
    answers, truth, _ = crowd(6, n_labels=2)
    golden = pl.DataFrame({"task": [0, 1], "label": [2, int(truth[1])]})
    coded = code_answers(answers, golden)
    fit = HierarchicalDawidSkene(tolerance=0, max_iter=400).fit(coded)
    assert_sound(fit, coded)


def test_threads_do_not_show() -> None:
    answers = code_answers(crowd(3, n_tasks=300)[0])
    assert_same_bits(*(HierarchicalDawidSkene(threads=threads).fit(answers) for threads in (1, 2, None)))


@pytest.mark.parametrize("strength", [0.0, -1.0, float("nan"), float("inf")])
def test_impossible_strengths_are_refused(strength: float) -> None:
    with pytest.raises(SettingsError, match="'strength' must be a number from 0.01 on"):
        HierarchicalDawidSkene(strength=strength)


@pytest.mark.parametrize(
    ("name", "measured"),
    [("dog", 84.0), ("face", 65.1), ("product", 93.8), ("web", 80.8), ("rte", 92.2), ("temporal", 93.9)],
)
def test_real_crowds_are_judged_no_worse_than_with_pooled_pseudo_labels(name: str, measured: float) -> None:
    assert expected_accuracy(HierarchicalDawidSkene(), name) >= measured - 0.2
