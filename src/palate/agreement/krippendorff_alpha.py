"""Krippendorff's alpha: how far answers disagree, relative to what chance would give."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import polars as pl

from palate.agreement.base import AgreementCoefficient, FloatArray, LabelCounts
from palate.core.coding import encode
from palate.core.errors import InputError, SettingsError
from palate.core.frames import IntoTable, read_table
from palate.core.label_sets import masi, read_sets
from palate.core.tables import ANSWERS_MULTILABEL

__all__ = ["KrippendorffAlpha"]

Metric = Literal["nominal", "ordinal", "interval", "ratio", "masi"]


@dataclass(frozen=True)
class KrippendorffAlpha(AgreementCoefficient):
    """One minus observed over expected disagreement. Krippendorff, Computing Alpha-Reliability, 2011.

    It takes any number of answers a task, and several levels of measurement. Expected is the disagreement
    between any two answers, whichever their tasks. Tasks with one answer do not count. Where all answers are
    the same, nothing could have disagreed, and the value is NaN.

    The interval comes from resampled tasks; expected disagreement is computed anew for each.

    Args:
        metric: What labels are, and so how far apart two of them are: ``nominal`` names, all equally far;
            ``ordinal`` grades, as far as there are answers between them; ``interval`` numbers, by squared
            difference; ``ratio`` numbers from 0 on, by squared difference relative to their sum; ``masi`` sets of
            labels, by one minus their MASI similarity, not squared (Passonneau, 2006).
        separator: For ``masi``: what stands between labels where a set is written as text; spaces around labels do
            not count. A set may also be a list.
        empty: For ``masi``: the text that stands for the empty set, such as ``none``, besides the text of no letters.

    >>> import polars as pl
    >>> answers = pl.DataFrame({"task": [1, 1, 2, 2], "annotator": ["a", "b", "a", "b"], "label": [1, 1, 2, 2]})
    >>> KrippendorffAlpha().measure(answers).value
    1.0
    >>> tags = answers.with_columns(label=pl.Series(["red,big", "red", "small", "small"]))
    >>> round(KrippendorffAlpha(metric="masi").measure(tags).value, 3)
    0.571
    """

    metric: Metric = "nominal"
    separator: str = ","
    empty: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.metric not in get_args(Metric):
            raise SettingsError(
                f"'metric' must be one of {', '.join(get_args(Metric))}; it is {self.metric!r}."
            )
        if not self.separator:
            raise SettingsError("'separator' must be at least one letter; it is ''.")

    def read(self, answers: IntoTable) -> pl.DataFrame:
        """Return answers as they are counted; sets of labels, for ``masi``, as text with sorted labels.

        Raises:
            InputError: The answers cannot be read or hold no sets of labels, or a label holds the separator.
        """
        if self.metric != "masi":
            return super().read(answers)
        table = read_table(answers, ANSWERS_MULTILABEL)
        where = str(answers) if isinstance(answers, (str, Path)) else ANSWERS_MULTILABEL.name
        sets = read_sets(table["labels"], self.separator, self.empty, where)
        _check_text(sets, self.separator, self.empty, where)
        named = sets.list.eval(pl.element().sort()).cast(pl.List(pl.String)).list.join(self.separator)
        return table.select("task", "annotator").with_columns(label=named)

    def values(self, data: LabelCounts, weights: FloatArray) -> FloatArray:
        """Return alpha for each weighting of tasks, at most 1."""
        totals = weights @ data.counts
        if self.metric == "ordinal":
            self._numbers(data)
            observed, expected = _ordinal_disagreement(data.counts, weights, totals)
        else:
            observed, expected = _disagreement(self._distances(data), data.counts, weights, totals)
        n_answers = totals.sum(axis=1)
        values = np.full(len(weights), np.nan)
        np.divide((n_answers - 1) * observed, expected, out=values, where=expected > 0)
        return 1 - values

    def _distances(self, data: LabelCounts) -> FloatArray:
        """Return how far apart labels are, squared where the metric says so: float64, shape (n_labels, n_labels)."""
        if self.metric == "nominal":
            return 1 - np.eye(data.counts.shape[1])
        if self.metric == "masi":
            return self._between_sets(data)
        numbers = self._numbers(data)
        differences = np.subtract.outer(numbers, numbers)
        if self.metric == "interval":
            return differences**2
        if numbers[0] < 0:
            raise InputError(f"The ratio metric needs numbers from 0 on; there is a label {numbers[0]:g}.")
        sums = np.add.outer(numbers, numbers)
        return np.divide(differences, sums, out=np.zeros_like(sums), where=sums > 0) ** 2

    def _between_sets(self, data: LabelCounts) -> FloatArray:
        if data.names is None or data.names.dtype != pl.String:
            raise InputError("The masi metric needs labels that are sets written as text; these are not.")
        sets = read_sets(data.names, self.separator, self.empty, ANSWERS_MULTILABEL.name)
        labels = encode(sets.explode().drop_nulls())
        rows = np.repeat(np.arange(len(sets)), sets.list.len().to_numpy())
        held = np.zeros((len(sets), len(labels)))
        held[rows, labels.codes] = 1
        sizes = held.sum(axis=1)
        return 1 - masi(held @ held.T, sizes[:, np.newaxis], sizes)

    def _numbers(self, data: LabelCounts) -> FloatArray:
        if data.values is None:
            raise InputError(
                f"The {self.metric} metric needs labels that are numbers, such as grades; these are text. Number"
                " them, or choose the nominal metric."
            )
        return data.values


def _check_text(sets: pl.Series, separator: str, empty: str | None, where: str) -> None:
    """Refuse labels of which a set written as text would make others."""
    for row, labels in enumerate(sets.to_list(), 1):
        for label in map(str, labels):
            if separator in label or label != label.strip() or label == empty:
                raise InputError(
                    f"The label {label!r} cannot be told from others in a set written with {separator!r} between labels."
                    " Choose another 'separator', or rename the label.",
                    where=where,
                    row=row,
                    column="labels",
                )


def _disagreement(
    distances: FloatArray, counts: FloatArray, weights: FloatArray, totals: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the distances between answers to the same task and between all answers, summed over pairs.

    Each answer pairs with every other; within a task, a pair weighs 1 / (answers - 1).
    """
    within = np.sum((counts @ distances) * counts, axis=1) / (counts.sum(axis=1) - 1)
    return weights @ within, np.sum((totals @ distances) * totals, axis=1)


def _ordinal_disagreement(
    counts: FloatArray, weights: FloatArray, totals: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the same where distances depend on all answers, and so on the weighting.

    Krippendorff's ordinal distance of two labels is the difference of their mean ranks, so that the sum of squared
    distances over pairs is that of an interval metric: 2 m (sum of squares) - 2 (sum) squared.
    """
    ranks = np.cumsum(totals, axis=1) - totals / 2
    ranks = ranks / totals.sum(axis=1, keepdims=True) - 0.5  # about 0, which keeps digits
    answers = counts.sum(axis=1)
    within = 2 * (answers * (ranks**2 @ counts.T) - (ranks @ counts.T) ** 2) / (answers - 1)
    n_answers = totals.sum(axis=1)
    expected = 2 * (n_answers * np.sum(ranks**2 * totals, axis=1) - np.sum(ranks * totals, axis=1) ** 2)
    return np.sum(weights * within, axis=1), expected
