"""Ask most about what moves the measure most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import polars as pl

from palate.core.errors import InputError, SettingsError
from palate.core.settings import check_counts
from palate.sampling._drawing import FloatArray
from palate.sampling._frames import inclusion_by_query
from palate.sampling._rankings import places
from palate.sampling.base import FrameSampler

__all__ = ["Importance"]

Target = Literal["P", "R", "DCG", "nDCG", "RBP", "AP"]


@dataclass(frozen=True)
class Importance(FrameSampler):
    """Draw items by the weight that a measure gives to the ranks at which systems have them.

    For values, the inclusion of an item is proportional to the root of the sum over systems of its squared
    weight; for differences, to that of the squared differences of weights, over all pairs of systems: of two systems it
    is the difference of their discounts. That makes the sum of the variances of the Horvitz–Thompson estimates
    least where all items are equally likely to be relevant (Neyman, JRSS 1934; Särndal, Swensson and Wretman, Model
    Assisted Survey Sampling, 1992, section 3.7.1). A share is spread evenly, so that nothing that the measure sees has
    next to no chance and a huge weight (defensive mixtures: Hesterberg, Technometrics 1995).

    Queries get the same number of tasks each, as far as they have so many items.

    Args:
        count: How many to draw in all; everything if None or if there are no more.
        measure: Whose weights: ``P`` and ``R`` weigh all first ranks alike, ``DCG`` and ``nDCG`` by 1 / log2(rank + 1),
            ``RBP`` by p^(rank - 1), ``AP`` by the sum of 1 / r from the rank to the end (Aslam, Pavlu and Yilmaz, A
            statistical method for system evaluation using incomplete judgments, SIGIR 2006).
        cutoff: How many ranks the measure looks at.
        p: The patience of RBP, in (0, 1).
        depth: How many items of each ranking can be drawn; as many as the cutoff if None. R and nDCG also depend on the
            relevant items below the cutoff, of which only those within the depth are counted.
        differences: Whether differences between systems matter, rather than their values.
        even_share: Which share of the tasks is spread evenly, in [0, 1]. With 0, only what has a weight can be
            drawn: of differences, items that all systems rank the same cannot.
    """

    counted: ClassVar[str | None] = "count"

    count: int | None = None
    measure: Target = "nDCG"
    cutoff: int = 10
    p: float = 0.8
    depth: int | None = None
    differences: bool = False
    even_share: float = 0.1

    def __post_init__(self) -> None:
        check_counts(cutoff=self.cutoff)
        if self.count is not None:
            check_counts(count=self.count)
        if self.depth is not None and self.depth < self.cutoff:
            raise SettingsError(
                f"'depth' must be at least the cutoff ({self.cutoff}), which the measure looks at; it is {self.depth}."
            )
        if not 0 < self.p < 1:
            raise SettingsError(f"'p' must be between 0 and 1; it is {self.p:g}.")
        if not 0 <= self.even_share <= 1:
            raise SettingsError(f"'even_share' must be from 0 to 1; it is {self.even_share:g}.")

    def frame(self, runs: pl.DataFrame) -> pl.DataFrame:
        """Return what can be drawn, columns ``query, item, inclusion``.

        Raises:
            InputError: Differences are asked for and there is one system, or none differ and nothing is spread evenly.
        """
        n_systems = runs["system"].n_unique()
        if self.differences and n_systems < 2:
            raise InputError(
                "Differences need at least two systems; the runs are of one. Add a run, or sample for values.",
                where="runs",
            )
        seen = places(runs, self.depth or self.cutoff)
        seen = seen.with_columns(weight=self._weights(seen["place"].to_numpy()))
        sums = seen.group_by("query", "item").agg(
            of_one=pl.col("weight").sum(), of_squares=(pl.col("weight") ** 2).sum()
        )
        sums = sums.sort("query", "item")
        squares = sums["of_squares"].to_numpy()
        if self.differences:  # the sum over pairs of (w - v)^2
            squares = n_systems * squares - sums["of_one"].to_numpy() ** 2
            squares = np.where(squares > 1e-12 * sums["of_squares"].to_numpy(), squares, 0.0)
        frame = inclusion_by_query(
            sums.select("query", "item"), np.sqrt(squares), self.count, self.even_share
        )
        if frame.is_empty():
            raise InputError(
                "All systems rank the same items at the same ranks, so nothing tells them apart.",
                where="runs",
            )
        return frame

    def _weights(self, ranks: FloatArray) -> FloatArray:
        """Return what the measure gives to an item of these ranks, up to a factor."""
        ranks = ranks.astype(np.float64)
        if self.measure in {"DCG", "nDCG"}:
            weights = 1.0 / np.log2(ranks + 1.0)
        elif self.measure == "RBP":
            weights = self.p ** (ranks - 1.0)
        elif self.measure == "AP":
            later = np.cumsum((1.0 / np.arange(1, self.cutoff + 1))[::-1])[::-1]
            weights = 1.0 + later[np.minimum(ranks.astype(np.int64), self.cutoff) - 1]
        else:
            weights = np.ones_like(ranks)
        return np.where(ranks <= self.cutoff, weights, 0.0)
