"""Prompts of one model are one judge: posteriors that are as sure as they are right."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from palate.aggregation.labels import DawidSkene
from palate.core.errors import InputError
from palate.evaluation import aggregate_with_models, people_overlap


def noisy(labels, accuracy, rng, n_labels=3):
    """Return labels of which a share stays right and others become any other."""
    other = (labels + 1 + rng.integers(n_labels - 1, size=len(labels))) % n_labels
    return np.where(rng.random(len(labels)) < accuracy, labels, other)


def world(seed, *, n=400, prompts=5, people=2):
    """Return truth, answers and annotators: a model right on 70%, whose prompts say what it thinks in 92%; people right on 80%."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(3, size=n)
    thought = noisy(truth, 0.7, rng)
    parts = [(np.arange(n), [f"m{p}"] * n, noisy(thought, 0.92, rng)) for p in range(prompts)]
    for turn in range(people):
        half = [f"w{(i * people + turn) % 8}" for i in range(n)]
        parts.append((np.arange(n), half, noisy(truth, 0.8, rng)))
    answers = pl.concat(
        [pl.DataFrame({"task": t, "annotator": a, "label": list(map(str, lab))}) for t, a, lab in parts]
    )
    annotators = pl.DataFrame(
        {
            "annotator": [f"m{p}" for p in range(prompts)],
            "kind": ["model"] * prompts,
            "model": ["m"] * prompts,
        }
    )
    return truth, answers, annotators


def surplus(judgments, truth):
    """Return by how much the probability of the chosen labels exceeds the share of right ones."""
    found = judgments.sort("task")
    return float(found["probability"].mean() - np.mean(found["label"].cast(pl.Int64).to_numpy() == truth))


def test_prompts_taken_for_people_are_too_sure_and_ours_are_not():
    ours, independent, gain = [], [], []
    for seed in range(6):
        truth, answers, annotators = world(seed)
        joint = aggregate_with_models(answers, annotators)
        assert joint.converged
        ours.append(surplus(joint.judgments, truth))
        plain = DawidSkene().aggregate(answers).labels
        independent.append(surplus(plain, truth))
        right = [
            np.mean(one.sort("task")["label"].cast(pl.Int64).to_numpy() == truth)
            for one in (joint.judgments, plain)
        ]
        gain.append(right[0] - right[1])
    assert np.mean(independent) > 0.2  # sure of 99%, right on 71%
    assert abs(np.mean(ours)) < 0.04  # about 0.01; one world varies by 0.02
    assert np.mean(gain) > 0.1


def test_a_model_counts_once_and_people_are_counted():
    _, answers, annotators = world(0, n=30)
    found = aggregate_with_models(answers, annotators).judgments
    assert found["people"].to_list() == [2] * 30
    assert found["models"].to_list() == [1] * 30
    overlap = people_overlap(answers, annotators)
    assert overlap["overlap"].to_list() == [2] * 30


def test_the_models_confusion_is_that_of_its_own_label():
    truth, answers, annotators = world(3, n=3000)
    table = aggregate_with_models(answers, annotators).models
    diagonal = table.filter(pl.col("truth") == pl.col("label"))["probability"].to_numpy()
    assert diagonal == pytest.approx(np.full(3, 0.7), abs=0.06)
    assert table.group_by("truth").agg(pl.col("probability").sum())[
        "probability"
    ].to_numpy() == pytest.approx(np.ones(3))
    assert len(truth) == 3000


def test_one_prompt_counts_as_one_annotator_does():
    _, answers, annotators = world(1, prompts=1)
    one = aggregate_with_models(answers, annotators).fit
    as_person = aggregate_with_models(answers, annotators.with_columns(kind=pl.lit("person"))).fit
    assert np.allclose(one.posterior, as_person.posterior, atol=2e-3)


def test_known_labels_are_clamped_and_not_the_models():
    _, answers, annotators = world(2, n=60)
    golden = pl.DataFrame({"task": [0, 1], "label": ["2", "0"]})
    found = aggregate_with_models(answers, annotators, golden=golden).judgments.sort("task")
    assert found["label"][:2].to_list() == ["2", "0"]
    assert found["probability"][:2].to_list() == [1.0, 1.0]


def test_one_person_a_task_is_warned_of():
    _, answers, annotators = world(4, people=1)
    assert (
        "nothing tells a model's errors from a person's"
        in aggregate_with_models(answers, annotators).notes[0]
    )
    assert not aggregate_with_models(*world(4)[1:]).notes


def test_models_alone_say_nothing():
    _, answers, annotators = world(0, people=0)
    with pytest.raises(InputError, match="Nobody but models answered"):
        aggregate_with_models(answers, annotators)
