"""What methods share that start from vote shares, or from what they found for other answers."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

from palate.aggregation.labels._votes import vote_shares
from palate.aggregation.labels.base import CodedAnswers, LabelAggregator, LabelFit, Start
from palate.core.progress import Progress, no_progress

__all__ = ["ContinuingAggregator"]


@dataclass(frozen=True)
class ContinuingAggregator(LabelAggregator):
    """Settings of a method whose passes over the answers can begin at any posterior."""

    def fit(self, answers: CodedAnswers, progress: Progress = no_progress) -> LabelFit:
        """Return what passes over the answers lead to from vote shares.

        Raises:
            InputError: These answers do not fit in memory with what the method learns of them, or it cannot use them.
        """
        return self.fit_from(answers, Start(vote_shares(answers)), progress)

    @abstractmethod
    def fit_from(self, answers: CodedAnswers, start: Start, progress: Progress = no_progress) -> LabelFit:
        """Return what passes over the answers lead to from the posterior of ``start``."""
