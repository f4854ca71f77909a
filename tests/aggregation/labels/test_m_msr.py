from __future__ import annotations

import time

import numpy as np
import polars as pl
import pytest
from answer_strategies import answer_tables, crowd, shared_answers
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from palate.aggregation.labels import MMSR, m_msr
from palate.aggregation.labels import _rank_one_kernel as kernel
from palate.aggregation.labels._tables import code_answers
from palate.core.errors import InputError, SettingsError


@settings(max_examples=60, deadline=None)
@given(answers=answer_tables(), golden=st.booleans())
def test_agreements_equal_those_counted_pair_by_pair(answers: pl.DataFrame, golden: bool) -> None:
    known = pl.DataFrame({"task": [answers["task"][0]], "label": [0]}) if golden else None
    coded = code_answers(answers, known)
    found, n_common = m_msr._agreements(coded)
    said = {
        name: dict(part.select("task", "label").rows()) for (name,), part in answers.group_by("annotator")
    }
    rows = [said[name] for name in coded.annotator_ids]
    if golden:
        rows.append({answers["task"][0]: 0})
    n_labels = len(coded.label_values)
    expected, common = np.zeros((len(rows),) * 2), np.zeros((len(rows),) * 2)
    for i, one in enumerate(rows):
        for j, other in enumerate(rows):
            both = one.keys() & other.keys()
            if i != j and both:
                share = sum(one[task] == other[task] for task in both) / len(both)
                common[i, j] = len(both)
                expected[i, j] = (n_labels * share - 1) / max(n_labels - 1, 1)
    np.testing.assert_allclose(found.toarray(), expected, atol=1e-12)
    dense = np.zeros_like(common)
    dense[np.repeat(np.arange(len(rows)), np.diff(found.indptr)), found.indices] = n_common
    np.testing.assert_array_equal(dense, common)


@settings(max_examples=60, deadline=None)
@given(
    products=arrays(float, 9, elements=st.floats(0, 1)),
    others=arrays(float, 9, elements=st.floats(0.1, 1)),
    present=st.floats(0, 2),
    trim=st.sampled_from([0, 0.2, 0.34, 0.49]),
)
def test_trimmed_means_leave_out_the_far_ends(products, others, present: float, trim: float) -> None:
    ratios = sorted(products / others)
    most = int(trim * 9)
    low = [r for r in ratios if r < present][:most]
    high = [r for r in ratios if r > present]
    high = high[max(len(high) - most, 0) :]
    expected = np.mean([*ratios][len(low) : len(ratios) - len(high)])
    for function in (kernel.trimmed_means, kernel.trimmed_means.py_func):
        factors = np.array([present, 0.3])  # the second row has no neighbours
        columns = (np.array([0, 9, 9], dtype=np.int32), np.arange(9, dtype=np.int32))
        function(*columns, products, others, trim, factors, np.zeros(9))
        np.testing.assert_allclose(factors, [expected, 0.3], atol=1e-9)


@pytest.mark.parametrize("n_labels", [2, 4])
def test_skills_are_known_after_enough_answers(n_labels: int) -> None:
    answers, truth, right = crowd(5, n_tasks=6000, n_annotators=8, overlap=5, n_labels=n_labels)
    result = MMSR().aggregate(answers)
    assert result.converged
    assert result.annotators["skill"].to_list() == pytest.approx(right.tolist(), abs=0.04)
    assert np.mean(result.labels["label"].to_numpy() == truth) > 0.9


def test_the_posterior_is_that_of_the_one_coin_model() -> None:
    answers, *_ = crowd(1, n_tasks=40)
    coded = code_answers(answers)
    fit = MMSR().fit(coded)
    for task in range(40):
        span = slice(coded.offsets[task], coded.offsets[task + 1])
        joint = [
            np.prod(
                np.where(coded.labels[span] == truth, s := fit.skill[coded.annotators[span]], (1 - s) / 2)
            )
            for truth in range(3)
        ]
        np.testing.assert_allclose(fit.posterior[task], joint / np.sum(joint), atol=1e-9)


def colluding(n_liars: int) -> tuple[pl.DataFrame, np.ndarray]:
    """Return the answers of seven honest annotators and of liars who copy one another's wrong labels."""
    answers, truth, _ = crowd(8, n_tasks=300, n_annotators=7, overlap=7, n_labels=3)
    lies = (truth + 1) % 3
    liars = [
        pl.DataFrame({"task": range(300), "annotator": [100 + liar] * 300, "label": lies})
        for liar in range(n_liars)
    ]
    return pl.concat([answers, *liars]), truth


def test_a_minority_that_colludes_is_found_out() -> None:
    answers, truth = colluding(3)
    result = MMSR().aggregate(answers)
    assert np.mean(result.labels["label"].to_numpy() == truth) > 0.95
    assert result.annotators.filter(pl.col("annotator") >= 100)["skill"].max() < 1 / 3
    assert result.annotators.filter(pl.col("annotator") < 100)["skill"].min() > 0.5


def test_golden_tasks_unmask_even_a_majority() -> None:
    answers, truth = colluding(9)
    golden = pl.DataFrame({"task": range(100), "label": truth[:100]})
    assert np.mean(MMSR().aggregate(answers).labels["label"].to_numpy() == truth) < 0.1
    result = MMSR().aggregate(answers, golden=golden)
    assert result.annotators.filter(pl.col("annotator") >= 100)["skill"].max() < 1 / 3
    assert np.mean(result.labels["label"][100:].to_numpy() == truth[100:]) > 0.9


def test_annotators_without_partners_are_taken_to_be_rather_right() -> None:
    answers = pl.DataFrame({"task": [1, 2, 3], "annotator": ["a", "a", "b"], "label": ["x", "y", "z"]})
    result = MMSR().aggregate(answers)
    assert result.labels["label"].to_list() == ["x", "y", "z"]
    assert (result.annotators["skill"] > 1 / 3).all()


def test_few_answers_keep_skills_away_from_certainty() -> None:
    answers = pl.DataFrame({"task": [1, 1, 1], "annotator": [1, 2, 3], "label": ["x", "x", "x"]})
    wider = pl.DataFrame({"task": [2], "annotator": [9], "label": ["y"]})
    skill = MMSR(shrink=0).aggregate(pl.concat([answers, wider])).annotators["skill"]
    # Reliability of at most 1 - 1 / sqrt(2), half of which is above the guesser's 1/2.
    assert skill[:3].to_list() == pytest.approx([1 - 1 / (2 * np.sqrt(2))] * 3)


def test_pairs_beyond_memory_are_refused(monkeypatch) -> None:
    monkeypatch.setattr(m_msr, "_MOST_PAIRS", 80)
    with pytest.raises(InputError, match="9 annotators with so many common tasks.*one_coin_dawid_skene"):
        MMSR().aggregate(crowd(0)[0])


@pytest.mark.parametrize(
    "setting", [{"max_iter": 0}, {"trim": 0.5}, {"trim": -0.1}, {"tolerance": -1}, {"shrink": float("inf")}]
)
def test_impossible_settings_are_refused(setting: dict) -> None:
    with pytest.raises(SettingsError, match=f"'{next(iter(setting))}' must be"):
        MMSR(**setting)


@pytest.mark.parametrize(
    ("name", "least"), [("rte", 92), ("dog", 82.5), ("temporal", 93.9), ("product", 92.4), ("web", 76)]
)
def test_real_crowds_are_decided_better_than_by_vote(name: str, least: float) -> None:
    answers, gold = shared_answers(name)
    decided = MMSR().aggregate(answers).labels.join(gold, on="task")
    assert 100 * (decided["label"] == decided["label_right"]).mean() > least


def test_a_hundred_thousand_answers_are_no_burden() -> None:
    answers, truth, _ = crowd(0, n_tasks=20_000, n_annotators=300, overlap=5)
    MMSR().aggregate(crowd(0)[0])  # compiles
    start = time.process_time()
    result = MMSR().aggregate(answers)
    assert time.process_time() - start < 5  # about 0.2; dense matrices of all pairs and tasks take minutes
    assert np.mean(result.labels["label"].to_numpy() == truth) > 0.9
