from __future__ import annotations

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

from palate.aggregation.labels import CodedAnswers, CommunityBCC, MajorityVote
from palate.aggregation.labels._communities import Communities, groups_by_agreement
from palate.aggregation.labels._tables import code_answers
from palate.core.errors import SettingsError

LEAST = 0.002
"""What is added to every Dirichlet parameter of a profile."""


def counts_of(answers: CodedAnswers, posterior: np.ndarray) -> np.ndarray:
    """How often each annotator gave each label to tasks of each true label: ``[annotator, label, truth]``."""
    n_labels = posterior.shape[1]
    counts = np.zeros((len(answers.annotator_ids), n_labels, n_labels))
    for t in range(len(posterior)):
        for i in range(answers.offsets[t], answers.offsets[t + 1]):
            counts[answers.annotators[i], answers.labels[i]] += posterior[t]
    return counts


def plain_first_bound(answers: CodedAnswers, method: CommunityBCC, profile: np.ndarray) -> float:
    """The bound of one community after a pass from vote shares, given the profile ``[label, truth]`` it found."""
    posterior = MajorityVote().fit(answers).posterior
    n_labels = posterior.shape[1]
    prior = method.strength * profile + LEAST
    rows = counts_of(answers, posterior) + prior
    labels = posterior.sum(axis=0) + method.prevalence
    log_weight = digamma(rows) - digamma(rows.sum(axis=1, keepdims=True))
    _, bound = plain_posterior(
        answers, digamma(labels) - digamma(labels.sum()), log_weight.transpose(0, 2, 1)
    )
    bound -= dirichlet_cost(labels, np.array(method.prevalence))
    bound -= sum(dirichlet_cost(row[:, j], prior[:, j]) for row in rows for j in range(n_labels))
    one = np.where(np.eye(n_labels, dtype=bool), method.right, method.wrong)
    return float(bound + np.sum(one * np.log(profile)))


@settings(max_examples=30, deadline=None)
@given(answers=coded_answers(), strength=st.sampled_from([1.0, 10.0, 50.0]))
def test_bound_of_one_community_is_the_plain_one(answers: CodedAnswers, strength: float) -> None:
    method = CommunityBCC(communities=1, strength=strength, max_iter=1)
    n_labels = len(answers.label_values)
    counts = counts_of(answers, MajorityVote().fit(answers).posterior)
    one = np.where(np.eye(n_labels, dtype=bool), method.right, method.wrong)
    groups = np.zeros(len(counts), dtype=np.int64)
    communities = Communities(counts, groups, 1, strength, one)
    communities.learn(counts)
    bound = plain_first_bound(answers, method, communities._profiles[0])
    assert method.fit(answers).log_likelihood[0] == pytest.approx(bound, abs=1e-7)


@settings(max_examples=25, deadline=None)
@given(
    answers=coded_answers(),
    communities=st.integers(1, 3),
    strength=st.sampled_from([0.01, 1.0, 10.0, 300.0]),
    wrong=st.sampled_from([0.01, 0.1, 1.0]),
)
def test_the_bound_never_falls(
    answers: CodedAnswers, communities: int, strength: float, wrong: float
) -> None:
    method = CommunityBCC(communities=communities, strength=strength, wrong=wrong, tolerance=0, max_iter=50)
    assert_sound(method.fit(answers), answers)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1000), fractional=st.booleans())
def test_learning_raises_the_evidence_of_what_was_counted(seed: int, fractional: bool) -> None:
    rng = np.random.default_rng(seed)
    counts = rng.gamma(0.3, 3.0, (6, 3, 3)) if fractional else rng.poisson(2.0, (6, 3, 3)).astype(float)
    one = np.where(np.eye(3, dtype=bool), 1.0, 0.1)
    communities = Communities(counts, np.zeros(6, dtype=np.int64), 1, 4.0, one)

    def evidence() -> float:
        prior = 4.0 * communities._profiles[0] + LEAST
        of_counts = sum(log_dirichlet_multinomial(row[:, j], prior[:, j]) for row in counts for j in range(3))
        return float(of_counts + np.sum(one * np.log(communities._profiles[0])))

    heights = [evidence()]
    for _ in range(30):
        communities.learn(counts)
        heights.append(evidence())
    assert (np.diff(heights) >= -1e-9).all()
    assert heights[-1] > heights[0]


def two_communities(seed: int) -> tuple[pl.DataFrame, np.ndarray]:
    """Half of 40 annotators are careful; half say 0 to most of what is 1. Ten answers each."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 2, 100)
    rows = []
    for a in range(40):
        for t in rng.permutation(100)[:10]:
            right = 0.95 if a < 20 else (0.95, 0.15)[truth[t]]
            rows.append((int(t), a, int(truth[t] if rng.random() < right else 1 - truth[t])))
    return pl.DataFrame(rows, schema=["task", "annotator", "label"], orient="row"), truth


def test_two_communities_are_found() -> None:
    answers, truth = two_communities(1)
    known = pl.DataFrame({"task": np.arange(0, 100, 2), "label": truth[::2]})
    golden = known.filter(pl.col("task").is_in(answers["task"].unique().implode()))
    coded = code_answers(answers, golden)
    fit = CommunityBCC().fit(coded)
    careful = fit.confusion[:, 1, 1]
    assert np.mean(careful[:20] > 0.8) >= 0.95  # one of them saw few tasks whose label is 1
    assert careful[20:].max() < 0.3
    assert fit.log_likelihood[-1] > CommunityBCC(communities=1).fit(coded).log_likelihood[-1] + 5
    assert fit.reason.startswith("2 communities")


def test_more_communities_are_never_a_lower_bound() -> None:
    coded = code_answers(two_communities(2)[0])
    reached = [CommunityBCC(communities=n).fit(coded).log_likelihood[-1] for n in (1, 2, 3, 4)]
    assert reached == sorted(reached)


def test_first_groups_go_by_agreement_and_equals_stay_together() -> None:
    # a and b always agree, c with half of the votes, d with none but their own.
    answers = pl.DataFrame(
        {
            "task": [1, 1, 1, 1, 2, 2, 2, 2],
            "annotator": list("abcdabcd"),
            "label": ["x", "x", "x", "y", "x", "x", "y", "z"],
        }
    )
    np.testing.assert_array_equal(groups_by_agreement(code_answers(answers), 2), [1, 1, 0, 0])
    np.testing.assert_array_equal(groups_by_agreement(code_answers(answers), 4), [2, 2, 1, 0])


def test_threads_do_not_show() -> None:
    answers = code_answers(crowd(3, n_tasks=200)[0])
    assert_same_bits(*(CommunityBCC(threads=t, communities=2).fit(answers) for t in (1, 2, None)))


def test_progress_is_told_of_all_numbers() -> None:
    told = []
    answers = code_answers(crowd(1)[0])
    CommunityBCC(communities=2, max_iter=4, tolerance=0).fit(answers, lambda *d: told.append(d))
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert {total for _, total in told} == {8}


@pytest.mark.parametrize(
    "setting", [{"communities": 0}, {"strength": 0.0}, {"right": 0.0}, {"wrong": float("nan")}]
)
def test_impossible_settings_are_refused(setting: dict[str, float]) -> None:
    with pytest.raises(SettingsError, match=f"'{next(iter(setting))}' must be"):
        CommunityBCC(**setting)


@pytest.mark.parametrize(("name", "ibcc"), [("dog", 83.9), ("face", 64.0), ("product", 93.8), ("rte", 92.8)])
def test_real_crowds_are_judged_as_by_ibcc_or_better(name: str, ibcc: float) -> None:
    assert expected_accuracy(CommunityBCC(), name) >= ibcc - 0.3
