"""Wilcoxon's signed ranks, with the interval of Hodges and Lehmann."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from palate.core.randomness import Seed
from palate.inference._signed_ranks import signed_rank_law, snapped, walsh_average
from palate.inference.base import Estimand, FloatArray, Interval, PairedTest

__all__ = ["Wilcoxon"]

_EXACT = 200
"""The most queries that differ whose ranks are summed exactly; there, the normal law is right to some 0.0002."""
_MOST_SUMS = 1 << 24
"""The most sums of ranks that an exact law may have (128 MiB): zeros make ranks large."""


@dataclass(frozen=True)
class Wilcoxon(PairedTest):
    """Signed-rank test, and the interval of the pseudo-median that it does not refuse.

    Wilcoxon, Biometrics Bulletin, 1945. Queries without a difference get ranks and then lose them (Pratt,
    JASA 1959): leaving them out before ranking could turn more evidence for one system into less. Up to 200
    queries that differ the p-value is exact, with ties and zeros as they are; beyond, the ranks' sum is taken
    as normal, its variance that of the ranks there are.

    The interval is about the pseudo-median of the differences that are not 0, the median of the means of all
    pairs of them (Hodges and Lehmann, Annals of Mathematical Statistics, 1963), not about the mean: they agree
    where differences lie symmetrically around their middle, which the test supposes. Its bounds are those
    means in order (Tukey; Hollander, Wolfe and Chicken, Nonparametric Statistical Methods, 2014, eq. 3.25),
    counted by the law of untied ranks: it leaves 0 out exactly where the p-value is at most 1 - confidence if
    there are no ties and zeros. With them the p-value decides. Below 6 queries that differ no ranks are rare
    enough for 95%, and the bounds are infinite.

    Args:
        confidence: Of the interval, in (0, 1).

    >>> import numpy as np
    >>> found = Wilcoxon().compare(np.array([0.9, 0.7, 0.8]), np.array([0.5, 0.5, 0.5]))
    >>> f"{found.interval.estimate:.2f} with p {found.p_value}"
    '0.30 with p 0.25'
    """

    estimand: ClassVar[Estimand] = "pseudo-median"

    def test(self, differences: FloatArray, seed: Seed) -> tuple[Interval, float]:  # noqa: ARG002 (draws nothing)
        """Return the interval of the pseudo-median where systems differ, and the p-value."""
        rounded = snapped(differences)
        ordered = np.sort(rounded[rounded != 0])
        other_way = -ordered[::-1]
        n = len(ordered)
        averages = n * (n + 1) // 2
        middle = (averages + 1) // 2
        estimate = (walsh_average(ordered, middle) - walsh_average(other_way, middle)) / 2
        place = _place_of_bound(n, (1 - self.confidence) / 2)
        low = walsh_average(ordered, place) if place else -np.inf
        high = 0.0 - walsh_average(other_way, place) if place else np.inf
        return Interval(estimate, low, high, self.confidence), _p_value(rounded)


def _p_value(differences: FloatArray) -> float:
    """Return the two-sided p-value; ranks of zeros are taken and dropped."""
    moved = differences != 0
    doubled = _doubled_ranks(np.abs(differences))[moved]
    ahead = int(doubled[differences[moved] > 0].sum())
    fewer = min(ahead, int(doubled.sum()) - ahead)
    if len(doubled) <= _EXACT and doubled.sum() < _MOST_SUMS:
        return min(1.0, 2 * float(signed_rank_law(doubled)[: fewer + 1].sum()))
    spread = float((doubled.astype(np.float64) ** 2).sum()) ** 0.5 / 2
    p_value = 2 * NormalDist().cdf((fewer - float(doubled.sum()) / 2) / spread)
    return max(p_value, float(np.finfo(np.float64).tiny))  # a p-value is small, never 0


def _doubled_ranks(sizes: FloatArray) -> npt.NDArray[np.int64]:
    """Return twice the rank of each size from the smallest, ties sharing the middle one."""
    _, group, counts = np.unique(sizes, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    doubled: npt.NDArray[np.int64] = (2 * last - counts + 1)[group]
    return doubled


def _place_of_bound(n: int, outside: float) -> int:
    """Return which average from either end is the bound; 0 if none leaves as little as ``outside`` beyond it."""
    if n <= _EXACT:
        law = signed_rank_law(2 * np.arange(1, n + 1))[::2]
        return int(np.searchsorted(np.cumsum(law), outside * (1 + 1e-12), side="right"))
    spread = (n * (n + 1) * (2 * n + 1) / 24) ** 0.5
    return int(n * (n + 1) / 4 + NormalDist().inv_cdf(outside) * spread)
