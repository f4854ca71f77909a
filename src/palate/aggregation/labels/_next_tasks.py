"""Which tasks to ask one more annotator about: those whose error can fall most for the money."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from math import isfinite
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.aggregation.labels._answer_log import AnswerLog
from palate.aggregation.labels._state import LabelState
from palate.aggregation.labels.base import FloatArray
from palate.core.coding import encode
from palate.core.errors import InputError, SettingsError
from palate.core.frames import like

__all__ = ["next_tasks"]

_DIGITS = 12
"""Beyond them, gains differ by rounding only, and the order of answers would decide."""


def next_tasks(
    state: LabelState,
    budget: float | Decimal,
    *,
    cost: float | Decimal | Mapping[Any, float | Decimal] = 1.0,
    confidence: float = 0.99,
    max_overlap: int = 10,
    tasks: Iterable[Any] | None = None,
) -> Any:
    """Return the tasks that are most worth one more answer each, best first.

    The worth of a task is the probability that its most probable label is wrong: by so much the expected error falls if
    further answers settle it, the expected value of perfect information (Raiffa and Schlaifer, 1961). Tasks are ranked by
    worth over cost, then by doubt, and taken while the money lasts. To look a few answers ahead with the crowd as it is on
    average saves less money on real answers (``bench/next_tasks.py``): it takes disputed tasks, which need more answers
    than that, for hopeless. The same state gives the same tasks.

    Posteriors are taken with caution. Vote shares get one more vote, spread over the labels. Annotators with confusion
    matrices are taken to be mostly right until many answers say otherwise: with an answer or two a task, what the crowd
    mistakes is itself a guess, and to rank by it saves less. To be left alone, a task must also be sure to those who take
    annotators to err as the crowd does, and answers to one task to err together. To rank by that would spend the
    money on tasks that more answers do not settle.

    Args:
        state: The answers there are.
        budget: Dollars for this round; each task is taken once at most.
        cost: Dollars an answer, for all tasks or by task.
        confidence: A task whose most probable label has at least this probability is not asked about again.
        max_overlap: Nor is a task with so many answers.
        tasks: The tasks to choose from, also those nobody answered yet; those of the state by default.

    Returns:
        Columns ``task``, ``answers`` (so far), ``probability`` (of the best label, by the less sure of both posteriors),
        ``gain`` (worth a dollar) and ``cost``, in the state's kind of dataframe; no rows when all tasks are sure or have
        enough answers.

    Raises:
        SettingsError: A setting is outside its range, or a task has no cost.
        InputError: The state knows fewer than two labels, or tasks are of another type than its.
    """
    _check(budget, confidence, max_overlap)
    log = state.log
    if len(log.label_ids) < 2:
        raise InputError(
            f"The state knows {len(log.label_ids)} labels; what to ask needs at least 2. Start it with labels=[…]."
        )
    ids, together, n_answers = _open_tasks(log, state.beliefs.cautious(log), tasks, max_overlap)
    apart = _open_tasks(log, state.beliefs.cautious(log, together=False), tasks, max_overlap)[1]
    best = np.minimum(together.max(axis=1), apart.max(axis=1))
    unsure = np.flatnonzero(best < confidence)
    ids, n_answers, best = ids.gather(unsure), n_answers[unsure], best[unsure]
    costs = _costs(cost, ids)
    worth = 1 - apart[unsure].max(axis=1)
    gain = worth / np.array([float(price) for price in costs]) if costs else worth
    order = np.lexsort((np.arange(len(ids)), n_answers, best.round(_DIGITS), -gain.round(_DIGITS)))
    taken = _affordable(order, costs, Decimal(str(budget)))
    found = pl.DataFrame(
        {
            "task": ids.gather(taken),
            "answers": n_answers[taken],
            "probability": best[taken],
            "gain": gain[taken],
            "cost": pl.Series([float(costs[place]) for place in taken], dtype=pl.Float64),
        }
    )
    return like(state.source, found)


def _check(budget: float | Decimal, confidence: float, max_overlap: int) -> None:
    if not (isfinite(budget) and budget >= 0):
        raise SettingsError(f"'budget' must be a number of dollars from 0 on; it is {budget}.")
    if not 0 < confidence <= 1:
        raise SettingsError(f"'confidence' must be above 0 and at most 1; it is {confidence}.")
    if max_overlap < 1:
        raise SettingsError(f"'max_overlap' must be at least 1; it is {max_overlap}.")


def _open_tasks(
    log: AnswerLog, believed: FloatArray, tasks: Iterable[Any] | None, max_overlap: int
) -> tuple[pl.Series, FloatArray, npt.NDArray[np.int64]]:
    """Return the tasks that may be asked about, in order of their ids, their posterior and number of answers."""
    n_answers, n_labels = log.n_answers(), len(log.label_ids)
    answered = n_answers > 0
    prior = believed[answered].mean(axis=0) if answered.any() else np.full(n_labels, 1 / n_labels)
    if tasks is None:
        codes = np.arange(len(log.task_ids))
        ids = log.task_ids.series()
    else:
        ids = pl.Series("task", list(tasks)).unique()
        if len(ids):
            log.task_ids.check(ids, "tasks")
        codes = log.task_ids.find(ids).astype(np.int64) if len(ids) else np.empty(0, dtype=np.int64)
    new = codes < 0
    rows, counts = np.append(believed, prior[np.newaxis], axis=0)[codes], np.append(n_answers, 0)[codes]
    golden = np.append(log.golden, np.int32(-1))[codes]
    rows[new | ((counts == 0) & (golden < 0))] = prior
    kept = np.flatnonzero((golden < 0) & (counts < max_overlap))
    ids = ids.gather(kept)
    order = np.argsort(encode(ids).codes) if len(ids) else np.empty(0, dtype=np.int64)
    return ids.gather(order), rows[kept][order], counts[kept][order]


def _costs(cost: float | Decimal | Mapping[Any, float | Decimal], ids: pl.Series) -> list[Decimal]:
    if isinstance(cost, Mapping):
        missing = [task for task in ids.to_list() if task not in cost]
        if missing:
            raise SettingsError(f"Task {missing[0]!r} has no cost ({len(missing):,} tasks like it). Add it.")
        costs = [Decimal(str(cost[task])) for task in ids.to_list()]
    else:
        costs = [Decimal(str(cost))] * max(len(ids), 1)
    wrong = next((price for price in costs if not (price.is_finite() and price > 0)), None)
    if wrong is not None:
        raise SettingsError(f"'cost' must be a number of dollars above 0; it is {wrong}.")
    return costs[: len(ids)]


def _affordable(order: npt.NDArray[np.int64], costs: list[Decimal], budget: Decimal) -> npt.NDArray[np.int64]:
    """Return the places, best first, that the money lasts for; a dearer one does not keep out a cheaper."""
    taken = []
    for place in order.tolist():
        if costs[place] <= budget:
            budget -= costs[place]
            taken.append(place)
    return np.array(taken, dtype=np.int64)
