"""From events to one row a unit, whatever was put to chance: users, sessions, shops."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from palate.core import tables
from palate.core.coding import IntArray, encode
from palate.core.errors import InputError, UnknownNameError
from palate.core.frames import IntoTable, read_table
from palate.core.tables import Column, Table
from palate.experiments.ab._metrics import ROWS, Metric
from palate.inference.base import FloatArray

__all__ = ["Units", "read_units"]


@dataclass(frozen=True)
class Units:
    """One value a unit of everything that metrics need.

    Args:
        variants: Their names; the control is the first.
        variant: The variant of each unit as a code, shape (n_units,).
        sums: Columns added up over a unit's rows, each of shape (n_units,).
        covariates: Likewise, but known before the experiment: the unit's number itself.
        rows: How many rows there were.
        notes: What was done to the data that the user should know.
    """

    variants: tuple[str, ...]
    variant: IntArray
    sums: Mapping[str, FloatArray]
    covariates: Mapping[str, FloatArray]
    rows: int
    notes: tuple[str, ...]

    @property
    def counts(self) -> dict[str, int]:
        """How many units each variant has."""
        counts = np.bincount(self.variant, minlength=len(self.variants)).tolist()
        return dict(zip(self.variants, counts, strict=True))


def read_units(
    events: IntoTable, metrics: Sequence[Metric], unit: str, variant: str, control: str | None = None
) -> Units:
    """Return the units of an experiment, in the order of their ids.

    Args:
        events: A path or dataframe with a row an event, or a row a unit.
        metrics: What is needed of them.
        unit: The column that names what was put to chance.
        variant: The column that names the variant a unit got.
        control: The variant that others are compared with; by default ``control`` if there is one, else the
            first by name.

    Raises:
        InputError: A column is missing, a value is missing or not finite, a unit is in two variants, a
            covariate changes within a unit, or a variant has fewer than two units.
        UnknownNameError: There is no such control.
    """
    table = read_table(
        events, _declared(metrics, unit, variant), where=None if _is_path(events) else "events"
    )
    where = str(events) if _is_path(events) else "events"
    covariates = sorted({m.covariate for m in metrics if m.covariate})
    absent = [name for name in covariates if name not in table.columns]
    if absent:
        raise InputError(
            f"There is no column '{absent[0]}' for the covariate. The columns here are: {', '.join(table.columns)}.",
            where=where,
        )
    if ROWS in table.columns and any(ROWS in {m.column, m.per} for m in metrics):
        raise InputError(
            f"The column '{ROWS}' cannot be told from the number of rows. Rename it.",
            where=where,
            column=ROWS,
        )
    summed = sorted({name for m in metrics for name in (m.column, m.per) if name and name != ROWS})
    by_unit = table.group_by(unit).agg(
        pl.len().alias("palate:rows"),
        pl.col(variant).n_unique().alias("palate:variants"),
        pl.col(variant).first().cast(pl.String).alias("palate:variant"),
        *(pl.col(name).sum().alias(f"palate:sum:{name}") for name in summed),
        *(pl.col(name).drop_nulls().n_unique().alias(f"palate:different:{name}") for name in covariates),
        *(pl.col(name).drop_nulls().first().alias(f"palate:covariate:{name}") for name in covariates),
    )
    by_unit = by_unit.sort(unit)
    _check_units(by_unit, unit, variant, covariates, where)
    names = _ordered(by_unit["palate:variant"].unique().sort().to_list(), control)
    codes = encode(by_unit["palate:variant"])
    order = np.array([names.index(name) for name in codes.values], dtype=np.int32)
    sums = {name: by_unit[f"palate:sum:{name}"].to_numpy() for name in summed}
    filled, notes = _filled(by_unit, covariates)
    found = Units(
        names,
        order[codes.codes],
        {**sums, ROWS: by_unit["palate:rows"].cast(pl.Float64).to_numpy()},
        filled,
        len(table),
        notes,
    )
    _check_counts(found, metrics, where)
    return found


def _declared(metrics: Sequence[Metric], unit: str, variant: str) -> Table:
    """Return what the table must hold for these metrics."""
    aliases = tables.USER.aliases if unit == tables.USER.name else ()
    columns = {unit: Column(unit, "id", "what was put to chance", aliases=aliases)}
    columns[variant] = Column(variant, "label", "the variant that the unit got")
    for metric in metrics:
        if metric.column != ROWS:
            columns.setdefault(metric.column, Column(metric.column, "number", f"for the metric {metric}"))
    for metric in metrics:
        if metric.per not in {None, ROWS}:
            per = str(metric.per)
            columns[per] = Column(per, "number", f"what {metric} is divided by", minimum=0)
        if metric.covariate:
            known = columns.get(metric.covariate)
            covariate = Column(metric.covariate, "number", "known before the experiment", required=False)
            columns[metric.covariate] = replace(known, minimum=known.minimum) if known else covariate
    return Table("events", tuple(columns.values()))


def _check_units(by_unit: pl.DataFrame, unit: str, variant: str, covariates: list[str], where: str) -> None:
    mixed = by_unit.filter(pl.col("palate:variants") > 1)
    if len(mixed):
        raise InputError(
            f"{len(mixed):,} of {len(by_unit):,} units are in more than one variant, such as {unit} '{mixed[unit][0]}'. A"
            " unit must see one variant only; mend the assignment, or name what was put to chance as the unit.",
            where=where,
            column=variant,
        )
    for name in covariates:
        changing = by_unit.filter(pl.col(f"palate:different:{name}") > 1)
        if len(changing):
            raise InputError(
                f"A covariate is known before the experiment, so it is the same in all rows of a unit; it changes in"
                f" {len(changing):,} units, such as {unit} '{changing[unit][0]}'.",
                where=where,
                column=name,
            )


def _ordered(names: list[str], control: str | None) -> tuple[str, ...]:
    """Return the variants, the control first."""
    if control is not None and control not in names:
        raise UnknownNameError("variant", control, names)
    first = control or next((name for name in names if name.casefold() == "control"), names[0])
    return (first, *(name for name in names if name != first))


def _filled(by_unit: pl.DataFrame, covariates: list[str]) -> tuple[dict[str, FloatArray], tuple[str, ...]]:
    """Return covariates without gaps: units without one get the mean, which takes nothing out of their noise."""
    filled, notes = {}, []
    for name in covariates:
        values = by_unit[f"palate:covariate:{name}"]
        missing = values.null_count()
        if missing:
            notes.append(
                f"{missing:,} of {len(values):,} units have no {name}; they count with the mean of the others."
            )
        filled[name] = values.fill_null(values.mean() if missing < len(values) else 0.0).to_numpy()
    return filled, tuple(notes)


def _check_counts(units: Units, metrics: Sequence[Metric], where: str) -> None:
    if len(units.variants) < 2:
        raise InputError(
            f"There is only one variant, '{units.variants[0]}'; a comparison needs two.", where=where
        )
    for code, (name, count) in enumerate(units.counts.items()):
        if count < 2:
            raise InputError(
                f"Variant '{name}' has only one unit; how much units differ cannot be said from it.",
                where=where,
            )
        for metric in metrics:
            if metric.per is not None and not units.sums[metric.per][units.variant == code].any():
                raise InputError(
                    f"All {metric.per} of variant '{name}' are 0: {metric} has no value.", where=where
                )


def _is_path(source: object) -> bool:
    from pathlib import Path

    return isinstance(source, (str, Path))
