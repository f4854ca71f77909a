"""What every aggregator of rankings takes and returns."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import get_args

from palate.aggregation._aggregator import Aggregator
from palate.aggregation.rankings._coded import CodedRankings, FloatArray, Unranked
from palate.aggregation.rankings._found import RankingFit, RankingResult
from palate.aggregation.rankings._tables import code_rankings, result_tables
from palate.core.errors import SettingsError
from palate.core.frames import IntoTable
from palate.core.progress import Progress, no_progress

__all__ = ["CodedRankings", "FloatArray", "RankingAggregator", "RankingFit", "RankingResult", "Unranked"]


@dataclass(frozen=True)
class RankingAggregator(Aggregator[CodedRankings, RankingFit, RankingResult]):
    """Settings of one way to turn rankings of many into one.

    Args:
        by_task: Whether each task gets a ranking of its own, rather than all together one.
        unranked: What it means that an annotator left out an item that others ranked in the same task:
            ``unseen`` (it says nothing), or ``last`` (it was seen and is worse than all they ranked, as in
            top-1 and top-10 answers).
    """

    by_task: bool = True
    unranked: Unranked = "unseen"

    def __post_init__(self) -> None:
        if self.unranked not in get_args(Unranked):
            raise SettingsError(
                f"'unranked' must be one of {', '.join(get_args(Unranked))}; it is {self.unranked!r}."
            )

    @abstractmethod
    def fit(self, rankings: CodedRankings, progress: Progress = no_progress) -> RankingFit:
        """Return the score of every candidate."""

    def aggregate(self, rankings: IntoTable, *, progress: Progress = no_progress) -> RankingResult:
        """Return the aggregated rankings of ``rankings`` (columns ``task, annotator, item, rank``).

        Only the order of an annotator's ranks matters: 1, 2, 3 says the same as 1, 5, 9.

        Raises:
            InputError: Columns or values are missing, an annotator ranks an item of a task twice, or no ranking
                puts one item above another.
        """
        return self._found(
            code_rankings(rankings, by_task=self.by_task, unranked=self.unranked), rankings, progress
        )

    def _tables(self, coded: CodedRankings, fit: RankingFit, source: IntoTable) -> RankingResult:
        return result_tables(self, coded, fit, source)
