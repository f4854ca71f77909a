"""Measure runs at many ranks: what the curves of a page are drawn from."""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil
from typing import Any

import polars as pl

from palate.core.frames import IntoTable
from palate.measures import Evaluation, IPrec, Judged, Measure, evaluate, nDCG

__all__ = ["ranking_curves"]

_RANKS = (1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100)
_RECALLS = tuple(tenth / 10 for tenth in range(11))
_FEW = 39
"""Samples of the queries, as few as may be: curves have no intervals."""


def ranking_curves(runs: Any, judgments: IntoTable, evaluation: Evaluation) -> pl.DataFrame:
    """Return three curves of every system, means over the judged queries.

    *precision*: the interpolated precision at 11 levels of recall (Salton and McGill, 1983). *gain*: nDCG at rising
    cutoffs, the share of the best possible gain that a reader has by that rank (Järvelin and Kekäläinen, 2002).
    *judged*: the share of the first items that are judged. The last two go to the mean length of the longest rankings, and to rank
    100 at most. Relevant is what is relevant to the first measure that names a grade; grade 1 by default.

    Args:
        runs: What was evaluated, as in :func:`palate.evaluate`.
        judgments: Likewise.
        evaluation: Its values.

    Returns:
        Columns ``curve, system, x, value``; ``x`` is a recall or a rank.
    """
    relevant = _relevant_from(evaluation.measures)
    points: dict[str, tuple[str, float]] = {}
    wanted: list[Measure] = []
    for recall in _RECALLS:
        wanted.append(IPrec(recall, relevant_from=relevant))
        points[str(wanted[-1])] = ("precision", recall)
    for rank in _ranks(pl.DataFrame(evaluation.coverage)):
        for curve, measure in (("gain", nDCG(cutoff=rank)), ("judged", Judged(rank))):
            wanted.append(measure)
            points[str(measure)] = (curve, float(rank))
    found = pl.DataFrame(evaluate(runs, judgments, wanted, resamples=_FEW).per_query)
    means = found.group_by("system", "measure", maintain_order=True).agg(pl.col("value").mean())
    places = pl.DataFrame(
        [(measure, *point) for measure, point in points.items()],
        schema={"measure": pl.String, "curve": pl.String, "x": pl.Float64},
        orient="row",
    )
    return means.join(places, on="measure", maintain_order="left").select("curve", "system", "x", "value")


def _ranks(coverage: pl.DataFrame) -> list[int]:
    """Return the ranks to measure at."""
    lengths = (coverage["ranked"] / coverage["answered"]).to_list()
    deepest = min(max(ceil(max(lengths, default=1)), 1), _RANKS[-1])
    return [rank for rank in _RANKS if rank < deepest] + [deepest]


def _relevant_from(measures: Iterable[Measure]) -> float:
    named = (getattr(measure, "relevant_from", None) for measure in measures)
    return float(next((grade for grade in named if grade is not None), 1.0))
