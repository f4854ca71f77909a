from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from answer_strategies import crowd, shared_answers

from palate.aggregation.labels import (
    Auto,
    DawidSkene,
    GoldMajorityVote,
    MajorityVote,
    held_out_reliability,
    reliability,
)
from palate.aggregation.labels._predictive import draws_by_content, hide_answers
from palate.aggregation.labels._tables import code_answers
from palate.core.errors import InputError, SettingsError

SAME = ["low", "high", "tasks", "probability", "accuracy"]


def golden_of(truth: np.ndarray, n: int) -> pl.DataFrame:
    return pl.DataFrame({"task": range(n), "label": truth[:n]})


def error_of(table: pl.DataFrame) -> float:
    """Return the expected calibration error, row by row."""
    rows = table.to_dicts()
    total = sum(row["tasks"] for row in rows)
    return sum(row["tasks"] * abs(row["probability"] - row["accuracy"]) for row in rows) / total


def test_vote_shares_of_golden_tasks_are_held_to_their_labels_as_if_these_were_not_known():
    # the share of votes of a task depends on nothing else, however the golden tasks are divided
    answers, truth, _ = crowd(3, n_tasks=90)
    golden = golden_of(truth, 40)
    method = MajorityVote()
    found = held_out_reliability(
        method.aggregate(answers, golden=golden), answers, golden=golden, folds=3, bins=7
    )
    blind = reliability(method.aggregate(answers), golden, bins=7)
    assert found.table.select(SAME).equals(blind.select(SAME))
    assert (found.by, found.cases, found.folds) == ("golden", 40, 3)
    assert found.error == pytest.approx(error_of(found.table))
    assert (found.untempered, found.untempered_error) == (None, None)


def test_the_interval_is_wilsons():
    # 16 of 20 right: 0.584 to 0.919 (Wilson, 1927, at 95%)
    rows = [(task, who, "x") for task in range(20) for who in "abc"]
    answers = pl.DataFrame(rows, schema=["task", "annotator", "label"], orient="row")
    golden = pl.DataFrame({"task": range(20), "label": ["x"] * 16 + ["y"] * 4})
    found = held_out_reliability(MajorityVote().aggregate(answers, golden=golden), answers, golden=golden)
    (row,) = found.table.to_dicts()
    assert (row["tasks"], row["probability"], row["accuracy"]) == (20, 1.0, 0.8)
    assert row["accuracy_low"] == pytest.approx(0.584, abs=5e-4)
    assert row["accuracy_high"] == pytest.approx(0.919, abs=5e-4)
    assert found.error == pytest.approx(0.2)


def test_golden_labels_do_not_foretell_themselves():
    answers, _, _ = crowd(5, n_tasks=300, n_labels=2)
    noise = np.random.default_rng(1).integers(0, 2, 100)
    golden = pl.DataFrame({"task": range(100), "label": noise})
    result = DawidSkene().aggregate(answers, golden=golden)
    found = held_out_reliability(result, answers, golden=golden)
    right = (found.table["tasks"] * found.table["accuracy"]).sum() / 100
    assert 0.3 < right < 0.7


def test_hidden_golden_labels_foretell_the_calibration_of_other_tasks():
    answers, truth = shared_answers("dog")
    golden, rest = truth.head(400), truth.tail(-400)
    result = Auto().aggregate(answers, golden=golden)
    found = held_out_reliability(result, answers, golden=golden)
    assert found.error < 0.06
    assert found.untempered_error > 0.1
    assert found.error == pytest.approx(error_of(reliability(result, rest)), abs=0.04)
    plain = Auto(calibrate=False).aggregate(answers, golden=golden)
    assert found.untempered_error == pytest.approx(error_of(reliability(plain, rest)), abs=0.06)


def test_a_true_model_foretells_hidden_answers_as_often_as_it_says():
    answers, _, _ = crowd(8, n_tasks=4000, n_annotators=12, overlap=6)
    found = held_out_reliability(DawidSkene().aggregate(answers), answers)
    assert (found.by, found.cases, found.folds) == ("answers", 4000, 1)
    assert found.error < 0.02


def test_foretold_answers_are_those_of_the_formula():
    answers, _, _ = crowd(9, n_tasks=12, n_annotators=4, overlap=3, n_labels=2)
    coded = code_answers(answers)
    fold = hide_answers(coded, draws_by_content(coded, 0))
    shown = [
        (task, int(fold.shown.annotators[i]), int(fold.shown.labels[i]))
        for task in range(12)
        for i in range(fold.shown.offsets[task], fold.shown.offsets[task + 1])
    ]
    share = [
        [sum(t == task and said == label for t, _, said in shown) / 2 for label in (0, 1)]
        for task in range(12)
    ]
    counts = np.zeros((4, 2, 2))
    for task, who, said in shown:
        counts[who, :, said] += share[task]
    crowd_counts = counts.sum(axis=0) + 0.5
    shrunk = counts + 3 * crowd_counts / crowd_counts.sum(axis=1, keepdims=True)
    confusion = shrunk / shrunk.sum(axis=2, keepdims=True)
    highest, right = [], []
    for task, who, said in zip(fold.tasks, fold.annotators, fold.labels, strict=True):
        chances = [sum(share[task][t] * confusion[who, t, label] for t in (0, 1)) for label in (0, 1)]
        highest.append(max(chances))
        right.append(chances[said] == max(chances))
    found = held_out_reliability(MajorityVote().aggregate(answers), answers, bins=1)
    (row,) = found.table.to_dicts()
    assert row["probability"] == pytest.approx(np.mean(highest))
    assert row["accuracy"] == pytest.approx(np.mean(right))


def test_few_golden_tasks_leave_it_to_the_answers():
    answers, truth, _ = crowd(2, n_tasks=80)
    for n, by in ((19, "answers"), (20, "golden")):
        golden = golden_of(truth, n)
        result = GoldMajorityVote().aggregate(answers, golden=golden)
        found = held_out_reliability(result, answers, golden=golden)
        assert found.by == by
        assert found.cases == (61 if by == "answers" else 20)


def test_rows_and_names_of_ids_do_not_matter():
    answers, truth, _ = crowd(4, n_tasks=120)
    golden = golden_of(truth, 30)
    renamed = answers.sample(fraction=1.0, shuffle=True, seed=1).with_columns(
        annotator=pl.format("who {}", 20 - pl.col("annotator"))
    )
    for known in (None, golden):
        first, second = (
            held_out_reliability(DawidSkene().aggregate(table, golden=known), table, golden=known).table
            for table in (answers, renamed)
        )
        np.testing.assert_allclose(first.to_numpy(), second.to_numpy(), atol=1e-9)


def test_known_annotators_and_repeated_answers_are_used_again():
    answers, _, _ = crowd(6, n_tasks=60)
    twice = pl.concat([answers, answers.head(10)])
    known = pl.DataFrame({"annotator": [0], "truth": [0], "label": [1], "count": [500.0]})
    result = DawidSkene().aggregate(twice, annotators=known, on_duplicate="first")
    with pytest.raises(InputError, match="on_duplicate"):
        held_out_reliability(result, twice, annotators=known)
    found = held_out_reliability(result, twice, annotators=known, on_duplicate="first")
    blind = held_out_reliability(result, twice, on_duplicate="first")
    assert found.cases == 60
    assert found.error != blind.error


def test_what_nothing_can_be_hidden_of_is_an_error():
    answers = pl.DataFrame({"task": [1, 2], "annotator": ["a", "b"], "label": ["x", "y"]})
    result = MajorityVote().aggregate(answers)
    with pytest.raises(InputError, match="fewer than 20 golden tasks, and no other task has two answers"):
        held_out_reliability(result, answers)
    with pytest.raises(SettingsError, match="'folds' must be at least 2; it is 1"):
        held_out_reliability(result, answers, folds=1)
    with pytest.raises(SettingsError, match="'bins' must be at least 1; it is 0"):
        held_out_reliability(result, answers, bins=0)


def test_auto_says_what_it_chose_and_how_it_tempered():
    answers, truth, _ = crowd(1, n_tasks=200)
    by_answers = Auto(methods=("dawid_skene",)).aggregate(answers).chosen
    assert isinstance(by_answers.method, DawidSkene)
    assert by_answers.temperature is None
    assert 0 <= by_answers.correlation <= 1
    by_golden = Auto().aggregate(answers, golden=golden_of(truth, 60)).chosen
    assert by_golden.temperature > 0
    assert by_golden.correlation is None
    plain = Auto(calibrate=False, methods=("wawa",)).aggregate(answers).chosen
    assert (plain.temperature, plain.correlation) == (None, None)
    assert DawidSkene().aggregate(answers).chosen is None
