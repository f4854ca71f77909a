"""What every label aggregator finds, in codes and as judgments."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from palate.aggregation._aggregator import Result
from palate.aggregation.labels._coded import FloatArray

__all__ = ["Chosen", "LabelFit", "LabelResult", "Start", "Ties"]

Ties = Literal["lowest", "random", "abstain"]


@dataclass(frozen=True)
class Chosen:
    """What a method that had a choice took, and how it tempered the posterior.

    Args:
        method: The method that was fitted.
        temperature: What its log-probabilities were divided by, found with golden tasks; None where they were not.
        correlation: Of annotators' errors, from which each task's temperature follows; None where none was estimated.
    """

    method: Any
    temperature: float | None = None
    correlation: float | None = None


@dataclass(frozen=True)
class LabelFit:
    """What an aggregator found, in codes.

    Args:
        posterior: float64, shape (n_tasks, n_labels); rows sum to 1.
        skill: float64, shape (n_annotators,), in [0, 1]: probability of a right answer on a task drawn
            from the judgments; NaN where the method does not estimate it.
        confusion: float64, shape (n_annotators, n_labels, n_labels): ``[a, truth, answer]``, rows sum to
            1; None where the method has none.
        log_likelihood: What the method maximizes, one value an iteration; empty where there is none.
        converged: Whether the method stopped because it had settled.
        iterations: How many passes it made.
        reason: Why the method did what it did, in one line, where it had a choice.
        chosen: What it chose, where it had a choice.
        by_task: Numbers of each task that the method goes on from besides the posterior, shape (n_tasks, …); None
            where it needs none.
        by_annotator: Likewise, of annotators.
    """

    posterior: FloatArray
    skill: FloatArray
    confusion: FloatArray | None = None
    log_likelihood: tuple[float, ...] = ()
    converged: bool = True
    iterations: int = 1
    reason: str = ""
    chosen: Chosen | None = None
    by_task: FloatArray | None = None
    by_annotator: FloatArray | None = None


@dataclass(frozen=True)
class Start:
    """What was found for other answers to most of the same tasks, for a method to go on from.

    Args:
        posterior: float64, shape (n_tasks, n_labels); rows sum to 1.
        by_task: What the method left in ``LabelFit.by_task``, NaN for tasks that are new; None where it left nothing.
        by_annotator: Likewise, of annotators.
    """

    posterior: FloatArray
    by_task: FloatArray | None = None
    by_annotator: FloatArray | None = None


@dataclass(frozen=True, kw_only=True)
class LabelResult(Result):
    """Judgments with what is needed to judge them. The frames are of the caller's own kind.

    Args:
        labels: Columns ``task, label, probability``: the decision and its posterior probability; where the
            method abstains there is no label, and the probability is that of each of the best.
        probabilities: Columns ``task`` and one a label: the posterior.
        annotators: Columns ``annotator, answers, skill``, the ends ``skill_low, skill_high`` of its 95% credible
            interval, ``agreement`` (share of the annotator's answers that equal the decision, where there is one)
            and, with golden tasks, ``golden_answers, golden_accuracy``. A share of no answers is missing.
        confusion: Columns ``annotator, truth, label, probability``; None where the method has none.
        tie_share: Share of tasks whose posterior has more than one highest label (to within 1e-9).
        reason: What it chose and why, in one line, where it had a choice.
        chosen: The method that it chose, and how it tempered the probabilities; None where it had no choice.
    """

    labels: Any
    probabilities: Any
    annotators: Any
    confusion: Any | None
    tie_share: float
    reason: str = ""
    chosen: Chosen | None = field(default=None, repr=False)
