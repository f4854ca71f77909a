"""Are there as many units in each variant as there should be?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import exp, log
from typing import Any

import numpy as np

from palate.core.errors import InputError

__all__ = ["RatioMismatch", "ratio_mismatch"]

_ALARM = 0.001
"""Fabijan et al., KDD 2019: below this, look for the fault before anything else."""


@dataclass(frozen=True)
class RatioMismatch:
    """How far the numbers of units lie from what was planned.

    Args:
        units: How many each variant got.
        expected: How many it should have got.
        p_value: Of the chi-square test; valid at one look.
        any_time_p_value: Valid at any number of looks.
        any_time: Whether the second one decides.
    """

    units: Mapping[str, int]
    expected: Mapping[str, float]
    p_value: float
    any_time_p_value: float
    any_time: bool = False

    @property
    def found(self) -> bool:
        """Whether units were lost or added in some variant: the p-value is below 0.001."""
        return (self.any_time_p_value if self.any_time else self.p_value) < _ALARM

    @property
    def sentence(self) -> str:
        """What was found, as people read it."""
        counts = ", ".join(f"{name} {count:,}" for name, count in self.units.items())
        wanted = ", ".join(f"{name} {count:,.0f}" for name, count in self.expected.items())
        p_value = self.any_time_p_value if self.any_time else self.p_value
        if self.found:
            return (
                f"Do not trust these results: the variants have {counts} units where {wanted} were expected"
                f" (p = {p_value:.2g}). Units are lost or counted twice in one of them; find out where first."
            )
        return f"Units are as expected: {counts} (p = {p_value:.2g})"

    def to_dict(self) -> dict[str, Any]:
        """Return the check as JSON can hold it."""
        return {**asdict(self), "found": self.found, "sentence": self.sentence}


def ratio_mismatch(
    units: Mapping[str, int], shares: Mapping[str, float] | None = None, *, any_time: bool = False
) -> RatioMismatch:
    """Return whether the variants have as many units as their shares say.

    The p-value of one look is Pearson's chi-square (Kohavi, Tang and Xu, Trustworthy Online Controlled
    Experiments, 2020, chapter 21). The one for any number of looks is 1 over the Bayes factor of a uniform
    Dirichlet prior on the shares against the planned ones (Lindon and Malek, Anytime-valid inference for
    multinomial count data, NeurIPS 2022).

    Args:
        units: How many each variant got, two variants at least.
        shares: What each should get, in any unit; equal shares by default.
        any_time: Whether the second p-value decides what is ``found``.

    Raises:
        InputError: There are fewer than two variants, or the shares are of other ones.

    >>> ratio_mismatch({"a": 5000, "b": 5300}).found
    False
    >>> ratio_mismatch({"a": 5000, "b": 5500}).found
    True
    """
    if len(units) < 2:
        raise InputError(f"An experiment needs two variants; there is {', '.join(units) or 'none'}.")
    planned = dict.fromkeys(units, 1.0) if not shares else dict(shares)
    if set(planned) != set(units):
        raise InputError(
            f"Shares are given for {', '.join(sorted(planned))}; the variants are {', '.join(sorted(units))}."
        )
    counts = np.array(list(units.values()), dtype=np.float64)
    expected = np.array([planned[name] for name in units])
    expected = expected / expected.sum()
    return RatioMismatch(
        dict(units),
        dict(zip(units, (expected * counts.sum()).tolist(), strict=True)),
        _chi_square(counts, expected * counts.sum()),
        min(1.0, exp(-_log_bayes_factor(counts, expected))),
        any_time,
    )


def _chi_square(counts: np.ndarray, expected: np.ndarray) -> float:
    from scipy.special import chdtrc

    return float(chdtrc(len(counts) - 1, float(((counts - expected) ** 2 / expected).sum())))


def _log_bayes_factor(counts: np.ndarray, shares: np.ndarray) -> float:
    from scipy.special import gammaln

    variants, n = len(counts), counts.sum()
    uniform = gammaln(variants) - gammaln(variants + n) + gammaln(counts + 1).sum()
    return float(max(uniform - (counts * np.log(shares)).sum(), -log(1e300)))
