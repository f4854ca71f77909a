"""Inclusion probabilities of a given total, and samples that have them exactly."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["BoolArray", "FloatArray", "draw", "proportional"]

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

_CERTAIN = 1e-9
"""Probabilities so near 0 or 1 are rounding errors of sums."""


def proportional(weights: FloatArray, total: float, caps: FloatArray | float = 1.0) -> FloatArray:
    """Return numbers proportional to ``weights`` that add up to ``total``, none above its cap.

    What a cap keeps from one is given to the others in proportion, as Tillé, Sampling Algorithms, 2006, section 2.10
    does for inclusion probabilities. Where the caps of positive weights add up to less than ``total``, all are at
    their cap.

    Args:
        weights: From 0 on, shape (n,).
        total: From 0 on.
        caps: Above 0, one or one each.

    >>> proportional(np.array([8.0, 1.0, 1.0]), 2.0)
    array([1. , 0.5, 0.5])
    """
    caps = np.broadcast_to(np.asarray(caps, dtype=np.float64), weights.shape)
    found = np.where(weights > 0, caps, 0.0)
    if found.sum() <= total:
        return found
    order = np.argsort(-weights / caps, kind="stable")  # who reaches the cap first comes first
    w, cap = weights[order], caps[order]
    left = total - (np.cumsum(cap) - cap)  # if all before were at their cap
    rest = np.cumsum(w[::-1])[::-1]
    scale = np.divide(left, rest, out=np.zeros_like(rest), where=rest > 0)
    first_free = int(np.argmax(scale * w <= cap))
    found[order[first_free:]] = np.maximum(scale[first_free], 0.0) * w[first_free:]
    return found


def draw(inclusion: FloatArray, rng: np.random.Generator) -> BoolArray:
    """Return a sample in which everything is with exactly its probability.

    The pivotal method (Deville and Tillé, Unequal probability sampling without replacement through a splitting
    method, Biometrika 1998) in the order given: of two, one hands its probability to the other until it is taken
    or left. Every stretch of the order has as many in the sample as its probabilities add up to, less than one more or
    less where that is no whole number; the whole sample rounds its sum up or down. In random order its variance is that
    of Hájek's approximation for samples of high entropy (Tillé, Sampling Algorithms, 2006, section 6.3).

    Args:
        inclusion: In [0, 1], shape (n,).
        rng: Draws.
    """
    taken = inclusion >= 1.0 - _CERTAIN
    open_places = np.flatnonzero((inclusion > _CERTAIN) & ~taken)
    lots = rng.random(len(open_places)).tolist()
    winners: list[int] = []
    holder, held = -1, 0.0
    for place, chance, lot in zip(open_places.tolist(), inclusion[open_places].tolist(), lots, strict=True):
        both = held + chance
        if both <= 1.0 + _CERTAIN:  # one of the two drops out
            if lot * both >= held:
                holder = place
            held = both
            if held < 1.0 - _CERTAIN:
                continue
            winners.append(holder)  # and the other one is certain
            holder, held = -1, 0.0
        else:  # one of the two is taken
            if lot * (2.0 - both) < 1.0 - chance:
                winners.append(holder)
                holder = place
            else:
                winners.append(place)
            held = both - 1.0
    if held > _CERTAIN and rng.random() < held:
        winners.append(holder)
    taken[winners] = True
    return taken
