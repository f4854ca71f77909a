"""The differences of two systems a query, from a table of values."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.core.errors import InputError, UnknownNameError
from palate.core.frames import IntoTable, read_table
from palate.core.tables import Column, Table

__all__ = ["paired_differences", "two_systems"]

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


def paired_differences(
    per_query: IntoTable, measure: object, systems: Sequence[str]
) -> tuple[tuple[str, str], npt.NDArray[np.float64]]:
    """Return the two systems, and the first minus the second a query, in the order of the first one's rows.

    Args:
        per_query: Columns ``system, query, measure, value``.
        measure: How the measure prints, or the measure itself.
        systems: The two systems; those in the table where there are two.

    Raises:
        UnknownNameError: The table holds no such system or measure.
        InputError: The table is none of values, or the two systems do not have values for the same queries.
    """
    table = read_table(per_query, _VALUES, where="per_query").with_columns(pl.col("system").cast(pl.String))
    of_measure = table.filter(pl.col("measure") == str(measure))
    if of_measure.is_empty():
        raise UnknownNameError("measure", str(measure), table["measure"].unique())
    chosen = two_systems(of_measure["system"].unique(maintain_order=True).to_list(), systems)
    first, second = (of_measure.filter(pl.col("system") == name).select("query", "value") for name in chosen)
    both = first.join(second, on="query", suffix="_other", maintain_order="left")
    for longer, lacking in ((first, chosen[1]), (second, chosen[0])):
        alone = longer.join(both, on="query", how="anti")["query"]
        if len(alone):
            raise InputError(
                f"{lacking} has no value for {len(alone):,} of {len(longer):,} queries, such as '{alone[0]}'. Compare"
                " both on the same queries.",
                where="per_query",
            )
    return chosen, (both["value"] - both["value_other"]).to_numpy()


def two_systems(there: list[str], wanted: Sequence[str]) -> tuple[str, str]:
    """Return the wanted two of the systems there are, or the only two."""
    there = [str(name) for name in there]
    for name in wanted:
        if name not in there:
            raise UnknownNameError("system", name, there)
    chosen = list(wanted) or there
    if len(chosen) != 2:
        raise InputError(
            f"A difference is one of two systems; there are {len(chosen)}: {', '.join(chosen)}. Name the two (--system)."
        )
    return chosen[0], chosen[1]
