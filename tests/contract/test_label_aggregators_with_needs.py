"""What the label aggregators do that need golden tasks, or can tell only so many labels apart."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from answer_strategies import answer_tables, crowd
from hypothesis import given, settings

from palate.aggregation.labels import LabelAggregator, LabelResult, label_aggregators
from palate.core.errors import InputError

NEEDY = [m for m in label_aggregators if m.needs_golden or m.most_labels is not None]

every_aggregator = pytest.mark.parametrize("method", NEEDY, ids=label_aggregators.name_of)


def _suited(method: type[LabelAggregator], answers: pl.DataFrame) -> pl.DataFrame:
    """Return answers with as many labels as the method takes."""
    return (
        answers if method.most_labels is None else answers.with_columns(pl.col("label") % method.most_labels)
    )


def _golden(answers: pl.DataFrame) -> pl.DataFrame:
    """Return the most frequent label of a third of the tasks, the first of all among them."""
    every = answers.group_by("task").agg(pl.col("label").mode().min()).sort("task")
    return every.gather_every(3)


def _aggregate(method: type[LabelAggregator], answers: pl.DataFrame, **options: object) -> LabelResult:
    golden = _golden(answers) if method.needs_golden else None
    return method(**options).aggregate(answers, golden=golden)


def _posterior(result: LabelResult) -> np.ndarray:
    return result.probabilities.drop("task").to_numpy()


def _same(first: LabelResult, again: LabelResult) -> bool:
    names = ("labels", "probabilities", "annotators")
    return all(getattr(first, name).equals(getattr(again, name)) for name in names)


@every_aggregator
@settings(max_examples=40, deadline=None)
@given(answers=answer_tables())
def test_every_task_is_decided_and_rows_are_probabilities(
    method: type[LabelAggregator], answers: pl.DataFrame
) -> None:
    result = _aggregate(method, _suited(method, answers))
    posterior = _posterior(result)
    assert ((posterior >= 0) & (posterior <= 1)).all()
    np.testing.assert_allclose(posterior.sum(axis=1), 1, atol=1e-12)
    assert result.labels["task"].to_list() == answers["task"].unique().sort().to_list()
    assert result.annotators["skill"].drop_nulls().is_between(0, 1).all()
    assert result.annotators["agreement"].is_between(0, 1).all()


@every_aggregator
@settings(max_examples=30, deadline=None)
@given(answers=answer_tables())
def test_order_of_rows_does_not_show(method: type[LabelAggregator], answers: pl.DataFrame) -> None:
    suited = _suited(method, answers)
    shuffled = suited.sample(fraction=1, shuffle=True, seed=1)
    first, again = (_aggregate(method, rows, ties="random", seed=5) for rows in (suited, shuffled))
    assert _same(first, again)


@every_aggregator
@pytest.mark.parametrize("seed", range(3))
def test_names_do_not_matter(method: type[LabelAggregator], seed: int) -> None:
    answers = _suited(method, crowd(seed)[0])
    golden = _golden(answers)
    renamed = answers.with_columns(
        task=900 - pl.col("task"), annotator=pl.format("p{}", 50 - pl.col("annotator"))
    )
    first = method().aggregate(answers, golden=golden)
    again = method().aggregate(renamed, golden=golden.with_columns(task=900 - pl.col("task")))
    np.testing.assert_allclose(_posterior(first), _posterior(again)[::-1], atol=1e-3)
    swapped = answers.with_columns(label=-pl.col("label"))
    other = method().aggregate(swapped, golden=golden.with_columns(label=-pl.col("label")))
    np.testing.assert_allclose(_posterior(first), _posterior(other)[:, ::-1], atol=1e-6)


@every_aggregator
@pytest.mark.parametrize("kind", [pl.DataFrame, pd.DataFrame, pa.table])
def test_the_same_kind_of_dataframe_comes_out(method: type[LabelAggregator], kind) -> None:
    answers = _suited(method, crowd(2)[0])
    golden = _golden(answers)
    found = method().aggregate(
        kind(answers.to_dict(as_series=False)), golden=kind(golden.to_dict(as_series=False))
    )
    expected = method().aggregate(answers, golden=golden)
    for name in ("labels", "probabilities", "annotators"):
        table, wanted = getattr(found, name), getattr(expected, name)
        assert type(table) is type(kind({"a": [1]}))
        assert [list(map(str, table[c].to_numpy())) for c in wanted.columns] == [
            list(map(str, wanted[c].to_numpy())) for c in wanted.columns
        ]


@every_aggregator
def test_a_unanimous_crowd_is_right(method: type[LabelAggregator]) -> None:
    answers, truth, _ = crowd(3)
    agreed = _suited(method, answers.with_columns(label=pl.Series(truth).gather(answers["task"])))
    result = _aggregate(method, agreed)
    assert (
        result.labels["label"].to_list() == _suited(method, pl.DataFrame({"label": truth}))["label"].to_list()
    )
    assert (result.annotators["agreement"] == 1).all()
    assert result.tie_share == 0


@every_aggregator
def test_a_good_crowd_is_mostly_right(method: type[LabelAggregator]) -> None:
    answers, truth, _ = crowd(4, n_tasks=500, n_labels=method.most_labels or 3)
    golden = pl.DataFrame({"task": range(0, 500, 10), "label": truth[::10]})
    result = method().aggregate(answers, golden=golden)
    assert np.mean(result.labels["label"].to_numpy() == truth) > 0.85
    assert result.labels["label"][::10].to_list() == truth[::10].tolist()
    assert result.labels["probability"][::10].to_list() == [1.0] * 50


@every_aggregator
def test_what_is_needed_is_asked_for(method: type[LabelAggregator]) -> None:
    answers, *_ = crowd(0, n_labels=5)
    with pytest.raises(InputError, match="(?i)choose .*(majority_vote|one_coin_dawid_skene)"):
        method().aggregate(answers)


@every_aggregator
def test_progress_never_exceeds_its_total(method: type[LabelAggregator]) -> None:
    told = []
    answers = _suited(method, crowd(0)[0])
    method().aggregate(
        answers, golden=_golden(answers), progress=lambda done, total: told.append((done, total))
    )
    assert told
    assert all(0 <= done <= total for done, total in told)
