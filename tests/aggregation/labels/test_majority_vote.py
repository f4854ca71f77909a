from __future__ import annotations

from collections import Counter

import numpy as np
import polars as pl
import pytest
from answer_strategies import answer_tables
from hypothesis import given, settings

from palate.aggregation.labels import MajorityVote
from palate.aggregation.labels._tables import code_answers

ANSWERS = pl.DataFrame(
    {
        "task": [1, 1, 1, 2, 2, 3],
        "annotator": ["a", "b", "c", "a", "b", "c"],
        "label": ["x", "x", "y", "x", "y", "y"],
    }
)


@settings(max_examples=50)
@given(answers=answer_tables())
def test_posterior_is_the_share_of_votes(answers: pl.DataFrame) -> None:
    found = MajorityVote().aggregate(answers).probabilities
    for row in found.to_dicts():
        given_labels = answers.filter(task=row.pop("task"))["label"].to_list()
        votes = Counter(map(str, given_labels))
        assert row == pytest.approx({name: votes[name] / len(given_labels) for name in row})


def test_skill_is_the_mean_share_of_votes_for_own_labels() -> None:
    fit = MajorityVote().fit(code_answers(ANSWERS))
    np.testing.assert_allclose(fit.skill, [(2 / 3 + 1 / 2) / 2, (2 / 3 + 1 / 2) / 2, (1 / 3 + 1) / 2])
    assert fit.confusion is None
    assert fit.log_likelihood == ()
    assert fit.converged


def test_golden_tasks_have_their_known_label() -> None:
    found = MajorityVote().aggregate(ANSWERS, golden=pl.DataFrame({"task": [1, 2], "label": ["y", "z"]}))
    assert found.labels["label"].to_list() == ["y", "z", "y"]
    assert found.labels["probability"].to_list() == [1, 1, 1]
    assert found.annotators.sort("annotator")["skill"].to_list() == [0, 0, 1]


def test_progress_is_told_once() -> None:
    told = []
    MajorityVote().aggregate(ANSWERS, progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 1)]
