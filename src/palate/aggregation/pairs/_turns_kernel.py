"""The hot loops of methods that go through things or comparisons one after another."""
# ruff: noqa: PLR0917 (compiled functions take flat arrays and counts, by position)

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from palate.core.compiling import compiled

__all__ = ["balance_ties", "elo_pass", "newman_pass"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int32]
LongArray = npt.NDArray[np.int64]


@compiled
def newman_pass(
    offsets: LongArray,
    others: IntArray,
    wins: FloatArray,
    losses: FloatArray,
    virtual: float,
    v: float,
    roots: FloatArray,
) -> float:
    """Move every strength once, each after those before it, and return how far a logarithm moved at most.

    Args:
        offsets: Shape (n_ids + 1,): where the entries of each thing begin.
        others: Shape (n_entries,): whom it met.
        wins: Likewise: how often it won, ties counted half.
        losses: Likewise.
        virtual: How often each won, and lost, against an average thing.
        v: Half the weight of ties.
        roots: Shape (n_ids,): square roots of strengths; written.
    """
    moved = 0.0
    for i in range(len(roots)):
        root = roots[i]
        chance = root * root + 1 + 2 * v * root
        above = virtual * (1 + v * root) / chance
        below = virtual * (root + v) / (root * chance)
        for entry in range(offsets[i], offsets[i + 1]):
            other = roots[others[entry]]
            chance = root * root + other * other + 2 * v * root * other
            above += wins[entry] * other * (other + v * root) / chance
            below += losses[entry] * (root + v * other) / (root * chance)
        roots[i] = math.sqrt(above / below)
        moved = max(moved, 2 * abs(math.log(roots[i] / root)))
    return moved


@compiled
def balance_ties(
    first: IntArray,
    second: IntArray,
    comparisons: FloatArray,
    ties: FloatArray,
    virtual: float,
    v: float,
    roots: FloatArray,
) -> float:
    """Return half the weight of ties that balances how often there was one and how often there was none.

    Args:
        first: Shape (n_pairs,): code of the first of each pair.
        second: Likewise.
        comparisons: Likewise: how often they met.
        ties: Likewise: how often they tied.
        virtual: How often each won, and lost, against an average thing.
        v: What it is now.
        roots: Shape (n_ids,): square roots of strengths.
    """
    above = below = 0.0
    for root in roots:
        below += 4 * virtual * root / (root * root + 1 + 2 * v * root)
    for pair in range(len(first)):
        one, other = roots[first[pair]], roots[second[pair]]
        squares = one * one + other * other
        chance = squares + 2 * v * one * other
        above += ties[pair] * squares / chance
        below += (comparisons[pair] - ties[pair]) * 2 * one * other / chance
    return above / below


@compiled
def elo_pass(
    order: LongArray,
    left: IntArray,
    right: IntArray,
    outcome: npt.NDArray[np.int8],
    step: float,
    ratings: FloatArray,
) -> None:
    """Move both ratings after every comparison, in this order.

    Args:
        order: Which comparisons, one after another.
        left: Shape (n_comparisons,).
        right: Likewise.
        outcome: Likewise.
        step: By how much a surprise moves ratings, in units in which odds are exp(difference).
        ratings: Shape (n_ids,), in those units; written.
    """
    for row in order:
        i, j = left[row], right[row]
        expected = 1 / (1 + math.exp(ratings[j] - ratings[i]))
        surprise = step * ((outcome[row] + 1) / 2 - expected)
        ratings[i] += surprise
        ratings[j] -= surprise
