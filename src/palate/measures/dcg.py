"""Discounted cumulative gain."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from palate.measures._gain import DiscountedGain, discounted_gains
from palate.measures.base import FloatArray, GradedRankings

__all__ = ["DCG"]


@dataclass(frozen=True)
class DCG(DiscountedGain):
    """Gain of the ranked items, discounted by rank: nDCG before it is divided by the ideal.

    Not bounded, so queries with many relevant items weigh more. Järvelin and Kekäläinen, 2002.

    Args:
        cutoff: How many ranks count; all by default.
        gain: ``linear`` (the grade, as in trec_eval) or ``exponential`` (2 to the grade, minus 1, as of Burges);
            prints as ``dcg``. Grades of 0 and below gain nothing.
        discount: ``smooth``, or ``original``: by log2(rank) from rank 2 on, so that the first two count alike.
        judged_only: Whether items without a judgment are taken out of the rankings first (trec_eval's ``-J``).
        gains: What grades gain instead of themselves, such as ``{1: 1, 2: 3}``, as of nDCG. With linear gain only.

    Raises:
        SettingsError: As of :class:`~palate.measures.Measure`, or there are gains with exponential gain.

    >>> str(DCG(10)), str(DCG(10, gain="exponential"))
    ('DCG@10', "DCG(dcg='exp-log2')@10")
    """

    name: ClassVar[str] = "DCG"
    highest: ClassVar[float] = math.inf

    def per_query(self, rankings: GradedRankings) -> FloatArray:
        """Return one value from 0 a query, shape (n_queries,).

        Raises:
            InputError: The gain is exponential and a grade is above 1,000.
        """
        rankings = self.seen(rankings)
        return discounted_gains(rankings.hits, rankings.n_queries, self.gain, self.discount, self.cutoff)
