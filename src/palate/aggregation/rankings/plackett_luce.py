"""Plackett–Luce: scores under which the rankings, as choices of the best of what is left, are most probable."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from palate.aggregation._score_intervals import Intervals, check_intervals
from palate.aggregation.rankings._choices import Choices, Point
from palate.aggregation.rankings._intervals import bounds
from palate.aggregation.rankings.base import CodedRankings, FloatArray, RankingAggregator, RankingFit
from palate.core.coding import IntArray
from palate.core.errors import InputError, SettingsError
from palate.core.progress import Progress, no_progress
from palate.core.settings import check_counts, check_positive

__all__ = ["PlackettLuce"]

_SHOWN = 5

_LEAST_SHARE = 2.0**-50
"""Of a step: less would not move the scores."""

_CARE = 1e-4
"""How exactly a step is found: the next one mends what is left, and exacter steps cost more than they save."""


@dataclass(frozen=True)
class PlackettLuce(RankingAggregator):
    """Maximum likelihood of Plackett's and Luce's model, 1975 and 1959, for whole, partial and top-k rankings.

    A ranking is a sequence of choices: the best of all, then the best of those left, and so on. An item with score
    s is chosen from a set with a probability in proportion to ``exp(s)``. Of two items this is Bradley and Terry's
    model. With ``unranked="last"`` the choices end where the annotator's list does. Ties are refused. Scores are
    relative to the mean of their group of items that rankings link; others cannot be compared.

    The likelihood is Hunter's (2004, equation 24). Its maximum is infinite for what was always or never chosen
    first; so every item is taken to have met an average one besides, ``regularization`` times, half of them won
    and half lost, as ``BradleyTerry`` does. The maximum is found by Newton's method, all tasks at once; Hunter's
    minorization takes hundreds of steps where Newton's takes ten, to the same maximum of a concave function.

    Bounds cover the error of the scores as ``BradleyTerry``'s do; a task whose rankings are by one annotator has no
    clustered ones, and beyond 3,000 items in a task there are none.

    Args:
        regularization: Virtual comparisons an item; 0 gives plain maximum likelihood.
        intervals: ``fisher``, ``sandwich``, ``clustered`` (by annotator) or ``none``.
        tolerance: Stop when no score moves by more than this.
        max_iter: Most steps of Newton's method; more than 15 are rarely taken.

    Raises:
        InputError: By ``aggregate`` and ``fit``, where there are ties, clustered intervals have one annotator only, or with
            ``regularization=0`` no finite maximum exists.
    """

    regularization: float = 0.1
    intervals: Intervals = "fisher"
    tolerance: float = 1e-8
    max_iter: int = 100

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.regularization < np.inf:
            raise SettingsError(f"'regularization' must be a number from 0 on; it is {self.regularization}.")
        check_intervals(self.intervals)
        check_positive(tolerance=self.tolerance)
        check_counts(max_iter=self.max_iter)

    def fit(self, rankings: CodedRankings, progress: Progress = no_progress) -> RankingFit:
        """Return the scores and which of them can be compared."""
        rankings.refuse_ties("plackett_luce")
        begin, end = _steps_down(rankings)
        linked = _linked(begin, end, len(rankings.items), directed=False)
        if not self.regularization:
            _refuse_unbounded(rankings, begin, end, linked)
        point = Choices.from_rankings(rankings, self.regularization).at(np.zeros(len(rankings.items)))
        values: list[float] = []
        converged = False
        while not converged and len(values) < self.max_iter:
            step = _newton_step(point, None if self.regularization else linked)
            point = _uphill(point, step)
            values.append(float(point.values.sum()))
            converged = bool(np.abs(step).max() <= self.tolerance)
            progress(len(values), self.max_iter)
        scores = _centred(point.scores, linked)
        found = None
        if self.intervals != "none":
            pinned = self.regularization > 0
            found = bounds(rankings, point, scores, linked, self.intervals, pinned=pinned)
        return RankingFit(
            scores=scores,
            components=_numbered(linked, rankings.group_of_candidate),
            converged=converged,
            iterations=len(values),
            log_likelihood=tuple(values),
            low=None if found is None else found.low,
            high=None if found is None else found.high,
            low_rank=None if found is None else found.low_rank,
            high_rank=None if found is None else found.high_rank,
        )


def _newton_step(point: Point, free: IntArray | None) -> FloatArray:
    """Return where the quadratic at a point has its maximum, relative to it.

    Args:
        point: Where Newton's method is.
        free: The sets of candidates whose scores may move together, which changes nothing and is kept from
            happening; None where virtual comparisons hold them.
    """
    from scipy.sparse.linalg import LinearOperator, cg

    gradient, diagonal = point.gradient(), point.diagonal()
    scale = np.divide(1, diagonal, out=np.ones_like(diagonal), where=diagonal > 0)
    shape = (len(diagonal), len(diagonal))
    matrix = LinearOperator(shape, matvec=point.information, dtype=np.float64)
    scaled = LinearOperator(shape, matvec=lambda vector: vector * scale, dtype=np.float64)
    if free is not None:
        gradient = _centred(gradient, free)
    step: FloatArray = cg(matrix, gradient, rtol=_CARE, maxiter=20 * len(diagonal), M=scaled)[0]
    return step if free is None else _centred(step, free)


def _uphill(point: Point, step: FloatArray) -> Point:
    """Return the point a step further; a group's step is halved until it does not lead down."""
    groups = point.choices.groups
    share = np.ones(len(point.values))
    rounding = 1e-13 * np.maximum(np.abs(point.values), 1.0)
    while True:
        further = point.choices.at(point.scores + share[groups] * step)
        worse = further.values < point.values - rounding
        if not worse.any():
            return further
        share[worse] = np.where(share[worse] > _LEAST_SHARE, share[worse] / 2, 0.0)


def _steps_down(rankings: CodedRankings) -> tuple[IntArray, IntArray]:
    """Return who stands above whom in some ranking; pairs that follow from others are left out."""
    last_listed = np.maximum.reduceat(
        np.where(rankings.listed, np.arange(len(rankings.listed)), -1), rankings.offsets[:-1]
    )
    ranking = np.repeat(np.arange(len(last_listed)), np.diff(rankings.offsets))
    place = np.arange(len(ranking))
    above = np.where(rankings.listed, place - 1, last_listed[ranking])
    inner = place > rankings.offsets[ranking]
    return rankings.candidates[above[inner]], rankings.candidates[inner]


def _linked(begin: IntArray, end: IntArray, n_candidates: int, *, directed: bool) -> IntArray:
    """Return the number of the set of candidates that each belongs to, linked by steps (or by circles of them)."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(begin)), (begin, end)), shape=(n_candidates, n_candidates))
    found: IntArray = connected_components(graph, directed=directed, connection="strong")[1]
    return found


def _numbered(linked: IntArray, groups: IntArray) -> IntArray:
    """Return, for each candidate, the number of its linked set within its group: the largest is 1."""
    _, first = np.unique(linked, return_index=True)
    order = np.lexsort((first, -np.bincount(linked), groups[first]))
    of_set = groups[first][order]
    number: npt.NDArray[np.int32] = np.empty(len(order), dtype=np.int32)
    number[order] = np.arange(len(order)) - np.searchsorted(of_set, of_set) + 1
    return number[linked]


def _centred(scores: FloatArray, linked: IntArray) -> FloatArray:
    """Return scores relative to the mean of their linked set."""
    means = np.bincount(linked, weights=scores) / np.bincount(linked)
    centred: FloatArray = scores - means[linked]
    return centred


def _refuse_unbounded(rankings: CodedRankings, begin: IntArray, end: IntArray, linked: IntArray) -> None:
    """Raise where some items were always above, or never above, the rest of those they are linked to."""
    circles = _linked(begin, end, len(linked), directed=True)
    n_circles = np.bincount(np.unique(np.stack([linked, circles]), axis=1)[0])
    open_ended = np.flatnonzero(n_circles[linked] > 1)
    if not len(open_ended):
        return
    smallest = open_ended[np.bincount(circles)[circles[open_ended]].argmin()]
    several = np.flatnonzero(circles == circles[smallest])
    names = rankings.item_ids.gather(rankings.items[several]).to_list()
    shown = ", ".join(map(repr, names[:_SHOWN])) + (" …" if len(names) > _SHOWN else "")
    raise InputError(
        f"Without regularization the scores of {shown} have no finite maximum of the likelihood: they were always"
        " or never ranked above some others. Set regularization above 0.",
        where="rankings",
    )
