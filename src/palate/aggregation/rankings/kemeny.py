"""Kemeny's rule: the ranking that disagrees least with those that were given."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from palate.aggregation.rankings._kemeny_order import LARGEST, kemeny_order
from palate.aggregation.rankings._ordered_pairs import preferences
from palate.aggregation.rankings.base import CodedRankings, RankingAggregator, RankingFit
from palate.core.errors import SettingsError
from palate.core.progress import Progress, no_progress

__all__ = ["Kemeny"]


@dataclass(frozen=True)
class Kemeny(RankingAggregator):
    """The order that reverses the fewest of people's pairwise preferences. Kemeny, 1959.

    What an annotator tied or did not rank is no preference. The order is exact: majorities split the items into
    parts that need no search, and only items that beat each other in circles are searched, by dynamic programming.
    Of several best orders one is chosen, which leads with items of greater margins. The score of an item is the
    number of items below it; the result's ``tasks`` has the column ``distance``, the preferences reversed.

    Args:
        largest: Most items that may beat each other in one circle; at most 18. Time and memory double with
            each: 14 take well under a second.

    Raises:
        InputError: By ``aggregate`` and ``fit``, where a circle has more items.
    """

    largest: int = 14

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 1 <= self.largest <= LARGEST:
            raise SettingsError(f"'largest' must be between 1 and {LARGEST}; it is {self.largest}.")

    def fit(self, rankings: CodedRankings, progress: Progress = no_progress) -> RankingFit:
        """Return the number of candidates below each in the best order."""
        scores, distances = np.zeros(len(rankings.items)), np.zeros(rankings.n_groups)
        for group, table in enumerate(preferences(rankings)):
            order, distances[group] = kemeny_order(table, self.largest)
            scores[rankings.candidate_offsets[group] + order] = np.arange(len(order))[::-1]
            progress(group + 1, rankings.n_groups)
        return RankingFit(scores, per_task={"distance": distances})
