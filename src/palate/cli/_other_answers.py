"""Aggregate what is no label: comparisons, numbers, sets of labels, rankings, texts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from palate.cli._families import Family
from palate.cli._options import naming, shown_name

if TYPE_CHECKING:
    import polars as pl

__all__ = ["aggregate_others"]

_WRITTEN_AS_TEXT = {".csv", ".tsv", "-", ""}


def aggregate_others(
    family: Family,
    table: pl.DataFrame,
    where: str,
    method: str,
    settings: dict[str, Any],
    *,
    golden: Path | None,
    annotators: Path | None,
    report: Path | None,
    output: Path | None,
    as_json: bool,
) -> None:
    """Aggregate, and show, write and draw what was found."""
    from palate.cli._output import counted, notes, progress_bar, save, show_json, show_table
    from palate.core.frames import read_table

    aggregator = family.registry.create(method, settings)
    checked = read_table(table, family.declared, where=where)
    known: dict[str, Any] = {} if golden is None else {"golden": str(golden)}
    with naming(**_names(family, where)), progress_bar(f"Aggregating with {method}") as progress:
        found = aggregator.aggregate(checked, progress=progress, **known)
    result: pl.DataFrame = getattr(found, family.result)
    if report is not None:
        _write_report(found, where, method, len(checked), report)
    if annotators is not None:
        save(found.annotators, annotators, "annotators")
    if output is not None:
        as_text = output.suffix.casefold() in _WRITTEN_AS_TEXT
        save(_flat(result, aggregator) if as_text else result, output, family.rows)
    elif as_json:
        show_json(_all(found, family, result))
    else:
        best = ", best first" if family.name in {"pairs", "rankings"} else ""
        show_table(_flat(result, aggregator), f"{len(result):,} {family.rows}{best}")
        if len(found.annotators):
            people = found.annotators
            most = "comparisons" if "comparisons" in people.columns else people.columns[1]
            show_table(
                people.sort(most, descending=True, maintain_order=True),
                counted(len(people), "annotator"),
                rows=10,
            )
    notes(_notes(found, family, result))


def _names(family: Family, where: str) -> dict[str, str]:
    """Return which file errors mean: they call the answers by the table's name."""
    return {family.declared.name: where, "answers": where}


def _all(found: Any, family: Family, result: pl.DataFrame) -> dict[str, Any]:
    """Return everything that was found, for machines."""
    fields: dict[str, Any] = {family.result: result, "annotators": found.annotators}
    for name in ("wins", "effects", "probabilities", "tasks", "tie_share"):
        if hasattr(found, name):
            fields[name] = getattr(found, name)
    return fields | {"converged": found.converged, "iterations": found.iterations}


def _flat(result: pl.DataFrame, aggregator: Any) -> pl.DataFrame:
    """Return the table with sets written as text."""
    import polars as pl

    lists = [name for name, kind in result.schema.items() if isinstance(kind, pl.List)]
    return result.with_columns(
        pl.col(name).cast(pl.List(pl.String)).list.join(aggregator.separator) for name in lists
    )


def _notes(found: Any, family: Family, result: pl.DataFrame) -> list[str]:
    lines = []
    if not found.converged:
        lines.append(
            f"the method had not settled after {found.iterations} iterations; --set max_iter=… allows more."
        )
    if "component" in result.columns and result["component"].n_unique() > 1:
        groups = result["component"].n_unique()
        what = "comparisons" if family.name == "pairs" else "rankings"
        lines.append(
            f"the {what} fall into {groups} groups that were never compared with each other; scores rank only"
            " within a group."
        )
    if getattr(found, "tie_share", 0):
        lines.append(f"{found.tie_share:.1%} of tasks have another set that would have been as good.")
    return lines


def _write_report(found: Any, where: str, method: str, comparisons: int, report: Path) -> None:
    from palate._version import __version__
    from palate.cli._output import say
    from palate.report import PairSheet, write_sheet

    notes = _notes(found, _pairs(), found.scores)
    sheet = PairSheet(
        source=shown_name(where),
        version=__version__,
        method=method,
        comparisons=comparisons,
        scores=found.scores,
        effects=found.effects,
        notes=tuple(f"{note[0].upper()}{note[1:]}" for note in notes),
    )
    write_sheet(sheet, report)
    say(f"Report: {report}")


def _pairs() -> Family:
    from palate.cli._families import FAMILIES

    return next(family for family in FAMILIES if family.name == "pairs")
