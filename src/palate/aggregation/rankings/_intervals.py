"""How far the scores of Plackett's and Luce's model may be off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from palate.aggregation._score_intervals import (
    MOST_FOR_INTERVALS,
    Intervals,
    Uncertainty,
    centred,
    covariance_of,
    rank_bounds,
)
from palate.aggregation.rankings._choices import Point
from palate.aggregation.rankings._coded import CodedRankings, FloatArray
from palate.aggregation.rankings._ordered_pairs import blocks
from palate.core.coding import IntArray
from palate.core.errors import InputError

__all__ = ["Bounds", "bounds"]

_MOST_CELLS = 1 << 26
"""Of the matrices of all groups together (512 MB)."""

_AT_A_TIME = 1 << 22
"""Cells of rankings' own matrices worked on at a time (32 MB)."""


@dataclass(frozen=True)
class Bounds:
    """95% bounds of each candidate's score and rank.

    Args:
        low: float64, shape (n_candidates,); NaN where nothing is known.
        high: float64, likewise.
        low_rank: int32, likewise: the best rank it may have among those it is linked to.
        high_rank: int32, likewise: the worst.
    """

    low: FloatArray
    high: FloatArray
    low_rank: IntArray
    high_rank: IntArray


def bounds(
    rankings: CodedRankings,
    point: Point,
    scores: FloatArray,
    linked: IntArray,
    kind: Intervals,
    *,
    pinned: bool,
) -> Bounds | None:
    """Return bounds of centred scores; None where a group is too large for its matrix to be inverted.

    Args:
        rankings: What people ranked.
        point: The maximum.
        scores: The scores at it, relative to the mean of their linked set.
        linked: Shape (n_candidates,): the number of the linked set of each candidate.
        kind: ``fisher``, the inverse of the information; ``sandwich``, robust to a wrong model (Huber, 1967);
            ``clustered``, also to what the rankings of one annotator share (Liang and Zeger, 1986), with G / (G - 1)
            for the group's G annotators and a t distribution of G - 1 degrees of freedom.
        pinned: Whether virtual comparisons hold the scores.

    Raises:
        InputError: ``clustered`` with one annotator.
    """
    sizes = np.diff(rankings.candidate_offsets)
    if sizes.max() > MOST_FOR_INTERVALS or (sizes**2).sum() > _MOST_CELLS:
        return None
    if kind == "clustered" and len(rankings.annotator_ids) < 2:
        raise InputError(
            "Clustered intervals tell from differences between annotators how far scores may be off; here is"
            " only one. Choose the intervals 'sandwich' to take the rankings as independent.",
            where="rankings",
            column="annotator",
        )
    information = _information(rankings, point)
    slopes = None if kind == "fisher" else _slopes(rankings, point, kind)
    people = np.unique(np.stack([rankings.group_of_ranking, rankings.annotators]), axis=1)
    n_people = np.bincount(people[0], minlength=len(sizes))
    low, high = np.full(len(scores), np.nan), np.full(len(scores), np.nan)
    low_rank, high_rank = np.ones(len(scores), dtype=np.int32), np.empty(len(scores), dtype=np.int32)
    cells = np.append(0, np.cumsum(sizes**2))
    for group, (first, stop) in enumerate(
        zip(rankings.candidate_offsets[:-1], rankings.candidate_offsets[1:], strict=True)
    ):
        own = slice(int(first), int(stop))
        _, sets = np.unique(linked[own], return_inverse=True)
        if kind == "clustered" and n_people[group] < 2:
            high_rank[own] = np.bincount(sets)[sets]
            continue
        matrix = information[cells[group] : cells[group + 1]].reshape(stop - first, -1)
        square = None if slopes is None else (slopes[:, own].T @ slopes[:, own]).toarray()
        found = _uncertainty(
            matrix, square, sets, int(n_people[group]) if kind == "clustered" else 0, pinned=pinned
        )
        margin = float(found.quantile(0.025)) * found.errors
        low[own], high[own] = scores[own] - margin, scores[own] + margin
        low_rank[own], high_rank[own] = rank_bounds(scores[own], found, (sets + 1).astype(np.int32))
    return Bounds(low, high, low_rank, high_rank)


def _uncertainty(
    information: FloatArray,
    square: FloatArray | None,
    sets: npt.NDArray[np.intp],
    n_clusters: int,
    *,
    pinned: bool,
) -> Uncertainty:
    """Return the covariance of one group's centred scores.

    Args:
        information: Minus the second derivatives.
        square: The sum of slopes' outer products, for a sandwich.
        sets: Which linked set each candidate belongs to, from 0.
        n_clusters: How many annotators slopes were summed by; 0 where they were not.
        pinned: Whether virtual comparisons hold the scores.
    """
    member = np.eye(int(sets.max()) + 1)[sets]
    covariance = covariance_of(information if pinned else information + member @ member.T)
    if square is not None:
        covariance = covariance @ square @ covariance
    if n_clusters:
        covariance *= n_clusters / (n_clusters - 1)
    return Uncertainty(
        covariance=centred(covariance, member, sets.astype(np.int32)),
        extra_errors=np.zeros(0),
        degrees=n_clusters - 1 if n_clusters else np.inf,
    )


def _information(rankings: CodedRankings, point: Point) -> FloatArray:
    """Return minus the second derivatives by the scores of each group, one group's matrix after the other.

    A choice of one from a set adds ``diag(p) - p p'``, p being the chances of those in the set. Over the choices of a
    ranking, two of its candidates at places i and j were in a set together until the first of them was chosen.
    """
    sizes = np.diff(rankings.candidate_offsets)
    cells = np.append(0, np.cumsum(sizes**2))
    found = np.zeros(cells[-1])
    groups, starts = rankings.group_of_candidate, rankings.candidate_offsets[:-1]
    local = np.arange(len(groups)) - starts[groups]
    diagonal = cells[groups] + local * (sizes[groups] + 1)
    found[diagonal] = point.diagonal()
    for block, (weights, inverses, left) in zip(point.choices.blocks, point.parts, strict=True):
        length = weights.shape[1]
        together = np.cumsum(inverses / left, axis=1)
        earlier = np.minimum.outer(np.arange(length), np.arange(length))
        apart = ~np.eye(length, dtype=np.bool_)
        for first in range(0, len(weights), step := max(1, _AT_A_TIME // length**2)):
            part = slice(first, first + step)
            w, places = weights[part], local[block.candidates[part]]
            of_group = block.groups[part]
            values = -w[:, :, np.newaxis] * w[:, np.newaxis, :] * together[part][:, earlier]
            where = cells[of_group][:, np.newaxis, np.newaxis] + places[:, np.newaxis, :]
            where = where + places[:, :, np.newaxis] * sizes[of_group][:, np.newaxis, np.newaxis]
            np.add.at(found, where[:, apart], values[:, apart])
    return found


def _slopes(rankings: CodedRankings, point: Point, kind: Intervals) -> Any:
    """Return the log-likelihood's slope by each score, a row a ranking or, clustered, a row a group's annotator."""
    from scipy.sparse import coo_array

    rows, columns, values = [], [], []
    n_annotators = np.int64(len(rankings.annotator_ids))
    alike_of_length = {places.shape[1]: alike for alike, places in blocks(rankings)}
    for block, (weights, inverses, _) in zip(point.choices.blocks, point.parts, strict=True):
        ranking = alike_of_length[weights.shape[1]]
        row = ranking
        if kind == "clustered":
            row = rankings.group_of_ranking[ranking] * n_annotators + rankings.annotators[ranking]
        rows.append(np.repeat(row, weights.shape[1]))
        columns.append(block.candidates.ravel())
        values.append((block.chosen - weights * np.cumsum(inverses, axis=1)).ravel())
    _, row_of = np.unique(np.concatenate(rows), return_inverse=True)
    shape = (int(row_of.max()) + 1, len(point.scores))
    return coo_array((np.concatenate(values), (row_of, np.concatenate(columns))), shape=shape).tocsr()
