"""What every aggregator of sets of labels keeps, today's and tomorrow's."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from set_strategies import plain_masi, set_tables, tagging_crowd

from palate.aggregation.multilabel import _tables, multilabel_aggregators
from palate.core.errors import InputError, SettingsError

METHODS = [kind() for kind in multilabel_aggregators]
every_method = pytest.mark.parametrize("method", METHODS, ids=multilabel_aggregators.name_of)
SETS = [["x"], ["y", "x"], [], ["z", "x"], ["z"]]
ANSWERS = pl.DataFrame({"task": [1, 1, 2, 2, 3], "annotator": ["a", "b", "a", "b", "a"], "labels": SETS})


@every_method
@settings(max_examples=25, deadline=None)
@given(answers=set_tables())
def test_every_task_has_a_sorted_set_of_labels_that_were_given(method, answers):
    found = method.aggregate(answers)
    assert found.labels.columns == ["task", "labels"]
    assert found.labels["task"].to_list() == sorted(set(answers["task"]))
    given_labels = {x for row in answers["labels"] for x in row}
    for labels in found.labels["labels"].to_list():
        assert labels == sorted(set(labels))
        assert set(labels) <= given_labels
    assert 0 <= found.tie_share <= 1
    assert found.settings is method
    assert found.iterations >= 1
    assert all(later >= earlier - 1e-9 for earlier, later in pairwise(found.log_likelihood))


@every_method
@settings(max_examples=25, deadline=None)
@given(answers=set_tables())
def test_every_label_has_a_probability(method, answers):
    found = method.aggregate(answers).probabilities
    given_labels = {x for row in answers["labels"] for x in row}
    assert found.columns == ["task", *sorted(given_labels)]
    values = found.drop("task").to_numpy()
    assert ((values >= 0) & (values <= 1)).all()


@every_method
@settings(max_examples=25, deadline=None)
@given(answers=set_tables())
def test_every_annotator_is_described(method, answers):
    found = method.aggregate(answers)
    sets = {task: set(labels) for task, labels in found.labels.rows()}
    assert found.annotators.columns == ["annotator", "answers", "skill", "agreement"]
    for name, n_answers, skill, agreement in found.annotators.rows():
        own = answers.filter(annotator=name).rows()
        assert n_answers == len(own)
        assert 0 <= skill <= 1
        assert agreement == pytest.approx(np.mean([plain_masi(set(x), sets[t]) for t, _, x in own]))


@every_method
@settings(max_examples=25, deadline=None)
@given(answers=set_tables(), seed=st.integers(0, 99))
def test_the_order_of_rows_and_of_labels_in_a_row_does_not_matter(method, answers, seed):
    first = method.aggregate(answers)
    turned = answers.with_columns(pl.col("labels").list.reverse())
    again = method.aggregate(turned.sample(fraction=1, shuffle=True, seed=seed))
    assert again.labels.equals(first.labels)
    assert again.probabilities.equals(first.probabilities)
    assert again.annotators.equals(first.annotators)


@every_method
def test_all_the_same_sets_are_kept(method):
    for labels in (["x", "y"], []):
        answers = pl.DataFrame(
            {"task": [1, 1, 2, 2], "annotator": ["a", "b"] * 2, "labels": [labels] * 4},
            schema_overrides={"labels": pl.List(pl.String)},
        )
        found = method.aggregate(answers)
        assert found.labels["labels"].to_list() == [labels, labels]
        assert found.annotators["agreement"].to_list() == [1.0, 1.0]


@every_method
@pytest.mark.parametrize(
    "labels",
    [
        ["x", "y, x", "", " z,x ", "z"],
        pl.Series(["x", "y, x", "", "x,z", "z"], dtype=pl.Categorical),
        pl.Series(SETS, dtype=pl.List(pl.Categorical)),
        pl.Series([set(labels) for labels in SETS], dtype=pl.Object),
        pl.Series([np.array(labels) for labels in SETS], dtype=pl.Object),
        pl.Series([tuple(map(np.str_, labels)) for labels in SETS], dtype=pl.Object),
        [["x", "x"], ["y", "x", "y"], [], ["z", "x"], ["z"]],
    ],
    ids=["text", "categories", "lists of categories", "python sets", "arrays", "tuples", "repeated labels"],
)
def test_sets_may_be_written_in_many_ways(method, labels):
    found = method.aggregate(
        ANSWERS.with_columns(labels=labels if isinstance(labels, pl.Series) else pl.Series(labels))
    )
    expected = method.aggregate(ANSWERS)
    assert found.labels.equals(expected.labels)
    assert found.probabilities.equals(expected.probabilities)


@every_method
def test_a_file_with_its_own_separator_and_word_for_nothing_is_read(method, tmp_path):
    path = tmp_path / "answers.csv"
    text = pl.Series(["x", "y | x", "none", "z|x", "z"])
    ANSWERS.with_columns(labels=text).rename({"annotator": "worker", "labels": "tags"}).write_csv(path)
    found = type(method)(separator="|", empty="none").aggregate(path).labels
    assert found["task"].to_list() == ["1", "2", "3"]
    assert found["labels"].to_list() == method.aggregate(ANSWERS).labels["labels"].to_list()


@every_method
@pytest.mark.parametrize("kind", [pl.DataFrame, pd.DataFrame, pa.table])
def test_the_same_kind_of_dataframe_comes_out_and_ids_survive(method, kind):
    frame = kind(
        {"task": ["007", "7", "7"], "annotator": [2**62, 5, 2**62], "labels": [[3], [1, 30], [30, 1]]}
    )
    found = method.aggregate(frame)
    for table in (found.labels, found.probabilities, found.annotators):
        assert type(table) is type(frame)
    rows = [list(row) for row in pl.DataFrame(found.labels)["labels"].to_list()]
    assert rows == [[3], [1, 30]]
    assert pl.DataFrame(found.labels)["task"].to_list() == ["007", "7"]
    assert pl.DataFrame(found.annotators)["annotator"].to_list() == [5, 2**62]


@every_method
def test_golden_tasks_have_their_known_set(method):
    golden = pl.DataFrame({"task": [3, 1], "labels": [[], ["new", "y"]]})
    found = method.aggregate(ANSWERS, golden=golden)
    sets = dict(found.labels.rows())
    assert sets[1] == ["new", "y"]
    assert sets[3] == []
    assert found.probabilities.columns == ["task", "new", "x", "y", "z"]
    assert found.probabilities.filter(task=1).row(0) == (1, 1.0, 0.0, 1.0, 0.0)
    assert found.annotators.select("annotator", "golden_answers", "golden_similarity").rows() == [
        ("a", 2, 0.0),
        ("b", 1, pytest.approx(1 / 3 * 1 / 3)),
    ]
    assert method.aggregate(ANSWERS, golden=golden.head(1)).labels.filter(task=3)["labels"].to_list() == [[]]


@every_method
def test_golden_sets_may_be_all_there_is(method):
    nothing = ANSWERS.with_columns(labels=pl.Series([""] * 5))
    found = method.aggregate(nothing, golden=pl.DataFrame({"task": [1], "labels": [[4]]}))
    assert found.labels["labels"].to_list()[0] == [4]
    assert found.probabilities.columns == ["task", "4"]
    assert found.labels["labels"].dtype == pl.List(pl.Int64)


@every_method
def test_empty_golden_sets_have_the_type_of_any_labels(method):
    numbers = pl.DataFrame({"task": [1, 2], "annotator": ["a", "a"], "labels": [[3], [4]]})
    found = method.aggregate(numbers, golden=pl.DataFrame({"task": [1], "labels": [""]}))
    assert found.labels["labels"].to_list()[0] == []
    assert found.labels["labels"].dtype == pl.List(pl.Int64)


@every_method
def test_good_annotators_are_told_from_bad_ones(method):
    answers, truth = tagging_crowd(1)
    found = method.aggregate(answers)
    skill = found.annotators["skill"].to_numpy()
    assert skill[:4].min() > skill[4:].max()
    right = np.mean([set(labels) == true for labels, true in zip(found.labels["labels"], truth, strict=True)])
    assert right > 0.75


@every_method
def test_progress_is_told_and_answers_stay_as_they_were(method):
    before, told = ANSWERS.clone(), []
    method.aggregate(ANSWERS, progress=lambda done, total: told.append((done, total)))
    assert ANSWERS.equals(before)
    assert [done for done, _ in told] == list(range(1, len(told) + 1))
    assert told[-1][0] <= told[-1][1]


@every_method
@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ({"labels": [["x"], None]}, "answers, row 2, column 'labels': The value is missing"),
        ({"labels": [["x"], ["y", None]]}, "row 2, column 'labels': A label of the set is missing"),
        ({"labels": ["x", "y,,x"]}, "row 2, column 'labels': A label of the set is missing"),
        (
            {"labels": [[1.5], []]},
            "row 1, column 'labels': A label must be text or a whole number; 1.5 is float",
        ),
        ({"labels": [[["x"]], []]}, "row 1, .*A label must be text or a whole number"),
        ({"labels": pl.Series([["x"], [1]], dtype=pl.Object)}, "row 2, .*mix text and whole numbers; 1 is"),
        ({"labels": pl.Series([[2**70], []], dtype=pl.Object)}, "row 1, .*must fit in 64 bits"),
        ({"labels": pl.Series([{"x": 1}, []], dtype=pl.Object)}, "row 1, .*is dict"),
        ({"labels": [3, 4]}, "column 'labels': Expected sets of labels: lists, or text with ','.* Int64"),
        ({"labels": [["task"], []]}, "A label is called 'task'"),
        ({"task": [1, 1]}, "row 1: .*row 1: task 1, annotator a; row 2: task 1, annotator a"),
    ],
)
def test_answers_that_cannot_be_used_are_refused_and_named(method, rows, says):
    base = {"task": [1, 2], "annotator": ["a", "a"], "labels": [["x"], ["y"]]}
    with pytest.raises(InputError, match=says):
        method.aggregate(pl.DataFrame(base | rows))


@every_method
@pytest.mark.parametrize(
    ("golden", "says"),
    [
        ({"task": [1, 9], "labels": [["x"], []]}, "golden, row 2, column 'task': Nobody answered .* it is 9"),
        (
            {"task": [1], "labels": [[3]]},
            "labels of golden tasks are whole numbers, those of the answers text",
        ),
        ({"task": ["1"], "labels": [["x"]]}, "tasks of golden tasks are text, .* whole numbers"),
        ({"task": [1], "sets": [["x"]]}, "need the column 'labels'"),
    ],
)
def test_golden_tasks_that_cannot_be_used_are_refused(method, golden, says):
    with pytest.raises(InputError, match=says):
        method.aggregate(ANSWERS, golden=pl.DataFrame(golden))


@every_method
def test_free_text_in_place_of_labels_is_refused(method, monkeypatch):
    monkeypatch.setattr(_tables, "_MOST_PROBABILITIES", 8)
    with pytest.raises(InputError, match="3 different labels on 3 tasks.*free text"):
        method.aggregate(ANSWERS)


@pytest.mark.parametrize("kind", list(multilabel_aggregators), ids=lambda kind: kind.__name__)
def test_a_separator_of_no_letters_is_refused(kind):
    with pytest.raises(SettingsError, match="'separator' must be"):
        kind(separator="")
