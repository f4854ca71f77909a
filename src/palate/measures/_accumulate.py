"""Sums of values over parts of the data, exact, so that any way to cut the data gives the same mean, bit for bit.

A sum of floats depends on their order in its last bits. Here each float counts as the fraction that it is: adding is
associative and commutative, and only what is read off at the end is rounded, once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.core.errors import InputError, SettingsError
from palate.core.frames import IntoTable, read_table
from palate.core.tables import JUDGMENTS, RUNS
from palate.measures._coverage import Covered
from palate.measures._rankings import code_judgments
from palate.measures._run_values import run_values
from palate.measures._runs import SystemRun
from palate.measures.base import FloatArray, Measure

__all__ = ["RunSums", "ValueSums", "sum_part"]

_MANTISSA_BITS = 53
_HALF_BITS = 27
_WORD_BITS = 32
"""Of numbers of 64 bits, the lower half: 2^31 of them add up within 64 bits."""


@dataclass(frozen=True)
class ValueSums:
    """What values of a measure add up to.

    Args:
        count: How many values.
        total: Their sum, exact.
        squares: The sum of their squares, exact.

    >>> parts = ValueSums.of(np.array([0.1])) + ValueSums.of(np.array([0.2, 0.3]))
    >>> parts == ValueSums.of(np.array([0.3, 0.1, 0.2])), parts.mean
    (True, 0.2)
    """

    count: int = 0
    total: Fraction = Fraction(0)
    squares: Fraction = Fraction(0)

    @staticmethod
    def of(values: FloatArray) -> ValueSums:
        """Return the sums of values.

        Raises:
            InputError: A value is not a finite number.
        """
        values = np.asarray(values, dtype=np.float64).ravel()
        if not np.isfinite(values).all():
            row = int(np.flatnonzero(~np.isfinite(values))[0])
            raise InputError(f"Expected finite numbers; it is {values[row]!r}.", where="values", row=row + 1)
        return ValueSums(len(values), *_exact_sums(values))

    def __add__(self, other: ValueSums) -> ValueSums:
        return ValueSums(self.count + other.count, self.total + other.total, self.squares + other.squares)

    @property
    def mean(self) -> float:
        """The mean, correctly rounded; NaN if there are no values."""
        return float(self.total / self.count) if self.count else float("nan")

    @property
    def variance(self) -> float:
        """The sample variance, correctly rounded; NaN if there are fewer than 2 values."""
        if self.count < 2:
            return float("nan")
        return float((self.squares - self.total**2 / self.count) / (self.count - 1))

    def to_dict(self) -> dict[str, Any]:
        """Return the sums as what JSON and a table can hold, fractions as text."""
        return {"count": self.count, "total": str(self.total), "squares": str(self.squares)}

    @staticmethod
    def from_dict(sums: Mapping[str, Any]) -> ValueSums:
        """Return what :meth:`to_dict` came from."""
        return ValueSums(int(sums["count"]), Fraction(sums["total"]), Fraction(sums["squares"]))


@dataclass(frozen=True)
class RunSums:
    """What the parts of one system's run add up to; each query is in one part, with its judgments.

    Args:
        values: For each measure's text the sums of its values over the judged queries.
        answered: Judged queries for which the system ranks at least one item.
        missing: Judged queries for which it ranks none; their values are those of an empty ranking.
        extra: Queries it answers that have no judgments; not evaluated.
        covered: Counts of the items it ranks for judged queries.
    """

    values: Mapping[str, ValueSums]
    answered: int = 0
    missing: int = 0
    extra: int = 0
    covered: Covered = field(default_factory=Covered)

    def __add__(self, other: RunSums) -> RunSums:
        if self.values.keys() != other.values.keys():
            raise SettingsError(
                f"Sums of the same measures can be added; these are of {', '.join(self.values)} and of"
                f" {', '.join(other.values)}."
            )
        return RunSums(
            {measure: sums + other.values[measure] for measure, sums in self.values.items()},
            self.answered + other.answered,
            self.missing + other.missing,
            self.extra + other.extra,
            self.covered + other.covered,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the sums as what JSON can hold."""
        return {
            "values": {measure: sums.to_dict() for measure, sums in self.values.items()},
            "answered": self.answered,
            "missing": self.missing,
            "extra": self.extra,
            "covered": asdict(self.covered),
        }

    @staticmethod
    def from_dict(sums: Mapping[str, Any]) -> RunSums:
        """Return what :meth:`to_dict` came from."""
        values = {measure: ValueSums.from_dict(of_measure) for measure, of_measure in sums["values"].items()}
        covered = Covered(**sums["covered"])
        return RunSums(values, int(sums["answered"]), int(sums["missing"]), int(sums["extra"]), covered)


def sum_part(
    run: IntoTable, judgments: IntoTable, measures: Iterable[Measure], *, depth: int | None = None
) -> RunSums:
    """Return the sums of some queries of one system: the share of one partition.

    Args:
        run: All rows of these queries (``query, item`` and ``score`` or ``rank``); may be empty, if it is a
            dataframe.
        judgments: All judgments of these queries; may be empty, if it is a dataframe.
        measures: What to compute.
        depth: How many items of each ranking are looked at; all by default.

    Raises:
        InputError: A table is not what it should be.

    >>> from palate.measures import RR
    >>> run = pl.DataFrame({"query": [1, 2], "item": ["a", "b"], "score": [0.9, 0.4]})
    >>> judgments = pl.DataFrame({"query": [1, 3], "item": ["a", "b"], "grade": [1, 1]})
    >>> sums = sum_part(run, judgments, [RR()])
    >>> sums.values["RR"].mean, sums.answered, sums.missing, sums.extra
    (0.5, 1, 1, 1)
    """
    measures = tuple(measures)
    rows = None if _is_empty(run) else read_table(run, RUNS, where="run")
    if _is_empty(judgments):
        extra = 0 if rows is None else rows["query"].n_unique()
        return RunSums({str(measure): ValueSums() for measure in measures}, extra=extra)
    judged = code_judgments(read_table(judgments, JUDGMENTS))
    if rows is None:
        rows = pl.DataFrame({"query": [], "item": [], "score": []}, schema_overrides=_EMPTY)
    found = run_values(SystemRun("run", rows, None), judged, measures, depth)
    answered = int(found.answered.sum())
    return RunSums(
        {str(measure): ValueSums.of(row) for measure, row in zip(measures, found.values, strict=True)},
        answered,
        len(found.answered) - answered,
        len(found.extra),
        found.covered,
    )


_EMPTY = {"query": pl.String, "item": pl.String, "score": pl.Float64}


def _is_empty(source: IntoTable) -> bool:
    return hasattr(source, "__len__") and not isinstance(source, str) and len(source) == 0


def _exact_sums(values: FloatArray) -> tuple[Fraction, Fraction]:
    """Return the sum of finite numbers and of their squares.

    A float is a whole number of 53 bits times a power of two. Those of one power are added as whole numbers.
    """
    if not len(values):
        return Fraction(0), Fraction(0)
    mantissas, exponents = np.frexp(values)
    order = np.argsort(exponents, kind="stable")
    exponents = exponents[order]
    firsts = np.flatnonzero(np.append(True, exponents[1:] != exponents[:-1]))
    whole = np.ldexp(mantissas[order], _MANTISSA_BITS).astype(np.int64)
    high, low = whole >> _HALF_BITS, whole & ((1 << _HALF_BITS) - 1)
    squares = zip(
        _whole_sums(high * high, firsts),
        _whole_sums(high * low, firsts),
        _whole_sums(low * low, firsts),
        strict=True,
    )
    scales = [Fraction(2) ** (int(power) - _MANTISSA_BITS) for power in exponents[firsts]]
    total = sum(
        (scale * number for scale, number in zip(scales, _whole_sums(whole, firsts), strict=True)),
        start=Fraction(0),
    )
    square = sum(
        (
            scale * scale * ((a << 2 * _HALF_BITS) + (b << _HALF_BITS + 1) + c)
            for scale, (a, b, c) in zip(scales, squares, strict=True)
        ),
        start=Fraction(0),
    )
    return total, square


def _whole_sums(numbers: npt.NDArray[np.int64], firsts: npt.NDArray[np.int64]) -> list[int]:
    """Return the sums of the numbers from each first one to the next."""
    high = np.add.reduceat(numbers >> _WORD_BITS, firsts).tolist()
    low = np.add.reduceat(numbers & ((1 << _WORD_BITS) - 1), firsts).tolist()
    return [(a << _WORD_BITS) + b for a, b in zip(high, low, strict=True)]
