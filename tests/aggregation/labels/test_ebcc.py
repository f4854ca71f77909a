from __future__ import annotations

from itertools import product

import numpy as np
import polars as pl
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

from palate.aggregation.labels import EBCC, IBCC, CodedAnswers, MajorityVote, _subtype_passes
from palate.aggregation.labels import _confusion_kernel as shared_kernel
from palate.aggregation.labels import _subtype_kernel as kernel
from palate.aggregation.labels._starts import random_parts, task_features
from palate.aggregation.labels._subtype_beliefs import SubtypeBeliefs
from palate.aggregation.labels._subtype_passes import SubtypePasses
from palate.aggregation.labels._tables import code_answers
from palate.core.errors import InputError, SettingsError
from palate.core.randomness import generator


def expected_logarithm(parameters: np.ndarray, axis: int = -1) -> np.ndarray:
    return digamma(parameters) - digamma(parameters.sum(axis=axis, keepdims=True))


def plain_ebcc(
    answers: CodedAnswers, method: EBCC, start: np.ndarray, iterations: int
) -> tuple[np.ndarray, list[float]]:
    """The yardstick, from a posterior [task, label, subtype]: returns that of labels, and bounds."""
    n_labels, n_annotators, n_subtypes = len(answers.label_values), len(answers.annotator_ids), start.shape[2]
    one = np.where(np.eye(n_labels, dtype=bool), method.right, method.wrong)
    pairs, bounds = start, []
    for _ in range(iterations):
        rows = np.tile(one[:, np.newaxis], (n_annotators, 1, n_subtypes, 1))
        for t in range(len(answers.task_ids)):
            for i in range(answers.offsets[t], answers.offsets[t + 1]):
                rows[answers.annotators[i], :, :, answers.labels[i]] += pairs[t]
        subtypes = pairs.sum(axis=0) + method.concentration / n_subtypes
        labels = pairs.sum(axis=(0, 2)) + method.prevalence
        log_prior = expected_logarithm(labels)[:, np.newaxis] + expected_logarithm(subtypes)
        log_weight = expected_logarithm(rows).reshape(n_annotators, n_labels * n_subtypes, n_labels)
        found, bound = plain_posterior(answers, log_prior.ravel(), log_weight)
        bound -= dirichlet_cost(labels, np.array(method.prevalence))
        for j in range(n_labels):
            bound -= dirichlet_cost(subtypes[j], np.array(method.concentration / n_subtypes))
            bound -= sum(dirichlet_cost(row, one[j]) for row in rows[:, j].reshape(-1, n_labels))
        bounds.append(bound)
        pairs = found.reshape(pairs.shape)
    return pairs.sum(axis=2), bounds


def starts(answers: CodedAnswers, method: EBCC) -> list[np.ndarray]:
    shares, features = MajorityVote().fit(answers).posterior[:, :, np.newaxis], task_features(answers)
    return [
        shares * random_parts(features, method.subtypes, generator(method.seed, "ebcc", start))
        for start in range(method.restarts)
    ]


@settings(max_examples=30, deadline=None)
@given(answers=coded_answers(), subtypes=st.integers(1, 4), iterations=st.integers(1, 3))
def test_fast_version_equals_the_plain_one_of_the_best_start(
    answers: CodedAnswers, subtypes: int, iterations: int
) -> None:
    method = EBCC(subtypes=subtypes, restarts=2, max_iter=iterations, tolerance=0)
    fit = method.fit(answers)
    runs = [plain_ebcc(answers, method, start, iterations) for start in starts(answers, method)]
    highest = max(bounds[-1] for _, bounds in runs)
    if fit.iterations == iterations:
        assert fit.log_likelihood[-1] == pytest.approx(highest, abs=1e-7)
    near = [(p, b) for p, b in runs if np.allclose(b[: fit.iterations], fit.log_likelihood, atol=1e-7)]
    assert near
    if fit.iterations == iterations:
        assert any(np.allclose(fit.posterior, posterior, atol=1e-8) for posterior, _ in near)


@settings(max_examples=40, deadline=None)
@given(answers=coded_answers(), subtypes=st.integers(1, 5), seed=st.integers(0, 3))
def test_the_bound_never_falls(answers: CodedAnswers, subtypes: int, seed: int) -> None:
    fit = EBCC(subtypes=subtypes, restarts=2, tolerance=0, max_iter=60, seed=seed).fit(answers)
    assert_sound(fit, answers)


@settings(max_examples=15, deadline=None)
@given(answers=coded_answers(max_rows=5))
def test_the_bound_is_below_the_evidence(answers: CodedAnswers) -> None:
    n_labels, n_annotators = len(answers.label_values), len(answers.annotator_ids)
    one = np.where(np.eye(n_labels, dtype=bool), 4.0, 1.0)
    choices = [
        [(label, m) for label in (range(n_labels) if g < 0 else [g]) for m in range(2)]
        for g in answers.golden
    ]
    ways = []
    for way in product(*choices):
        rows, pairs = np.zeros((n_annotators, n_labels, 2, n_labels)), np.zeros((n_labels, 2))
        for t, (label, m) in enumerate(way):
            pairs[label, m] += 1
            for i in range(answers.offsets[t], answers.offsets[t + 1]):
                rows[answers.annotators[i], label, m, answers.labels[i]] += 1
        height = log_dirichlet_multinomial(pairs.sum(axis=1), np.ones(n_labels))
        for j in range(n_labels):
            height += log_dirichlet_multinomial(pairs[j], np.full(2, 0.05))
            height += sum(log_dirichlet_multinomial(row, one[j]) for row in rows[:, j].reshape(-1, n_labels))
        ways.append(height)
    fit = EBCC(subtypes=2, concentration=0.1).fit(answers)
    evidence = np.logaddexp.reduce(ways)
    assert evidence - 15 <= fit.log_likelihood[-1] <= evidence + 1e-9


@settings(max_examples=25, deadline=None)
@given(answers=coded_answers())
def test_one_subtype_is_ibcc(answers: CodedAnswers) -> None:
    one = EBCC(subtypes=1, restarts=1, max_iter=20, tolerance=0).fit(answers)
    other = IBCC(right=4, wrong=1, max_iter=20, tolerance=0).fit(answers)
    shared = min(one.iterations, other.iterations)
    np.testing.assert_allclose(one.log_likelihood[:shared], other.log_likelihood[:shared], atol=1e-8)
    np.testing.assert_allclose(one.posterior, other.posterior, atol=1e-6)
    np.testing.assert_allclose(one.confusion, other.confusion, atol=1e-6)
    np.testing.assert_allclose(one.skill, other.skill, atol=1e-6)


def test_restarts_differ_and_the_highest_wins() -> None:
    answers = code_answers(crowd(0, n_tasks=60, n_annotators=8, overlap=3, n_labels=2)[0])
    method = EBCC(restarts=6, subtypes=5)
    passes = SubtypePasses(answers, method.subtypes, 1)
    firsts = [SubtypeBeliefs(passes, start, method).improve() for start in starts(answers, method)]
    assert len(np.unique(np.round(firsts, 3))) == 6
    reached = [EBCC(restarts=n, subtypes=5).fit(answers).log_likelihood[-1] for n in (1, 3, 6)]
    assert reached == sorted(reached)
    assert reached[-1] > reached[0]


def test_tasks_on_which_all_err_alike_do_not_count_as_many_witnesses() -> None:
    # x is of two kinds: plain, and one that the careless two thirds take for y. Independent errors are few.
    rng = np.random.default_rng(2)
    truth = rng.integers(0, 2, 400)
    hard = (truth == 0) & (rng.random(400) < 0.4)
    careless = np.arange(12) < 7
    labels = np.where(hard[:, None] & careless, 1, truth[:, None])
    labels = np.where(rng.random(labels.shape) < 0.1, 1 - labels, labels)
    answers = pl.DataFrame(
        {
            "task": np.repeat(np.arange(400), 12),
            "annotator": np.tile(np.arange(12), 400),
            "label": labels.ravel(),
        }
    )
    golden = pl.DataFrame({"task": np.arange(60), "label": truth[:60]})
    coded = code_answers(answers, golden)
    fit = EBCC().fit(coded)
    assert np.mean(fit.posterior.argmax(axis=1)[60:] == truth[60:]) > 0.97
    assert fit.log_likelihood[-1] > EBCC(subtypes=1).fit(coded).log_likelihood[-1] + 100


@pytest.mark.parametrize("partition", [64, 10**6])
def test_threads_do_not_show(partition: int, monkeypatch) -> None:
    monkeypatch.setattr(_subtype_passes, "_ANSWERS_A_PARTITION", partition)
    answers = code_answers(crowd(3, n_tasks=300, n_annotators=5, overlap=3, n_labels=2)[0])
    assert_same_bits(*(EBCC(threads=threads, restarts=2).fit(answers) for threads in (1, 2, None)))


def test_crowded_tasks_do_not_underflow() -> None:
    answers = pl.DataFrame(
        {"task": ["crowded"] * 3000, "annotator": range(3000), "label": ["x"] * 1400 + ["y"] * 1600}
    )
    coded = code_answers(answers)
    assert_sound(EBCC(restarts=1, max_iter=20).fit(coded), coded)


def test_what_does_not_fit_in_memory_is_refused(monkeypatch) -> None:
    monkeypatch.setattr(_subtype_passes, "_MOST_NUMBERS", 60 * 12 - 1)
    with pytest.raises(InputError, match="3 subtypes of 3 labels, for 9 annotators and 60 tasks"):
        EBCC().fit(code_answers(crowd(0)[0]))


@pytest.mark.parametrize(
    "setting",
    [{"subtypes": 0}, {"restarts": 0}, {"right": 0.0}, {"concentration": 0.001}, {"prevalence": -1.0}],
)
def test_impossible_settings_are_refused(setting: dict[str, float]) -> None:
    with pytest.raises(SettingsError, match=f"'{next(iter(setting))}' must be"):
        EBCC(**setting)


@pytest.mark.parametrize(
    ("name", "published", "within"),
    [
        ("dog", 83.9, 0.3),
        ("face", 61.1, 1.3),
        ("product", 92.8, 1.2),
        ("rte", 92.8, 0.3),
        ("temporal", 94.2, 0.3),
    ],
)
def test_real_crowds_are_as_accurate_as_published(name: str, published: float, within: float) -> None:
    assert expected_accuracy(EBCC(), name) == pytest.approx(published, abs=within)


def use_python(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(kernel, "expect_subtypes", kernel.expect_subtypes.py_func)
    for name in ("_multiply", "_add_logarithms", "_scale_and_count", "_sum"):
        patch.setattr(kernel, name, getattr(shared_kernel, name).py_func)


def test_kernel_does_the_same_without_compilation() -> None:
    answers = code_answers(crowd(4, n_tasks=12)[0], pl.DataFrame({"task": [3], "label": [1]}))
    cells = answers.annotators * np.int32(3) + answers.labels
    rng = np.random.default_rng(0)
    confusion = shared_kernel.in_blocks(rng.uniform(0.1, 1, (27, 8)))
    priors = np.zeros((4, 2, 8))
    priors[0, 0, :6] = priors[2, 0, 2:4] = 0.3
    with np.errstate(divide="ignore"):
        priors[:, 1] = np.log(priors[:, 0])
    priors = priors.reshape(4, 2, 2, 4)
    for most_factors in (0, 100):
        results = []
        for compiled in (True, False):
            posterior, counts, votes = np.zeros((12, 2, 4)), np.zeros((2, 27, 4)), np.zeros((2, 4))
            with pytest.MonkeyPatch.context() as patch:
                if not compiled:
                    use_python(patch)
                parts = (
                    answers.offsets,
                    cells,
                    answers.golden,
                    priors,
                    np.stack([confusion, np.log(confusion)]),
                )
                total = kernel.expect_subtypes(0, 12, *parts, most_factors, posterior, counts, votes)
            assert posterior[3, 0, 2:4].sum() == pytest.approx(1)
            results.append((total, posterior, counts, votes))
        for fast, plain in zip(*results, strict=True):
            np.testing.assert_allclose(fast, plain, rtol=1e-12)
