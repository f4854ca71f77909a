"""Between tables and codes: numbers come in, values go out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from palate.aggregation._task_tables import read_golden, sort_answers
from palate.aggregation.numeric._coded import CodedNumbers
from palate.aggregation.numeric._found import NumericFit, NumericResult
from palate.core.frames import IntoTable, like, read_table
from palate.core.tables import ANSWERS_NUMERIC, GOLDEN_NUMERIC

__all__ = ["code_numbers", "result_tables"]


def code_numbers(answers: IntoTable, golden: IntoTable | None = None) -> CodedNumbers:
    """Return answers and known values as flat arrays that do not depend on the order of the rows.

    Raises:
        InputError: A table cannot be read, an annotator answers a task twice, or a golden task was not answered.
    """
    where = _where(answers, "answers")
    table = read_table(answers, ANSWERS_NUMERIC, where=where, unique=False)
    found = sort_answers(table, ANSWERS_NUMERIC, where)
    n_tasks = len(found.task_ids)
    known = np.full(n_tasks, np.nan)
    if golden is not None:
        rows, codes = read_golden(golden, GOLDEN_NUMERIC, _where(golden, "golden"), found.task_ids)
        known[codes] = rows["value"].to_numpy()
    return CodedNumbers(
        offsets=found.offsets,
        tasks=np.repeat(np.arange(n_tasks, dtype=np.int32), np.diff(found.offsets)),
        annotators=found.annotators,
        values=table["value"].to_numpy()[found.order],
        golden=known,
        task_ids=found.task_ids,
        annotator_ids=found.annotator_ids,
    )


def result_tables(
    aggregator: object, coded: CodedNumbers, fit: NumericFit, source: IntoTable
) -> NumericResult:
    """Return what a method found in the caller's own ids and kind of dataframe."""
    values = pl.DataFrame({"task": coded.task_ids, "value": fit.value, "low": fit.low, "high": fit.high})
    return NumericResult(
        values=like(source, values.with_columns(pl.col("low", "high").fill_nan(None))),
        annotators=like(source, _annotator_table(coded, fit)),
        converged=fit.converged,
        iterations=fit.iterations,
        log_likelihood=fit.log_likelihood,
        settings=aggregator,
    )


def _annotator_table(coded: CodedNumbers, fit: NumericFit) -> pl.DataFrame:
    n_annotators = len(coded.annotator_ids)
    columns = {
        "annotator": coded.annotator_ids,
        "answers": np.bincount(coded.annotators, minlength=n_annotators),
        "bias": pl.Series(fit.bias).fill_nan(None),
        "spread": pl.Series(fit.spread).fill_nan(None),
    }
    error = np.abs(coded.values - coded.golden[coded.tasks])
    known = np.isfinite(error)
    if known.any():
        counted = np.bincount(coded.annotators[known], minlength=n_annotators)
        total = np.bincount(coded.annotators[known], weights=error[known], minlength=n_annotators)
        mean = np.divide(total, counted, out=np.full(n_annotators, np.nan), where=counted > 0)
        columns |= {"golden_answers": counted, "golden_error": pl.Series(mean).fill_nan(None)}
    return pl.DataFrame(columns)


def _where(source: IntoTable, name: str) -> str:
    return str(source) if isinstance(source, (str, Path)) else name
