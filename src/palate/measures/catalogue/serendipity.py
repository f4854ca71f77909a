"""Serendipity: how much is shown that is wanted and not what everybody is shown anyway."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from palate.core.errors import InputError
from palate.measures.catalogue.base import CatalogueMeasure, Need, Recommendations

__all__ = ["Serendipity"]


@dataclass(frozen=True)
class Serendipity(CatalogueMeasure):
    """Share of the items shown that are relevant and that showing the most popular ones to everybody would have missed.

    The primitive recommender is the list of the ``cutoff`` items that most users interacted with, of equally known ones
    those with the lowest ids. The mean is over the queries with judgments; one that is not answered counts 0. Ge,
    Delgado-Battenfeld and Jannach, Beyond accuracy, RecSys 2010, over all items shown as of Adamopoulos and
    Tuzhilin, On unexpectedness in recommender systems, TIST 2014.

    Args:
        cutoff: How many ranks a user is shown; must be given.
        relevant_from: The lowest relevant grade, above 0; prints as ``rel``.

    >>> str(Serendipity(10))
    'Serendipity@10'
    """

    name: ClassVar[str] = "Serendipity"
    short: ClassVar[dict[str, str]] = {"relevant_from": "rel"}
    needs_cutoff: ClassVar[bool] = True
    needs: ClassVar[frozenset[Need]] = frozenset({"interactions", "judgments"})

    cutoff: int = 0  # refused by the check, so that the error can say what to write
    relevant_from: float = 1.0

    def value(self, recommendations: Recommendations) -> float:
        """Return the share, in [0, 1].

        Raises:
            InputError: There are no judgments.
        """
        if recommendations.grades is None:
            raise InputError(f"{self} needs judgments of what is shown.", where="judgments")
        expected = np.zeros(len(recommendations.users_of_item), dtype=bool)
        expected[np.argsort(-recommendations.users_of_item, kind="stable")[: self.cutoff]] = True
        queries, items = recommendations.first(self.cutoff)
        grades = recommendations.grades[recommendations.shown(self.cutoff)]
        good = (grades >= self.relevant_from) & ~expected[items]
        found = np.bincount(queries, weights=good, minlength=recommendations.n_queries)
        shares = found / np.bincount(queries, minlength=recommendations.n_queries)
        return float(shares.sum() / recommendations.n_judged)
