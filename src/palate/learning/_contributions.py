"""What each feature adds to scores, on average and row by row."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.core.frames import IntoTable
from palate.core.randomness import generator
from palate.learning._data import feature_rows, for_ranker
from palate.learning.base import FittedRanker, FloatArray

__all__ = ["Contributions", "contributions_of"]


@dataclass(frozen=True)
class Contributions:
    """What features add to the scores of a sample of rows, by Shapley's values.

    Args:
        features: Their names, the most important first.
        mean: float64, shape (n_features,): mean absolute contribution over the rows.
        values: float64, shape (n_rows, n_features): each row's contributions.
        places: float64, shape (n_rows, n_features): where the row's feature stands among the rows', 0 the lowest, 1 the
            highest; NaN where it is missing.
    """

    features: tuple[str, ...]
    mean: FloatArray
    values: FloatArray
    places: FloatArray

    @property
    def table(self) -> pl.DataFrame:
        """Columns ``feature, mean_contribution``, the largest first."""
        return pl.DataFrame({"feature": list(self.features), "mean_contribution": self.mean})


def contributions_of(
    ranker: FittedRanker, features: IntoTable, rows: int = 2000, seed: int = 0
) -> Contributions | None:
    """Return what features add to the scores of at most so many rows, drawn at random; None where exact ones are not known.

    Args:
        ranker: One that has learned.
        features: Columns ``query, item`` and the features it learned from.
        rows: The most to look at.
        seed: For the drawing.

    Raises:
        InputError: The table is not as said, or lacks a feature.
    """
    matrix = for_ranker(ranker, feature_rows(features))
    if len(matrix) > rows:
        drawn = generator(seed, "learn", "contributions").permutation(len(matrix))[:rows]
        matrix = matrix[np.sort(drawn)]
    found = ranker.contributions(matrix)
    if found is None:
        return None
    values = found[:, :-1]
    mean = np.abs(values).mean(axis=0)
    order = np.argsort(-mean, kind="stable")
    names = tuple(ranker.names[place] for place in order)
    return Contributions(names, mean[order], values[:, order], _places(matrix[:, order]))


def _places(matrix: FloatArray) -> FloatArray:
    """Return where each value stands in its column, from 0 to 1; equal values stand where their middle does."""
    places = np.full(matrix.shape, np.nan)
    for column in range(matrix.shape[1]):
        known = np.isfinite(matrix[:, column])
        places[known, column] = _standing(matrix[known, column])
    return places


def _standing(values: FloatArray) -> npt.NDArray[np.float64]:
    ordered = np.sort(values)
    middle = np.searchsorted(ordered, values) + np.searchsorted(ordered, values, side="right") - 1
    return middle / 2 / max(len(values) - 1, 1)
