"""Answers about the items of queries, with the task table or with query and item beside each answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.aggregation.labels import CodedAnswers
from palate.aggregation.labels._coded import Duplicates
from palate.aggregation.labels._tables import code_answers
from palate.core.coding import encode_like
from palate.core.errors import InputError
from palate.core.frames import IntoTable, read_table
from palate.core.tables import ANNOTATOR, ANSWERS, GRADED_TASKS, ITEM, QUERY, Table
from palate.inference.base import FloatArray

__all__ = ["JudgedAnswers", "read_answers"]

_ANSWERS_OF_ITEMS = Table("answers", (QUERY, ITEM, ANNOTATOR, ANSWERS.column("label")))


@dataclass(frozen=True)
class JudgedAnswers:
    """Answers in codes, and which items of which queries they judge.

    Args:
        coded: All answers, those to golden tasks that judge nothing among them.
        judged: Columns ``query, item``: what is judged.
        rows: int64, shape (n_judged,): the code of each one's task.
        grade_values: The label of each code as a grade, shape (n_labels,).
        notes: What was left out, as sentences.
    """

    coded: CodedAnswers
    judged: pl.DataFrame
    rows: npt.NDArray[np.int64]
    grade_values: FloatArray
    notes: tuple[str, ...]

    @property
    def answers_each(self) -> npt.NDArray[np.int64]:
        """How many answers to judged tasks each annotator gave, shape (n_annotators,)."""
        of_judged = np.zeros(len(self.coded.task_ids), dtype=np.bool_)
        of_judged[self.rows] = True
        counted = np.repeat(of_judged, np.diff(self.coded.offsets))
        return np.bincount(self.coded.annotators[counted], minlength=len(self.coded.annotator_ids))

    def grades(self, posterior: FloatArray, *, expected: bool) -> FloatArray:
        """Return the grade of each judged item: the mean over its posterior, or that of the most probable label."""
        of_judged = posterior[self.rows]
        return of_judged @ self.grade_values if expected else self.grade_values[of_judged.argmax(axis=1)]


def read_answers(
    answers: IntoTable,
    tasks: IntoTable | None,
    golden: IntoTable | None,
    on_duplicate: Duplicates = "error",
) -> JudgedAnswers:
    """Return checked answers in codes.

    Args:
        answers: Columns ``task, annotator, label``; without ``tasks``, ``query, item, annotator, label``.
        tasks: Columns ``task, query, item``. Answers to other tasks help to know the annotators.
        golden: Known labels of tasks, columns ``task, label``; needs ``tasks``.
        on_duplicate: What to do where an annotator answers a task more than once.

    Raises:
        InputError: A table is not what it should be, tasks and answers share no task, an item is judged by two tasks, or
            labels are not numbers.
    """
    if tasks is None:
        if golden is not None:
            raise InputError("Golden tasks are known by their task: give the tasks (task, query, item), too.")
        table = read_table(
            answers, _ANSWERS_OF_ITEMS, where="answers" if isinstance(answers, pl.DataFrame) else None
        )
        pairs = table.select("query", "item").unique(maintain_order=True).with_row_index("task")
        coded = code_answers(
            table.join(pairs, on=["query", "item"], maintain_order="left"), None, on_duplicate
        )
        asked = pairs
    else:
        coded = code_answers(answers, golden, on_duplicate)
        asked = read_table(tasks, GRADED_TASKS)
    codes = encode_like(asked["task"], coded.task_ids).astype(np.int64)
    if (codes < 0).all():
        raise InputError(
            f"The tasks share no id with the answers: ids look like '{asked['task'][0]}' here and"
            f" '{coded.task_ids[0]}' there.",
            where="tasks",
            column="task",
        )
    judged = asked.select("query", "item").filter(pl.Series(codes >= 0))
    _refuse_repeated(judged)
    return JudgedAnswers(coded, judged, codes[codes >= 0], _numbers(coded.label_values), _notes(asked, codes))


def _refuse_repeated(judged: pl.DataFrame) -> None:
    repeated = judged.filter(judged.is_duplicated())
    if len(repeated):
        query, item = repeated.row(0)
        raise InputError(
            f"Two tasks ask for item '{item}' of query '{query}'. Give both the same task, or leave one out.",
            where="tasks",
        )


def _numbers(labels: pl.Series) -> FloatArray:
    numbers = labels.cast(pl.Float64, strict=False)
    if numbers.null_count() or not numbers.is_finite().all():
        found = ", ".join(f"'{label}'" for label in labels.head(4))
        raise InputError(
            f"Values need grades: labels that are numbers, such as 0, 1 and 2. The labels here are {found}."
            " Replace each by its grade.",
            where="answers",
            column="label",
        )
    return numbers.to_numpy()


def _notes(asked: pl.DataFrame, codes: npt.NDArray[np.int64]) -> tuple[str, ...]:
    unanswered = asked["task"].filter(pl.Series(codes < 0))
    if not len(unanswered):
        return ()
    shown: Sequence[str] = [str(task) for task in unanswered.head(3)]
    return (
        f"nobody answered {len(unanswered):,} of {len(asked):,} tasks, such as {', '.join(shown)}; their items are not judged.",
    )
