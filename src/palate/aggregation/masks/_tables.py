"""Between masks as they come and codes: masks come in, aggregated ones go out."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from palate.aggregation.masks._coded import BoolArray, CodedMasks, IntoMasks
from palate.aggregation.masks._found import MaskFit, MaskResult
from palate.core.coding import encode
from palate.core.errors import InputError
from palate.core.frames import like, read_table
from palate.core.tables import MASKS

__all__ = ["code_masks", "overlap", "result_tables"]


def code_masks(masks: IntoMasks) -> CodedMasks:
    """Return masks as arrays that do not depend on the order in which they come.

    Raises:
        InputError: The table or mapping cannot be read, or a mask is none.
    """
    where = str(masks) if isinstance(masks, (str, Path)) else MASKS.name
    table = read_table(_as_table(masks) if isinstance(masks, Mapping) else masks, MASKS)
    tasks, annotators = encode(table["task"]), encode(table["annotator"])
    order = np.lexsort((annotators.codes, tasks.codes))
    column = table["mask"]
    arrays = [_as_mask(column[row], table, row, where) for row in order.tolist()]
    offsets = np.append(0, np.cumsum(np.bincount(tasks.codes))).astype(np.int64)
    for task, (start, stop) in enumerate(pairwise(offsets.tolist())):
        shapes = [array.shape for array in arrays[start:stop]]
        other = next((shape for shape in shapes if shape != shapes[0]), None)
        if other is not None:
            raise InputError(
                f"The masks of task {tasks.values[task]!r} have different shapes, {shapes[0]} and {other}. Masks of a"
                " task mark the same array; bring them to one size.",
                where=where,
                column="mask",
            )
    return CodedMasks(offsets, annotators.codes[order], tuple(arrays), tasks.values, annotators.values)


def result_tables(aggregator: object, coded: CodedMasks, fit: MaskFit, source: IntoMasks) -> MaskResult:
    """Return what a method found in the caller's own ids and kind of dataframe."""
    n_annotators = len(coded.annotator_ids)
    answers = np.bincount(coded.annotators, minlength=n_annotators)
    shared = np.concatenate(
        [[overlap(mask, found) for mask in coded.of_task(task)[1]] for task, found in enumerate(fit.masks)]
    )
    columns: dict[str, Any] = {
        "annotator": coded.annotator_ids,
        "answers": answers,
        "overlap": np.bincount(coded.annotators, weights=shared, minlength=n_annotators) / answers,
    }
    columns |= {name: pl.Series(values).fill_nan(None) for name, values in fit.quality.items()}
    annotators = pl.DataFrame(columns)
    return MaskResult(
        masks=dict(zip(coded.task_ids.to_list(), fit.masks, strict=True)),
        annotators=annotators if isinstance(source, Mapping) else like(source, annotators),
        converged=fit.converged,
        iterations=fit.iterations,
        log_likelihood=fit.log_likelihood,
        settings=aggregator,
    )


def overlap(first: BoolArray, second: BoolArray) -> float:
    """Return the intersection of two masks divided by their union; 1 where both are empty."""
    union = np.count_nonzero(first | second)
    return np.count_nonzero(first & second) / union if union else 1.0


def _as_table(masks: Mapping[Any, Mapping[Any, Any]]) -> pl.DataFrame:
    """Return a row for each task and annotator of a mapping."""
    for task, given in masks.items():
        if not isinstance(given, Mapping):
            raise InputError(
                f"Expected a mapping of tasks to mappings of annotators to masks; task {task!r} maps to"
                f" {type(given).__name__}.",
                where=MASKS.name,
            )
    rows = [(task, annotator, mask) for task, given in masks.items() for annotator, mask in given.items()]
    names = ("task", "annotator", "mask")
    return pl.DataFrame(
        [pl.Series(name, [row[i] for row in rows], dtype=pl.Object) for i, name in enumerate(names)]
    )


def _as_mask(value: Any, table: pl.DataFrame, row: int, where: str) -> BoolArray:
    """Return the mask of a row as an array of true and false."""
    if isinstance(value, pl.Series):
        value = value.to_list()
    try:
        array = np.asarray(value)
    except ValueError:  # lists of different lengths
        array = np.empty(0, dtype=object)
    if array.dtype.kind in "iuf" and ((array == 0) | (array == 1)).all():
        array = array.astype(np.bool_)
    if array.dtype != np.bool_ or array.ndim == 0 or array.size == 0:
        raise InputError(
            f"The mask of annotator {table['annotator'][row]!r} for task {table['task'][row]!r} must be an array of"
            f" true and false, or 1 and 0, with at least one value; it is {_described(value, array)}.",
            where=where,
            row=row + 1,
            column="mask",
        )
    return array


def _described(value: Any, array: np.ndarray[Any, Any]) -> str:
    if array.dtype == object or array.ndim == 0:
        return f"a {type(value).__name__} of something else or of different lengths"
    other = array[(array != 0) & (array != 1)] if array.dtype.kind in "iuf" else array
    return f"an array of shape {array.shape}" + (f" that holds {other.flat[0]!r}" if other.size else "")
