from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from answer_strategies import crowd

from palate.aggregation.labels import DawidSkene, MajorityVote, label_aggregators
from palate.core.errors import InputError, SettingsError

TWICE = pl.DataFrame(
    {"task": [1, 1, 1, 2, 1], "annotator": ["a", "b", "a", "b", "a"], "label": ["x", "y", "y", "x", "z"]}
)


def test_duplicates_are_an_error_that_shows_the_rows() -> None:
    with pytest.raises(InputError, match="3 rows repeat one: row 1: task 1, annotator a; row 3: .*; row 5: "):
        MajorityVote().aggregate(TWICE)


def test_the_first_row_counts() -> None:
    found = MajorityVote().aggregate(TWICE, on_duplicate="first").probabilities
    assert found.rows() == [(1, 0.5, 0.5), (2, 1.0, 0.0)]
    assert found.columns == ["task", "x", "y"]


def test_the_last_row_counts() -> None:
    found = MajorityVote().aggregate(TWICE, on_duplicate="last").probabilities
    assert found.rows() == [(1, 0.0, 0.5, 0.5), (2, 1.0, 0.0, 0.0)]


def test_every_row_counts() -> None:
    found = MajorityVote().aggregate(TWICE, on_duplicate="all")
    assert found.probabilities.rows() == [(1, 0.25, 0.5, 0.25), (2, 1.0, 0.0, 0.0)]
    assert found.annotators.select("annotator", "answers").rows() == [("a", 3), ("b", 2)]


def test_skills_and_duplicates_go_together() -> None:
    found = MajorityVote().aggregate(TWICE, on_duplicate="all", skills={"a": 1, "b": 3})
    assert found.probabilities.rows()[0] == pytest.approx((1, 1 / 6, 4 / 6, 1 / 6))


@pytest.mark.parametrize("policy", ["error", "first", "last", "all"])
def test_without_duplicates_the_policy_does_not_matter(policy: str) -> None:
    answers, *_ = crowd(0)
    found = DawidSkene().aggregate(answers, on_duplicate=policy)
    assert found.probabilities.equals(DawidSkene().aggregate(answers).probabilities)


@pytest.mark.parametrize("name", [n for n in label_aggregators.names() if n != "gold_majority_vote"])
def test_every_method_takes_all_answers_whatever_the_order_of_rows(name: str) -> None:
    answers, truth, _ = crowd(1, n_labels=2)
    again = pl.concat([answers, answers.head(60), answers.head(30).with_columns(label=1 - pl.col("label"))])
    method = label_aggregators.create(name)
    found, turned = (method.aggregate(a, on_duplicate="all") for a in (again, again.reverse()))
    posterior = found.probabilities.drop("task").to_numpy()
    np.testing.assert_allclose(posterior.sum(axis=1), 1, atol=1e-12)
    assert found.probabilities.equals(turned.probabilities)
    assert found.annotators["answers"].sum() == len(again)
    assert (found.labels["label"].to_numpy() == truth).mean() > 0.75


def test_a_policy_that_there_is_not_is_refused() -> None:
    with pytest.raises(
        SettingsError, match="'on_duplicate' must be one of error, first, last, all; it is 'mean'"
    ):
        MajorityVote().aggregate(TWICE, on_duplicate="mean")
