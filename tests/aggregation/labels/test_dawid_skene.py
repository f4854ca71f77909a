from __future__ import annotations

import subprocess
import sys
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from answer_strategies import answer_tables, crowd, shared_answers
from hypothesis import given, settings
from hypothesis import strategies as st

from palate.aggregation.labels import CodedAnswers, DawidSkene, MajorityVote, _confusion_passes
from palate.aggregation.labels import _confusion_kernel as kernel
from palate.aggregation.labels._tables import code_answers
from palate.core.errors import InputError, SettingsError

PRIORS = st.sampled_from([(0.0, 0.0), (1.0, 0.01), (1.0, 1.0), (4.0, 1.0), (0.0, 0.5), (2.0, 0.0)])


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


def plain_dawid_skene(
    answers: CodedAnswers, right: float, wrong: float, iterations: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[float]]:
    """The yardstick: one answer at a time, in logarithms. Returns posterior, confusion, prior, objectives."""
    n_tasks, n_labels = len(answers.task_ids), len(answers.label_values)
    n_annotators = len(answers.annotator_ids)
    one = np.where(np.eye(n_labels, dtype=bool), right, wrong)
    pseudo = np.tile(one, (n_annotators, 1, 1))
    posterior = np.zeros((n_tasks, n_labels))
    for t in range(n_tasks):
        for i in range(answers.offsets[t], answers.offsets[t + 1]):
            posterior[t, answers.labels[i]] += 1 / (answers.offsets[t + 1] - answers.offsets[t])
        if answers.golden[t] >= 0:
            posterior[t] = np.eye(n_labels)[answers.golden[t]]
    objectives = []
    for _ in range(iterations):
        counts = pseudo.copy()
        for t in range(n_tasks):
            for i in range(answers.offsets[t], answers.offsets[t + 1]):
                counts[answers.annotators[i], :, answers.labels[i]] += posterior[t]
        totals = counts.sum(axis=2, keepdims=True)
        confusion = np.where(totals > 0, counts / np.where(totals > 0, totals, 1), 1 / n_labels)
        prior = posterior.sum(axis=0) / n_tasks
        with np.errstate(divide="ignore"):
            log_confusion, log_prior = np.log(confusion), np.log(prior)
        objective = float(np.sum(pseudo[pseudo > 0] * log_confusion[pseudo > 0]))
        for t in range(n_tasks):
            joint = log_prior.copy()
            for i in range(answers.offsets[t], answers.offsets[t + 1]):
                joint += log_confusion[answers.annotators[i], :, answers.labels[i]]
            if answers.golden[t] >= 0:
                objective += joint[answers.golden[t]]
            else:
                objective += np.logaddexp.reduce(joint)
                posterior[t] = np.exp(joint - np.logaddexp.reduce(joint))
        objectives.append(objective)
    return posterior, confusion, prior, objectives


@settings(max_examples=60, deadline=None)
@given(answers=coded_answers(), prior=PRIORS, iterations=st.integers(1, 4))
def test_fast_version_equals_the_plain_one(
    answers: CodedAnswers, prior: tuple[float, float], iterations: int
):
    right, wrong = prior
    fit = DawidSkene(max_iter=iterations, tolerance=0, right=right, wrong=wrong).fit(answers)
    posterior, confusion, label_prior, objectives = plain_dawid_skene(answers, right, wrong, fit.iterations)
    np.testing.assert_allclose(fit.posterior, posterior, atol=1e-9)
    np.testing.assert_allclose(fit.confusion, confusion, atol=1e-9)
    np.testing.assert_allclose(fit.log_likelihood, objectives, atol=1e-9)
    np.testing.assert_allclose(fit.skill, np.einsum("ajj,j->a", confusion, label_prior), atol=1e-9)


@settings(max_examples=60, deadline=None)
@given(answers=coded_answers(), prior=PRIORS)
def test_what_is_maximized_never_falls(answers: CodedAnswers, prior: tuple[float, float]) -> None:
    fit = DawidSkene(right=prior[0], wrong=prior[1], tolerance=0).fit(answers)
    assert all(later >= earlier - 1e-9 for earlier, later in pairwise(fit.log_likelihood))


def test_first_iteration_by_hand() -> None:
    # Votes: task 1 is x; task 2 half x, half y. So a says x to 2/3 of x and y to all y; b says x to everything.
    # Task 2 then weighs 3/4 * 1/3 against 1/4 * 1, a tie; the answers' likelihood is 1/2 a task.
    answers = pl.DataFrame(
        {"task": [1, 1, 2, 2], "annotator": ["a", "b", "a", "b"], "label": ["x", "x", "y", "x"]}
    )
    fit = DawidSkene(max_iter=1, right=0, wrong=0).fit(code_answers(answers))
    np.testing.assert_allclose(fit.posterior, [[1, 0], [0.5, 0.5]], atol=1e-12)
    np.testing.assert_allclose(fit.confusion, [[[2 / 3, 1 / 3], [0, 1]], [[1, 0], [1, 0]]], atol=1e-12)
    np.testing.assert_allclose(fit.skill, [3 / 4 * 2 / 3 + 1 / 4, 3 / 4], atol=1e-12)
    np.testing.assert_allclose(fit.log_likelihood, [2 * np.log(1 / 2)])
    assert not fit.converged


@pytest.mark.parametrize("partition", [16, 100, 10**6])
def test_results_are_the_same_bits_for_any_number_of_threads(partition: int, monkeypatch) -> None:
    monkeypatch.setattr(_confusion_passes, "_ANSWERS_A_PARTITION", partition)
    answers = code_answers(crowd(3, n_tasks=400, n_annotators=3, overlap=2, n_labels=2)[0])
    alone, *others = (DawidSkene(threads=threads).fit(answers) for threads in (1, 2, 7, None))
    for other in others:
        assert (alone.posterior == other.posterior).all()
        assert (alone.confusion == other.confusion).all()
        assert alone.log_likelihood == other.log_likelihood


def test_partitions_change_no_more_than_the_last_digits(monkeypatch) -> None:
    answers = code_answers(crowd(3, n_tasks=400, n_annotators=3, overlap=2, n_labels=2)[0])
    whole = DawidSkene(max_iter=5, tolerance=0).fit(answers)
    monkeypatch.setattr(_confusion_passes, "_ANSWERS_A_PARTITION", 16)
    parts = DawidSkene(max_iter=5, tolerance=0).fit(answers)
    np.testing.assert_allclose(whole.posterior, parts.posterior, atol=1e-12)


@pytest.mark.parametrize("n_labels", [2, 3, 5, 9])
def test_annotators_are_known_after_enough_answers(n_labels: int) -> None:
    answers, truth, right = crowd(5, n_tasks=3000, n_annotators=8, overlap=5, n_labels=n_labels)
    fit = DawidSkene().fit(code_answers(answers))
    assert fit.converged
    assert np.mean(fit.posterior.argmax(axis=1) == truth) > 0.95
    np.testing.assert_allclose(fit.skill, right, atol=0.04)
    np.testing.assert_allclose(np.einsum("ajj->aj", fit.confusion).mean(axis=1), right, atol=0.05)


def test_thousands_of_answers_to_one_task_do_not_underflow() -> None:
    answers = pl.DataFrame(
        {
            "task": ["crowded"] * 9000 + ["other"] * 10,
            "annotator": [*range(9000), *range(10)],
            "label": ["x"] * 4000 + ["y"] * 5000 + ["x"] * 10,
        }
    )
    fit = DawidSkene().fit(code_answers(answers))
    assert np.isfinite(fit.posterior).all()
    np.testing.assert_allclose(fit.posterior.sum(axis=1), 1)
    assert np.isfinite(fit.log_likelihood).all()


def test_late_answers_outweigh_early_ones_however_many(monkeypatch) -> None:
    # Multiplying 600 factors one by one would lose the label that the second half is for.
    monkeypatch.setattr(_confusion_passes, "_SAFE_EXPONENT", 0.0)
    rng = np.random.default_rng(0)
    n_answers = 1201
    labels = np.array(["x"] * 600 + ["y"] * 601)
    others = [(f"t{t}", a, "xy"[t % 2]) for t in range(40) for a in rng.permutation(n_answers)[:30].tolist()]
    crowded = [("crowded", a, label) for a, label in enumerate(labels)]
    answers = pl.DataFrame(crowded + others, schema=["task", "annotator", "label"], orient="row")
    coded = code_answers(answers)
    fit = DawidSkene(max_iter=2, tolerance=0).fit(coded)
    posterior, *_ = plain_dawid_skene(coded, 1.0, 0.01, 2)
    np.testing.assert_allclose(fit.posterior, posterior, atol=1e-8)


def test_logarithms_and_products_agree(monkeypatch) -> None:
    answers = code_answers(crowd(1)[0], pl.DataFrame({"task": [0, 7], "label": [1, 2]}))
    products = DawidSkene(max_iter=6, tolerance=0).fit(answers)
    monkeypatch.setattr(_confusion_passes, "_SAFE_EXPONENT", 0.0)
    logarithms = DawidSkene(max_iter=6, tolerance=0).fit(answers)
    np.testing.assert_allclose(products.posterior, logarithms.posterior, atol=1e-10)
    np.testing.assert_allclose(products.log_likelihood, logarithms.log_likelihood, rtol=1e-12)


def test_golden_tasks_teach_whom_to_believe() -> None:
    # Two against one, until golden tasks show that the two are always wrong.
    asked = [(t, a, ["x", "y"][(t + (a != "knows")) % 2]) for t in range(20) for a in ("knows", "b", "c")]
    answers = pl.DataFrame(asked, schema=["task", "annotator", "label"], orient="row")
    golden = pl.DataFrame({"task": range(10), "label": [["x", "y"][t % 2] for t in range(10)]})
    found = DawidSkene().aggregate(answers, golden=golden)
    assert found.labels["label"].to_list() == [["x", "y"][t % 2] for t in range(20)]
    assert found.labels["probability"][:10].to_list() == [1.0] * 10
    knows = found.annotators.filter(annotator="knows").to_dicts()[0]
    assert knows["golden_answers"] == 10
    assert knows["golden_accuracy"] == 1
    assert found.annotators.filter(annotator="b")["golden_accuracy"].item() == 0


@pytest.mark.parametrize("method", [MajorityVote(), DawidSkene()])
def test_names_of_labels_do_not_matter(method: DawidSkene | MajorityVote) -> None:
    answers, *_ = crowd(8)
    renamed = answers.with_columns(label=(pl.col("label") + 1) % 3)
    first, again = (
        method.aggregate(table).probabilities.drop("task").to_numpy() for table in (answers, renamed)
    )
    np.testing.assert_allclose(first, again[:, [1, 2, 0]], atol=1e-6)


def test_progress_is_told_after_every_pass() -> None:
    told = []
    fit = DawidSkene(max_iter=7, tolerance=0).fit(
        code_answers(crowd(2)[0]), lambda done, total: told.append((done, total))
    )
    assert told == [(i, 7) for i in range(1, fit.iterations + 1)]


def test_a_loose_tolerance_stops_sooner() -> None:
    answers = code_answers(crowd(2)[0])
    loose, tight = (DawidSkene(tolerance=tolerance).fit(answers) for tolerance in (0.1, 1e-9))
    assert loose.converged
    assert tight.converged
    assert loose.iterations < tight.iterations
    gains = np.diff(tight.log_likelihood) / len(answers.labels)
    assert (gains[:-1] > 1e-9).all()
    assert gains[-1] <= 1e-9


@pytest.mark.parametrize(
    "setting",
    [{"max_iter": 0}, {"threads": 0}, {"tolerance": -1e-9}, {"right": float("inf")}, {"wrong": float("nan")}],
)
def test_impossible_settings_are_refused(setting: dict[str, float]) -> None:
    with pytest.raises(SettingsError, match=f"'{next(iter(setting))}' must be"):
        DawidSkene(**setting)


def test_confusion_beyond_memory_is_refused(monkeypatch) -> None:
    monkeypatch.setattr(_confusion_passes, "_MOST_COUNTS", 9 * 3 * 4 - 1)
    with pytest.raises(InputError, match="3 labels for each of 9 annotators"):
        DawidSkene().fit(code_answers(crowd(0)[0]))


@pytest.mark.parametrize(
    ("name", "votes", "model", "within"),
    [
        ("rte", 89.7, 92.8, 0.6),
        ("dog", 82.2, 84.0, 1.0),
        ("temporal", 93.6, 94.3, 0.4),
        ("face", 63.7, 64.2, 0.8),
        ("product", 89.7, 93.9, 0.4),
    ],
)
def test_real_crowds_are_as_accurate_as_published(
    name: str, votes: float, model: float, within: float
) -> None:
    answers, gold = shared_answers(name)
    assert _expected_accuracy(MajorityVote(), answers, gold) == pytest.approx(votes, abs=0.05)
    assert _expected_accuracy(DawidSkene(), answers, gold) == pytest.approx(model, abs=within)


def _expected_accuracy(method: DawidSkene | MajorityVote, answers: pl.DataFrame, gold: pl.DataFrame) -> float:
    """Return the percent of known labels found, ties broken by chance."""
    rows = method.aggregate(answers).probabilities.join(gold, on="task").to_dicts()
    right = []
    for row in rows:
        label = row.pop("label")
        del row["task"]
        best = [name for name, value in row.items() if value >= max(row.values()) - 1e-9]
        right.append((str(label) in best) / len(best))
    return 100 * sum(right) / len(right)


def test_kernels_do_the_same_without_compilation() -> None:
    answers = code_answers(crowd(4, n_tasks=12)[0], pl.DataFrame({"task": [3], "label": [1]}))
    rng = np.random.default_rng(0)
    cells = answers.annotators * np.int32(3) + answers.labels
    probabilities = rng.dirichlet(np.ones(8), 28)
    blocks = kernel.in_blocks(probabilities[:27])
    confusion = np.stack([blocks, np.log(blocks)])
    prior = np.stack([probabilities[-1], np.log(probabilities[-1])]).reshape(2, 2, 4)
    for most_factors in (0, 100):
        results = []
        for compiled in (True, False):
            posterior, counts, votes = np.zeros((12, 2, 4)), np.zeros((2, 27, 4)), np.zeros((2, 4))
            with pytest.MonkeyPatch.context() as patch:
                if not compiled:
                    _use_python(patch)
                parts = (answers.offsets, cells, answers.golden, prior, confusion, most_factors)
                total = kernel.expect_and_count(0, 12, *parts, posterior, counts, votes)
                again, votes_again = np.zeros((2, 27, 4)), np.zeros((2, 4))
                kernel.count_votes(0, 12, answers.offsets, cells, posterior, again, votes_again)
            np.testing.assert_allclose(again, counts)
            np.testing.assert_allclose(votes_again, posterior.sum(axis=0))
            np.testing.assert_allclose(votes, posterior.sum(axis=0))
            results.append((total, posterior, counts))
        for fast, plain in zip(*results, strict=True):
            np.testing.assert_allclose(fast, plain, rtol=1e-12)


def _use_python(patch: pytest.MonkeyPatch) -> None:
    for name in (
        "expect_and_count",
        "count_votes",
        "_expect_and_count_left",
        "_clamp",
        "_multiply",
        "_add_logarithms",
        "_scale_and_count",
        "_sum",
    ):
        patch.setattr(kernel, name, getattr(kernel, name).py_func)


@given(st.integers(1, 9), st.integers(1, 9))
def test_blocks_hold_the_table_and_zeros(n_rows: int, n_columns: int) -> None:
    table = np.random.default_rng(0).random((n_rows, n_columns))
    blocks = kernel.in_blocks(table)
    assert blocks.shape == (-(-n_columns // 4), n_rows, 4)
    assert blocks.sum() == pytest.approx(table.sum())
    np.testing.assert_array_equal(kernel.from_blocks(blocks, n_columns), table)


def test_numba_is_loaded_only_to_fit() -> None:
    code = (
        "import sys; from palate.aggregation.labels import DawidSkene, MajorityVote, label_aggregators as all_;"
        "list(all_); DawidSkene(); assert 'numba' not in sys.modules and 'scipy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
