from __future__ import annotations

from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from answer_strategies import answer_tables, crowd, shared_answers
from hypothesis import given, settings
from hypothesis import strategies as st

from palate.aggregation.labels import CodedAnswers, OneCoinDawidSkene, _one_coin_passes
from palate.aggregation.labels import _one_coin_kernel as kernel
from palate.aggregation.labels._tables import code_answers
from palate.core.errors import SettingsError

PSEUDO = st.sampled_from([(0.0, 0.0), (1.0, 0.5), (4.0, 1.0), (0.0, 2.0)])
PRIORS = st.sampled_from(["uniform", "empirical"])


@st.composite
def coded_answers(draw: st.DrawFn) -> CodedAnswers:
    """Answers with some golden tasks."""
    answers = draw(answer_tables())
    tasks = answers["task"].unique().sort().to_list()
    known = draw(st.lists(st.sampled_from(tasks), unique=True))
    if not known:
        return code_answers(answers)
    labels = draw(st.lists(st.integers(0, 4), min_size=len(known), max_size=len(known)))
    return code_answers(answers, pl.DataFrame({"task": known, "label": labels}))


def plain_one_coin(
    answers: CodedAnswers, method: OneCoinDawidSkene, iterations: int
) -> tuple[np.ndarray, np.ndarray, list[float]]:
    """The yardstick: the whole confusion of every annotator, one answer at a time, in logarithms."""
    n_tasks, n_labels = len(answers.task_ids), len(answers.label_values)
    n_annotators = len(answers.annotator_ids)
    posterior = np.zeros((n_tasks, n_labels))
    for t in range(n_tasks):
        for i in range(answers.offsets[t], answers.offsets[t + 1]):
            posterior[t, answers.labels[i]] += 1 / (answers.offsets[t + 1] - answers.offsets[t])
        if answers.golden[t] >= 0:
            posterior[t] = np.eye(n_labels)[answers.golden[t]]
    objectives = []
    for _ in range(iterations):
        right, total = np.full(n_annotators, method.right), np.full(n_annotators, method.right + method.wrong)
        for t in range(n_tasks):
            for i in range(answers.offsets[t], answers.offsets[t + 1]):
                right[answers.annotators[i]] += posterior[t, answers.labels[i]]
                total[answers.annotators[i]] += 1
        skill = np.clip(right / total, 1e-9, 1 - 1e-9)
        votes = posterior.sum(axis=0)
        prior = votes / n_tasks if method.prior == "empirical" else np.full(n_labels, 1 / n_labels)
        objective = float(method.right * np.log(skill).sum() + method.wrong * np.log(1 - skill).sum())
        for t in range(n_tasks):
            with np.errstate(divide="ignore"):
                joint = np.log(prior)
            for i in range(answers.offsets[t], answers.offsets[t + 1]):
                s = skill[answers.annotators[i]]
                given_by_truth = np.full(n_labels, (1 - s) / max(n_labels - 1, 1))
                given_by_truth[answers.labels[i]] = s
                joint += np.log(given_by_truth)
            if answers.golden[t] >= 0:
                objective += joint[answers.golden[t]]
            else:
                objective += np.logaddexp.reduce(joint)
                posterior[t] = np.exp(joint - np.logaddexp.reduce(joint))
        objectives.append(objective)
    return posterior, skill, objectives


@settings(max_examples=60, deadline=None)
@given(answers=coded_answers(), pseudo=PSEUDO, prior=PRIORS, iterations=st.integers(1, 4))
def test_fast_version_equals_the_plain_one(
    answers: CodedAnswers, pseudo: tuple[float, float], prior: str, iterations: int
) -> None:
    method = OneCoinDawidSkene(
        max_iter=iterations, tolerance=0, right=pseudo[0], wrong=pseudo[1], prior=prior
    )
    fit = method.fit(answers)
    posterior, skill, objectives = plain_one_coin(answers, method, fit.iterations)
    np.testing.assert_allclose(fit.posterior, posterior, atol=1e-7)
    np.testing.assert_allclose(fit.skill, skill, atol=1e-7)
    np.testing.assert_allclose(fit.log_likelihood, objectives, atol=1e-6)


@settings(max_examples=60, deadline=None)
@given(answers=coded_answers(), pseudo=PSEUDO, prior=PRIORS)
def test_what_is_maximized_never_falls(
    answers: CodedAnswers, pseudo: tuple[float, float], prior: str
) -> None:
    fit = OneCoinDawidSkene(right=pseudo[0], wrong=pseudo[1], prior=prior, tolerance=0).fit(answers)
    assert all(later >= earlier - 1e-9 for earlier, later in pairwise(fit.log_likelihood))


def test_first_iteration_by_hand() -> None:
    # Votes: task 1 is x; task 2 half x, half y. Both are right with 3/4. Task 2 stays a tie. The likelihood of two
    # x is 1/2 * 9/16 + 1/2 * 1/16 = 5/16, and that of one x and one y 3/16.
    answers = pl.DataFrame(
        {"task": [1, 1, 2, 2], "annotator": ["a", "b", "a", "b"], "label": ["x", "x", "y", "x"]}
    )
    fit = OneCoinDawidSkene(max_iter=1, right=0, wrong=0).fit(code_answers(answers))
    np.testing.assert_allclose(fit.skill, [3 / 4, 3 / 4], atol=1e-12)
    np.testing.assert_allclose(fit.posterior, [[0.9, 0.1], [0.5, 0.5]], atol=1e-12)
    np.testing.assert_allclose(fit.log_likelihood, [np.log(5 / 16) + np.log(3 / 16)])
    assert fit.confusion is None
    assert not fit.converged


def test_it_goes_on_until_the_true_likelihood_settles() -> None:
    answers = code_answers(crowd(2)[0])
    fit = OneCoinDawidSkene(tolerance=1e-9).fit(answers)
    assert fit.converged
    assert fit.iterations > 5
    gains = np.diff(fit.log_likelihood) / len(answers.labels)
    assert (gains[:-1] > 1e-9).all()
    assert 0 <= gains[-1] <= 1e-9


def test_what_is_known_of_annotators_counts_as_answers_given_before() -> None:
    # Two against one, until the past of the two is known.
    asked = [(t, a, ["x", "y"][(t + (a != "knows")) % 2]) for t in range(20) for a in ("knows", "b", "c")]
    answers = pl.DataFrame(asked, schema=["task", "annotator", "label"], orient="row")
    rows = [("knows", "x", "x", 30), ("b", "x", "y", 20), ("b", "y", "y", 10), ("c", "x", "y", 40)]
    known = pl.DataFrame(rows, schema=["annotator", "truth", "label", "count"], orient="row")
    result = OneCoinDawidSkene().aggregate(answers, annotators=known)
    assert result.labels["label"].to_list() == [["x", "y"][t % 2] for t in range(20)]
    assert result.converged
    # Tasks are all but certain: knows is right in 50 of 50, b in 10 of 50, c in 0 of 60, with pseudo-counts 1 and 1/2.
    expected = [11 / 51.5, 1 / 61.5, 51 / 51.5]
    assert result.annotators["skill"].to_list() == pytest.approx(expected, abs=1e-4)
    assert all(later >= earlier - 1e-9 for earlier, later in pairwise(result.log_likelihood))


@pytest.mark.parametrize("n_labels", [2, 3, 6])
def test_annotators_are_known_after_enough_answers(n_labels: int) -> None:
    answers, truth, right = crowd(5, n_tasks=3000, n_annotators=8, overlap=5, n_labels=n_labels)
    fit = OneCoinDawidSkene().fit(code_answers(answers))
    assert np.mean(fit.posterior.argmax(axis=1) == truth) > 0.95
    np.testing.assert_allclose(fit.skill, right, atol=0.03)


def test_results_are_the_same_bits_for_any_number_of_threads(monkeypatch) -> None:
    monkeypatch.setattr(_one_coin_passes, "_ANSWERS_A_PARTITION", 50)
    answers = code_answers(crowd(3, n_tasks=400, n_annotators=3, overlap=2)[0])
    alone, *others = (OneCoinDawidSkene(threads=threads).fit(answers) for threads in (1, 2, 7, None))
    for other in others:
        assert (alone.posterior == other.posterior).all()
        assert (alone.skill == other.skill).all()
        assert alone.log_likelihood == other.log_likelihood


def test_thousands_of_answers_to_one_task_do_not_underflow() -> None:
    answers = pl.DataFrame(
        {
            "task": ["crowded"] * 9000 + ["other"] * 10,
            "annotator": [*range(9000), *range(10)],
            "label": ["x"] * 4000 + ["y"] * 5000 + ["x"] * 10,
        }
    )
    fit = OneCoinDawidSkene().fit(code_answers(answers))
    np.testing.assert_allclose(fit.posterior.sum(axis=1), 1)
    assert fit.posterior[0, 1] > 0.99
    assert np.isfinite(fit.log_likelihood).all()


def test_logarithms_and_products_agree(monkeypatch) -> None:
    answers = code_answers(crowd(1)[0], pl.DataFrame({"task": [0, 7], "label": [1, 2]}))
    products = OneCoinDawidSkene(max_iter=6, tolerance=0).fit(answers)
    monkeypatch.setattr(_one_coin_passes, "_SAFE_EXPONENT", 0.0)
    logarithms = OneCoinDawidSkene(max_iter=6, tolerance=0).fit(answers)
    np.testing.assert_allclose(products.posterior, logarithms.posterior, atol=1e-10)
    np.testing.assert_allclose(products.log_likelihood, logarithms.log_likelihood, rtol=1e-12)


@pytest.mark.parametrize(
    "setting",
    [
        {"max_iter": 0},
        {"threads": 0},
        {"tolerance": -1e-9},
        {"right": float("inf")},
        {"wrong": float("nan")},
        {"prior": "flat"},
    ],
)
def test_impossible_settings_are_refused(setting: dict) -> None:
    with pytest.raises(SettingsError, match=f"'{next(iter(setting))}' must be"):
        OneCoinDawidSkene(**setting)


def test_progress_is_told_after_every_pass() -> None:
    told = []
    fit = OneCoinDawidSkene(max_iter=7, tolerance=0).fit(
        code_answers(crowd(2)[0]), lambda done, total: told.append((done, total))
    )
    assert told == [(i, 7) for i in range(1, fit.iterations + 1)]


@pytest.mark.parametrize(
    ("name", "published", "within"), [("rte", 92.2, 0.5), ("dog", 83.0, 0.3), ("temporal", 93.7, 0.5)]
)
def test_real_crowds_are_as_accurate_as_published(name: str, published: float, within: float) -> None:
    assert _accuracy(OneCoinDawidSkene(), name) == pytest.approx(published, abs=within)


def test_the_default_prior_does_not_collapse_where_the_empirical_one_does() -> None:
    assert _accuracy(OneCoinDawidSkene(prior="empirical"), "trec_relevance") < 30
    assert _accuracy(OneCoinDawidSkene(), "trec_relevance") > 45


def _accuracy(method: OneCoinDawidSkene, name: str) -> float:
    answers, gold = shared_answers(name)
    decided = method.aggregate(answers).labels.join(gold, on="task")
    return 100 * (decided["label"] == decided["label_right"]).mean()


def test_kernel_does_the_same_without_compilation() -> None:
    answers = code_answers(crowd(4, n_tasks=12)[0], pl.DataFrame({"task": [3], "label": [1]}))
    rng = np.random.default_rng(0)
    odds = rng.uniform(0.2, 9, 9)
    both = np.stack([odds, np.log(odds)])
    prior = np.array([0.5, 0.3, 0.2])
    priors = np.stack([prior, np.log(prior)])
    for most_factors in (0, 100):
        results = []
        for compiled in (True, False):
            posterior, right, votes = np.zeros((12, 3)), np.zeros(9), np.zeros(3)
            with pytest.MonkeyPatch.context() as patch:
                for name in () if compiled else ("expect_and_count_right", "_multiply", "_add_logarithms"):
                    patch.setattr(kernel, name, getattr(kernel, name).py_func)
                columns = (answers.offsets, answers.annotators, answers.labels, answers.golden)
                total = kernel.expect_and_count_right(
                    0, 12, *columns, priors, both, most_factors, posterior, right, votes
                )
            np.testing.assert_allclose(votes, posterior.sum(axis=0))
            results.append((total, posterior, right))
        for fast, plain in zip(*results, strict=True):
            np.testing.assert_allclose(fast, plain, rtol=1e-12)
