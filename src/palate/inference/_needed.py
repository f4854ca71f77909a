"""How much more evidence a verdict is expected to need."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from math import ceil, inf, log2, sqrt
from statistics import NormalDist
from typing import Any

__all__ = ["Needed", "detectable_difference", "needed_for", "queries_in_all"]

_MANY = 100
"""Beyond so many times the queries there are, a count would only say that the difference is near 0."""


@dataclass(frozen=True)
class Needed:
    """What is expected to be needed to tell two systems apart, if the observed difference is the true one.

    Args:
        queries: How many more; None if more than 100 times those there are.
        answers: How many more, as many a query as now; None if not known.
        cost: What these cost, dollars, at the present price; None if not known.
        power: The probability that a winner is then named.
        detectable: The smallest difference that the present queries would show with that probability.
    """

    queries: int | None
    answers: int | None
    cost: Decimal | None
    power: float
    detectable: float

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON can hold it: dollars as text."""
        return {
            "queries": self.queries,
            "answers": self.answers,
            "cost": None if self.cost is None else str(self.cost),
            "power": self.power,
            "detectable": self.detectable,
        }


def detectable_difference(spread: float, queries: int, confidence: float = 0.95, power: float = 0.8) -> float:
    """Return the smallest true mean difference that ``queries`` show with probability ``power``.

    (t(1 - α/2) + t(power)) · spread / √n with n - 1 degrees of freedom, near the power of the two-sided t-test
    by the noncentral t distribution (Sakai, Topic set size design, Information Retrieval, 2016, by which IR
    plans its queries).

    Args:
        spread: Standard deviation of the differences over queries.
        queries: How many, at least 2.
        confidence: Of the test.
        power: In (0, 1).
    """
    from scipy.special import stdtrit

    freedom = queries - 1
    return float(stdtrit(freedom, (1 + confidence) / 2) + stdtrit(freedom, power)) * spread / sqrt(queries)


def queries_in_all(difference: float, spread: float, confidence: float = 0.95, power: float = 0.8) -> float:
    """Return how many queries in all show ``difference`` with probability ``power``; infinite where it is 0.

    The smallest n whose :func:`detectable_difference` is no larger; and at least as many as a test by signs
    or ranks needs to be sure of anything.
    """
    fewest = max(2, ceil(1 + log2(1 / (1 - confidence)) - 1e-9))
    if difference == 0:
        return inf
    normal = NormalDist()
    size = ((normal.inv_cdf((1 + confidence) / 2) + normal.inv_cdf(power)) * spread / abs(difference)) ** 2
    if size > 1e9:  # past any budget; the normal law is exact enough
        return size
    n = max(fewest, ceil(size))
    while detectable_difference(spread, n, confidence, power) > abs(difference):
        n += 1
    return n


def needed_for(
    difference: float,
    spread: float,
    queries: int,
    confidence: float,
    *,
    answers: int | None = None,
    cost: Decimal | None = None,
    power: float = 0.8,
) -> Needed | None:
    """Return what is needed beside ``queries``; None where, by this count, they were enough."""
    wanted = queries_in_all(difference, spread, confidence, power)
    if wanted <= queries:
        return None
    detectable = detectable_difference(spread, queries, confidence, power)
    more = int(wanted) - queries if wanted <= _MANY * queries else None
    if more is None:
        return Needed(None, None, None, power, detectable)
    return Needed(
        more,
        None if answers is None else ceil(answers * more / queries),
        None if cost is None else (cost * more / queries).quantize(Decimal("0.01")),
        power,
        detectable,
    )
