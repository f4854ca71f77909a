"""Answers as they come: add some, take an annotator out, ask what is believed now."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from palate.aggregation._id_log import nothing_like
from palate.aggregation.labels._answer_log import AnswerLog
from palate.aggregation.labels._beliefs import Beliefs, KeptConfusions, KeptSkills, KeptVotes
from palate.aggregation.labels.base import LabelAggregator, LabelResult
from palate.aggregation.labels.majority_vote import MajorityVote
from palate.aggregation.labels.registry import label_aggregators
from palate.core.errors import InputError, SettingsError
from palate.core.frames import IntoTable

__all__ = ["LabelState", "load_state", "new_state"]


class LabelState:
    """Answers that keep coming, and what a method makes of them. ``method.start()`` returns an empty one.

    Adding answers costs as much as there is of them and of their tasks' other answers. For methods with confusion
    matrices it makes one pass of incremental expectation–maximization over those tasks (Neal and Hinton, 1998); the
    others weigh the answers by the skills of the last result.

    ``result()`` is what ``method.aggregate`` finds for all answers at once, to the last bit, in whatever order and
    batches they came; nothing is read, checked or encoded again. Methods that go over the answers again and again start
    from vote shares there, because they find the nearest maximum: from elsewhere they may find another.
    ``result(warm=True)`` starts from what is believed now, which takes fewer passes. It raises the same likelihood and
    ends where no pass raises it, most often at the same maximum, but this is not promised.

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

        Nothing is added if any of them is refused. A second answer of an annotator to a task is, unless the state was
        started to take the first or the last of them, or all; the last is the one that was added last.

        Args:
            answers: A dataframe or a path. Results are dataframes of the kind that came first.

        Raises:
            InputError: The answers are missing columns or values, are empty, have ids of another type than those
                before, or answer a task that their annotator has answered; the text names the row.
        """
        table = self.log.read(answers)
        if not len(self.log):
            self.source = nothing_like(answers)
        before = np.unique(self.log.task_ids.find(table["task"])).astype(np.int64)
        self.beliefs.forget(self.log, before[before >= 0])
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

        For majority votes it is exact. For other methods it is that of the last ``result()``, or, where the task's answers
        changed since, an approximation: what is known of the annotators is applied to the task's answers, and what
        these teach about annotators does not reach other tasks.

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


def new_state(method: LabelAggregator, log: AnswerLog) -> LabelState:
    """Return a state with these answers, mostly none.

    Raises:
        SettingsError: The method cannot go on from what it found.
    """
    beliefs: Beliefs
    if isinstance(method, MajorityVote):
        beliefs = KeptVotes(method)
    elif method.keeps in {"weights", "skills"}:
        beliefs = KeptSkills(method)
    elif method.keeps == "confusions":
        beliefs = KeptConfusions(method, log)
    else:
        able = ", ".join(label_aggregators.name_of(other) for other in label_aggregators if other.keeps)
        raise SettingsError(
            f"{label_aggregators.name_of(method)} cannot go on as answers come: it begins anew with every answer more."
            f" Aggregate all answers at once, or choose one of {able}."
        )
    return LabelState(method, beliefs, log)


def load_state(path: str | Path) -> LabelState:
    """Return the state that ``save`` wrote. Its results are polars dataframes until answers of another kind are first.

    Raises:
        InputError: There is no such file, or it is damaged or no state.
    """
    from palate.aggregation.labels._state_file import read_state

    return read_state(Path(path))
