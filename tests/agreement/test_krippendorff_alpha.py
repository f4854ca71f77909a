from __future__ import annotations

from itertools import permutations

import numpy as np
import polars as pl
import pytest
from answer_strategies import answer_tables
from hypothesis import given, settings
from hypothesis import strategies as st

from palate.agreement import KrippendorffAlpha, LabelCounts
from palate.core.errors import InputError, SettingsError

METRICS = ("nominal", "ordinal", "interval", "ratio")


def _answers(*annotators: str) -> pl.DataFrame:
    """One line an annotator, one word a task; a dot where there is no answer."""
    rows = [
        (task, f"annotator {name}", label)
        for name, line in enumerate(annotators)
        for task, label in enumerate(line.split())
        if label != "."
    ]
    return pl.DataFrame(rows, schema=["task", "annotator", "label"], orient="row")


# Krippendorff, Computing Krippendorff's Alpha-Reliability, 2011, examples A, B, C and D.
TWO_SAYING_YES_OR_NO = _answers("0 1 0 0 0 0 0 0 1 0", "1 1 1 0 0 1 0 0 0 0")
TWO_NAMING_ONE_OF_FIVE = _answers("a a b b d c c c e d d a", "b a b b b c c c e d d d")
FOUR_WITH_HOLES = _answers(
    "1 2 3 3 2 1 4 1 2 . . .", "1 2 3 3 2 2 4 1 2 5 . 3", ". 3 3 3 2 3 4 2 2 5 1 .", "1 2 3 3 2 4 4 1 2 5 1 ."
)


@pytest.mark.parametrize(
    ("answers", "metric", "value"),
    [
        (TWO_SAYING_YES_OR_NO, "nominal", 0.095),
        (TWO_NAMING_ONE_OF_FIVE, "nominal", 0.692),
        (FOUR_WITH_HOLES, "nominal", 0.743),
        (FOUR_WITH_HOLES, "ordinal", 0.815),
        (FOUR_WITH_HOLES, "interval", 0.849),
        (FOUR_WITH_HOLES, "ratio", 0.797),
    ],
)
def test_published_examples(answers: pl.DataFrame, metric: str, value: float) -> None:
    found = KrippendorffAlpha(metric=metric).measure(answers)
    assert found.value == pytest.approx(value, abs=0.0005)


def test_published_example_counts_what_can_be_paired() -> None:
    found = KrippendorffAlpha().measure(FOUR_WITH_HOLES)
    assert (found.n_tasks, found.n_answers) == (11, 40)


def _plain_alpha(answers: pl.DataFrame, metric: str) -> float:
    """The definition, pair by pair. NaN where nothing could have disagreed."""
    tasks = [group["label"].to_list() for _, group in answers.group_by("task") if len(group) > 1]
    pool = [label for labels in tasks for label in labels]

    def distance(c: int, k: int) -> float:
        if metric == "nominal":
            return float(c != k)
        if metric == "interval":
            return (c - k) ** 2
        if metric == "ratio":
            return ((c - k) / (c + k)) ** 2 if c + k else 0.0
        low, high = min(c, k), max(c, k)
        between = sum(low <= label <= high for label in pool)
        return (between - (pool.count(c) + pool.count(k)) / 2) ** 2 if c != k else 0.0

    observed = sum(
        sum(distance(c, k) for c, k in permutations(labels, 2)) / (len(labels) - 1) for labels in tasks
    )
    expected = sum(distance(c, k) for c, k in permutations(pool, 2))
    return 1 - (len(pool) - 1) * observed / expected if expected else np.nan


@settings(max_examples=60, deadline=None)
@given(answers=answer_tables(), metric=st.sampled_from(METRICS))
def test_fast_version_equals_the_definition(answers: pl.DataFrame, metric: str) -> None:
    if not answers["task"].is_duplicated().any():
        with pytest.raises(InputError, match="No task has answers by two annotators"):
            KrippendorffAlpha(metric=metric).measure(answers)
        return
    found = KrippendorffAlpha(metric=metric, resamples=39).measure(answers)
    assert found.value == pytest.approx(_plain_alpha(answers, metric), nan_ok=True, abs=1e-9)


@settings(max_examples=30, deadline=None)
@given(
    counts=st.lists(st.lists(st.integers(0, 3), min_size=3, max_size=3), min_size=1, max_size=5).map(
        lambda rows: [[a + 1, b + 1, c] for a, b, c in rows]
    ),
    times=st.lists(st.integers(0, 4), min_size=5, max_size=5),
    metric=st.sampled_from(METRICS),
)
def test_a_weight_counts_a_task_as_often(counts: list, times: list[int], metric: str) -> None:
    times = [*times[: len(counts) - 1], 2]
    values = np.array([1.0, 2.0, 5.0])
    alpha = KrippendorffAlpha(metric=metric)
    weighted = alpha.values(
        LabelCounts(np.array(counts, dtype=float), values), np.array([times], dtype=float)
    )
    repeated = np.repeat(np.array(counts, dtype=float), times, axis=0)
    plain = alpha.values(LabelCounts(repeated, values), np.ones((1, len(repeated))))
    np.testing.assert_allclose(weighted, plain, atol=1e-9)


def test_text_that_spells_numbers_is_ordered_by_them() -> None:
    rows = [
        (t, a, label)
        for t, labels in enumerate([(2, 10), (10, 10), (2, 3), (3, 3)])
        for a, label in enumerate(labels)
    ]
    numbers = pl.DataFrame(rows, schema=["task", "annotator", "label"], orient="row")
    text = numbers.with_columns(pl.col("label").cast(pl.String))
    for metric in METRICS:
        as_numbers, as_text = (KrippendorffAlpha(metric=metric).measure(table) for table in (numbers, text))
        assert as_text.value == pytest.approx(as_numbers.value)


@pytest.mark.parametrize("metric", ["ordinal", "interval", "ratio"])
def test_distances_of_names_are_refused(metric: str) -> None:
    with pytest.raises(InputError, match=f"The {metric} metric needs labels that are numbers"):
        KrippendorffAlpha(metric=metric).measure(TWO_NAMING_ONE_OF_FIVE)


def test_ratios_of_negative_numbers_are_refused() -> None:
    answers = FOUR_WITH_HOLES.with_columns(pl.col("label").cast(pl.Int64) - 2)
    with pytest.raises(InputError, match="from 0 on; there is a label -1"):
        KrippendorffAlpha(metric="ratio").measure(answers)


@pytest.mark.parametrize("metric", METRICS)
def test_one_label_only_has_no_value(metric: str) -> None:
    found = KrippendorffAlpha(metric=metric).measure(_answers("1 1 1", "1 1 1"))
    assert np.isnan([found.value, found.low, found.high]).all()


def test_systematic_disagreement_is_below_zero() -> None:
    assert KrippendorffAlpha().measure(_answers("1 2 1 2", "2 1 2 1")).value == pytest.approx(-0.75)


def test_an_unknown_metric_is_refused() -> None:
    with pytest.raises(SettingsError, match="'metric' must be one of nominal, ordinal, interval, ratio"):
        KrippendorffAlpha(metric="cosine")
