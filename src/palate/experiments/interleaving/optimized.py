"""Optimized interleaving: of all fair ways to choose among lists, the one that tells most."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np

from palate.core.errors import PalateError, SettingsError
from palate.experiments.interleaving.base import Interleaved, Interleaver
from palate.inference.base import FloatArray

__all__ = ["Optimized"]

_Credit = Literal["linear", "binary", "inverse_rank"]
_LONGEST = 12
"""Items shown: there are up to 2^length lists."""


@dataclass(frozen=True)
class Optimized(Interleaver):
    """Any list whose every beginning unites a beginning of A with one of B, with chosen probabilities.

    Radlinski and Craswell, Optimized interleaving for online retrieval evaluation, WSDM 2013. The credit of a
    click follows from the item's ranks in both rankings; the probabilities solve a linear program: users who
    click on ranks alone prefer no system, at any rank, and among all such probabilities those are taken whose
    lists tell most. What a list tells is here the variance of the credit of a click at rank r with a chance
    proportional to 1 / r, a simpler stand-in for their entropy of the outcome: where one system owns all that is
    clicked, its credit is known before anybody clicks. Where no probabilities are fair, as
    where one ranking runs out of items, those are taken that are least unfair, and each rank's mean credit is
    taken off the credits there, so that they are fair again.

    Args:
        credit: ``linear`` (rank in B - rank in A, as a share of the longest), ``binary`` (1 to the system that ranks
            it higher) or ``inverse_rank`` (1 / rank in A - 1 / rank in B), which looks at the first ranks most and
            in ``bench/interleaving.py`` needs several times as many impressions. An item that a ranking lacks has
            the rank after the last of the longer one.
    """

    credit: _Credit = "linear"

    def __post_init__(self) -> None:
        if self.credit not in {"linear", "binary", "inverse_rank"}:
            raise SettingsError(f"The credit must be linear, binary or inverse_rank; it is '{self.credit}'.")

    def draw(
        self, a: Sequence[Hashable], b: Sequence[Hashable], length: int, rng: np.random.Generator
    ) -> Interleaved:
        """Return a list drawn at random."""
        lists, probabilities = self.lists(a, b, length)
        return lists[int(rng.choice(len(lists), p=probabilities))]

    def lists(
        self, a: Sequence[Hashable], b: Sequence[Hashable], length: int
    ) -> tuple[tuple[Interleaved, ...], FloatArray]:
        """Return all lists there can be and the probability of each.

        Raises:
            SettingsError: ``length`` is above 12: there would be too many.
        """
        if length > _LONGEST:
            raise SettingsError(
                f"Optimized interleaving looks at all lists there can be, up to 2^length: 'length' must be at most"
                f" {_LONGEST}; it is {length}."
            )
        return _solved(self.credit, tuple(a), tuple(b), length)


@lru_cache(maxsize=1024)
def _solved(
    credit: _Credit, a: tuple[Hashable, ...], b: tuple[Hashable, ...], length: int
) -> tuple[tuple[Interleaved, ...], FloatArray]:
    """Return the lists and their probabilities; many lists are drawn for a query, one program is solved."""
    allowed = _allowed(a, b, length)
    given = _credits(credit, a, b, allowed)
    probabilities = _probabilities(given)
    fair = given - probabilities @ given
    found = (Interleaved(items, tuple(row)) for items, row in zip(allowed, fair.tolist(), strict=True))
    probabilities.setflags(write=False)
    return tuple(found), probabilities


def _credits(
    credit: _Credit, a: Sequence[Hashable], b: Sequence[Hashable], lists: list[tuple[Hashable, ...]]
) -> FloatArray:
    rank_a = {item: rank for rank, item in enumerate(a, 1)}
    rank_b = {item: rank for rank, item in enumerate(b, 1)}
    last = max(len(a), len(b)) + 1
    ranks = np.array(
        [[(rank_a.get(i, last), rank_b.get(i, last)) for i in items] for items in lists], dtype=np.float64
    )
    in_a, in_b = ranks[..., 0], ranks[..., 1]
    if credit == "binary":
        return np.sign(in_b - in_a)
    if credit == "linear":
        return (in_b - in_a) / last
    return 1 / in_a - 1 / in_b


def _allowed(a: Sequence[Hashable], b: Sequence[Hashable], length: int) -> list[tuple[Hashable, ...]]:
    """Return every list that comes of taking, at each rank, the best item left of A or of B."""
    lists: list[tuple[Hashable, ...]] = [()]
    for _ in range(min(length, len({*a, *b}))):
        longer: dict[tuple[Hashable, ...], None] = {}
        for items in lists:
            for ranking in (a, b):
                best = next((item for item in ranking if item not in items), None)
                if best is not None:
                    longer[*items, best] = None
        lists = list(longer)
    return lists


def _probabilities(given: FloatArray) -> FloatArray:
    """Return the probabilities of lists that are fair at every rank and tell most."""
    from scipy.optimize import linprog

    n, length = given.shape
    clicks = 1 / np.arange(1, length + 1)
    clicks = clicks / clicks.sum()
    told = given**2 @ clicks - (given @ clicks) ** 2
    # Two slack variables a rank hold what cannot be made fair, at a price above all that can be told.
    price = 100 * (1 + told.max())
    slack = np.hstack([np.eye(length), -np.eye(length)])
    solved = linprog(
        np.concatenate([-told, np.full(2 * length, price)]),
        A_eq=np.vstack([np.hstack([given.T, slack]), np.concatenate([np.ones(n), np.zeros(2 * length)])]),
        b_eq=np.append(np.zeros(length), 1.0),
        bounds=(0, None),
        method="highs",
    )
    if solved.x is None:  # slack makes every program solvable
        raise PalateError(f"The probabilities of {n} lists could not be found: {solved.message}")
    probabilities = np.maximum(solved.x[:n], 0)
    found: FloatArray = probabilities / probabilities.sum()
    return found
