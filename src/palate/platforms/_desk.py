"""Who sees which task when: pages are made up, answered and counted one after the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from palate.core.coding import IntArray
from palate.core.progress import Progress
from palate.platforms.base import Pool

__all__ = ["Desk", "Page"]

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Page:
    """One page, answered.

    Args:
        annotator: Who (code).
        tasks: What was on it, in the order shown (codes).
        labels: The answers (codes).
    """

    annotator: int
    tasks: IntArray
    labels: IntArray


class Desk:
    """Hands out pages of a pool until every task has its answers.

    Args:
        pool: What is asked.
        truth: Each task's true label, codes, shape (n_tasks,).
        golden: Whether each task is golden, likewise.
        confusion: Shape (n_annotators, n_labels, n_labels).
        activity: How often each annotator comes, shape (n_annotators,).
        rng: For who comes, what they see and what they answer.
    """

    def __init__(
        self,
        pool: Pool,
        truth: IntArray,
        golden: BoolArray,
        confusion: FloatArray,
        *,
        activity: FloatArray,
        rng: np.random.Generator,
    ) -> None:
        n_annotators, n_tasks = len(activity), len(truth)
        self._pool, self._truth, self._golden, self._activity = pool, truth, golden, activity
        self._steps = np.cumsum(confusion, axis=2)[:, :, :-1]
        self._rng = rng
        self._order = rng.permutation(n_tasks)
        self._unseen = np.ones((n_annotators, n_tasks), dtype=np.bool_)
        self._open = ~golden
        self._counts = np.zeros((n_tasks, len(pool.labels)), dtype=np.int64)
        # How many open tasks each annotator has not seen.
        self._available = np.full(n_annotators, int(self._open.sum()))

    def pages(self, progress: Progress) -> list[Page]:
        """Return all pages, in the order in which they were taken."""
        expected = int(self._open.sum()) * self._pool.overlap
        done = 0
        pages = []
        while self._open.any():
            annotator = self._next_annotator()
            tasks = self._make_up(annotator)
            page = Page(annotator, tasks, self._answer(annotator, tasks))
            self._count(page)
            pages.append(page)
            done += int((~self._golden[tasks]).sum())
            progress(min(done, expected), expected)
        return pages

    def _next_annotator(self) -> int:
        """Return who comes next: by activity among those who can fill a page, else who can fill most of it."""
        full = self._pool.page_size - self._pool.golden_per_page
        can_fill = self._available >= full
        if not can_fill.any():
            return int(np.argmax(self._available))
        cumulative = np.cumsum(np.where(can_fill, self._activity, 0.0))
        # In (0, total], so that nobody without weight is found, at either end.
        place = (1.0 - self._rng.random()) * cumulative[-1]
        return int(np.searchsorted(cumulative, place))

    def _make_up(self, annotator: int) -> IntArray:
        """Return golden tasks that the annotator has not seen and the first open ones, mixed."""
        unseen = self._unseen[annotator]
        golden = np.flatnonzero(unseen & self._golden)
        chosen = self._rng.permutation(golden)[: self._pool.golden_per_page]
        waiting = self._order[(unseen & self._open)[self._order]]
        tasks = np.concatenate([chosen, waiting[: self._pool.page_size - len(chosen)]])
        return self._rng.permutation(tasks).astype(np.int32)

    def _answer(self, annotator: int, tasks: IntArray) -> IntArray:
        drawn = self._rng.random(len(tasks))
        steps = self._steps[annotator, self._truth[tasks]]
        labels: IntArray = (drawn[:, None] >= steps).sum(axis=1, dtype=np.int32)
        return labels

    def _count(self, page: Page) -> None:
        """Note the answers, and close the tasks that have enough."""
        tasks = page.tasks
        self._available[page.annotator] -= int(self._open[tasks].sum())
        self._unseen[page.annotator, tasks] = False
        self._counts[tasks, page.labels] += 1
        answers = self._counts[tasks].sum(axis=1)
        # A hair less, so that 2 of 3 reach a share given as 2 / 3.
        agreed = self._counts[tasks].max(axis=1) >= self._pool.agreed_share * answers - 1e-9
        enough = (answers >= self._pool.overlap_max) | ((answers >= self._pool.overlap) & agreed)
        closed = tasks[enough & self._open[tasks]]
        self._open[closed] = False
        self._available -= self._unseen[:, closed].sum(axis=1)
