from __future__ import annotations

from collections import defaultdict

import pandas as pd
import polars as pl
import pytest
from answer_strategies import answer_tables, crowd
from hypothesis import given, settings

from palate.aggregation.labels import DawidSkene, MajorityVote, annotator_counts
from palate.core.errors import InputError


@settings(max_examples=40)
@given(answer_tables())
def test_counts_are_sums_of_probabilities_over_the_answers_given(answers):
    result = MajorityVote().aggregate(answers)
    posterior = {row["task"]: row for row in result.probabilities.to_dicts()}
    expected = defaultdict(float)
    for task, annotator, label in answers.iter_rows():
        for truth, probability in posterior[task].items():
            if truth != "task" and probability > 0:
                expected[annotator, int(truth), label] += probability
    found = annotator_counts(result, answers)
    assert {row[:3]: pytest.approx(row[3]) for row in found.iter_rows()} == expected


def test_counts_of_golden_tasks_are_whole():
    answers = pl.DataFrame({"task": [1, 1, 2, 2], "annotator": list("abab"), "label": list("xyxx")})
    golden = pl.DataFrame({"task": [1, 2], "label": ["x", "z"]})
    result = DawidSkene().aggregate(answers, golden=golden)
    found = annotator_counts(result, answers, golden=golden)
    assert found.rows() == [("a", "x", "x", 1), ("a", "z", "x", 1), ("b", "x", "y", 1), ("b", "z", "x", 1)]


def test_what_was_known_is_added_and_nobody_forgotten():
    answers = pl.DataFrame({"task": [1, 1], "annotator": ["a", "b"], "label": ["x", "y"]})
    golden = pl.DataFrame({"task": [1], "label": ["x"]})
    known = pl.DataFrame(
        {"annotator": ["a", "away"], "truth": ["x", "y"], "label": ["x", "y"], "count": [4.0, 7.0]}
    )
    result = DawidSkene().aggregate(answers, golden=golden, annotators=known)
    found = annotator_counts(result, answers, golden=golden, annotators=known)
    assert found.rows() == [("a", "x", "x", 5), ("away", "y", "y", 7), ("b", "x", "y", 1)]


def test_golden_answers_of_one_run_are_as_good_in_the_next():
    # the same tasks as golden ones within a run, or counted in a run before: the same counts enter the same sums
    answers, truth, _ = crowd(7, n_tasks=80)
    golden = pl.DataFrame({"task": range(50), "label": truth[:50]})
    before, after = answers.filter(pl.col("task") < 50), answers.filter(pl.col("task") >= 50)
    learned = annotator_counts(DawidSkene().aggregate(before, golden=golden), before, golden=golden)
    apart = DawidSkene().aggregate(after, annotators=learned).labels
    blind = DawidSkene().aggregate(after).labels
    right = [(found["label"] == pl.Series(truth[50:])).mean() for found in (apart, blind)]
    assert right[0] >= right[1]
    assert not apart["probability"].equals(blind["probability"])


def test_dataframes_come_out_as_they_went_in():
    answers = pd.DataFrame({"task": [1, 1], "worker": ["a", "b"], "label": ["x", "x"]})
    found = annotator_counts(MajorityVote().aggregate(answers), answers)
    assert isinstance(found, pd.DataFrame)
    assert found.columns.tolist() == ["annotator", "truth", "label", "count"]


def test_judgments_of_other_answers_are_refused():
    answers = pl.DataFrame({"task": [1, 1], "annotator": ["a", "b"], "label": ["x", "y"]})
    result = MajorityVote().aggregate(answers)
    with pytest.raises(InputError, match="not made of these answers"):
        annotator_counts(result, answers.head(1))
    with pytest.raises(InputError, match="not made of these answers"):
        annotator_counts(result, pl.concat([answers, answers.with_columns(task=pl.lit(2, pl.Int64))]))
