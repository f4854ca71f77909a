"""Drift: who answers better or worse than they used to."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl

from palate.core.errors import InputError, SettingsError
from palate.quality._answers import expected_labels
from palate.quality._p_values import Correction, adjusted, check_level
from palate.quality.base import FloatArray, QualityCheck, SortedAnswers

__all__ = ["Drift"]


@dataclass(frozen=True)
class Drift(QualityCheck):
    """A cumulative sum test of one change in an annotator's share of right answers over time.

    Right is an answer that equals the golden label, else what most of the others say; answers without either do
    not count, nor do those without a time. With S the number of right ones among the first k of n, the statistic is
    the largest ``|S(k) - k S(n) / n| / sqrt(n p (1 - p))``, p = S(n) / n. Without a change it is in the limit the largest
    deviation of a Brownian bridge, whose distribution is Kolmogorov's (Page, 1955; Brown, Durbin and Evans, 1975); for
    whole numbers the p-value is rather too large. The change is where the deviation is largest. Later tasks that are
    harder than earlier ones look like drift: compare annotators, and read the evidence.

    ``found`` has the columns ``annotator, answers, compared, before, after`` (shares right), ``changed_at`` (seconds since
    1970 UTC: the first answer after the change), ``p_value`` (corrected) and ``suspect`` (significantly worse than before).
    ``evidence``, for suspects, has the answers after the change that are not right: ``annotator, task, submitted_at,
    label, expected``.

    Args:
        level: Of the test.
        min_answers: Who has fewer that count is not tested.
        correction: For testing many annotators: ``holm`` or ``bh``.
    """

    level: float = 0.05
    min_answers: int = 20
    correction: Correction = "holm"

    def __post_init__(self) -> None:
        check_level(self.level, self.correction)
        if self.min_answers < 2:
            raise SettingsError(f"'min_answers' must be at least 2; it is {self.min_answers}.")

    def find(self, answers: SortedAnswers) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Return the most likely change of every annotator, and the wrong answers since of suspects.

        Raises:
            InputError: There are no times.
        """
        if answers.submitted_at is None or np.isnan(answers.submitted_at).all():
            raise InputError(
                "Drift needs to know when answers came: a column 'submitted_at' with times.",
                where=answers.where,
                column="submitted_at",
            )
        from scipy.special import kolmogorov

        expected = expected_labels(answers)
        counted = np.flatnonzero((expected >= 0) & ~np.isnan(answers.submitted_at))
        who, times = answers.annotators[counted], answers.submitted_at[counted]
        order = counted[np.lexsort((answers.tasks[counted], times, who))]
        right = answers.labels[order] == expected[order]
        n_annotators = len(answers.annotator_ids)
        starts = np.searchsorted(answers.annotators[order], np.arange(n_annotators + 1))
        changes = np.full((n_annotators, 4), np.nan)  # statistic, before, after, position of the change
        for annotator, (start, stop) in enumerate(pairwise(starts.tolist())):
            if stop - start >= self.min_answers:
                changes[annotator] = _change(right[start:stop].astype(np.float64))
                changes[annotator, 3] += start
        tested = ~np.isnan(changes[:, 0])
        p_values = np.full(n_annotators, np.nan)
        p_values[tested] = adjusted(kolmogorov(changes[tested, 0]), self.correction)
        suspect = (p_values <= self.level) & (changes[:, 2] < changes[:, 1])
        changed = tested & ~np.isnan(changes[:, 2])
        at = np.full(n_annotators, np.nan)
        at[changed] = answers.submitted_at[order[changes[changed, 3].astype(np.int64)]]
        columns = {"before": changes[:, 1], "after": changes[:, 2], "changed_at": at, "p_value": p_values}
        found = pl.DataFrame(
            {
                "annotator": answers.annotator_ids,
                "answers": np.bincount(answers.annotators, minlength=n_annotators),
                "compared": np.diff(starts),
            }
            | {name: pl.Series(column).fill_nan(None) for name, column in columns.items()}
            | {"suspect": suspect}
        )
        since = np.where(suspect, changes[:, 3], np.inf)[answers.annotators[order]]
        shown = order[(np.arange(len(order)) >= since) & ~right]
        evidence = pl.DataFrame(
            {
                "annotator": answers.annotator_ids.gather(answers.annotators[shown]),
                "task": answers.task_ids.gather(answers.tasks[shown]),
                "submitted_at": answers.submitted_at[shown],
                "label": answers.label_values.gather(answers.labels[shown]),
                "expected": answers.label_values.gather(expected[shown]),
            }
        )
        return found, evidence


def _change(right: FloatArray) -> FloatArray:
    """Return the statistic, the shares right before and after the change, and the first position after it.

    Where all answers are right, or none, nothing can have changed: the statistic is 0, and there is no change.
    """
    n, total = len(right), right.sum()
    if total in {0, n}:
        return np.array([0.0, total / n, np.nan, 0.0])
    sums = np.cumsum(right)[:-1]
    places = np.arange(1, n)
    off = np.abs(sums - places * total / n)
    place = int(off.argmax())
    share = total / n
    before, after = sums[place] / places[place], (total - sums[place]) / (n - places[place])
    return np.array([off[place] / np.sqrt(n * share * (1 - share)), before, after, places[place]])
