"""Are probabilities as high as the share of right labels? The table of a reliability diagram."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.aggregation.labels.base import FloatArray
from palate.core.errors import InputError
from palate.core.frames import IntoTable, like, read_table
from palate.core.settings import check_counts
from palate.core.tables import GOLDEN, Table

if TYPE_CHECKING:
    from palate.aggregation.labels.base import LabelResult

__all__ = ["binned", "calibration_error", "reliability"]

_TIE = 1e-9

_PROBABILITIES = Table("probabilities", (GOLDEN.column("task"),), key=("task",))


def reliability(result: LabelResult, truth: IntoTable, *, bins: int = 10) -> Any:
    """Return how probable the decided labels are, and how many of them are right. Murphy and Winkler, 1977.

    Tasks are sorted into ``bins`` of equal width by the probability of their best label, upper ends included; empty
    bins are left out. Where several labels tie for the best, each counts as its share, as if chance decided.
    The expected calibration error (Guo et al., 2017) is the mean of ``|probability - accuracy|`` weighed by ``tasks``.

    Args:
        result: Judgments.
        truth: Known labels, columns ``task, label``; of other tasks nothing is said.
        bins: How many.

    Returns:
        Columns ``low, high, tasks, probability`` (their mean) and ``accuracy``, in the kind of dataframe of ``truth``.

    Raises:
        InputError: The table cannot be used, or none of its tasks was judged.
        SettingsError: ``bins`` is below 1.

    >>> from palate.aggregation.labels import MajorityVote
    >>> answers = pl.DataFrame({"task": [1, 1, 1, 2], "annotator": list("abca"), "label": list("xxyx")})
    >>> truth = pl.DataFrame({"task": [1, 2], "label": ["y", "x"]})
    >>> reliability(MajorityVote().aggregate(answers), truth).select("tasks", "probability", "accuracy").rows()
    [(1, 0.66..., 0.0), (1, 1.0, 1.0)]
    """
    check_counts(bins=bins)
    where = str(truth) if isinstance(truth, (str, Path)) else "truth"
    known = read_table(truth, GOLDEN, where=where).select(pl.col("task", "label").cast(pl.String))
    judged = read_table(result.probabilities, _PROBABILITIES)
    judged = judged.with_columns(pl.col("task").cast(pl.String))
    found = known.join(judged, on="task", suffix=" ", maintain_order="left")
    if found.is_empty():
        raise InputError(
            f"None of these tasks was judged: ids look like '{known['task'][0]}' here and"
            f" '{judged['task'][0]}' there.",
            where=where,
            column="task",
        )
    names = np.array([name for name in judged.columns if name != "task"])
    posterior = found.drop("task", "label").to_numpy()
    return like(truth, binned(posterior, names == found["label"].to_numpy()[:, np.newaxis], bins))


def binned(posterior: FloatArray, truth: npt.NDArray[np.bool_], bins: int) -> pl.DataFrame:
    """Return the table of a reliability diagram.

    Args:
        posterior: Shape (n, n_labels); rows sum to 1.
        truth: Likewise: true at the known label of each row.
        bins: How many.
    """
    probability = posterior.max(axis=1)
    best = posterior >= probability[:, np.newaxis] - _TIE
    table = pl.DataFrame(
        {
            "bin": np.clip(np.ceil(probability * bins - _TIE).astype(np.int64) - 1, 0, bins - 1),
            "probability": probability,
            "accuracy": (best & truth).sum(axis=1) / best.sum(axis=1),
        }
    )
    means = pl.len().cast(pl.Int64).alias("tasks"), pl.col("probability", "accuracy").mean()
    counted = table.group_by("bin").agg(*means).sort("bin")
    low = counted["bin"].to_numpy() / bins
    ends = [pl.Series("low", low), pl.Series("high", (counted["bin"].to_numpy() + 1) / bins)]
    return pl.DataFrame([*ends, *counted.drop("bin")])


def calibration_error(table: pl.DataFrame) -> float:
    """Return the expected calibration error of a reliability diagram's table."""
    gaps = np.abs(table["probability"].to_numpy() - table["accuracy"].to_numpy())
    return float(np.average(gaps, weights=table["tasks"].to_numpy()))
