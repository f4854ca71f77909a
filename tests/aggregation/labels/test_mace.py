from __future__ import annotations

from itertools import pairwise, product

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

from palate.aggregation.labels import MACE, CodedAnswers, MajorityVote
from palate.aggregation.labels import _mace_kernel as kernel
from palate.aggregation.labels._mace_passes import MacePasses
from palate.aggregation.labels._starts import annotator_features, random_parts, task_features
from palate.aggregation.labels._tables import code_answers
from palate.core.errors import SettingsError

LEARNING = st.sampled_from(["variational", "em"])


def expected_logarithm(parameters: np.ndarray) -> np.ndarray:
    return digamma(parameters) - digamma(parameters.sum(axis=-1, keepdims=True))


def plain_mace(answers: CodedAnswers, method: MACE) -> tuple[np.ndarray, np.ndarray, list[float]]:
    """The yardstick from vote shares: each answer known or guessed. Returns posterior, who knows, heights."""
    n_labels, n_annotators = len(answers.label_values), len(answers.annotator_ids)
    posterior, heights = MajorityVote().fit(answers).posterior, []
    tasks = np.repeat(np.arange(len(posterior)), np.diff(answers.offsets))
    known = posterior[tasks, answers.labels]
    for _ in range(method.max_iter):
        coins, guesses = np.zeros((n_annotators, 2)), np.zeros((n_annotators, n_labels))
        for i, share in enumerate(known):
            a, label = answers.annotators[i], answers.labels[i]
            coins[a] += share, 1 - share
            guesses[a, label] += 1 - share
        if method.learning == "em":
            coins, guesses = coins + method.smoothing, guesses + method.smoothing
            log_coins = np.log(coins / coins.sum(axis=1, keepdims=True))
            log_guesses = np.log(guesses / guesses.sum(axis=1, keepdims=True))
            height = method.smoothing * (log_coins.sum() + log_guesses.sum())
        else:
            coins, guesses = coins + method.knowing, guesses + method.guessing
            log_coins, log_guesses = expected_logarithm(coins), expected_logarithm(guesses)
            height = -sum(dirichlet_cost(row, np.array(method.knowing)) for row in coins)
            height -= sum(dirichlet_cost(row, np.array(method.guessing)) for row in guesses)
        guessed = np.exp(log_coins[:, 1:] + log_guesses)
        given = guessed[:, np.newaxis, :] + np.exp(log_coins[:, :1, np.newaxis]) * np.eye(n_labels)
        posterior, total = plain_posterior(answers, np.full(n_labels, -np.log(n_labels)), np.log(given))
        heights.append(height + total)
        w, y = answers.annotators, answers.labels
        known = posterior[tasks, y] * np.exp(log_coins[w, 0]) / given[w, y, y]
    return posterior, coins[:, 0] / coins.sum(axis=1), heights


@settings(max_examples=50, deadline=None)
@given(
    answers=coded_answers(),
    learning=LEARNING,
    iterations=st.integers(1, 4),
    smoothing=st.sampled_from([0.01, 2]),
)
def test_fast_version_equals_the_plain_one(
    answers: CodedAnswers, learning: str, iterations: int, smoothing: float
) -> None:
    method = MACE(max_iter=iterations, tolerance=0, restarts=1, learning=learning, smoothing=smoothing)
    fit = method.fit(answers)
    posterior, knows, heights = plain_mace(answers, method)
    np.testing.assert_allclose(fit.log_likelihood, heights[: fit.iterations], atol=1e-8)
    if fit.iterations == iterations:
        np.testing.assert_allclose(fit.posterior, posterior, atol=1e-9)
        guess_right = np.einsum("ajj,j->a", fit.confusion, fit.posterior.mean(axis=0))
        np.testing.assert_allclose(fit.skill, guess_right, atol=1e-9)
        assert (fit.skill >= knows - 1e-9).all()


@settings(max_examples=30, deadline=None)
@given(answers=coded_answers(), learning=LEARNING, seed=st.integers(0, 3))
def test_what_is_maximized_never_falls(answers: CodedAnswers, learning: str, seed: int) -> None:
    fit = MACE(tolerance=0, max_iter=60, restarts=4, learning=learning, seed=seed).fit(answers)
    assert_sound(fit, answers)


@settings(max_examples=25, deadline=None)
@given(answers=coded_answers(max_rows=6))
def test_the_bound_is_below_the_evidence(answers: CodedAnswers) -> None:
    n_labels, n_annotators = len(answers.label_values), len(answers.annotator_ids)
    tasks = np.repeat(np.arange(len(answers.task_ids)), np.diff(answers.offsets))
    ways = []
    for truth in product(*(range(n_labels) if g < 0 else [g] for g in answers.golden)):
        right = answers.labels == np.array(truth)[tasks]
        for known in product(*([False, True] if r else [False] for r in right)):
            coins = np.zeros((n_annotators, 2))
            guesses = np.zeros((n_annotators, n_labels))
            for a, label, k in zip(answers.annotators, answers.labels, known, strict=True):
                coins[a, 0 if k else 1] += 1
                guesses[a, label] += not k
            way = -len(truth) * np.log(n_labels)
            way += sum(log_dirichlet_multinomial(row, np.full(2, 0.5)) for row in coins)
            way += sum(log_dirichlet_multinomial(row, np.ones(n_labels)) for row in guesses)
            ways.append(way)
    fit = MACE(knowing=0.5, guessing=1.0).fit(answers)
    evidence = np.logaddexp.reduce(ways)
    assert evidence - 15 <= fit.log_likelihood[-1] <= evidence + 1e-9


def test_restarts_differ_and_the_highest_wins() -> None:
    answers = code_answers(crowd(8, n_tasks=40, n_annotators=12, overlap=3, n_labels=4)[0])
    features = annotator_features(answers)
    starts = [random_parts(features, 2, np.random.default_rng(seed)) for seed in range(4)]
    assert all(np.abs(a - b).max() > 0.3 for a, b in pairwise(starts))
    passes = MacePasses(answers, 1)
    firsts = set()
    for parts in starts:
        passes.start_with(parts[:, :, 0])
        firsts.add(round(passes.average(0.5, 1.0), 3))
    assert len(firsts) == 4
    reached = [MACE(restarts=n).fit(answers).log_likelihood[-1] for n in (1, 2, 5, 20)]
    assert reached == sorted(reached)
    assert reached[-1] > reached[0]


def test_smoothing_shows() -> None:
    answers = code_answers(crowd(8)[0])
    little, much = (MACE(learning="em", smoothing=s, restarts=1).fit(answers) for s in (0.001, 50.0))
    assert np.ptp(much.skill) < 0.5 * np.ptp(little.skill)


def test_who_always_says_the_same_is_found_out() -> None:
    answers, truth, _ = crowd(9, n_tasks=200, n_annotators=6, overlap=4, n_labels=2)
    spammer = pl.DataFrame({"task": range(200), "annotator": [99] * 200, "label": [0] * 200})
    result = MACE().aggregate(pl.concat([answers, spammer]))
    rows = result.confusion.filter(annotator=99)
    said = rows.filter(pl.col("truth") == 1, pl.col("label") == 0)["probability"].item()
    assert said > 0.9
    voted = MajorityVote().aggregate(pl.concat([answers, spammer])).labels["label"].to_numpy()
    assert np.mean(result.labels["label"].to_numpy() == truth) > np.mean(voted == truth) + 0.02


@pytest.mark.parametrize("learning", ["variational", "em"])
def test_thousands_of_answers_to_one_task_do_not_underflow(learning: str) -> None:
    answers = pl.DataFrame(
        {"task": ["crowded"] * 5000, "annotator": range(5000), "label": ["x"] * 2400 + ["y"] * 2600}
    )
    coded = code_answers(answers)
    assert_sound(MACE(learning=learning, restarts=2).fit(coded), coded)


def test_threads_do_not_show() -> None:
    answers = code_answers(crowd(3, n_tasks=300)[0])
    assert_same_bits(*(MACE(threads=threads, restarts=3).fit(answers) for threads in (1, 2, None)))


def test_progress_is_told_of_all_restarts() -> None:
    told = []
    MACE(restarts=3, max_iter=5, tolerance=0).fit(code_answers(crowd(1)[0]), lambda *d: told.append(d))
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1][0] <= 15
    assert {total for _, total in told} == {15}


@pytest.mark.parametrize(
    "setting",
    [{"restarts": 0}, {"smoothing": 0.0}, {"knowing": 0.0}, {"guessing": float("nan")}, {"learning": "vb"}],
)
def test_impossible_settings_are_refused(setting: dict[str, object]) -> None:
    with pytest.raises(SettingsError, match=f"'{next(iter(setting))}' must be"):
        MACE(**setting)


@pytest.mark.parametrize(("name", "votes"), [("dog", 82.2), ("face", 63.7), ("web", 73.1), ("rte", 89.7)])
def test_real_crowds_are_judged_better_than_by_votes(name: str, votes: float) -> None:
    assert expected_accuracy(MACE(), name) > votes


def test_features_do_not_know_names() -> None:
    answers = crowd(2)[0]
    renamed = answers.with_columns(
        task=100 - pl.col("task"), annotator=100 - pl.col("annotator"), label=2 - pl.col("label")
    )
    one, other = code_answers(answers), code_answers(renamed)
    np.testing.assert_allclose(annotator_features(one), annotator_features(other)[::-1, ::-1], atol=1e-12)
    np.testing.assert_allclose(task_features(one), task_features(other)[::-1, ::-1], atol=1e-12)


def test_parts_of_things_alike_are_alike_and_sum_to_one() -> None:
    features = np.array([[1.0, 5.0, 3.0], [2.0, 5.0, 3.0 + 1e-12], [1.0, 5.0, 3.0]])
    parts = random_parts(features, 4, np.random.default_rng(0))
    np.testing.assert_allclose(parts.sum(axis=1), 1)
    np.testing.assert_array_equal(parts[0], parts[2])
    assert np.abs(parts[0] - parts[1]).max() > 0.01


@settings(max_examples=50, deadline=None)
@given(answers=coded_answers())
def test_products_say_what_logarithms_say(answers: CodedAnswers) -> None:
    n_tasks, n_labels = len(answers.task_ids), len(answers.label_values)
    n_cells = len(answers.annotator_ids) * n_labels
    cells = answers.annotators * np.int32(n_labels) + answers.labels
    rng = np.random.default_rng(0)
    guessed, gained = rng.uniform(0.01, 0.5, n_cells), rng.uniform(1, 20, n_cells)
    parts = (0, n_tasks, answers.offsets, cells, answers.labels, answers.golden)
    posterior, right = np.zeros((2, n_tasks, n_labels)), np.zeros((2, n_cells))
    by_logarithms = kernel.expect_right(*parts, np.log(guessed), np.log(gained), posterior[0], right[0])
    by_products = kernel.expect_right_of_products(*parts, gained, posterior[1], right[1])
    assert by_products + np.log(guessed)[cells].sum() == pytest.approx(by_logarithms)
    np.testing.assert_allclose(posterior[1], posterior[0], atol=1e-12)
    np.testing.assert_allclose(right[1], right[0], atol=1e-12)


def test_a_task_with_very_many_answers_does_not_overflow() -> None:
    rows = {
        "task": [0] * 2000 + [1],
        "annotator": [*range(2000), 0],
        "label": ["x"] * 1990 + ["y"] * 10 + ["x"],
    }
    found = MACE(restarts=1, max_iter=30).aggregate(pl.DataFrame(rows))
    assert found.labels["label"].to_list() == ["x", "x"]
    assert np.isfinite(found.log_likelihood).all()


def test_kernels_do_the_same_without_compilation() -> None:
    answers = code_answers(crowd(4, n_tasks=12)[0], pl.DataFrame({"task": [3], "label": [1]}))
    cells = answers.annotators * np.int32(3) + answers.labels
    rng = np.random.default_rng(0)
    guessed, gained = np.log(rng.random(27)), rng.random(27)
    results = []
    for compiled in (True, False):
        posterior, right, again = np.zeros((12, 3)), np.zeros(27), np.zeros(27)
        with pytest.MonkeyPatch.context() as patch:
            if not compiled:
                for name in ("expect_right", "expect_right_of_products", "count_right", "_normalize"):
                    patch.setattr(kernel, name, getattr(kernel, name).py_func)
            parts = (answers.offsets, cells, answers.labels, answers.golden, guessed, gained)
            total = kernel.expect_right(0, 12, *parts, posterior, right)
            kernel.count_right(0, 12, answers.offsets, cells, answers.labels, posterior, again)
            products = kernel.expect_right_of_products(
                0, 12, *parts[:4], np.exp(gained), posterior, np.zeros(27)
            )
        np.testing.assert_allclose(again, right)
        results.append((total, products, posterior, right))
    for fast, plain in zip(*results, strict=True):
        np.testing.assert_allclose(fast, plain, rtol=1e-12)
