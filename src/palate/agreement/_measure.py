"""From answers to a coefficient of agreement with its interval."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.agreement.base import (
    Agreement,
    AgreementCoefficient,
    AnnotatorCoefficient,
    Answerers,
    FloatArray,
    LabelCounts,
    ratios,
)
from palate.core.coding import Codes, IntArray, encode
from palate.core.errors import InputError
from palate.core.frames import IntoTable
from palate.core.randomness import Seed, generator
from palate.core.resampling import middle_bounds, resampled_means, tail_count
from palate.core.tables import ANSWERS

__all__ = ["count_labels", "measure"]

_BLOCK = 1 << 20
"""Weights held in memory at a time (8 MiB)."""

_MOST_COUNTS = 1 << 30
"""Tasks times labels beyond which their counts (8 GB) are too many for most machines."""

_MOST_KINDS = 1 << 53
"""Whole numbers up to which a float holds each."""


def measure(coefficient: AgreementCoefficient, answers: IntoTable, seed: Seed) -> Agreement:
    """Return the agreement of answers; see :meth:`AgreementCoefficient.measure`."""
    where = str(answers) if isinstance(answers, (str, Path)) else ANSWERS.name
    who = isinstance(coefficient, AnnotatorCoefficient)
    table = coefficient.read(answers).select("task", "label", *(["annotator"] if who else []))
    data, n_alike = count_labels(table)
    if not len(n_alike):
        raise InputError(
            "No task has answers by two annotators, so that there is nothing to agree on. Ask with an overlap of"
            " at least 2.",
            where=where,
        )
    value = float(coefficient.values(data, n_alike[np.newaxis])[0])
    low, high = _interval(coefficient, data, n_alike, seed)
    return Agreement(
        value=value,
        low=low,
        high=high,
        confidence=coefficient.confidence,
        n_tasks=int(n_alike.sum()),
        n_answers=int(n_alike @ data.counts.sum(axis=1)),
        settings=coefficient,
    )


def count_labels(answers: pl.DataFrame) -> tuple[LabelCounts, FloatArray]:
    """Return the label counts of tasks with at least two answers, and how many tasks have them.

    Most coefficients look at nothing but the counts, and thousands of tasks share a few of them: that makes
    resampling fast. Rows are sorted, so that the result does not depend on the order of answers.

    Args:
        answers: Columns ``task, label``, and ``annotator`` if it should be known who answered.

    Returns:
        The counts, and float64, shape (n_rows,).

    Raises:
        InputError: There are too many labels.
    """
    (task_codes, n_tasks), labels = _task_codes(answers["task"]), encode(answers["label"])
    values = _as_numbers(labels.values)
    order = np.arange(len(labels)) if values is None else np.argsort(values, kind="stable")
    column = np.argsort(order).astype(np.int32)  # of each label
    numbers, names = None if values is None else values[order], labels.values.gather(order)
    n_given = np.bincount(task_codes, minlength=n_tasks)
    who = "annotator" in answers.columns
    if (int(n_given.max()) + 1) ** len(labels) <= _MOST_KINDS:
        kinds, n_alike, rows = _kinds_by_number(task_codes, n_given, labels.codes, column, who=who)
    else:
        kinds, n_alike, rows = _kinds_by_table(task_codes, n_given, labels.codes, column, who=who)
    if rows is None:
        return LabelCounts(kinds, numbers, names=names), n_alike
    named = column[labels.codes]
    answerers = _answerers(rows, task_codes, encode(answers["annotator"]), named)
    return LabelCounts(kinds, numbers, answerers, names), n_alike


_Kinds = tuple[FloatArray, FloatArray, IntArray | None]
"""Different counts, shape (n_rows, n_labels), sorted; how many tasks have them; the row of each task, -1 where it has one
answer, if it should be known."""


def _kinds_by_number(
    tasks: npt.NDArray[np.int64],
    n_given: npt.NDArray[np.int64],
    labels: IntArray,
    column: IntArray,
    *,
    who: bool,
) -> _Kinds:
    """Write a task's counts as the digits of one number, which a float can hold: numbers are fast to sort and compare."""
    base, n_labels = int(n_given.max()) + 1, len(column)
    powers = float(base) ** np.arange(n_labels - 1, -1, -1)
    keys = np.bincount(tasks, weights=powers[column][labels], minlength=len(n_given))
    overlapping = n_given > 1
    distinct, n_alike = np.unique(keys[overlapping], return_counts=True)
    kinds = distinct[:, np.newaxis] // powers % base
    rows = None
    if who:
        rows = np.where(overlapping, np.searchsorted(distinct, keys), -1).astype(np.int32)
    return kinds, n_alike.astype(np.float64), rows


def _kinds_by_table(
    tasks: npt.NDArray[np.int64],
    n_given: npt.NDArray[np.int64],
    labels: IntArray,
    column: IntArray,
    *,
    who: bool,
) -> _Kinds:
    """Compare tasks' counts label by label, where numbers of so many digits would be too large."""
    shape = (len(n_given), len(column))
    if shape[0] * shape[1] > _MOST_COUNTS:
        raise InputError(
            f"There are {shape[1]:,} different labels on {shape[0]:,} tasks: more counts than fit in memory. Labels"
            " are a few values that many answers share; is this free text?",
            column="label",
        )
    cells = tasks * np.int64(shape[1]) + column[labels]
    counts = np.bincount(cells, minlength=shape[0] * shape[1]).reshape(shape).astype(np.int32)
    overlapping = n_given > 1
    columns = pl.DataFrame(counts[overlapping], schema=[str(code) for code in range(shape[1])], orient="row")
    distinct = columns.group_by(pl.all()).len("alike").sort(columns.columns)
    n_alike = distinct["alike"].cast(pl.Float64).to_numpy()
    kinds = distinct.drop("alike")
    rows = None
    if who:
        rows = np.full(shape[0], -1, dtype=np.int32)
        found = columns.join(kinds.with_row_index("row"), on=columns.columns, maintain_order="left")
        rows[overlapping] = found["row"].cast(pl.Int32).to_numpy()
    return kinds.cast(pl.Float64).to_numpy(), n_alike, rows


def _task_codes(tasks: pl.Series) -> tuple[npt.NDArray[np.int64], int]:
    """Return a code from 0 on for each task, and how many there are; a few may stand for no task, and are never counted.

    Whole numbers that lie close together are their own codes, which saves most of the time that coding takes.
    """
    if tasks.dtype == pl.Int64:
        numbers = tasks.to_numpy()
        low, high = int(numbers.min()), int(numbers.max())
        if high - low < 2 * len(numbers):
            return numbers - low, high - low + 1
    codes = encode(tasks)
    return codes.codes.astype(np.int64), len(codes)


def _answerers(
    rows: IntArray, tasks: npt.NDArray[np.int64], annotators: Codes, labels: IntArray
) -> Answerers:
    """Return who answered the tasks that have a row; names decide the order only where nothing else differs.

    Annotators are sorted by their labels on tasks of each kind, tasks by their row, then by who answered: names would
    decide which task a random draw takes, and so the interval.
    """
    kept = np.flatnonzero(rows[tasks] >= 0)
    task, annotator, label = tasks[kept], annotators.codes[kept], labels[kept]
    kinds = rows[task].astype(np.uint64) << np.uint64(32) | label.astype(np.uint64)
    habits = np.zeros(len(annotators), dtype=np.uint64)
    np.add.at(habits, annotator, _scrambled(kinds))
    company = np.zeros(len(rows), dtype=np.uint64)
    np.add.at(company, task, _scrambled(habits[annotator] + label.astype(np.uint64)))
    place = np.empty(len(annotators), dtype=np.int32)
    place[np.argsort(habits, kind="stable")] = np.arange(len(annotators), dtype=np.int32)
    order = np.lexsort((place[annotator], task, company[task], rows[task]))
    task = task[order]
    starts = np.flatnonzero(np.diff(task, prepend=-1))
    offsets = np.append(starts, len(task)).astype(np.int64)
    return Answerers(rows[task[starts]], offsets, place[annotator[order]], label[order])


def _scrambled(numbers: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Return 64 bits that look random, the same for the same number. Steele, Lea and Flood's SplitMix, 2014."""
    numbers = numbers + np.uint64(0x9E3779B97F4A7C15)
    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return numbers ^ (numbers >> np.uint64(31))


def _as_numbers(labels: pl.Series) -> FloatArray | None:
    """Return labels as numbers, or None where one is no finite number."""
    numbers = labels.cast(pl.Float64, strict=False)
    return numbers.to_numpy() if numbers.is_finite().fill_null(value=False).all() else None


def _interval(
    coefficient: AgreementCoefficient, data: LabelCounts, n_alike: FloatArray, seed: Seed
) -> tuple[float, float]:
    """Return the percentile bounds over resamples of tasks."""
    if isinstance(coefficient, AnnotatorCoefficient) and data.answerers is not None:
        terms = np.stack(coefficient.terms(data, data.answerers))
        draws = ratios(*resampled_means(terms, coefficient.resamples, generator(seed, "agreement")))
    else:
        found = [
            coefficient.values(data, weights) for weights in _resampled(n_alike, coefficient.resamples, seed)
        ]
        draws = np.concatenate(found)
    draws = draws[np.isfinite(draws)]
    if tail_count(len(draws), coefficient.confidence) < 1:
        return np.nan, np.nan
    return middle_bounds(draws, coefficient.confidence)


def _resampled(n_alike: FloatArray, resamples: int, seed: Seed) -> Iterator[FloatArray]:
    """Yield, for samples of as many tasks drawn with replacement, how many have each row's counts."""
    rng = generator(seed, "agreement")
    n_tasks = int(n_alike.sum())
    block = max(1, _BLOCK // len(n_alike))
    for start in range(0, resamples, block):
        size = min(block, resamples - start)
        yield rng.multinomial(n_tasks, n_alike / n_tasks, size=size).astype(np.float64)
