"""Newton's method for models of comparisons: the steps solved by conjugate gradients, never a dense matrix."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from palate.aggregation.pairs._coded import CodedComparisons
from palate.aggregation.pairs._pair_counts import connected_groups
from palate.aggregation.pairs._pair_model import Information, Link, PairModel, Point
from palate.core.coding import IntArray
from palate.core.errors import InputError
from palate.core.progress import Progress

__all__ = ["Climb", "climb", "refuse_unbounded"]

FloatArray = npt.NDArray[np.float64]

_BOUNDLESS: dict[Link, float] = {"davidson": 40.0, "rao_kupper": 40.0, "thurstone": 9.0}
"""exp(-40) is lost beside 1, and so is the normal tail beyond 9: differences that reach this have no finite
maximum to reach."""

_LOOSEST, _TIGHTEST = 1e-4, 1e-10
"""Of what a step may leave of the gradient: more than its square root is wasted early on, as Dembo, Eisenstat and
Steihaug, 1982, show. A product with the information takes a tenth of the time that a new point does, so that loose
steps, which need more points, do not pay."""

_SHOWN = 5


@dataclass(frozen=True)
class Climb:
    """Where Newton's method ended.

    Args:
        point: The maximum.
        values: The log-likelihood after each step.
        converged: Whether a further step would be below the tolerance.
    """

    point: Point
    values: tuple[float, ...]
    converged: bool


def climb(
    model: PairModel,
    free: IntArray | None,
    tolerance: float,
    max_iter: int,
    progress: Progress,
    *,
    start: FloatArray | None = None,
) -> Climb:
    """Return the maximum of the objective.

    Args:
        model: The objective.
        free: The groups whose scores may move together, which changes nothing and is kept from happening; None
            where virtual comparisons hold them.
        tolerance: Stop when no parameter would move by more than this.
        max_iter: Most steps.
        progress: Told after each.
        start: The parameters to begin with; the model's own by default.

    Raises:
        InputError: Scores that are free run away.
    """
    point = model.at(model.start() if start is None else start)
    # Errors are squared from step to step: after one of a tenth of the root, the next would be below the tolerance.
    settled = max(tolerance, 0.1 * tolerance**0.5) if tolerance < 1e-2 else tolerance
    values: list[float] = []
    for iteration in range(1, max_iter + 1):
        step = _newton_step(point, free)
        point = _uphill(point, step)
        values.append(point.value)
        progress(iteration, max_iter)
        if np.abs(step).max() <= settled:
            return Climb(point, tuple(values), converged=True)
        if free is not None and _spread(point) > _BOUNDLESS[model.link]:
            raise InputError(
                "Without regularization these comparisons have no finite maximum of the likelihood: some"
                " things can be told apart from the rest without error. Set regularization above 0."
            )
    return Climb(point, tuple(values), converged=False)


def _spread(point: Point) -> float:
    """Return the largest difference of scores that met."""
    scores = np.append(point.scores, 0.0)
    return float(np.abs(scores[point.model.first] - scores[point.model.second]).max())


def _newton_step(point: Point, free: IntArray | None) -> FloatArray:
    """Return where the quadratic at a point has its maximum, relative to it; nearly so while far away."""
    gradient = point.gradient if free is None else _centred(point.gradient, free)
    diagonal = point.information.diagonal()
    size = float(np.abs(gradient / diagonal).max())
    step = _conjugate_gradients(point.information, gradient, diagonal, np.clip(size, _TIGHTEST, _LOOSEST))
    return step if free is None else _centred(step, free)


def _conjugate_gradients(
    information: Information, gradient: FloatArray, diagonal: FloatArray, relative: float
) -> FloatArray:
    """Return the solution of ``information @ step = gradient``, preconditioned by the diagonal."""
    step = np.zeros_like(gradient)
    residual = gradient.copy()
    scaled = residual / diagonal
    direction = scaled.copy()
    energy = _dot(residual, scaled)
    goal = relative**2 * energy
    for _ in range(20 * len(gradient)):
        if energy <= goal or not energy:
            break
        product = information.times(direction)
        length = energy / _dot(direction, product)
        step += length * direction
        residual -= length * product
        scaled = residual / diagonal
        energy, before = _dot(residual, scaled), energy
        direction = scaled + energy / before * direction
    return step


def _dot(one: FloatArray, other: FloatArray) -> float:
    return float(
        np.einsum("i,i->", one, other)
    )  # threads of a linear algebra library cost more than this sum


def _uphill(point: Point, step: FloatArray) -> Point:
    """Return the point a step further; the step is halved until it does not lead down."""
    rounding = 1e-13 * max(abs(point.value), 1.0)
    for halvings in range(50):
        further = point.model.at(point.parameters + step / 2**halvings)
        if further.value >= point.value - rounding:
            return further
    return point


def _centred(parameters: FloatArray, groups: IntArray) -> FloatArray:
    """Return parameters with the scores relative to the mean of their group."""
    scores = parameters[: len(groups)]
    means = np.bincount(groups, weights=scores)[1:] / np.bincount(groups)[1:]
    return np.append(scores - means[groups - 1], parameters[len(groups) :])


def refuse_unbounded(comparisons: CodedComparisons, components: IntArray) -> None:
    """Raise where some things were always preferred to the rest of their group, or everything tied."""
    pairs, n_ids = comparisons.pairs, len(comparisons.ids)
    if not (pairs.first_wins.any() or pairs.second_wins.any()):
        raise InputError(
            "Every comparison is a tie: without regularization the likelihood has no finite maximum. Set"
            " regularization above 0."
        )
    lost_to = (pairs.first_wins > 0) | (pairs.ties > 0)
    won_from = (pairs.second_wins > 0) | (pairs.ties > 0)
    begin = np.concatenate([pairs.first[lost_to], pairs.second[won_from]])
    end = np.concatenate([pairs.second[lost_to], pairs.first[won_from]])
    groups = connected_groups(begin, end, n_ids, directed=True)
    if groups.max() == components.max():
        return
    distinct = np.unique(np.stack([components, groups]), axis=1)
    several = np.flatnonzero((np.bincount(distinct[0]) > 1)[components])
    smallest = several[groups[several] == groups[several].max()]
    names = comparisons.ids.gather(smallest).to_list()
    shown = ", ".join(map(repr, names[:_SHOWN])) + (" …" if len(names) > _SHOWN else "")
    raise InputError(
        f"Without regularization the scores of {shown} have no finite maximum of the likelihood: against the"
        " rest they were always or never preferred. Set regularization above 0."
    )
