from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from answer_strategies import crowd

from palate.core.errors import SettingsError
from palate.quality import SpammerScore


def _by_confusion(*confusions: list[list[int]]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Answers to golden tasks: counts[truth][label] of each annotator."""
    rows, golden = [], []
    for annotator, counts in enumerate(confusions):
        for truth, given in enumerate(counts):
            for label, n in enumerate(given):
                for _ in range(n):
                    rows.append((len(golden), annotator, label))
                    golden.append((len(golden), truth))
    return (
        pl.DataFrame(rows, schema=["task", "annotator", "label"], orient="row"),
        pl.DataFrame(golden, schema=["task", "label"], orient="row"),
    )


def _plain_score(confusion: np.ndarray) -> float:
    """Raykar and Yu, 2012: the sum over pairs of truths of squared differences of their rows, over C (C - 1)."""
    confusion = confusion / confusion.sum(axis=1, keepdims=True)
    q = len(confusion)
    pairs = [(c, d) for c in range(q) for d in range(c + 1, q)]
    return sum(((confusion[c] - confusion[d]) ** 2).sum() for c, d in pairs) / (q * (q - 1))


def test_two_labels_have_the_published_formula() -> None:
    # (sensitivity + specificity - 1) squared.
    answers, golden = _by_confusion([[80, 20], [30, 70]])
    found = SpammerScore().check(answers, golden=golden).found
    assert found["score"].item() == pytest.approx((0.8 + 0.7 - 1) ** 2)
    assert found["compared"].item() == found["answers"].item() == 200


def test_it_is_the_definition_for_more_labels() -> None:
    rng = np.random.default_rng(1)
    confusions = rng.integers(1, 9, size=(4, 3, 3))
    answers, golden = _by_confusion(*confusions.tolist())
    found = SpammerScore().check(answers, golden=golden).found
    assert found["score"].to_list() == pytest.approx([_plain_score(counts) for counts in confusions])


def test_always_right_is_one_and_one_label_or_dice_is_nothing() -> None:
    answers, golden = _by_confusion(
        [[40, 0], [0, 40]], [[40, 0], [40, 0]], [[20, 20], [20, 20]], [[0, 40], [40, 0]]
    )
    checked = SpammerScore().check(answers, golden=golden)
    assert checked.found["score"].to_list() == pytest.approx([1, 0, 0, 1])
    assert checked.found["suspect"].to_list() == [False, True, True, False]
    assert (checked.found["low"] <= checked.found["high"]).all()
    shown = checked.evidence.filter(pl.col("annotator") == 1)
    assert shown.select("truth", "label", "answers", "share").rows() == [(0, 0, 40, 1.0), (1, 0, 40, 1.0)]
    # Of the 160 answers to tasks of truth 1, 40, 40 and 20 say 0.
    assert shown["crowd_share"].to_list() == pytest.approx([100 / 160, 100 / 160])


def test_a_few_answers_are_not_enough_to_suspect_anyone() -> None:
    answers, golden = _by_confusion([[1, 0], [1, 0]])
    assert SpammerScore().check(answers, golden=golden).found["suspect"].to_list() == [False]


def test_one_truth_only_has_no_score() -> None:
    answers, golden = _by_confusion([[3, 2]])
    row = SpammerScore().check(answers, golden=golden).found.row(0, named=True)
    assert (row["score"], row["low"], row["high"], row["suspect"]) == (None, None, None, False)


def test_without_golden_tasks_the_others_are_the_truth() -> None:
    answers, *_ = crowd(1, n_tasks=300)
    dice = answers.with_columns(
        label=pl.when(pl.col("annotator") == 4).then(pl.col("task") * 7 % 3).otherwise("label")
    )
    found = SpammerScore().check(dice).found
    assert found.filter("suspect")["annotator"].to_list() == [4]


def test_an_interval_does_not_depend_on_who_else_there_is() -> None:
    alone, golden = _by_confusion([[8, 2], [3, 7]])
    both, golden_of_both = _by_confusion([[8, 2], [3, 7]], [[5, 5], [5, 5]])
    first = SpammerScore().check(alone, golden=golden).found.row(0)
    assert SpammerScore().check(both, golden=golden_of_both).found.row(0) == first


@pytest.mark.parametrize(
    "setting", [{"threshold": -0.1}, {"threshold": 2.0}, {"draws": 3}, {"confidence": 1.0}]
)
def test_impossible_settings_are_refused(setting: dict) -> None:
    with pytest.raises(SettingsError):
        SpammerScore(**setting)
