"""What every aggregator of numbers takes and returns."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

from palate.aggregation._aggregator import Aggregator
from palate.aggregation.numeric._coded import CodedNumbers, FloatArray
from palate.aggregation.numeric._found import NumericFit, NumericResult
from palate.aggregation.numeric._tables import code_numbers, result_tables
from palate.core.errors import SettingsError
from palate.core.frames import IntoTable
from palate.core.progress import Progress, no_progress

__all__ = ["CodedNumbers", "FloatArray", "NumericAggregator", "NumericFit", "NumericResult"]


@dataclass(frozen=True)
class NumericAggregator(Aggregator[CodedNumbers, NumericFit, NumericResult]):
    """Settings of one way to turn numbers that people gave into one number a task.

    Args:
        confidence: Of the intervals, in (0, 1).
    """

    confidence: float = 0.95

    def __post_init__(self) -> None:
        if not 0 < self.confidence < 1:
            raise SettingsError(
                f"'confidence' must be between 0 and 1, such as 0.95; it is {self.confidence!r}."
            )

    @abstractmethod
    def fit(self, answers: CodedNumbers, progress: Progress = no_progress) -> NumericFit:
        """Return the value of every task and what is known of every annotator."""

    def aggregate(
        self, answers: IntoTable, *, golden: IntoTable | None = None, progress: Progress = no_progress
    ) -> NumericResult:
        """Return one value a task for ``answers`` (columns ``task, annotator, value``).

        Args:
            answers: A dataframe or a path.
            golden: Known values, columns ``task, value``; these tasks have them.
            progress: Called with (iterations done, most iterations).

        Raises:
            InputError: The answers are missing columns or values, are empty, hold what is no finite number, or
                answer a task twice by the same annotator; or a golden task was not answered.
        """
        return self._found(code_numbers(answers, golden), answers, progress)

    def _tables(self, coded: CodedNumbers, fit: NumericFit, source: IntoTable) -> NumericResult:
        return result_tables(self, coded, fit, source)
