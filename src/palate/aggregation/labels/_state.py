"""Answers as they come: add some, take an annotator out, ask what is believed now."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from palate.aggregation.labels._answer_log import AnswerLog
from palate.aggregation.labels._beliefs import Beliefs
from palate.aggregation.labels.base import LabelAggregator, LabelResult
from palate.core.errors import InputError
from palate.core.frames import IntoTable

__all__ = ["LabelState", "load_state"]


class LabelState:
    """Answers that keep coming, and what a method makes of them. ``method.start()`` returns an empty one.

    Adding answers costs as much as there is of them and of their tasks' other answers. For Dawid–Skene it makes
    one pass of incremental expectation–maximization over those tasks (Neal and Hinton, 1998).

    ``result()`` is what ``method.aggregate`` finds for all answers at once, to the last bit, in whatever order and
    batches they came; nothing is read, checked or encoded again. For Dawid–Skene it starts from vote shares, because
    expectation–maximization finds the nearest maximum: from elsewhere it may find another. ``result(warm=True)``
    starts from what is believed now, which takes fewer passes. It raises the same likelihood and ends where no pass
    raises it, most often at the same maximum, but this is not promised.

    Args:
        method: The settings.
        beliefs: What the method keeps beside the answers.
        log: The answers.

    Its ``source`` is an empty dataframe of the kind that results have.

    >>> import polars as pl
    >>> from palate.aggregation.labels import MajorityVote
    >>> state = MajorityVote().start()
    >>> state.add(pl.DataFrame({"task": [1, 1], "annotator": ["a", "b"], "label": ["cat", "dog"]}))
    >>> state.add(pl.DataFrame({"task": [1, 2], "annotator": ["c", "c"], "label": ["cat", "dog"]}))
    >>> state.posterior_of(1)
    {'cat': 0.66..., 'dog': 0.33...}
    >>> state.remove("c")
    >>> state.result().labels.rows()
    [(1, 'cat', 0.5)]
    """

    def __init__(self, method: LabelAggregator, beliefs: Beliefs, log: AnswerLog) -> None:
        self.method = method
        self.beliefs = beliefs
        self.log = log
        self.source: Any = pl.DataFrame()

    def __len__(self) -> int:
        """Return how many answers there are."""
        return len(self.log)

    def add(self, answers: IntoTable) -> None:
        """Add answers (columns ``task, annotator, label``); tasks, annotators and labels may be new.

        Nothing is added if any of them is refused.

        Args:
            answers: A dataframe or a path. Results are dataframes of the kind that came first.

        Raises:
            InputError: The answers are missing columns or values, are empty, have ids of another type than those
                before, or answer a task that their annotator has answered; the text names the row.
        """
        table = self.log.read(answers)
        if not len(self.log):
            self.source = _nothing_like(answers)
        tasks = np.unique(self.log.task_ids.find(table["task"])).astype(np.int64)
        self.beliefs.forget(self.log, tasks[tasks >= 0])
        self.log.append(table)
        self.beliefs.learn(self.log, np.unique(self.log.task_ids.find(table["task"])).astype(np.int64))

    def remove(self, annotator: Any) -> None:
        """Take out all answers of an annotator, as if they had never come.

        Raises:
            InputError: There is no answer by this annotator.
        """
        code = self.log.annotator_ids.code(annotator)
        tasks = np.empty(0, dtype=np.int64) if code is None else self.log.tasks_of(code)
        if code is None or not len(tasks):
            raise InputError(f"There is no answer by annotator {annotator!r}.", column="annotator")
        self.beliefs.forget(self.log, tasks)
        self.log.remove(code)
        self.beliefs.learn(self.log, tasks)

    def result(self, *, warm: bool = False) -> LabelResult:
        """Return the judgments of all answers, as ``method.aggregate`` does, and believe them from now on.

        Args:
            warm: Start from what is believed now instead of from nothing: faster, and not promised to be the same.

        Raises:
            InputError: There are no answers.
        """
        from palate.aggregation.labels._tables import result_tables

        ordered = self.log.sorted()
        fit = self.beliefs.fit(self.log, ordered, warm=warm)
        return result_tables(self.method, ordered.answers, fit, self.source)

    def posterior_of(self, task: Any) -> dict[Any, float]:
        """Return the probability of each label of a task, in a fraction of a millisecond.

        For votes it is exact. For Dawid–Skene it is an approximation until the next ``result()``: the confusion
        kept is applied to the task's answers, and what they teach about annotators does not reach other tasks.

        Raises:
            InputError: The task has no answers.
        """
        code = self.log.task_ids.code(task)
        tasks = np.array([] if code is None else [code], dtype=np.int64)
        if not len(self.log.chained(tasks)[1]):
            raise InputError(f"Task {task!r} has no answers.", column="task")
        probabilities = self.beliefs.posterior(self.log, tasks)[0].tolist()
        return dict(sorted(zip(self.log.label_ids.values, probabilities, strict=True)))

    def save(self, path: str | Path) -> None:
        """Write everything to one file, whole or not at all; :func:`load_state` reads it.

        Raises:
            OutputError: The file cannot be written there.
        """
        from palate.aggregation.labels._state_file import write_state

        write_state(self, Path(path))


def load_state(path: str | Path) -> LabelState:
    """Return the state that ``save`` wrote. Its results are polars dataframes until answers of another kind are first.

    Raises:
        InputError: There is no such file, or it is damaged or no state.
    """
    from palate.aggregation.labels._state_file import read_state

    return read_state(Path(path))


def _nothing_like(answers: IntoTable) -> Any:
    """Return an empty dataframe of the same kind, which says what results should be and holds no rows."""
    if isinstance(answers, (str, Path, pl.DataFrame)):
        return pl.DataFrame()
    if isinstance(answers, pl.LazyFrame):
        return pl.LazyFrame()
    import narwhals as nw

    empty = nw.from_native(answers).head(0)
    return empty if empty is answers else empty.to_native()
