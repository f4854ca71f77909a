from __future__ import annotations

from collections import defaultdict
from itertools import chain, combinations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from set_strategies import plain_masi, set_tables, tagging_crowd

from palate.aggregation.multilabel import BinaryRelevance, MasiVote
from palate.core.errors import SettingsError
from palate.core.label_sets import masi


def plain_vote(answers: pl.DataFrame, rounds: int) -> tuple[dict, dict]:
    """The yardstick: all subsets of a task's labels, one at a time. Returns sets and mean distances."""
    rows = answers.rows()
    weight = defaultdict(lambda: 1.01)
    for _ in range(rounds):
        decided = {}
        for task in {t for t, _, _ in rows}:
            own = [(a, set(x)) for t, a, x in rows if t == task]
            labels = sorted(set().union(*(x for _, x in own)))
            subsets = chain.from_iterable(combinations(labels, n) for n in range(len(labels) + 1))
            near = {s: sum(weight[a] * plain_masi(set(s), x) for a, x in own) for s in subsets}
            decided[task] = next(s for s, value in near.items() if value >= max(near.values()) - 1e-9)
        distance = {
            name: np.mean([1 - plain_masi(set(x), set(decided[t])) for t, a, x in rows if a == name])
            for name in {a for _, a, _ in rows}
        }
        weight = {name: 1.01 - d for name, d in distance.items()}
    return decided, distance


@settings(max_examples=40, deadline=None)
@given(answers=set_tables(), rounds=st.integers(1, 3))
def test_the_nearest_of_all_subsets_is_found(answers: pl.DataFrame, rounds: int) -> None:
    found = MasiVote(max_iter=rounds).aggregate(answers)
    decided, distance = plain_vote(answers, found.iterations)
    assert {task: tuple(labels) for task, labels in found.labels.rows()} == decided
    skills = dict(found.annotators.select("annotator", "skill").rows())
    assert skills == pytest.approx({name: 1 - d for name, d in distance.items()})


def test_similarities_by_hand() -> None:
    # Equal; one of two (a subset: 1/2 * 2/3); one of three (an overlap: 1/3 * 1/3); nothing; empty sets.
    np.testing.assert_allclose(
        masi([2, 1, 1, 0, 0, 0], [2, 1, 2, 1, 0, 0], [2, 2, 2, 1, 0, 3]), [1, 1 / 3, 1 / 9, 0, 1, 0]
    )


def test_a_set_that_was_given_beats_a_mixture_that_was_not() -> None:
    # Each label has two of three votes, yet nobody gave all three.
    answers = pl.DataFrame({"task": [1] * 3, "annotator": list("abc"), "labels": ["x,y", "y,z", "x,z"]})
    assert BinaryRelevance(method="majority_vote").aggregate(answers).labels["labels"].to_list() == [
        ["x", "y", "z"]
    ]
    found = MasiVote().aggregate(answers)
    # All three labels hold each of the given sets: 3 * 2/3 * 2/3 = 4/3 beats 1 + 2 * 1/9.
    assert found.labels["labels"].to_list() == [["x", "y", "z"]]
    twice = pl.concat([answers, pl.DataFrame({"task": [1], "annotator": ["d"], "labels": ["x,y"]})])
    # Now x,y has 2 + 2/9 and all three labels 4 * 4/9 = 1 7/9.
    assert MasiVote().aggregate(twice).labels["labels"].to_list() == [["x", "y"]]


def test_ties_go_to_the_smaller_set_and_then_to_the_lower_label() -> None:
    answers = pl.DataFrame(
        {"task": [1, 1, 2, 2], "annotator": ["a", "b"] * 2, "labels": ["y", "x", "", "x,y"]}
    )
    found = MasiVote(max_iter=1).aggregate(answers)
    assert found.labels["labels"].to_list() == [["x"], []]
    assert found.tie_share == 1.0


def test_probabilities_are_shares_of_weight() -> None:
    answers = pl.DataFrame({"task": [1] * 4, "annotator": list("abcd"), "labels": ["x", "x", "x,y", ""]})
    found = MasiVote(max_iter=1).aggregate(answers)
    assert found.probabilities.rows() == [(1, 0.75, 0.25)]
    assert found.labels["labels"].to_list() == [["x"]]


@settings(max_examples=15, deadline=None)
@given(answers=set_tables(n_labels=10, max_rows=12))
def test_many_labels_choose_among_given_sets_and_most_given_labels(answers: pl.DataFrame) -> None:
    found = MasiVote(max_iter=1).aggregate(answers)
    for task, decided in found.labels.rows():
        sets = [set(x) for x in answers.filter(task=task)["labels"].to_list()]
        near = sum(plain_masi(set(decided), x) for x in sets)
        votes = {label: sum(label in x for x in sets) for label in set().union(*sets)}
        nested = [{label for label, n in votes.items() if n >= least} for least in set(votes.values())]
        assert near >= max(sum(plain_masi(s, x) for x in sets) for s in [*sets, *nested]) - 1e-9


def test_weights_make_it_right_more_often() -> None:
    equal, weighed = [], []
    for seed in range(5):
        answers, truth = tagging_crowd(seed)
        for method, right in ((MasiVote(max_iter=1), equal), (MasiVote(), weighed)):
            found = method.aggregate(answers).labels["labels"]
            right += [set(labels) == true for labels, true in zip(found, truth, strict=True)]
    assert np.mean(weighed) > np.mean(equal) + 0.02


def test_no_rounds_are_refused() -> None:
    with pytest.raises(SettingsError, match="'max_iter' must be"):
        MasiVote(max_iter=0)
