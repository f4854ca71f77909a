"""M-MSR: learn skills from how often pairs of annotators agree, whatever a minority of them is up to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from palate.aggregation.labels._votes import task_of_answers
from palate.aggregation.labels.base import CodedAnswers, FloatArray, Keeps, LabelAggregator, LabelFit
from palate.core.errors import InputError, SettingsError
from palate.core.progress import Progress, no_progress
from palate.core.settings import check_counts

__all__ = ["MMSR"]

_MOST_PAIRS = 1 << 26
"""Pairs of annotators beyond which what is kept of them (several numbers each) is too much for most machines."""

_START = 0.5
"""Reliability to start from, and of annotators who share no task with another: halfway from guessing to knowing."""

_LEAST_FACTOR = 1e-3
"""Agreement with an annotator of a reliability closer to 0 says nothing; dividing by less would only add noise."""

_NO_GAIN = 1e-9
"""A gain in fit so small is rounding; counting it could turn signs forever."""

_CERTAIN = 1e-9
"""With a single label nobody can be wrong; log-odds need a little doubt."""


@dataclass(frozen=True)
class MMSR(LabelAggregator):
    """Robust rank-one matrix completion. Ma and Olshevsky, "Adversarial crowdsourcing", 2020, algorithm 2.

    If annotators err independently and in all ways alike, and reliability is ``s = (K * skill - 1) / (K - 1)`` with
    K labels (1 knows, 0 guesses, below 0 misleads), then the agreement of two annotators on their common tasks,
    on the same scale, is the product of their reliabilities. So each of an annotator's partners states a
    reliability for them, and a trimmed mean of these statements, repeated until it settles, withstands partners
    who collude. Signs are settled so that no annotator's could change and fit the agreements better, starting
    from all being rather right than wrong, but those whom golden tasks contradict. Then each answer counts by its skill's log-odds, which gives the
    posterior of the one-coin model with all labels equally probable beforehand.

    Differences from the paper, made for sparse answers: only pairs with common tasks are kept; each leaves out a
    share of its statements, not a number common to all, which the annotator with the fewest partners would set;
    agreements on few tasks, and skills from few answers, are drawn towards guessing. Golden tasks have their known
    label and act as one more annotator who is always right. Mean accuracy over eight public data sets is 79.1%;
    without drawing agreements in and with half as much trimming 78.4%; by majority vote 77.8%.

    Args:
        max_iter: Most passes over the pairs.
        tolerance: Stop when no reliability changes by more than this.
        trim: Share of an annotator's partners whose statements may be left out at each end, from 0 to below 0.5:
            how many may be up to no good.
        shrink: An agreement on n tasks counts ``n / (n + shrink)`` of itself.

    >>> import polars as pl
    >>> rows = [(task, name, "x" if name == "d" else "xyz"[task % 3]) for task in range(9) for name in "abcd"]
    >>> answers = pl.DataFrame(rows, schema=["task", "annotator", "label"], orient="row")
    >>> MMSR().aggregate(answers).labels["label"].to_list()
    ['x', 'y', 'z', 'x', 'y', 'z', 'x', 'y', 'z']
    """

    keeps: ClassVar[Keeps | None] = "skills"

    max_iter: int = 200
    tolerance: float = 1e-6
    trim: float = 0.4
    shrink: float = 5.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_counts(max_iter=self.max_iter)
        if not 0 <= self.trim < 0.5:
            raise SettingsError(f"'trim' must be from 0 to below 0.5; it is {self.trim}.")
        for name in ("tolerance", "shrink"):
            value = getattr(self, name)
            if not 0 <= value < np.inf:
                raise SettingsError(f"'{name}' must be a number from 0 on; it is {value}.")

    def fit(self, answers: CodedAnswers, progress: Progress = no_progress) -> LabelFit:
        """Return skills, and the posterior under them.

        Raises:
            InputError: So many annotators share tasks that their pairs do not fit in memory.
        """
        from palate.aggregation.labels._one_coin_passes import OneCoinPasses

        agreement, n_common = _agreements(answers)
        agreement.data *= n_common / (n_common + self.shrink) if self.shrink else 1.0
        n_annotators, n_labels = len(answers.annotator_ids), len(answers.label_values)
        sizes, converged, iterations = self._complete(agreement, n_annotators, progress)
        agreement.data *= n_common
        reliability = sizes * _signs(agreement, sizes, n_annotators)
        skill = _skill(reliability[:n_annotators], np.bincount(answers.annotators), n_labels)
        passes = OneCoinPasses(answers)
        passes.expect(skill, np.full(n_labels, 1 / n_labels))
        return LabelFit(passes.posterior, skill, converged=converged, iterations=iterations)

    def _complete(
        self, agreement: Any, n_annotators: int, progress: Progress
    ) -> tuple[FloatArray, bool, int]:
        """Return the sizes of the reliabilities whose products are nearest to the sizes of the agreements."""
        from palate.aggregation.labels._rank_one_kernel import trimmed_means

        products = np.abs(agreement.data)
        rows, columns = (np.full(agreement.shape[0], _START) for _ in range(2))
        rows[n_annotators:] = columns[n_annotators:] = 1.0  # the known labels
        ratios = np.empty_like(products)
        converged = False
        iterations = 0
        while not converged and iterations < self.max_iter:
            before = rows.copy()
            for factors, others in ((columns, rows), (rows, columns)):
                floor = np.maximum(others, _LEAST_FACTOR)
                trimmed_means(
                    agreement.indptr, agreement.indices, products, floor, self.trim, factors, ratios
                )
                factors[n_annotators:] = 1.0
            converged = bool(np.abs(rows - before).max() <= self.tolerance)
            iterations += 1
            progress(iterations, self.max_iter)
        return np.sqrt(rows * columns), converged, iterations


def _agreements(answers: CodedAnswers) -> tuple[Any, FloatArray]:
    """Return the agreement of each two annotators with common tasks, chance-corrected, and how many these are.

    Returns:
        A symmetric sparse matrix without diagonal, with a last row for the known labels if there are some; and
        the number of common tasks of each of its entries.
    """
    from scipy.sparse import csr_array

    tasks, annotators, labels = task_of_answers(answers), answers.annotators, answers.labels
    known = np.flatnonzero(answers.golden >= 0)
    n_tasks, n_labels = len(answers.task_ids), len(answers.label_values)
    n_rows = len(answers.annotator_ids) + (len(known) > 0)
    tasks = np.concatenate([tasks, known]).astype(np.int64)
    annotators = np.concatenate([annotators, np.full(len(known), n_rows - 1)])
    labels = np.concatenate([labels, answers.golden[known]])
    if min(int(np.sum(np.bincount(tasks) ** 2)), n_rows**2) > _MOST_PAIRS:
        raise InputError(
            f"m_msr compares annotators in pairs; {n_rows:,} annotators with so many common tasks do not fit in"
            " memory. Choose one_coin_dawid_skene, which learns the same skills one by one."
        )
    ones = np.ones(len(tasks))
    did = csr_array((ones, (annotators, tasks)), shape=(n_rows, n_tasks))
    said = csr_array((ones, (annotators, tasks * n_labels + labels)), shape=(n_rows, n_tasks * n_labels))
    common = (did @ did.T).tocoo()
    others = common.row != common.col
    row, column, n_common = common.row[others], common.col[others], common.data[others]
    same = np.zeros(0)
    if len(row):  # no entries would come back as a sparse array
        same = np.asarray((said @ said.T).tocsr()[row, column]).ravel()
    corrected = (n_labels * same / n_common - 1) / max(n_labels - 1, 1)
    agreement, counts = (
        csr_array((data, (row, column)), shape=did.shape[:1] * 2) for data in (corrected, n_common)
    )
    agreement.sort_indices()
    counts.sort_indices()
    return agreement, counts.data


def _signs(agreement: Any, sizes: FloatArray, n_annotators: int) -> npt.NDArray[np.float64]:
    """Return the signs of the reliabilities: one after the other is turned while that fits the agreements better.

    At the start all are positive, but those of annotators whom known labels contradict.
    """
    signs = np.ones(len(sizes))
    known = agreement[n_annotators:]
    signs[known.indices[known.data < 0]] = -1.0
    support = sizes * (agreement @ (signs * sizes))
    while True:
        least = int(np.argmin((signs * support)[:n_annotators]))
        if signs[least] * support[least] >= -_NO_GAIN:
            return signs
        signs[least] = -signs[least]
        column = agreement[[least]]
        support[column.indices] += 2 * signs[least] * sizes[least] * sizes[column.indices] * column.data


def _skill(reliability: FloatArray, n_answers: npt.NDArray[np.intp], n_labels: int) -> FloatArray:
    """Return skills, kept as far from 0 and 1 as their number of answers leaves them uncertain."""
    margin = 1 / np.sqrt(n_answers + 1)
    lowest = -1 / max(n_labels - 1, 1)
    kept = np.clip(reliability, np.minimum(lowest + margin, 0), 1 - margin)
    skill: FloatArray = np.clip(kept * (n_labels - 1) / n_labels + 1 / n_labels, None, 1 - _CERTAIN)
    return skill
