"""Normalized discounted cumulative gain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from palate.measures._gain import DiscountedGain, discounted_gains
from palate.measures.base import FloatArray, GradedRankings

__all__ = ["nDCG"]


@dataclass(frozen=True)
class nDCG(DiscountedGain):
    """Gain of the ranked items, discounted by rank, as a share of the best gain that the judgments allow.

    The discount is 1 / log2(rank + 1) and the ideal ranking holds all judged items of the query, as in
    trec_eval. A query without an item of grade above 0 has the value 0. Järvelin and Kekäläinen, Cumulated
    gain-based evaluation of IR techniques, TOIS 2002; the exponential gain with this discount is that of Burges
    et al., Learning to rank using gradient descent, ICML 2005.

    Args:
        cutoff: How many ranks count; all by default.
        gain: ``linear`` (the grade, as in trec_eval) or ``exponential`` (2 to the grade, minus 1, as of Burges);
            prints as ``dcg``. Grades of 0 and below gain nothing.
        discount: ``smooth``, or ``original``: by log2(rank) from rank 2 on, so that the first two count alike.
        judged_only: Whether items without a judgment are taken out of the rankings first (trec_eval's ``-J``).
        gains: What grades gain instead of themselves, such as ``{1: 1, 2: 3}``; as ir_measures does, they are put in
            the place of the grades before anything else. With linear gain only.

    Raises:
        SettingsError: As of :class:`~palate.measures.Measure`, or there are gains with exponential gain.

    >>> str(nDCG(10)), str(nDCG(10, gain="exponential")), str(nDCG(10, gains={0: 0, 1: 1, 2: 3}))
    ('nDCG@10', "nDCG(dcg='exp-log2')@10", 'nDCG(gains={2:3})@10')
    """

    name: ClassVar[str] = "nDCG"

    def per_query(self, rankings: GradedRankings) -> FloatArray:
        """Return one value in [0, 1] a query, shape (n_queries,).

        Raises:
            InputError: The gain is exponential and a grade is above 1,000.
        """
        rankings = self.seen(rankings)
        how = (rankings.n_queries, self.gain, self.discount, self.cutoff)
        ideal = discounted_gains(rankings.ideal_hits, *how)
        found = discounted_gains(rankings.hits, *how)
        values = np.divide(found, ideal, out=np.zeros_like(found), where=ideal > 0)
        return np.minimum(values, 1.0)  # sums of the same gains in another order differ in the last bit
