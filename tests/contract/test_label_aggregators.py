"""What every label aggregator does, today's and tomorrow's."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from answer_strategies import answer_tables, crowd
from hypothesis import given, settings

from palate.aggregation.labels import LabelAggregator, LabelResult, label_aggregators
from palate.core.errors import InputError

# Those that need golden tasks or take few labels have the same contract in test_label_aggregators_with_needs.py.
every_aggregator = pytest.mark.parametrize(
    "name",
    [label_aggregators.name_of(m) for m in label_aggregators if not m.needs_golden and m.most_labels is None],
)


def _aggregator(name: str, **options: object) -> LabelAggregator:
    return label_aggregators.create(name, options)


def _posterior(result: LabelResult) -> np.ndarray:
    return result.probabilities.drop("task").to_numpy()


def _tables(result: LabelResult) -> list[pl.DataFrame]:
    tables = [result.labels, result.probabilities, result.annotators]
    return tables if result.confusion is None else [*tables, result.confusion]


@every_aggregator
@settings(max_examples=40, deadline=None)
@given(answers=answer_tables())
def test_rows_are_probabilities(name: str, answers: pl.DataFrame) -> None:
    result = _aggregator(name).aggregate(answers)
    posterior = _posterior(result)
    assert ((posterior >= 0) & (posterior <= 1)).all()
    np.testing.assert_allclose(posterior.sum(axis=1), 1, atol=1e-12)
    assert 0 <= result.tie_share <= 1
    assert result.annotators["skill"].drop_nulls().is_between(0, 1).all()
    assert result.annotators["agreement"].is_between(0, 1).all()
    if result.confusion is not None:
        rows = result.confusion.group_by("annotator", "truth").agg(pl.col("probability").sum())
        np.testing.assert_allclose(rows["probability"], 1, atol=1e-12)


@every_aggregator
@settings(max_examples=40, deadline=None)
@given(answers=answer_tables())
def test_everything_answered_is_decided_once(name: str, answers: pl.DataFrame) -> None:
    result = _aggregator(name).aggregate(answers)
    assert result.labels.columns == ["task", "label", "probability"]
    assert result.labels["task"].to_list() == answers["task"].unique().sort().to_list()
    assert result.probabilities["task"].equals(result.labels["task"])
    assert set(result.labels["label"]) <= set(answers["label"])
    np.testing.assert_array_equal(result.labels["probability"], _posterior(result).max(axis=1))
    assert dict(result.annotators.select("annotator", "answers").iter_rows()) == dict(
        answers["annotator"].value_counts().iter_rows()
    )


@every_aggregator
@pytest.mark.parametrize("ties", ["lowest", "random", "abstain"])
@settings(max_examples=25, deadline=None)
@given(answers=answer_tables())
def test_order_of_rows_does_not_show(name: str, ties: str, answers: pl.DataFrame) -> None:
    method = _aggregator(name, ties=ties, seed=5)
    first, again = (
        method.aggregate(answers),
        method.aggregate(answers.sample(fraction=1, shuffle=True, seed=1)),
    )
    assert all(a.equals(b) for a, b in zip(_tables(first), _tables(again), strict=True))
    assert first.log_likelihood == again.log_likelihood
    assert first.tie_share == again.tie_share


@every_aggregator
@pytest.mark.parametrize("seed", range(3))
def test_names_of_tasks_and_annotators_do_not_matter(name: str, seed: int) -> None:
    answers, *_ = crowd(seed)
    renamed = answers.with_columns(
        task=pl.format("task {}", 900 - pl.col("task")),
        annotator=pl.format("p{}", 50 - pl.col("annotator")),
    )
    first, again = _aggregator(name).aggregate(answers), _aggregator(name).aggregate(renamed)
    np.testing.assert_allclose(_posterior(first), _posterior(again)[::-1], atol=1e-6)


@every_aggregator
@pytest.mark.parametrize("seed", range(3))
def test_counting_grades_from_the_other_end_turns_the_posterior(name: str, seed: int) -> None:
    answers, *_ = crowd(seed)
    turned = answers.with_columns(label=2 - pl.col("label"))
    first, again = _aggregator(name).aggregate(answers), _aggregator(name).aggregate(turned)
    np.testing.assert_allclose(_posterior(first), _posterior(again)[:, ::-1], atol=1e-6)


@every_aggregator
def test_the_same_seed_gives_the_same_bits(name: str) -> None:
    answers, *_ = crowd(1)
    method = _aggregator(name, ties="random", seed=3)
    first, again = method.aggregate(answers), method.aggregate(answers)
    assert all(a.equals(b) for a, b in zip(_tables(first), _tables(again), strict=True))


@every_aggregator
@pytest.mark.parametrize("kind", [pl.DataFrame, pd.DataFrame, pa.table])
def test_the_same_kind_of_dataframe_comes_out_with_the_same_values(name: str, kind) -> None:
    answers, *_ = crowd(2)
    named = answers.with_columns(pl.format("person {}", "annotator").alias("annotator"))
    found = _aggregator(name).aggregate(kind(named.to_dict(as_series=False)))
    expected = _tables(_aggregator(name).aggregate(named))
    for table, wanted in zip(_tables(found), expected, strict=True):
        assert isinstance(table, kind if kind is not pa.table else pa.Table)
        assert pl.DataFrame(
            {c: list(table[c]) for c in wanted.columns} if kind is pd.DataFrame else table
        ).equals(wanted)


@every_aggregator
def test_a_unanimous_crowd_is_right(name: str) -> None:
    answers, truth, _ = crowd(3)
    agreed = answers.with_columns(label=pl.Series(truth).gather(answers["task"]))
    result = _aggregator(name).aggregate(agreed)
    assert result.labels["label"].to_list() == truth.tolist()
    assert (result.annotators["agreement"] == 1).all()
    assert result.tie_share == 0


@every_aggregator
def test_a_good_crowd_is_mostly_right(name: str) -> None:
    answers, truth, _ = crowd(4, n_tasks=500)
    found = _aggregator(name).aggregate(answers).labels["label"]
    assert np.mean(found.to_numpy() == truth) > 0.85


@every_aggregator
def test_golden_tasks_have_their_known_label(name: str) -> None:
    answers, truth, _ = crowd(5)
    golden = pl.DataFrame({"task": range(0, 60, 2), "label": truth[::2]})
    result = _aggregator(name).aggregate(answers, golden=golden)
    assert result.labels["label"][::2].to_list() == truth[::2].tolist()
    assert result.labels["probability"][::2].to_list() == [1.0] * 30
    assert result.annotators["golden_answers"].sum() == 5 * 30


@every_aggregator
@pytest.mark.parametrize(
    "answers",
    [
        {"task": [1], "annotator": ["a"], "label": ["x"]},
        {"task": [1, 2, 3], "annotator": ["a", "a", "a"], "label": ["x", "y", "x"]},
        {"task": [1, 1, 2], "annotator": ["a", "b", "a"], "label": [0, 0, 0]},
    ],
    ids=["one answer", "one annotator", "one label"],
)
def test_the_least_there_can_be_is_enough(name: str, answers: dict) -> None:
    result = _aggregator(name).aggregate(pl.DataFrame(answers))
    expected = dict(zip(answers["task"], answers["label"], strict=True))
    assert dict(result.labels.select("task", "label").iter_rows()) == expected
    assert np.isfinite(_posterior(result)).all()


@every_aggregator
@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ({"task": [], "annotator": [], "label": []}, "answers: The table is empty"),
        ({"task": [1], "annotator": ["a"]}, "answers: Answers need the column 'label'"),
        ({"task": [1, 2], "annotator": ["a", "b"], "label": ["x", None]}, "row 2, column 'label': .*missing"),
        (
            {"task": [1, 2], "annotator": ["a", "b"], "label": [1.0, float("nan")]},
            "row 2, column 'label': .*missing",
        ),
        (
            {"task": [1, 2, 1], "annotator": ["a", "b", "a"], "label": list("xyx")},
            "row 1: .*row 3: task 1, annotator a",
        ),
    ],
    ids=["empty", "no label", "null", "NaN", "twice"],
)
def test_unusable_answers_are_refused_and_the_row_named(name: str, answers: dict, says: str) -> None:
    for table in (pl.DataFrame(answers), pd.DataFrame(answers)):
        with pytest.raises(InputError, match=says):
            _aggregator(name).aggregate(table)


@every_aggregator
def test_labels_of_two_types_are_refused(name: str) -> None:
    table = pd.DataFrame({"task": [1, 2], "annotator": ["a", "b"], "label": [1, "1"]}, dtype=object)
    with pytest.raises(InputError, match="row 2, column 'label'.*mixes"):
        _aggregator(name).aggregate(table)


@every_aggregator
def test_tables_that_go_in_stay_as_they_are(name: str) -> None:
    answers = crowd(6)[0].to_pandas()
    golden = pd.DataFrame({"task": [0, 1], "label": [0, 1]})
    before, golden_before = answers.copy(deep=True), golden.copy(deep=True)
    _aggregator(name).aggregate(answers, golden=golden)
    pd.testing.assert_frame_equal(answers, before)
    pd.testing.assert_frame_equal(golden, golden_before)


@every_aggregator
def test_the_result_carries_its_settings(name: str) -> None:
    method = _aggregator(name, ties="abstain", seed=9)
    result = method.aggregate(crowd(0)[0])
    assert result.settings == method
    assert label_aggregators.name_of(method) == name
    with pytest.raises(dataclasses.FrozenInstanceError):
        result.tie_share = 0.0


@every_aggregator
def test_progress_never_exceeds_its_total(name: str) -> None:
    told = []
    _aggregator(name).aggregate(crowd(0)[0], progress=lambda done, total: told.append((done, total)))
    assert told
    assert all(0 <= done <= total for done, total in told)
