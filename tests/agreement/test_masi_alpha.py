"""Krippendorff's alpha of answers that are sets of labels."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given, settings
from set_strategies import plain_masi, set_tables

from palate.agreement import KrippendorffAlpha, LabelCounts
from palate.core.errors import InputError, SettingsError
from palate.core.label_sets import masi

ALPHA = KrippendorffAlpha(metric="masi", resamples=99)


def _answers(*texts: tuple[str, ...]) -> pl.DataFrame:
    """One tuple a task, one text an annotator."""
    rows = [(t, f"annotator {a}", text) for t, task in enumerate(texts) for a, text in enumerate(task)]
    return pl.DataFrame(rows, schema=["task", "annotator", "labels"], orient="row")


@pytest.mark.parametrize(
    ("first", "second", "similarity"),
    [
        ({"a", "b"}, {"a", "b"}, Fraction(1)),
        ({"a", "b"}, {"a", "b", "c"}, Fraction(2, 3) * Fraction(2, 3)),
        ({"a", "b"}, {"b", "c"}, Fraction(1, 3) * Fraction(1, 3)),
        ({"a"}, {"b", "c"}, Fraction(0)),
        (set(), set(), Fraction(1)),
        (set(), {"a"}, Fraction(0)),
    ],
)
def test_similarity_has_passonneaus_four_steps(first: set, second: set, similarity: Fraction) -> None:
    found = masi(len(first & second), len(first), len(second))
    assert float(found) == pytest.approx(float(similarity), abs=1e-15)


def test_two_tasks_by_hand() -> None:
    # Observed: 2/3 between {big, red} and {red}, nothing on the other task: (2 * 2/3) / 4 = 1/3 an answer.
    # Expected: 2/3 once and 1 four times, among 6 pairs: 7/9.
    found = ALPHA.measure(_answers(("red,big", "red"), ("small", "small")))
    assert found.value == pytest.approx(float(1 - Fraction(1, 3) / Fraction(7, 9)))
    assert (found.n_tasks, found.n_answers) == (2, 4)


def test_three_annotators_agree_as_nltk_says() -> None:
    # AnnotationTask(…, distance=masi_distance).alpha() of NLTK 3.10, which rounds 2/3 and 1/3 to 0.67 and 0.33.
    ours = zip(
        ["ab", "a", "abc", "c", "bc", "a"],
        ["ab", "ab", "bc", "c", "b", "c"],
        ["b", "a", "abc", "ac", "bc", "a"],
        strict=True,
    )
    found = ALPHA.measure(_answers(*(tuple(",".join(text) for text in task) for task in ours)))
    assert found.value == pytest.approx(0.352, abs=0.003)


@settings(max_examples=40, deadline=None)
@given(answers=set_tables())
def test_it_is_the_definition_pair_by_pair(answers: pl.DataFrame) -> None:
    overlapping = answers.filter(pl.len().over("task") > 1)
    assume(len(overlapping))
    tasks = [[set(s) for s in group["labels"].to_list()] for _, group in overlapping.group_by("task")]
    everything = [given for task in tasks for given in task]
    n = len(everything)
    observed = sum(
        (1 - plain_masi(a, b)) / (len(task) - 1) for task in tasks for a, b in permutations(task, 2)
    )
    expected = sum(1 - plain_masi(a, b) for a, b in permutations(everything, 2)) / (n - 1)
    found = ALPHA.measure(answers)
    if expected < 1e-12:
        assert np.isnan(found.value)
    else:
        assert found.value == pytest.approx(1 - observed / expected, abs=1e-12)
        assert np.isnan(found.low) or found.low <= found.high


@settings(max_examples=25, deadline=None)
@given(answers=set_tables())
def test_lists_and_text_in_any_order_are_the_same_sets(answers: pl.DataFrame) -> None:
    assume(answers["task"].is_duplicated().any())
    turned = pl.col("labels").list.reverse().list.join(" | ")
    text = answers.with_columns(
        pl.when(pl.col("labels").list.len() == 0).then(pl.lit("none")).otherwise(turned).alias("labels")
    )
    method = KrippendorffAlpha(metric="masi", resamples=99, separator="|", empty="none")
    first, second = ALPHA.measure(answers), method.measure(text)
    np.testing.assert_equal((second.value, second.low, second.high), (first.value, first.low, first.high))


def test_one_label_a_set_is_nominal_agreement() -> None:
    answers = _answers(("a", "b", "a"), ("c", "c", "c"), ("b", "b", "a"))
    nominal = KrippendorffAlpha().measure(answers.rename({"labels": "label"}))
    assert ALPHA.measure(answers).value == pytest.approx(nominal.value, abs=1e-12)


def test_whole_numbers_are_labels() -> None:
    numbers = pl.Series("labels", [[1, 12], [1], [2], [2]])
    answers = pl.DataFrame({"task": [1, 1, 2, 2], "annotator": ["a", "b", "a", "b"]}).with_columns(numbers)
    assert ALPHA.measure(answers).value == pytest.approx(4 / 7)


@pytest.mark.parametrize("label", ["a,b", " a", "none"])
def test_labels_that_text_would_change_are_refused(label: str) -> None:
    answers = _answers(("a", "b")).with_columns(labels=pl.Series([["x"], [label]]))
    with pytest.raises(InputError, match="row 2, column 'labels': The label .* cannot be told from others"):
        KrippendorffAlpha(metric="masi", empty="none").measure(answers)


def test_what_is_no_set_is_refused() -> None:
    with pytest.raises(InputError, match="Expected sets of labels"):
        ALPHA.measure(_answers(("a", "b")).with_columns(labels=pl.Series([1.5, 2.5])))
    with pytest.raises(InputError, match="needs labels that are sets written as text"):
        ALPHA.values(LabelCounts(np.array([[1.0, 1.0]]), None), np.ones((1, 1)))


def test_a_separator_of_no_letters_is_refused() -> None:
    with pytest.raises(SettingsError, match="'separator' must be at least one letter"):
        KrippendorffAlpha(metric="masi", separator="")
