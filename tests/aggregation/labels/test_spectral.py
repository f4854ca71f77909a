from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from answer_strategies import answer_tables, shared_answers
from fitted_labels import coded_answers
from hypothesis import given, settings

from palate.aggregation.labels import CodedAnswers, DawidSkene
from palate.aggregation.labels._spectral import _eigenpairs, spectral_counts, spectral_posterior
from palate.aggregation.labels._tables import code_answers
from palate.core.errors import SettingsError

PRIOR = np.array([0.5, 0.3, 0.2])


def _crowd(seed: int, n_tasks: int, n_annotators: int = 15) -> tuple[CodedAnswers, np.ndarray, np.ndarray]:
    """Return answers of everybody to everything, true labels, and confusions ``[annotator, truth, label]``."""
    rng = np.random.default_rng(seed)
    confusion = np.array(
        [[rng.dirichlet(0.6 + 6 * np.eye(3)[t]) for t in range(3)] for _ in range(n_annotators)]
    )
    truth = rng.choice(3, n_tasks, p=PRIOR)
    chances = np.cumsum(confusion[:, truth], axis=2)
    labels = (rng.random((n_annotators, n_tasks, 1)) > chances).sum(axis=2)
    annotator, task = np.indices(labels.shape)
    table = pl.DataFrame({"task": task.ravel(), "annotator": annotator.ravel(), "label": labels.ravel()})
    return code_answers(table), truth, confusion


def test_eigenvectors_of_an_orthogonal_tensor_are_found() -> None:
    basis = np.linalg.qr(np.random.default_rng(1).normal(size=(4, 4)))[0]
    values = np.array([3.0, 2.0, 1.5, 0.5])
    tensor = np.einsum("h,ih,jh,kh->ijk", values, basis, basis, basis)
    noise = np.random.default_rng(2).normal(size=(4, 4))
    weights, directions = _eigenpairs(tensor, basis + 0.1 * noise)
    order = np.argsort(-weights)
    np.testing.assert_allclose(weights[order], values, atol=1e-10)
    np.testing.assert_allclose(directions[:, order], basis, atol=1e-10)


@pytest.mark.parametrize("partition", [0, 1])
def test_moments_of_many_answers_are_the_known_confusions(partition: int) -> None:
    answers, _, confusion = _crowd(3, 20_000)
    found = spectral_counts(answers, 0, partition)
    assert found is not None
    counts, prior = found
    np.testing.assert_allclose(prior, PRIOR, atol=0.03)
    by_truth = (counts / counts.sum(axis=1, keepdims=True)).transpose(0, 2, 1)
    np.testing.assert_allclose(by_truth, confusion, atol=0.06)


def test_more_tasks_bring_moments_nearer_to_the_known_confusions() -> None:
    errors = []
    for n_tasks in (500, 8000):
        answers, _, confusion = _crowd(4, n_tasks)
        counts, _ = spectral_counts(answers, 0, 0)  # type: ignore[misc]  # there are enough tasks
        errors.append(
            np.abs((counts / counts.sum(axis=1, keepdims=True)).transpose(0, 2, 1) - confusion).mean()
        )
    assert errors[1] < errors[0] / 2


def test_their_posterior_is_nearly_that_of_the_known_confusions() -> None:
    answers, truth, confusion = _crowd(5, 2000)
    posterior = spectral_posterior(answers, 0, 1)
    assert posterior is not None
    labels = answers.labels.reshape(2000, 15)
    logarithms = np.log(PRIOR) + np.log(confusion[np.arange(15), :, labels]).sum(axis=1)
    best = logarithms.argmax(axis=1)
    assert np.mean(posterior.argmax(axis=1) == truth) >= np.mean(best == truth) - 0.01


def test_a_crowd_that_prefers_one_label_is_seen_through() -> None:
    """Two thirds guess, mostly the first label: votes are wrong of the others, moments are not."""
    rng = np.random.default_rng(6)
    truth = rng.choice(3, 4000)
    knows = np.arange(15) < 5
    chances = np.where(knows, 0.85, 0.1)
    guesses = rng.choice(3, (4000, 15), p=[0.8, 0.1, 0.1])
    labels = np.where(rng.random((4000, 15)) < chances, truth[:, np.newaxis], guesses)
    task, annotator = np.indices(labels.shape)
    table = pl.DataFrame({"task": task.ravel(), "annotator": annotator.ravel(), "label": labels.ravel()})
    answers = code_answers(table)
    posterior = spectral_posterior(answers, 0, 1)
    assert posterior is not None
    votes = np.array([np.bincount(row, minlength=3) for row in labels]).argmax(axis=1)
    assert np.mean(votes == truth) < 0.6
    assert np.mean(posterior.argmax(axis=1) == truth) > 0.95


@settings(max_examples=40, deadline=None)
@given(answers=coded_answers())
def test_it_never_ends_lower_than_from_votes(answers: CodedAnswers) -> None:
    found, votes = DawidSkene(start_from="spectral").fit(answers), DawidSkene().fit(answers)
    assert found.log_likelihood[-1] >= votes.log_likelihood[-1]
    np.testing.assert_allclose(found.posterior.sum(axis=1), 1, atol=1e-12)
    known = np.flatnonzero(answers.golden >= 0)
    np.testing.assert_array_equal(found.posterior[known, answers.golden[known]], 1.0)


def test_names_and_order_of_rows_do_not_matter() -> None:
    coded, *_ = _crowd(7, 300)
    task = np.repeat(np.arange(300), 15)
    table = pl.DataFrame({"task": task, "annotator": coded.annotators, "label": coded.labels})
    renamed = table.select(
        task=900 - pl.col("task"), annotator=50 - pl.col("annotator"), label=2 - pl.col("label")
    )
    first = spectral_posterior(code_answers(table), 1, 1)
    again = spectral_posterior(code_answers(renamed.sample(fraction=1, shuffle=True, seed=1)), 1, 1)
    assert first is not None
    np.testing.assert_allclose(first, again[::-1, ::-1], atol=1e-6)  # type: ignore[index]  # as the first


@settings(max_examples=20, deadline=None)
@given(answers=answer_tables(max_rows=8))
def test_few_answers_say_nothing(answers: pl.DataFrame) -> None:
    found = spectral_posterior(code_answers(answers), 0, 1)
    assert found is None or np.isfinite(found).all()


@pytest.mark.parametrize(
    ("name", "higher"), [("dog", 1.0), ("temporal", 0.001), ("product", 0.0), ("rte", 0.0)]
)
def test_real_answers_end_at_the_same_maximum_or_a_higher_one(name: str, higher: float) -> None:
    answers = code_answers(shared_answers(name)[0])
    found = DawidSkene(start_from="spectral", max_iter=1000).fit(answers)
    votes = DawidSkene(max_iter=1000).fit(answers)
    assert found.log_likelihood[-1] >= votes.log_likelihood[-1] + higher
    assert np.mean(found.posterior.argmax(axis=1) == votes.posterior.argmax(axis=1)) > 0.97


def test_another_start_is_refused() -> None:
    with pytest.raises(SettingsError, match="'start_from' must be one of votes, spectral"):
        DawidSkene(start_from="moments")  # type: ignore[arg-type]  # that is the point
