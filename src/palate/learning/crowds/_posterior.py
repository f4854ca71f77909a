"""What an aggregator or a classifier says of tasks, as a table."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from palate.core.casts import cast_column, refuse
from palate.core.coding import encode_like
from palate.core.errors import InputError
from palate.core.frames import IntoTable, read_table
from palate.core.tables import GOLDEN, Column, Table
from palate.learning.crowds._data import CrowdData, FloatArray

__all__ = ["posterior_of"]

_POSTERIOR = Table("judgments", GOLDEN.columns[:1], ("task",))


def posterior_of(judgments: IntoTable, data: CrowdData) -> FloatArray:
    """Return each label's probability, shape (n_tasks, n_labels); 0 for tasks that the table does not have.

    Args:
        judgments: Column ``task`` and one a label; rows sum to 1. Tasks that have no features are left out.
        data: Which tasks and labels there are.

    Raises:
        InputError: The table is not as said, or an answered task is missing.
    """
    where = str(judgments) if isinstance(judgments, (str, Path)) else _POSTERIOR.name
    table = read_table(judgments, _POSTERIOR, where=where)
    names = data.label_values.cast(pl.String).to_list()
    given = [name for name in table.columns if name != "task"]
    if sorted(given) != sorted(names):
        raise InputError(
            f"Judgments need the column 'task' and one of probabilities for each label given ({_few(names)}); the others"
            f" here are: {_few(given)}.",
            where=where,
        )
    columns = [Column(name, "number", "its probability", minimum=0, maximum=1) for name in names]
    found = np.column_stack([_probabilities(table[c.name], c, where) for c in columns])
    off = pl.Series(np.abs(found.sum(axis=1) - 1) > 1e-6)
    refuse(off, GOLDEN.column("task"), where, "The probabilities of this task do not sum to 1", table["task"])
    rows = encode_like(data.task_ids, table["task"])
    missing = data.answered[rows[data.answered] < 0]
    if len(missing):
        raise InputError(
            f"{len(missing):,} answered tasks have no judgment, such as {data.task_ids[int(missing[0])]!r}. Aggregate the"
            " answers that are learned from.",
            where=where,
        )
    posterior = np.where(rows[:, np.newaxis] < 0, 0.0, found[rows])
    normalized: FloatArray = posterior / np.maximum(posterior.sum(axis=1, keepdims=True), 0.5)
    return normalized


def _probabilities(values: pl.Series, column: Column, where: str) -> FloatArray:
    numbers = cast_column(values, column, where)
    refuse(numbers.is_null(), column, where, "The probability is missing")
    refuse((numbers < 0) | (numbers > 1), column, where, "Expected a probability from 0 to 1", numbers)
    return numbers.to_numpy()


def _few(names: list[str]) -> str:
    more = f" and {len(names) - 20} more" if len(names) > 20 else ""
    return (", ".join(names[:20]) or "none") + more
