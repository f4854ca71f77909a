"""From a table of values a query to verdicts on pairs of systems."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from math import ceil

import numpy as np
import polars as pl

from palate.core.errors import InputError, UnknownNameError
from palate.core.frames import IntoTable, read_table
from palate.core.randomness import Seed
from palate.core.tables import Column, Table
from palate.inference._effects import effects_of
from palate.inference._multiplicity import (
    Correction,
    Multiplicity,
    adjusted_p_values,
    comparison_confidence,
)
from palate.inference._verdict import Verdict
from palate.inference.base import Difference, FloatArray, KeptDraws, PairedTest
from palate.inference.paired_bootstrap import PairedBootstrap

__all__ = [
    "Pair",
    "judge_difference",
    "judge_differences",
    "judge_pairs",
    "paired_values",
    "read_values",
    "repeatable",
]

_VALUES = Table(
    "values",
    (
        Column("system", "id", "what ranked"),
        Column("query", "id", "what it ranked for"),
        Column("measure", "text", "how the measure prints, such as nDCG@10"),
        Column("value", "number", "the measure's value"),
    ),
    key=("system", "query", "measure"),
)
_DRAWS_OUTSIDE = 20
"""Resamples beyond the bounds of an interval among several, both ends together: fewer would leave it to chance."""


@dataclass(frozen=True, eq=False)
class Pair:
    """Two systems' values on one measure, the same query at the same place."""

    measure: str
    system: str
    other: str
    queries: pl.Series
    values: FloatArray
    other_values: FloatArray

    def swapped(self) -> Pair:
        """Return it with the other system first."""
        return replace(
            self,
            system=self.other,
            other=self.system,
            values=self.other_values,
            other_values=self.values,
        )


def judge_difference(
    per_query: IntoTable,
    system: str,
    other: str,
    measure: object,
    *,
    test: PairedTest | None = None,
    seed: Seed = 0,
) -> Verdict:
    """Return which of two systems is better on ``measure``, by how much, and how sure that is.

    Args:
        per_query: Columns ``system, query, measure, value``, as ``Evaluation.per_query`` has them; other
            systems and measures may be there too. The order of rows does not matter.
        system: One system; it leads the verdict unless the other one wins.
        other: The other system.
        measure: How the measure prints, or the measure itself.
        test: How to compare; the paired bootstrap by default.
        seed: For tests that resample.

    Raises:
        UnknownNameError: The table holds no such system or measure.
        InputError: The two systems do not have values for the same queries, or for fewer than two.

    >>> values = {"als": [0.9, 0.7, 0.8], "bpr": [0.5, 0.5, 0.5]}
    >>> rows = [(s, q, "RR", v) for s, row in values.items() for q, v in enumerate(row)]
    >>> table = pl.DataFrame(rows, schema=["system", "query", "measure", "value"], orient="row")
    >>> judge_difference(table, "bpr", "als", "RR").sentence
    'als beats bpr on RR by +0.300 (95% CI +0.200 … +0.400)'
    """
    return judge_differences(per_query, [(system, other, measure)], test=test, seed=seed)[0]


def judge_differences(
    per_query: IntoTable,
    comparisons: Iterable[tuple[str, str, object]],
    *,
    test: PairedTest | None = None,
    correction: Correction = "holm",
    seed: Seed = 0,
) -> list[Verdict]:
    """Return a verdict on each of several comparisons, each of which counts that there are others.

    p-values are adjusted for how many comparisons there are, intervals are drawn wider so that they say the
    same (see :func:`comparison_confidence`), and there is a winner only where both do. All comparisons see the
    same resampled queries.

    Args:
        per_query: As in :func:`judge_difference`.
        comparisons: One system, the other, and the measure, of each.
        test: How to compare; the paired bootstrap by default. Where its resamples are too few for the wider
            intervals, it draws more for these.
        correction: ``holm``, ``bh`` or ``none``; see :func:`adjusted_p_values`.
        seed: For tests that resample.

    Raises:
        UnknownNameError: There is no such system, measure or correction.
        InputError: Two systems do not have values for the same queries, or for fewer than two.
    """
    table = read_values(per_query)
    pairs = [paired_values(table, *comparison) for comparison in comparisons]
    return judge_pairs(pairs, PairedBootstrap() if test is None else test, correction, seed)


def judge_pairs(
    pairs: Sequence[Pair], method: PairedTest, correction: Correction, seed: Seed
) -> list[Verdict]:
    """Return a verdict on each pair, each of which counts that there are others."""
    number = seed if isinstance(seed, int) else None
    seed = seed if len(pairs) == 1 else repeatable(seed)
    both, kept = [(pair.values, pair.other_values) for pair in pairs], KeptDraws()
    found = method.compare_many(both, seed, kept)
    family = _family(found, correction, method.confidence)
    if len(pairs) > 1 and correction != "none":
        wider = _at_confidence(method, comparison_confidence(_p_values(found), correction, method.confidence))
        found = [_widened(*each) for each in zip(found, wider.compare_many(both, seed, kept), strict=True)]
    return [_verdict(*each, number) for each in zip(pairs, found, family, strict=True)]


def repeatable(seed: Seed) -> int:
    """Return a seed that gives the same draws each time; of a generator, its next number."""
    return seed if isinstance(seed, int) else int(seed.integers(2**63))


def read_values(per_query: IntoTable) -> pl.DataFrame:
    """Return the checked table of values, systems as text."""
    table = read_table(per_query, _VALUES, where="per_query")
    return table.with_columns(pl.col("system").cast(pl.String))


def paired_values(table: pl.DataFrame, system: str, other: str, measure: object) -> Pair:
    """Return the values of both systems, the same query at the same place.

    Raises:
        UnknownNameError: The table holds no such system or measure.
        InputError: The two systems do not have values for the same queries, or for fewer than two.
    """
    values = table.filter(pl.col("measure") == str(measure))
    if values.is_empty():
        raise UnknownNameError("measure", str(measure), table["measure"].unique())
    of: dict[str, pl.DataFrame] = {}
    for name in (system, other):
        of[name] = values.filter(pl.col("system") == name).sort("query")
        if of[name].is_empty():
            raise UnknownNameError("system", name, values["system"].unique())
    for name, lacking in ((system, other), (other, system)):
        alone = of[name].join(of[lacking], on="query", how="anti")
        if len(alone):
            raise InputError(
                f"{name} has values for {len(alone):,} of {len(of[name]):,} queries that {lacking} has none for,"
                f" such as '{alone['query'][0]}'. Compare both on the same queries.",
                where="per_query",
            )
    a, b = of[system]["value"].to_numpy(), of[other]["value"].to_numpy()
    if len(a) < 2:
        raise InputError(
            f"A comparison needs at least 2 queries; there is one, '{of[system]['query'][0]}', with {measure}"
            f" {a[0]:.4g} for {system} and {b[0]:.4g} for {other}. How far queries differ cannot be seen from one:"
            " nothing can be said of an interval, a p-value or a winner. Judge more queries.",
            where="per_query",
        )
    return Pair(str(measure), system, other, of[system]["query"], a, b)


def _family(
    found: Sequence[Difference], correction: Correction, confidence: float
) -> list[Multiplicity] | list[None]:
    """Return what each comparison owes to the others: nothing if it stands alone or nobody asks."""
    p_values = _p_values(found)
    adjusted = adjusted_p_values(p_values, correction)
    if len(found) < 2 or correction == "none":
        return [None] * len(found)
    each = comparison_confidence(p_values, correction, confidence)
    return [Multiplicity(correction, len(found), float(p_value), each) for p_value in adjusted]


def _p_values(found: Sequence[Difference]) -> FloatArray:
    return np.array([difference.p_value for difference in found])


def _at_confidence(method: PairedTest, confidence: float) -> PairedTest:
    """Return the method at another confidence, with as many resamples as that needs."""
    if all(field.name != "resamples" for field in fields(method)):
        return replace(method, confidence=confidence)
    enough = ceil(_DRAWS_OUTSIDE / (1 - confidence))
    resamples: int = max(getattr(method, "resamples"), enough)  # noqa: B009 (of some methods)
    return replace(method, confidence=confidence, resamples=resamples)  # type: ignore[call-arg]  # of some methods


def _widened(found: Difference, wider: Difference) -> Difference:
    """Return ``found`` with the bounds of ``wider``, which hold at the stated confidence among the others."""
    interval = replace(found.interval, low=wider.interval.low, high=wider.interval.high)
    return replace(found, interval=interval)


def _verdict(
    pair: Pair, difference: Difference, multiplicity: Multiplicity | None, seed: int | None
) -> Verdict:
    """Return the verdict, led by the winner if there is one."""
    found = Verdict(
        pair.measure,
        pair.system,
        pair.other,
        float(pair.values.mean()),
        float(pair.other_values.mean()),
        difference,
        seed=seed,
        effects=effects_of(pair.values - pair.other_values, difference.interval.confidence),
        multiplicity=multiplicity,
    )
    if found.better == pair.other != pair.system:
        return _verdict(pair.swapped(), difference.reversed(), multiplicity, seed)
    return found
