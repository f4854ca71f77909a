"""Wawa, worker agreement with the aggregate: count votes, then count them again, weighed by who agreed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palate.aggregation.labels._votes import agreement_with, vote_shares
from palate.aggregation.labels.base import CodedAnswers, Keeps, LabelAggregator, LabelFit
from palate.core.progress import Progress, no_progress

__all__ = ["Wawa"]


@dataclass(frozen=True)
class Wawa(LabelAggregator):
    """A vote in which annotators count as much as they agreed with a first vote. Crowd-Kit; Appen's Wawa.

    The skill of an annotator is the share of their answers that equal the majority's label; where m labels
    tie for it, an answer with one of them counts 1/m, what it would get on average if the tie were broken by
    chance. The posterior of a task is each label's share of the skills of those who answered it. Golden tasks
    have their known label in both votes.

    It is a first step of expectation–maximization with weights that are too even for the truth: someone who
    guesses one of two labels still counts half as much as someone who is always right.

    >>> import polars as pl
    >>> rows = [(1, "a", "x"), (1, "b", "x"), (1, "c", "y"), (2, "a", "y"), (2, "c", "x")]
    >>> answers = pl.DataFrame(rows, schema=["task", "annotator", "label"], orient="row")
    >>> Wawa().aggregate(answers).labels.rows()
    [(1, 'x', 0.87...), (2, 'y', 0.75)]
    """

    keeps: ClassVar[Keeps | None] = "weights"

    def fit(self, answers: CodedAnswers, progress: Progress = no_progress) -> LabelFit:
        """Return shares of the weighed votes, and agreement with the first vote as skill."""
        skill = agreement_with(answers, vote_shares(answers))
        progress(1, 2)
        posterior = vote_shares(answers, skill)
        progress(2, 2)
        return LabelFit(posterior, skill, iterations=2)
