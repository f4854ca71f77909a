"""What every aggregator of texts takes and returns."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

from palate.aggregation._aggregator import Aggregator
from palate.aggregation.texts._coded import CodedTexts, FloatArray
from palate.aggregation.texts._found import TextFit, TextResult
from palate.aggregation.texts._tables import code_texts, result_tables
from palate.core.frames import IntoTable
from palate.core.progress import Progress, no_progress

__all__ = ["CodedTexts", "FloatArray", "TextAggregator", "TextFit", "TextResult"]


@dataclass(frozen=True)
class TextAggregator(Aggregator[CodedTexts, TextFit, TextResult]):
    """Settings of one way to turn the texts of many into one a task."""

    @abstractmethod
    def fit(self, texts: CodedTexts, progress: Progress = no_progress) -> TextFit:
        """Return one text a task and how much each annotator counts."""

    def aggregate(self, texts: IntoTable, *, progress: Progress = no_progress) -> TextResult:
        """Return the aggregated texts of ``texts`` (columns ``task, annotator, text``).

        Raises:
            InputError: Columns or values are missing, or an annotator answers a task twice.
        """
        return self._found(code_texts(texts), texts, progress)

    def _tables(self, coded: CodedTexts, fit: TextFit, source: IntoTable) -> TextResult:
        return result_tables(self, coded, fit, source)
