from __future__ import annotations

from itertools import permutations

import numpy as np
import polars as pl
import pytest
from answer_strategies import answer_tables
from hypothesis import assume, given, settings

from palate.agreement import FleissKappa

# Fleiss, Measuring Nominal Scale Agreement among Many Raters, 1971, table 1: 30 patients, 6 psychiatrists; how many said
# depression, personality disorder, schizophrenia, neurosis, other.
PATIENTS = """
00060 03003 01401 00006 03030 20400 00402 20310 20040 00006 10050 11040 03300 10050 02031
00501 30012 51000 02040 10203 00006 01050 02013 20040 10041 05010 40002 02040 10500 00006
"""
# Ten tasks, fourteen annotators, five labels: an example in many textbooks, kappa 0.210.
TEXTBOOK = [
    (0, 0, 0, 0, 14),
    (0, 2, 6, 4, 2),
    (0, 0, 3, 5, 6),
    (0, 3, 9, 2, 0),
    (2, 2, 8, 1, 1),
    (7, 7, 0, 0, 0),
    (3, 2, 6, 3, 0),
    (2, 5, 3, 2, 2),
    (6, 5, 2, 1, 0),
    (0, 2, 2, 3, 7),
]


def _answers(counts: list[tuple[int, ...]]) -> pl.DataFrame:
    rows = [
        (task, annotator, label)
        for task, row in enumerate(counts)
        for annotator, label in enumerate(np.repeat(np.arange(len(row)), row).tolist())
    ]
    return pl.DataFrame(rows, schema=["task", "annotator", "label"], orient="row")


def test_the_psychiatrists_of_1971() -> None:
    counts = [tuple(map(int, row)) for row in PATIENTS.split()]
    assert {sum(row) for row in counts} == {6}
    assert np.sum(counts, axis=0).tolist() == [26, 26, 30, 55, 43]
    assert FleissKappa().measure(_answers(counts)).value == pytest.approx(0.430, abs=0.0005)


def test_the_textbook_example() -> None:
    found = FleissKappa().measure(_answers(TEXTBOOK))
    assert found.value == pytest.approx(0.210, abs=0.0005)
    assert found.low < 0.210 < found.high
    assert (found.n_tasks, found.n_answers) == (10, 140)


@settings(max_examples=40, deadline=None)
@given(answers=answer_tables())
def test_every_task_counts_the_same_in_both_parts(answers: pl.DataFrame) -> None:
    assume(answers["task"].is_duplicated().any())
    tasks = [group["label"].to_list() for _, group in answers.group_by("task") if len(group) > 1]
    observed = np.mean([np.mean([a == b for a, b in permutations(labels, 2)]) for labels in tasks])
    used = {label for labels in tasks for label in labels}
    chance = sum(np.mean([labels.count(label) / len(labels) for labels in tasks]) ** 2 for label in used)
    expected = np.nan if len(used) == 1 else (observed - chance) / (1 - chance)
    found = FleissKappa(resamples=39).measure(answers)
    assert found.value == pytest.approx(expected, nan_ok=True, abs=1e-9)


def test_one_label_only_has_no_value() -> None:
    found = FleissKappa().measure(_answers([(3,), (2,)]))
    assert np.isnan([found.value, found.low, found.high]).all()
