from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from palate.aggregation.labels import _votes
from palate.aggregation.labels._tables import code_answers
from palate.aggregation.labels._votes import (
    best_labels,
    first_true,
    highest,
    n_by_decision,
    n_equal,
    n_true,
    share_of_given,
    vote_shares,
)
from palate.aggregation.labels.base import CodedAnswers

ROWS = st.lists(
    st.tuples(st.integers(0, 7), st.integers(0, 4), st.integers(0, 2)),
    min_size=1,
    max_size=30,
    unique_by=lambda row: row[:2],
)


def coded(rows: list[tuple[int, int, int]]) -> CodedAnswers:
    return code_answers(pl.DataFrame(rows, schema=["task", "annotator", "label"], orient="row"))


def one_by_one(answers: CodedAnswers) -> list[tuple[int, int, int]]:
    """Return the task, annotator and label of every answer."""
    tasks = np.repeat(np.arange(len(answers.task_ids)), np.diff(answers.offsets))
    return list(zip(tasks.tolist(), answers.annotators.tolist(), answers.labels.tolist(), strict=True))


@pytest.fixture(params=[1, 4, 1 << 15])
def block(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Work on so many answers at a time."""
    monkeypatch.setattr(_votes, "_ANSWERS_A_BLOCK", request.param)
    return int(request.param)


@pytest.mark.usefixtures("block")
def test_counts_of_blocks_are_those_of_answers_one_by_one() -> None:
    rng = np.random.default_rng(0)
    answers = coded([(t, int(a), int(rng.integers(3))) for t in range(40) for a in rng.permutation(6)[:4]])
    assert len(answers.label_values) == 3
    weights, decided = rng.random(6), rng.integers(0, 3, 40).astype(np.int32)
    plain, weighed = np.zeros((40, 3)), np.zeros((40, 3))
    equal, by_decision = np.zeros(6), np.zeros((6, 3))
    for task, annotator, label in one_by_one(answers):
        plain[task, label] += 1
        weighed[task, label] += weights[annotator]
        equal[annotator] += decided[task] == label
        by_decision[annotator, decided[task]] += 1
    given = np.zeros(6)
    for task, annotator, label in one_by_one(answers):
        given[annotator] += plain[task, label] / plain[task].sum() / by_decision[annotator].sum()
    np.testing.assert_allclose(vote_shares(answers), plain / plain.sum(axis=1, keepdims=True))
    np.testing.assert_allclose(vote_shares(answers, weights), weighed / weighed.sum(axis=1, keepdims=True))
    np.testing.assert_allclose(share_of_given(answers, vote_shares(answers)), given)
    np.testing.assert_array_equal(n_equal(answers, decided), equal)
    np.testing.assert_array_equal(n_by_decision(answers, decided), by_decision)
    np.testing.assert_array_equal(answers.answers_each, by_decision.sum(axis=1))


@settings(max_examples=50)
@given(rows=ROWS)
def test_a_task_whose_votes_do_not_count_is_decided_as_if_all_did(rows: list[tuple[int, int, int]]) -> None:
    answers = coded(rows)
    nobody = np.zeros(len(answers.annotator_ids))
    np.testing.assert_array_equal(vote_shares(answers, nobody), vote_shares(answers))


@pytest.mark.parametrize("n_columns", [1, 2, 4, 16, 17, 30])
def test_columns_together_are_as_rows_one_by_one(n_columns: int) -> None:
    table = np.random.default_rng(1).integers(0, 4, size=(50, n_columns)) / 4
    best = best_labels(table)
    np.testing.assert_array_equal(highest(table), [max(row) for row in table])
    np.testing.assert_array_equal(best, [[value == max(row) for value in row] for row in table])
    np.testing.assert_array_equal(best_labels(table, highest(table)), best)
    np.testing.assert_array_equal(first_true(best), [row.tolist().index(True) for row in best])
    np.testing.assert_array_equal(n_true(best), [sum(row) for row in best.tolist()])
