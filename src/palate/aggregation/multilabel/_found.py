"""What every aggregator of sets of labels finds, in codes and as sets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from palate.aggregation._aggregator import Result
from palate.aggregation.multilabel._coded import BoolArray, FloatArray

__all__ = ["MultilabelFit", "MultilabelResult"]


@dataclass(frozen=True)
class MultilabelFit:
    """What an aggregator found, in codes.

    Args:
        decided: bool, shape (n_tasks, n_labels): the set of each task.
        probabilities: float64, shape (n_tasks, n_labels), each in [0, 1].
        skill: float64, shape (n_annotators,), in [0, 1].
        tied: bool, shape (n_tasks,): whether another set would have been as good.
        log_likelihood: What the method maximizes, one value an iteration; empty where there is none.
        converged: Whether the method stopped because it had settled.
        iterations: How many passes it made.
    """

    decided: BoolArray
    probabilities: FloatArray
    skill: FloatArray
    tied: BoolArray
    log_likelihood: tuple[float, ...] = ()
    converged: bool = True
    iterations: int = 1


@dataclass(frozen=True, kw_only=True)
class MultilabelResult(Result):
    """Sets of labels with what is needed to judge them. The frames are of the caller's own kind.

    Args:
        labels: Columns ``task, labels``: the sorted list of labels, which may be empty.
        probabilities: Columns ``task`` and one a label.
        annotators: Columns ``annotator, answers, skill, agreement`` (mean MASI similarity of the annotator's sets
            to the decided ones) and, with golden tasks, ``golden_answers, golden_similarity``.
        tie_share: Share of tasks for which another set would have been as good.
    """

    labels: Any
    probabilities: Any
    annotators: Any
    tie_share: float
