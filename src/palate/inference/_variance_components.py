"""How much of the spread of values each of several crossed sources explains."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from palate.core.errors import InputError
from palate.inference.base import FloatArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["RESIDUAL", "CrossedLayout", "VarianceComponents", "variance_components"]

IntArray = npt.NDArray[np.integer[Any]]

RESIDUAL = "residual"
"""What the name of the part is that no factor explains."""


@dataclass(frozen=True)
class VarianceComponents:
    """Variances of crossed random effects.

    Args:
        estimates: By source, the residual last; none below 0.
        clipped: Sources whose estimate was below 0 and is given as 0.
        levels: How many levels each source has; the residual has as many as there are values.
    """

    estimates: Mapping[str, float]
    clipped: tuple[str, ...]
    levels: Mapping[str, int]

    def to_dict(self) -> dict[str, Any]:
        """Return the components as JSON can hold them."""
        return {
            "estimates": dict(self.estimates),
            "clipped": list(self.clipped),
            "levels": dict(self.levels),
        }


@dataclass(frozen=True, eq=False)
class CrossedLayout:
    """Which level of each factor every value has. Balanced or not; cells may be empty or hold several values.

    Args:
        factors: By name, the code of each value's level, from 0, shape (n_values,).
        groups: Code of what each value's mean is free in, such as its item; one mean for all by default.

    Raises:
        InputError: There is no factor, or codes have different lengths.
    """

    factors: Mapping[str, IntArray]
    groups: IntArray | None = None

    def __post_init__(self) -> None:
        lengths = {len(codes) for codes in self._all_codes()}
        if not self.factors or len(lengths) != 1 or 0 in lengths:
            raise InputError(
                f"Variance components need at least one factor and a code a value; there are {len(self.factors)} factors"
                f" with {sorted(lengths)} codes."
            )

    @property
    def names(self) -> tuple[str, ...]:
        """The sources, the residual last."""
        return (*self.factors, RESIDUAL)

    @cached_property
    def n(self) -> int:
        """How many values there are."""
        return len(next(iter(self.factors.values())))

    def solve(self, values: FloatArray) -> FloatArray:
        """Return the unclipped variance of every source, shape (n_sources,).

        Quadratic forms of the values without their groups' means are set equal to what they are expected to be:
        MIVQUE(0), Rao, Journal of Multivariate Analysis, 1971; Hartley, Rao and LaMotte, Biometrics, 1978, as in
        Searle, Casella and McCulloch, Variance Components, 1992, section 11.3. Unbiased whatever the distributions;
        the analysis of variance where the layout is balanced.

        Raises:
            InputError: The layout cannot tell the sources apart.
        """
        found: FloatArray = self._inverse @ self._forms(values)
        return found

    def _all_codes(self) -> list[IntArray]:
        return [*self.factors.values(), *([] if self.groups is None else [self.groups])]

    @cached_property
    def _groups(self) -> IntArray:
        return np.zeros(self.n, np.int64) if self.groups is None else self.groups

    @cached_property
    def _inverse(self) -> FloatArray:
        expected = self._expected()
        scale = np.sqrt(np.diag(expected))
        if scale.min() == 0:
            lacking = self.names[int(scale.argmin())]
            raise InputError(
                f"Nothing shows the variance of '{lacking}': it does not differ within any group."
            )
        scaled = expected / np.outer(scale, scale)
        if np.linalg.cond(scaled) > 1e8:
            raise InputError(
                f"These values cannot tell {', '.join(self.names)} apart. Leave a factor out, or gather values of the"
                " same level in several groups."
            )
        inverse: FloatArray = np.linalg.inv(scaled) / np.outer(scale, scale)
        return inverse

    def _expected(self) -> FloatArray:
        """Return the weight of every source's variance (columns) in every quadratic form (rows)."""
        incidences = [_incidence(codes) for codes in self.factors.values()]
        groups = _incidence(self._groups)
        sizes = np.maximum(np.asarray(groups.sum(axis=0)).ravel(), 1)
        crossed = [incidence.T @ groups for incidence in incidences]
        k = len(incidences)
        expected = np.empty((k + 1, k + 1))
        for i in range(k):
            for j in range(i, k):
                centred = incidences[i].T @ incidences[j] - (crossed[i] / sizes) @ crossed[j].T
                expected[i, j] = expected[j, i] = float((centred**2).sum())
            own = np.asarray(incidences[i].sum(axis=0)).sum() - float(((crossed[i] ** 2) / sizes).sum())
            expected[i, k] = expected[k, i] = own
        expected[k, k] = self.n - len(np.unique(self._groups))
        return expected

    def _forms(self, values: FloatArray) -> FloatArray:
        sums = np.bincount(self._groups, weights=values)
        counts = np.maximum(np.bincount(self._groups), 1)
        rest = values - (sums / counts)[self._groups]
        forms = [(np.bincount(codes, weights=rest) ** 2).sum() for codes in self.factors.values()]
        return np.array([*forms, (rest**2).sum()])


def variance_components(
    values: npt.ArrayLike, factors: Mapping[str, npt.ArrayLike], groups: npt.ArrayLike | None = None
) -> VarianceComponents:
    """Return how much of the variance of ``values`` each crossed factor explains.

    Args:
        values: Finite numbers, shape (n,).
        factors: By name, the code of each value's level, from 0, shape (n,). An interaction is a factor with
            a code for each pair.
        groups: Code of what each value's mean is free in, such as its item; one mean for all by default.

    Raises:
        InputError: Values are not finite, lengths differ, or the layout cannot tell the sources apart.

    >>> values = [1.0, 2.0, 3.0, 4.0, 5.0, 7.0]  # two annotators grade three items
    >>> found = variance_components(values, {"annotator": [0, 1] * 3}, groups=[0, 0, 1, 1, 2, 2])
    >>> {name: round(variance, 3) for name, variance in found.estimates.items()}
    {'annotator': 0.833, 'residual': 0.167}
    """
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or not np.isfinite(array).all():
        raise InputError("Variance components need a list of finite numbers.")
    codes = {name: np.asarray(code) for name, code in factors.items()}
    layout = CrossedLayout(codes, None if groups is None else np.asarray(groups))
    if layout.n != len(array):
        raise InputError(f"There are {len(array):,} values and {layout.n:,} codes; each value needs one.")
    found = dict(zip(layout.names, layout.solve(array).tolist(), strict=True))
    return VarianceComponents(
        {name: max(variance, 0.0) for name, variance in found.items()},
        tuple(name for name, variance in found.items() if variance < 0),
        {**{name: len(np.unique(code)) for name, code in codes.items()}, RESIDUAL: layout.n},
    )


def _incidence(codes: IntArray) -> csr_array:
    """Return a matrix with a row a value and a one in the column of its level."""
    from scipy.sparse import csr_array

    n = len(codes)
    return csr_array((np.ones(n), (np.arange(n), codes)), shape=(n, int(codes.max()) + 1))
