"""What every aggregator of texts does, today's and tomorrow's."""

from __future__ import annotations

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from text_strategies import text_tables, typing_crowd

from palate.aggregation.texts import text_aggregators
from palate.core.errors import InputError

every_aggregator = pytest.mark.parametrize("name", text_aggregators.names())

THREE = pl.DataFrame(
    {
        "task": ["t", "t", "t", "u"],
        "annotator": [1, 2, 3, 1],
        "text": ["black cat", "black cat", "a bat", "alone"],
    }
)


def test_there_are_several() -> None:
    assert len(text_aggregators.names()) >= 4


@every_aggregator
@settings(max_examples=25, deadline=None)
@given(texts=text_tables())
def test_every_task_gets_a_text_of_its_words(name: str, texts: pl.DataFrame) -> None:
    found = text_aggregators.create(name).aggregate(texts)
    assert found.texts["task"].to_list() == sorted(set(texts["task"]))
    for task, text in found.texts.iter_rows():
        words = " ".join(texts.filter(task=task)["text"]).split()
        assert set(text.split()) <= set(words)
    for row in found.annotators.to_dicts():
        own = texts.filter(annotator=row["annotator"]).join(found.texts, on="task", suffix="_found")
        assert row["answers"] == len(own)
        assert row["agreement"] == pytest.approx((own["text"] == own["text_found"]).mean())
        assert row["weight"] is None or row["weight"] > 0


@every_aggregator
@settings(max_examples=25, deadline=None)
@given(texts=text_tables())
def test_neither_order_of_rows_nor_names_matter(name: str, texts: pl.DataFrame) -> None:
    aggregator = text_aggregators.create(name)
    renamed = texts.reverse().with_columns(
        task=pl.format("task {}", "task"), annotator=pl.format("x{}", "annotator")
    )
    found, other = aggregator.aggregate(texts), aggregator.aggregate(renamed)
    assert found.texts["text"].to_list() == other.texts["text"].to_list()
    assert found.annotators["weight"].to_list() == other.annotators["weight"].to_list()


@every_aggregator
def test_what_most_wrote_is_the_result_and_one_alone_too(name: str) -> None:
    found = text_aggregators.create(name).aggregate(THREE)
    assert found.texts.rows() == [("t", "black cat"), ("u", "alone")]
    assert found.annotators["agreement"].to_list() == [1.0, 1.0, 0.0]
    assert found.converged


@every_aggregator
def test_what_all_wrote_is_the_result(name: str) -> None:
    texts = THREE.with_columns(text=pl.lit("same words"))
    found = text_aggregators.create(name).aggregate(texts)
    assert found.texts["text"].to_list() == ["same words"] * 2
    assert found.annotators["weight"].to_list() == [1.0] * 3


@every_aggregator
def test_empty_texts_are_texts(name: str) -> None:
    texts = THREE.with_columns(text=pl.lit(""))
    assert text_aggregators.create(name).aggregate(texts).texts["text"].to_list() == ["", ""]


@every_aggregator
def test_results_are_nearer_the_truth_than_texts_are(name: str) -> None:
    texts, truth = typing_crowd(0, [0.05, 0.1, 0.3, 0.4, 0.5])
    found = dict(text_aggregators.create(name).aggregate(texts).texts.iter_rows())
    right = sum(found[task] == text for task, text in truth.items()) / len(truth)
    each = sum(text == truth[task] for task, _, text in texts.iter_rows()) / len(texts)
    assert right > each + 0.2


@every_aggregator
@pytest.mark.parametrize("kind", [pl.DataFrame, pd.DataFrame, pa.table])
def test_the_same_kind_of_dataframe_comes_out(name: str, kind) -> None:
    frame = kind(THREE.rename({"annotator": "worker"}).to_dict(as_series=False))
    found = text_aggregators.create(name).aggregate(frame)
    for table in (found.texts, found.annotators):
        assert type(table) is type(frame)


@every_aggregator
@pytest.mark.parametrize(
    ("texts", "says"),
    [
        (pl.concat([THREE, THREE[1:2]]), "texts, row 2: .*row 2: task t, annotator 2; row 5: task t"),
        (THREE.with_columns(text=pl.Series(["a", None, "b", "c"])), "texts, row 2, column 'text'.*missing"),
        (THREE.drop("text"), "need the column 'text'"),
        (THREE.head(0), "The table is empty"),
    ],
)
def test_tables_that_say_too_little_or_too_much_are_refused(
    name: str, texts: pl.DataFrame, says: str
) -> None:
    with pytest.raises(InputError, match=says):
        text_aggregators.create(name).aggregate(texts)


@every_aggregator
def test_progress_ends_at_most_at_the_total(name: str) -> None:
    calls: list[tuple[int, int]] = []
    for texts in (THREE, THREE.with_columns(text=pl.lit("same"))):
        calls.clear()
        text_aggregators.create(name).aggregate(
            texts, progress=lambda done, total: calls.append((done, total))
        )
        assert calls == sorted(calls)
        assert 1 <= calls[-1][0] <= calls[-1][1]
