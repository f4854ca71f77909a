"""What every aggregator of comparisons takes and returns."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from palate.aggregation._aggregator import Aggregator
from palate.aggregation.pairs._coded import CodedComparisons, FloatArray
from palate.aggregation.pairs._found import Effect, PairFit, PairResult, PairStart
from palate.aggregation.pairs._tables import code_comparisons, result_tables
from palate.core.frames import IntoTable
from palate.core.progress import Progress, no_progress

if TYPE_CHECKING:
    from palate.aggregation.pairs._state import PairState

__all__ = [
    "CodedComparisons",
    "Effect",
    "FloatArray",
    "PairAggregator",
    "PairFit",
    "PairResult",
    "PairStart",
]


@dataclass(frozen=True)
class PairAggregator(Aggregator[CodedComparisons, PairFit, PairResult]):
    """Settings of one way to turn comparisons into a ranking."""

    depends_on_order: ClassVar[bool] = False
    """Whether the order of the comparisons shows in the result."""

    goes_on: ClassVar[bool] = False
    """Whether the method can go on as comparisons come."""

    @abstractmethod
    def fit(self, comparisons: CodedComparisons, progress: Progress = no_progress) -> PairFit:
        """Return the score of everything that was compared."""

    def fit_from(
        self, comparisons: CodedComparisons, start: PairStart, progress: Progress = no_progress
    ) -> PairFit:
        """Return what ``fit`` does, but go on from where the method ended before, if it can.

        Args:
            comparisons: All of them, old and new.
            start: Where it ended.
            progress: Called with (iterations done, most iterations).
        """
        del start
        return self.fit(comparisons, progress)

    def aggregate(self, comparisons: IntoTable, *, progress: Progress = no_progress) -> PairResult:
        """Return the ranking of ``comparisons`` (columns ``left, right, label``, optionally ``annotator``).

        ``label`` is ``left``, ``right`` or ``tie`` (also ``draw``, ``same`` or ``equal``; capitals do not
        matter), or the preferred one itself.

        Raises:
            InputError: Columns or values are missing, a label is none of these, or a thing is compared
                with itself.
        """
        return self._found(code_comparisons(comparisons), comparisons, progress)

    def start(self) -> PairState:
        """Return a state to which comparisons are added as they come.

        Raises:
            SettingsError: The method cannot go on from what it found.
        """
        from palate.aggregation.pairs._state import new_state

        return new_state(self)

    def _tables(self, coded: CodedComparisons, fit: PairFit, source: IntoTable) -> PairResult:
        return result_tables(self, coded, fit, source)
