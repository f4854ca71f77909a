"""From answers to a coefficient of agreement with its interval."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl

from palate.agreement.base import Agreement, AgreementCoefficient, FloatArray, LabelCounts
from palate.core.coding import encode
from palate.core.errors import InputError
from palate.core.frames import IntoTable, read_table
from palate.core.randomness import Seed, generator
from palate.core.resampling import middle_bounds, tail_count
from palate.core.tables import ANSWERS

__all__ = ["count_labels", "measure"]

_BLOCK = 1 << 20
"""Weights held in memory at a time (8 MiB)."""

_MOST_COUNTS = 1 << 30
"""Tasks times labels beyond which their counts (8 GB) are too many for most machines."""


def measure(coefficient: AgreementCoefficient, answers: IntoTable, seed: Seed) -> Agreement:
    """Return the agreement of answers; see :meth:`AgreementCoefficient.measure`."""
    where = str(answers) if isinstance(answers, (str, Path)) else ANSWERS.name
    data, n_alike = count_labels(read_table(answers, ANSWERS))
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
    """Return the distinct label counts of tasks with at least two answers, and how many tasks have them.

    Coefficients look at nothing but the counts, and thousands of tasks share a few of them: that makes
    resampling fast. Rows are sorted, so that the result does not depend on the order of answers.

    Args:
        answers: Columns ``task, label``.

    Returns:
        The counts, and float64, shape (n_rows,).

    Raises:
        InputError: There are too many labels.
    """
    tasks, labels = encode(answers["task"]), encode(answers["label"])
    shape = (len(tasks), len(labels))
    if shape[0] * shape[1] > _MOST_COUNTS:
        raise InputError(
            f"There are {shape[1]:,} different labels on {shape[0]:,} tasks: more counts than fit in memory. Labels"
            " are a few values that many answers share; is this free text?",
            column="label",
        )
    cells = tasks.codes * np.int64(len(labels)) + labels.codes
    counts = np.bincount(cells, minlength=shape[0] * shape[1]).reshape(shape).astype(np.int32)
    counts = counts[counts.sum(axis=1) > 1]
    values = _as_numbers(labels.values)
    order = np.arange(len(labels)) if values is None else np.argsort(values, kind="stable")
    columns = pl.DataFrame(counts[:, order], schema=[str(code) for code in order], orient="row")
    distinct = columns.group_by(pl.all()).len("alike").sort(columns.columns)
    return (
        LabelCounts(
            distinct.drop("alike").cast(pl.Float64).to_numpy(), None if values is None else values[order]
        ),
        distinct["alike"].cast(pl.Float64).to_numpy(),
    )


def _as_numbers(labels: pl.Series) -> FloatArray | None:
    """Return labels as numbers, or None where one is no finite number."""
    numbers = labels.cast(pl.Float64, strict=False)
    return numbers.to_numpy() if numbers.is_finite().fill_null(value=False).all() else None


def _interval(
    coefficient: AgreementCoefficient, data: LabelCounts, n_alike: FloatArray, seed: Seed
) -> tuple[float, float]:
    """Return the percentile bounds over resamples of tasks."""
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
