from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from set_strategies import set_tables, tagging_crowd

from palate.aggregation.labels import DawidSkene
from palate.aggregation.multilabel import BinaryRelevance
from palate.core.errors import SettingsError, UnknownNameError


@settings(max_examples=25, deadline=None)
@given(answers=set_tables(), share=st.sampled_from([0.0, 0.5, 0.75]))
def test_majority_votes_are_counted_label_by_label(answers: pl.DataFrame, share: float) -> None:
    found = BinaryRelevance(method="majority-vote", threshold=share).aggregate(answers)
    for row, (_, decided) in zip(found.probabilities.to_dicts(), found.labels.rows(), strict=True):
        sets = answers.filter(task=row.pop("task"))["labels"].to_list()
        expected = {label: sum(label in x for x in sets) / len(sets) for label in row}
        assert row == pytest.approx(expected)
        assert decided == [label for label, probability in expected.items() if probability > share]


@pytest.mark.parametrize("seed", [0, 1])
def test_each_label_is_decided_as_by_its_own_table(seed: int) -> None:
    answers, _ = tagging_crowd(seed, n_tasks=30)
    golden = pl.DataFrame({"task": [4], "labels": [["tag 1", "tag 2"]]})
    found = BinaryRelevance(method_settings={"right": 2.0, "wrong": 0.5, "max_iter": 7}).aggregate(
        answers, golden=golden
    )
    has = pl.col("labels").list.contains
    skills = []
    for label in found.probabilities.columns[1:]:
        single, known = (
            table.with_columns(label=has(label).cast(pl.Int64)).drop("labels") for table in (answers, golden)
        )
        alone = DawidSkene(right=2.0, wrong=0.5, max_iter=7).aggregate(single, golden=known)
        np.testing.assert_allclose(found.probabilities[label], alone.probabilities["1"], atol=1e-12)
        skills.append(alone.annotators["skill"].to_numpy())
    np.testing.assert_allclose(found.annotators["skill"], np.mean(skills, axis=0), atol=1e-12)


def test_half_the_votes_are_a_tie_and_not_enough() -> None:
    answers = pl.DataFrame({"task": [1, 1, 2], "annotator": ["a", "b", "a"], "labels": ["x,y", "y", "x"]})
    found = BinaryRelevance(method="majority_vote").aggregate(answers)
    assert found.labels["labels"].to_list() == [["y"], ["x"]]
    assert found.tie_share == 0.5


def test_settings_are_values() -> None:
    one = BinaryRelevance(method_settings={"right": 2.0, "max_iter": 5})
    other = BinaryRelevance(method_settings=(("max_iter", 5), ("right", 2.0)))
    assert one == other
    assert hash(one) == hash(other)


def test_impossible_settings_are_refused_before_answers_are_read() -> None:
    with pytest.raises(UnknownNameError, match="no label aggregator named 'dawid'"):
        BinaryRelevance(method="dawid")
    with pytest.raises(SettingsError, match="has no setting 'rigth'. Did you mean 'right'"):
        BinaryRelevance(method_settings={"rigth": 1.0})
    for threshold in (-0.1, 1.0, float("nan")):
        with pytest.raises(SettingsError, match="'threshold' must be"):
            BinaryRelevance(threshold=threshold)


def test_convergence_is_that_of_all_labels() -> None:
    rng = np.random.default_rng(0)
    labels = [[x for x in "xyz" if rng.random() < 0.4] for _ in range(90)]
    tasks, annotators = np.repeat(np.arange(30), 3), np.tile(["a", "b", "c"], 30)
    answers = pl.DataFrame({"task": tasks, "annotator": annotators, "labels": labels})
    short = BinaryRelevance(method_settings={"max_iter": 2, "tolerance": 0.0}).aggregate(answers)
    assert not short.converged
    assert short.iterations == 2
    assert BinaryRelevance(method="majority_vote").aggregate(answers).converged
