"""What every aggregator of texts finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from palate.aggregation._aggregator import Result
from palate.aggregation.texts._coded import FloatArray

__all__ = ["TextFit", "TextResult"]


@dataclass(frozen=True)
class TextFit:
    """What an aggregator found.

    Args:
        texts: One text a task.
        weights: float64, shape (n_annotators,): how much the answers of each count, 1 on average; NaN where
            nothing is known, because each answer of theirs is the only one to its task.
        converged: Whether the method settled.
        iterations: How many passes it made.
        log_likelihood: What it maximized, one value an iteration; empty where there is none.
    """

    texts: list[str]
    weights: FloatArray
    converged: bool = True
    iterations: int = 1
    log_likelihood: tuple[float, ...] = ()


@dataclass(frozen=True, kw_only=True)
class TextResult(Result):
    """Aggregated texts. The frames are of the caller's own kind.

    Args:
        texts: Columns ``task, text``.
        annotators: Columns ``annotator, answers, weight`` (1 on average; missing where nothing is known) and
            ``agreement`` (share of the annotator's answers that equal the result, letter by letter).
    """

    texts: Any
    annotators: Any
