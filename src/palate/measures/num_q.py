"""How many queries are answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from palate.measures.base import FloatArray, GradedRankings, Measure

__all__ = ["NumQ"]


@dataclass(frozen=True)
class NumQ(Measure):
    """Whether the query is answered: 1 if at least one item is ranked, else 0.

    Summaries hold the sum, the number of judged queries that the run answers, as ir_measures (and trec_eval without
    ``-c``) has it. How many are judged is said by the column ``queries``.

    >>> str(NumQ())
    'NumQ'
    """

    name: ClassVar[str] = "NumQ"
    needs_relevant: ClassVar[bool] = False
    adds_up: ClassVar[bool] = True

    def per_query(self, rankings: GradedRankings) -> FloatArray:
        """Return 0 or 1 a query, shape (n_queries,)."""
        return (rankings.ranked_counts > 0).astype(np.float64)
