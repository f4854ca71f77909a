"""What tests of iterative label aggregators share: coded answers, a plain expectation step, and checks of a fit."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import polars as pl
from answer_strategies import answer_tables, shared_answers
from hypothesis import strategies as st
from scipy.special import digamma, gammaln

from palate.aggregation.labels import CodedAnswers, LabelAggregator, LabelFit
from palate.aggregation.labels._tables import code_answers

__all__ = [
    "assert_same_bits",
    "assert_sound",
    "coded_answers",
    "dirichlet_cost",
    "expected_accuracy",
    "log_dirichlet_multinomial",
    "plain_posterior",
]


@st.composite
def coded_answers(draw: st.DrawFn, *, max_rows: int = 30) -> CodedAnswers:
    """Answers with some golden tasks."""
    answers = draw(answer_tables(max_rows=max_rows))
    tasks = answers["task"].unique().sort().to_list()
    known = draw(st.lists(st.sampled_from(tasks), unique=True))
    if not known:
        return code_answers(answers)
    labels = draw(st.lists(st.integers(0, 4), min_size=len(known), max_size=len(known)))
    return code_answers(answers, pl.DataFrame({"task": known, "label": labels}))


def assert_sound(fit: LabelFit, answers: CodedAnswers) -> None:
    """What every fit promises: it never falls, rows sum to 1, golden tasks are certain."""
    assert all(later >= earlier - 1e-8 for earlier, later in pairwise(fit.log_likelihood))
    assert np.isfinite(fit.log_likelihood).all()
    assert fit.iterations == len(fit.log_likelihood)
    assert (fit.posterior >= 0).all()
    np.testing.assert_allclose(fit.posterior.sum(axis=1), 1, atol=1e-12)
    known = np.flatnonzero(answers.golden >= 0)
    np.testing.assert_array_equal(fit.posterior[known, answers.golden[known]], 1.0)
    assert ((fit.skill >= 0) & (fit.skill <= 1)).all()
    if fit.confusion is not None:
        np.testing.assert_allclose(fit.confusion.sum(axis=2), 1, atol=1e-12)


def assert_same_bits(*fits: LabelFit) -> None:
    """The fits are equal to the last bit."""
    for one, other in pairwise(fits):
        assert (one.posterior == other.posterior).all()
        assert (one.skill == other.skill).all()
        assert one.log_likelihood == other.log_likelihood


def plain_posterior(
    answers: CodedAnswers, log_prior: np.ndarray, log_weight: np.ndarray
) -> tuple[np.ndarray, float]:
    """One answer at a time, in logarithms: posterior of truths, and the logarithm of what it was divided by.

    Args:
        answers: What people answered.
        log_prior: Shape (n_truths,).
        log_weight: Shape (n_annotators, n_truths, n_labels).
    """
    n_truths = len(log_prior)
    subtypes = n_truths // len(answers.label_values)
    posterior, total = np.zeros((len(answers.task_ids), n_truths)), 0.0
    for t, known in enumerate(answers.golden):
        joint = log_prior.copy()
        for i in range(answers.offsets[t], answers.offsets[t + 1]):
            joint += log_weight[answers.annotators[i], :, answers.labels[i]]
        if known >= 0:
            joint[np.arange(n_truths) // subtypes != known] = -np.inf
        total += np.logaddexp.reduce(joint)
        posterior[t] = np.exp(joint - np.logaddexp.reduce(joint))
    return posterior, total


def dirichlet_cost(found: np.ndarray, prior: np.ndarray) -> float:
    """Expected logarithm of one Dirichlet's density less that of its prior, from both densities."""
    expected = digamma(found) - digamma(found.sum())

    def log_density(parameters: np.ndarray) -> float:
        return float(
            np.sum((parameters - 1) * expected) - gammaln(parameters).sum() + gammaln(parameters.sum())
        )

    return log_density(found) - log_density(np.broadcast_to(prior, found.shape))


def log_dirichlet_multinomial(counts: np.ndarray, prior: np.ndarray) -> float:
    """Logarithm of the probability of a certain sequence with these counts, probabilities being Dirichlet."""
    found = counts + prior
    return float(gammaln(found).sum() - gammaln(found.sum()) - gammaln(prior).sum() + gammaln(np.sum(prior)))


def expected_accuracy(method: LabelAggregator, name: str) -> float:
    """Return the percent of a real set's known labels found, ties broken by chance."""
    answers, gold = shared_answers(name)
    right = []
    for row in method.aggregate(answers).probabilities.join(gold, on="task").to_dicts():
        label = row.pop("label")
        del row["task"]
        best = [value for value, share in row.items() if share >= max(row.values()) - 1e-9]
        right.append((str(label) in best) / len(best))
    return 100 * sum(right) / len(right)
