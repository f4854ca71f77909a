"""What every aggregator of numbers finds, in codes and as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from palate.aggregation._aggregator import Result
from palate.aggregation.numeric._coded import FloatArray

__all__ = ["NumericFit", "NumericResult"]


@dataclass(frozen=True)
class NumericFit:
    """What an aggregator found, in codes.

    Args:
        value: float64, shape (n_tasks,).
        low: float64, shape (n_tasks,): lower bound of the interval; NaN where the method gives none.
        high: float64, shape (n_tasks,), likewise.
        bias: float64, shape (n_annotators,): how much higher than the value an annotator answers on average.
        spread: float64, shape (n_annotators,): standard deviation of their answers around value and bias; NaN
            where it is not estimated.
        log_likelihood: What the method maximizes, one value an iteration; empty where there is none.
        converged: Whether the method stopped because it had settled.
        iterations: How many passes it made.
    """

    value: FloatArray
    low: FloatArray
    high: FloatArray
    bias: FloatArray
    spread: FloatArray
    log_likelihood: tuple[float, ...] = ()
    converged: bool = True
    iterations: int = 1


@dataclass(frozen=True, kw_only=True)
class NumericResult(Result):
    """Values with what is needed to judge them. The frames are of the caller's own kind.

    Args:
        values: Columns ``task, value, low, high``, in the answers' unit; bounds are missing where the method or
            the number of answers gives none. The interval of a golden task is its value.
        annotators: Columns ``annotator, answers, bias, spread``, in the answers' unit, and, with golden tasks,
            ``golden_answers, golden_error`` (mean absolute error on them). What too few answers leave open is
            missing.
    """

    values: Any
    annotators: Any
