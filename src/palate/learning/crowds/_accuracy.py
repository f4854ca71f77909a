"""How often what was learned is right, where the truth is known."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.core.casts import refuse
from palate.core.coding import encode_like
from palate.core.errors import SettingsError
from palate.core.frames import IntoTable, read_table
from palate.core.tables import GOLDEN
from palate.learning.crowds._found import CrowdResult

__all__ = ["Accuracy", "crowd_accuracy"]


@dataclass(frozen=True)
class Accuracy:
    """The share of tasks whose most probable label is the true one.

    Args:
        tasks: Which tasks: ``without answers`` or ``answered``.
        by: What the label was told by: ``features`` or ``features and answers``.
        right: How many are right.
        of: Of how many.
        share: Their share.
        low: Where Wilson's interval (1927) begins.
        high: Where it ends.
    """

    tasks: str
    by: str
    right: int
    of: int
    share: float
    low: float
    high: float

    def to_dict(self) -> dict[str, Any]:
        """Return the fields."""
        return asdict(self)


def crowd_accuracy(result: CrowdResult, truth: IntoTable, confidence: float = 0.95) -> tuple[Accuracy, ...]:
    """Compare with known labels, columns ``task, label``; a true label that nobody gave is never foretold.

    Raises:
        InputError: The table is not as said, or a task has no features.
        SettingsError: ``confidence`` is not between 0 and 1.
    """
    if not 0 < confidence < 1:
        raise SettingsError(f"'confidence' must be between 0 and 1; it is {confidence}.")
    where = str(truth) if isinstance(truth, (str, Path)) else "truth"
    table = read_table(truth, GOLDEN, where=where)
    tasks = encode_like(table["task"], result.task_ids)
    column, advice = GOLDEN.column("task"), "Add its features or remove the row."
    refuse(pl.Series(tasks < 0), column, where, "This task has no features", table["task"], advice=advice)
    labels = encode_like(table["label"], result.label_values)
    by_features, by_all = (p[tasks].argmax(axis=1) == labels for p in (result.from_features, result.from_all))
    answered = result.answered[tasks]
    parts = [
        ("without answers", "features", by_features[~answered]),
        ("answered", "features", by_features[answered]),
        ("answered", "features and answers", by_all[answered]),
    ]
    return tuple(_share(*part, confidence) for part in parts if len(part[2]))


def _share(tasks: str, by: str, right: npt.NDArray[np.bool_], confidence: float) -> Accuracy:
    from scipy.stats import binomtest

    count = int(right.sum())
    interval = binomtest(count, len(right)).proportion_ci(confidence, method="wilson")
    return Accuracy(
        tasks, by, count, len(right), count / len(right), float(interval.low), float(interval.high)
    )
