"""From a table of values a query to a verdict on two systems."""

from __future__ import annotations

import polars as pl

from palate.core.errors import InputError, UnknownNameError
from palate.core.frames import IntoTable, read_table
from palate.core.randomness import Seed
from palate.core.tables import Column, Table
from palate.inference._verdict import Verdict
from palate.inference.base import FloatArray, PairedTest
from palate.inference.paired_bootstrap import PairedBootstrap

__all__ = ["judge_difference"]

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
    table = read_table(per_query, _VALUES, where="per_query").with_columns(pl.col("system").cast(pl.String))
    of_measure = table.filter(pl.col("measure") == str(measure))
    if of_measure.is_empty():
        raise UnknownNameError("measure", str(measure), table["measure"].unique())
    a, b = _paired(of_measure, system, other)
    method = PairedBootstrap() if test is None else test
    difference = method.compare(a, b, seed)
    if difference.interval.high < 0:
        system, other, a, b = other, system, b, a
        difference = difference.reversed()
    return Verdict(
        str(measure),
        system,
        other,
        float(a.mean()),
        float(b.mean()),
        difference,
        seed=seed if isinstance(seed, int) else None,
    )


def _paired(values: pl.DataFrame, system: str, other: str) -> tuple[FloatArray, FloatArray]:
    """Return the values of both systems, the same query at the same place."""
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
    return of[system]["value"].to_numpy(), of[other]["value"].to_numpy()
