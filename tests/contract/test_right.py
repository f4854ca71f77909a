"""What makes aggregation right, whatever the method: what is maximized rises, and what must not show does not."""

from __future__ import annotations

from dataclasses import fields
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from answer_strategies import answer_tables, comparison_tables, crowd
from compared import circled
from hypothesis import assume, given, settings
from mask_strategies import mask_sets
from ranked_strategies import ranked_tables
from set_strategies import set_tables
from text_strategies import text_tables

from palate.aggregation.labels import (
    DawidSkene,
    LabelAggregator,
    LabelResult,
    _confusion_passes,
    _glad_passes,
    _mace_passes,
    _one_coin_passes,
    _subtype_passes,
    _task_confusions,
    label_aggregators,
)
from palate.aggregation.masks import mask_aggregators
from palate.aggregation.multilabel import multilabel_aggregators
from palate.aggregation.pairs import pair_aggregators
from palate.aggregation.rankings import ranking_aggregators
from palate.aggregation.texts import text_aggregators

THREADED = [m for m in label_aggregators if "threads" in {field.name for field in fields(m)}]
ORDINAL = {"ordinal_dawid_skene", "auto"}

every_label_aggregator = pytest.mark.parametrize(
    "kind", list(label_aggregators), ids=label_aggregators.name_of
)
every_threaded = pytest.mark.parametrize("kind", THREADED, ids=label_aggregators.name_of)


def _rises(values: tuple[float, ...]) -> None:
    assert np.isfinite(values).all()
    for earlier, later in pairwise(values):
        assert later >= earlier - 1e-7 * max(1.0, abs(earlier))


def _labels(kind: type[LabelAggregator], answers: pl.DataFrame, **options: object) -> LabelResult:
    golden = answers.group_by("task").agg(pl.col("label").mode().min()).sort("task").gather_every(3)
    if "restarts" in {field.name for field in fields(kind)}:
        options = {"restarts": 2} | options
    return kind(**options).aggregate(answers, golden=golden if kind.needs_golden else None)


@every_label_aggregator
@settings(max_examples=8, deadline=None)
@given(answers=answer_tables())
def test_what_a_label_aggregator_maximizes_never_falls(
    kind: type[LabelAggregator], answers: pl.DataFrame
) -> None:
    if kind.most_labels is not None:
        answers = answers.with_columns(pl.col("label") % kind.most_labels)
    _rises(_labels(kind, answers).log_likelihood)


@pytest.mark.parametrize("name", pair_aggregators.names())
@settings(max_examples=8, deadline=None)
@given(comparisons=comparison_tables())
def test_what_a_pair_aggregator_maximizes_never_falls(name: str, comparisons: pl.DataFrame) -> None:
    _rises(pair_aggregators.create(name).aggregate(comparisons).log_likelihood)


@pytest.mark.parametrize("name", pair_aggregators.names())
def test_what_a_pair_aggregator_maximizes_never_falls_on_many(name: str) -> None:
    _rises(pair_aggregators.create(name).aggregate(circled(3, ties=0.2)).log_likelihood)


@pytest.mark.parametrize("name", text_aggregators.names())
@settings(max_examples=8, deadline=None)
@given(texts=text_tables())
def test_what_a_text_aggregator_maximizes_never_falls(name: str, texts: pl.DataFrame) -> None:
    _rises(text_aggregators.create(name).aggregate(texts).log_likelihood)


@pytest.mark.parametrize("name", ranking_aggregators.names())
@settings(max_examples=8, deadline=None)
@given(rankings=ranked_tables())
def test_what_a_ranking_aggregator_maximizes_never_falls(name: str, rankings: pl.DataFrame) -> None:
    _rises(ranking_aggregators.create(name).aggregate(rankings).log_likelihood)


@pytest.mark.parametrize("name", multilabel_aggregators.names())
@settings(max_examples=8, deadline=None)
@given(answers=set_tables())
def test_what_a_multilabel_aggregator_maximizes_never_falls(name: str, answers: pl.DataFrame) -> None:
    assume(answers["labels"].list.len().sum())
    _rises(multilabel_aggregators.create(name).aggregate(answers).log_likelihood)


@pytest.mark.parametrize("name", mask_aggregators.names())
@settings(max_examples=8, deadline=None)
@given(masks=mask_sets())
def test_what_a_mask_aggregator_maximizes_never_falls(name: str, masks: dict) -> None:
    _rises(mask_aggregators.create(name).aggregate(masks).log_likelihood)


@pytest.fixture
def small_partitions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every pass over answers go over many partitions."""
    for passes in (_confusion_passes, _glad_passes, _mace_passes, _one_coin_passes, _subtype_passes):
        monkeypatch.setattr(passes, "_ANSWERS_A_PARTITION", 16)
    monkeypatch.setattr(_task_confusions, "_CELLS_A_PARTITION", 300)


def _crowd() -> pl.DataFrame:
    return crowd(3, n_tasks=100, n_annotators=3, overlap=2, n_labels=2)[0]


@every_threaded
@pytest.mark.usefixtures("small_partitions")
def test_the_same_seed_gives_the_same_bits_for_any_number_of_threads(kind: type[LabelAggregator]) -> None:
    alone, *others = (_labels(kind, _crowd(), threads=threads, seed=4) for threads in (1, 3, None))
    for other in others:
        assert other.log_likelihood == alone.log_likelihood
        for name in ("labels", "probabilities", "annotators"):
            assert getattr(other, name).equals(getattr(alone, name))


@every_threaded
def test_partitions_show_in_the_last_digits_only(
    kind: type[LabelAggregator], request: pytest.FixtureRequest
) -> None:
    whole = _labels(kind, _crowd(), max_iter=5, tolerance=0.0)
    request.getfixturevalue("small_partitions")
    parts = _labels(kind, _crowd(), max_iter=5, tolerance=0.0)
    np.testing.assert_allclose(
        parts.probabilities.drop("task").to_numpy(), whole.probabilities.drop("task").to_numpy(), atol=1e-9
    )


@pytest.mark.parametrize(
    "kind",
    [m for m in label_aggregators if m.most_labels is None and label_aggregators.name_of(m) not in ORDINAL],
    ids=label_aggregators.name_of,
)
def test_labels_may_change_their_names_in_any_way(kind: type[LabelAggregator]) -> None:
    """Those that know an order of the labels have their own test: counting from the other end."""
    answers, *_ = crowd(2)
    names = {0: 7, 1: 2, 2: 5}
    found = _labels(kind, answers).probabilities.select("0", "1", "2").to_numpy()
    renamed = answers.with_columns(pl.col("label").replace_strict(names))
    again = _labels(kind, renamed).probabilities.select("7", "2", "5").to_numpy()
    np.testing.assert_allclose(again, found, atol=1e-6)


CROWD_KIT = {
    1: [
        [0.680888652, 0.177665569, 0.141445778],
        [0.621260232, 0.320056645, 0.058683123],
        [0.033133273, 0.966866727, 0.0],
        [0.018480725, 0.001687071, 0.979832205],
        [0.481250372, 0.081894275, 0.436855353],
        [0.013369951, 0.002757772, 0.983872277],
        [0.0, 1.0, 0.0],
        [0.909368087, 0.063739061, 0.026892852],
    ],
    3: [
        [0.995599406, 0.00433821, 6.2384e-05],
        [0.957588163, 0.042402058, 9.779e-06],
        [0.000220444, 0.999779556, 0.0],
        [0.000313614, 0.0, 0.999686386],
        [0.021072259, 9.58e-07, 0.978926783],
        [0.0, 0.0, 1.0],
        [0.0, 1.0, 0.0],
        [0.999996433, 3.567e-06, 0.0],
    ],
}
"""What DawidSkene(n_iter=…, tol=0) of Crowd-Kit 1.4.2 makes of the answers below."""


@pytest.mark.parametrize("iterations", CROWD_KIT)
def test_dawid_skene_is_crowd_kits_after_as_many_iterations(iterations: int) -> None:
    texts = ["aab.c", "abbac", "bbbab", "cc.cc", "ab.ca", "cbcca", "b.bbb", "acaab"]
    rows = [(t, "ABCDE"[a], label) for t, text in enumerate(texts) for a, label in enumerate(text)]
    given = [row for row in rows if row[2] != "."]
    answers = pl.DataFrame(given, schema=["task", "annotator", "label"], orient="row")
    method = DawidSkene(max_iter=iterations, tolerance=0.0, right=0.0, wrong=0.0)
    found = method.aggregate(answers).probabilities.drop("task").to_numpy()
    np.testing.assert_allclose(found, CROWD_KIT[iterations], atol=2e-9)
