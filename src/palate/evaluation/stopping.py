"""Look at a comparison while its values come in, and say when to stop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.core.errors import InputError, SettingsError
from palate.core.frames import IntoTable, read_table
from palate.core.tables import COMPARISONS
from palate.evaluation._paired_values import paired_differences, two_systems
from palate.inference import (
    ConfidenceSequence,
    SequencePath,
    SequentialVerdict,
    StoppingRule,
)

__all__ = ["Watched", "watch_comparisons", "watch_values"]

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Watched:
    """Where a comparison stands, and the way there.

    Args:
        verdict: What the values so far say.
        path: Where the sequence stood after each of them.
        notes: What a reader must know beside, as sentences.
    """

    verdict: SequentialVerdict
    path: SequencePath
    notes: tuple[str, ...]

    @property
    def table(self) -> pl.DataFrame:
        """The path as a table: ``n, estimate, low, high, p_value``, a row a value."""
        columns = ("n", "estimate", "low", "high", "p_value")
        return pl.DataFrame({name: getattr(self.path, name) for name in columns})

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON can hold it."""
        return {
            "verdict": self.verdict.to_dict(),
            "path": self.path.to_dict(),
            "notes": list(self.notes),
        }


def watch_values(
    per_query: IntoTable,
    measure: object = "nDCG@10",
    systems: Sequence[str] = (),
    *,
    sequence: ConfidenceSequence | None = None,
    rule: StoppingRule | None = None,
) -> Watched:
    """Return where the difference of two systems stands, a query after the other.

    Args:
        per_query: Columns ``system, query, measure, value``, as ``Evaluation.per_query`` has them. Queries come
            in the order of the first system's rows, which must be the order in which they were judged, and that
            order must not depend on what was found.
        measure: How the measure prints, or the measure itself.
        systems: The two systems, first the one that counts positively; those in the table where there are two.
        sequence: How to keep the interval; betting on differences in [-1, 1] by default.
        rule: When to stop; once 0 is excluded by default.

    Raises:
        UnknownNameError: The table holds no such system or measure.
        InputError: The two systems do not have values for the same queries, or a difference is out of bounds.

    >>> values = {"als": [0.9, 0.7, 0.8] * 20, "bpr": [0.5, 0.6, 0.4] * 20}
    >>> rows = [(s, q, "RR", v) for s, row in values.items() for q, v in enumerate(row)]
    >>> table = pl.DataFrame(rows, schema=["system", "query", "measure", "value"], orient="row")
    >>> watch_values(table, "RR").verdict.better
    'als'
    """
    (system, other), differences = paired_differences(per_query, measure, systems)
    return _watched(differences, sequence, rule, system, other, measure=str(measure))


def watch_comparisons(
    comparisons: IntoTable,
    systems: Sequence[str] = (),
    *,
    overlap: int | None = None,
    sequence: ConfidenceSequence | None = None,
    rule: StoppingRule | None = None,
) -> Watched:
    """Return where the preference between two systems stands, as comparisons come in.

    A comparison counts 1 where the first system was preferred, -1 where the second was, and 0 for a tie. Comparisons of
    the same query are not independent: a query is one value, the mean of its first ``overlap`` comparisons, and
    takes its place once they are complete. Without queries each comparison is a value.

    Args:
        comparisons: Columns ``left, right, label``, optionally ``query``, in the order in which they came;
            ``left`` and ``right`` name systems. Comparisons of other systems are left out.
        systems: The two systems; those in the table where there are two.
        overlap: How many comparisons make a query complete. Needed where queries have different numbers.
        sequence: How to keep the interval; betting on values in [-1, 1] by default.
        rule: When to stop; once 0 is excluded by default.

    Raises:
        UnknownNameError: The table holds no such system.
        InputError: No comparison is of the two systems, a label is none, or ``overlap`` is needed.
        SettingsError: ``overlap`` is below 1.
    """
    if overlap is not None and overlap < 1:
        raise SettingsError(f"'overlap' must be at least 1; it is {overlap}.")
    table = read_table(comparisons, COMPARISONS, where="comparisons")
    table = table.with_columns(pl.col(c).cast(pl.String) for c in ("left", "right", "label"))
    names = sorted({*table["left"], *table["right"]})
    system, other = two_systems(names, systems)
    values = _preferences(table, system, other)
    if "query" not in table.columns:
        return _watched(
            values["value"].to_numpy(),
            sequence,
            rule,
            system,
            other,
            measure="preference",
            unit="comparisons",
        )
    complete, notes = _per_query(values, overlap)
    return _watched(complete, sequence, rule, system, other, measure="preference", notes=notes)


def _watched(
    values: FloatArray,
    sequence: ConfidenceSequence | None,
    rule: StoppingRule | None,
    system: str,
    other: str,
    *,
    measure: str,
    unit: str = "queries",
    notes: tuple[str, ...] = (),
) -> Watched:
    settings, rule = sequence or ConfidenceSequence(), rule or StoppingRule()
    state = settings.start()
    path = state.add(values)
    stopped_at = rule.stop_at(path, settings.null)
    verdict = rule.decide(
        state, system=system, other=other, measure=measure, unit=unit, stopped_at=stopped_at
    )
    return Watched(verdict, path, notes)


def _preferences(table: pl.DataFrame, system: str, other: str) -> pl.DataFrame:
    """Return ``value`` (and ``query``) of the comparisons between the two systems, in their order."""
    pair = table.with_row_index("row", offset=1).filter(
        ((pl.col("left") == system) & (pl.col("right") == other))
        | ((pl.col("left") == other) & (pl.col("right") == system))
    )
    if pair.is_empty():
        raise InputError(f"No comparison is of {system} with {other}.", where="comparisons")
    sign = pl.when(pl.col("left") == system).then(1.0).otherwise(-1.0)
    label = pl.col("label")
    value = (
        pl.when(label == "tie")
        .then(0.0)
        .when((label == "left") | (label == pl.col("left")))
        .then(sign)
        .when((label == "right") | (label == pl.col("right")))
        .then(-sign)
    )
    pair = pair.with_columns(value=value)
    unknown = pair.filter(pl.col("value").is_null())
    if len(unknown):
        first = unknown.row(0, named=True)
        raise InputError(
            f"The label must be left, right, tie, '{first['left']}' or '{first['right']}'; it is '{first['label']}'.",
            where="comparisons",
            row=first["row"],
            column="label",
        )
    return pair


def _per_query(values: pl.DataFrame, overlap: int | None) -> tuple[FloatArray, tuple[str, ...]]:
    """Return the mean of each complete query's first comparisons, in the order in which they were complete."""
    if values["query"].null_count():
        raise InputError(
            "A comparison has no query. Fill it in or leave the column out.", where="comparisons"
        )
    counts = values.group_by("query").len()["len"]
    low, high = int(counts.min() or 0), int(counts.max() or 0)  # type: ignore[arg-type]  # of integers
    if overlap is None and low != high:
        raise InputError(
            f"Queries have {low:,} to {high:,} comparisons. Say how many make a query complete (overlap); those with"
            " fewer wait, and what comes after them is left out.",
            where="comparisons",
        )
    wanted = high if overlap is None else overlap
    place = pl.int_range(pl.len()).over("query")
    first = values.with_columns(place=place).filter(pl.col("place") < wanted)
    means = first.group_by("query").agg(pl.col("value").mean(), pl.len().alias("count"), pl.col("row").max())
    complete = means.filter(pl.col("count") == wanted).sort("row")
    if complete.is_empty():
        raise InputError(
            f"No query has {wanted:,} comparisons yet; the most is {high:,}.", where="comparisons"
        )
    notes = []
    waiting, late = len(means) - len(complete), len(values) - len(first)
    if waiting:
        noun, verbs = ("query has", "waits") if waiting == 1 else ("queries have", "wait")
        notes.append(f"{waiting:,} {noun} fewer than {wanted} comparisons and {verbs}.")
    if late:
        noun, verb = (
            ("comparison came after its", "is") if late == 1 else ("comparisons came after their", "are")
        )
        notes.append(f"{late:,} {noun} query was complete and {verb} left out.")
    return complete["value"].to_numpy(), tuple(notes)
