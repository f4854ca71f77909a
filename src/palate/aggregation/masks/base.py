"""What every aggregator of masks takes and returns."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

from palate.aggregation._aggregator import Aggregator
from palate.aggregation.masks._coded import BoolArray, CodedMasks, FloatArray, IntoMasks
from palate.aggregation.masks._found import MaskFit, MaskResult
from palate.aggregation.masks._tables import code_masks, result_tables
from palate.core.frames import IntoTable
from palate.core.progress import Progress, no_progress

__all__ = ["BoolArray", "CodedMasks", "FloatArray", "IntoMasks", "MaskAggregator", "MaskFit", "MaskResult"]


@dataclass(frozen=True)
class MaskAggregator(Aggregator[CodedMasks, MaskFit, MaskResult]):
    """Settings of one way to turn the masks of many into one a task."""

    @abstractmethod
    def fit(self, masks: CodedMasks, progress: Progress = no_progress) -> MaskFit:
        """Return one mask a task and what is known of every annotator."""

    def aggregate(self, masks: IntoMasks, *, progress: Progress = no_progress) -> MaskResult:
        """Return the aggregated masks of ``masks``.

        Args:
            masks: A mapping of tasks to mappings of annotators to arrays, or a table (columns ``task,
                annotator, mask``, of arrays or nested lists). Values are true and false, or 1 and 0.
            progress: Called with (passes done, most passes).

        Raises:
            InputError: Columns or values are missing, an annotator answers a task twice, a mask holds something
                else, or the masks of a task have different shapes.
        """
        return self._found(code_masks(masks), masks, progress)

    def _tables(self, coded: CodedMasks, fit: MaskFit, source: IntoTable) -> MaskResult:
        return result_tables(self, coded, fit, source)
