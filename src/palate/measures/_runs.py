"""Find the systems in whatever runs came: paths, dataframes, lists of them, or names with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from palate.core.errors import InputError
from palate.core.frames import IntoTable, read_table
from palate.core.tables import RUNS

__all__ = ["SystemRun", "read_runs", "systems_in"]


@dataclass(frozen=True)
class SystemRun:
    """The ranked items of one system.

    Args:
        system: Its name.
        rows: A checked table with the columns ``query, item`` and ``score`` or ``rank``.
        path: The file they came from, if they came from one.
    """

    system: str
    rows: pl.DataFrame
    path: str | None

    @property
    def where(self) -> str:
        """What errors call the run."""
        return self.path or f"run '{self.system}'"


def read_runs(runs: Any) -> pl.DataFrame:
    """Return all runs as one checked table with the column ``system``.

    Args:
        runs: As in :func:`palate.measures.evaluate`.

    Raises:
        InputError: There is no run, a table is not a run, or two systems have the same name.

    >>> read_runs({"als": pl.DataFrame({"query": [1], "item": ["a"], "score": [0.9]})}).rows()
    [('als', 1, 'a', 0.9)]
    """
    named = [run.rows.select(pl.lit(run.system).alias("system"), pl.all()) for run in systems_in(runs)]
    return pl.concat(named, how="diagonal_relaxed")


def systems_in(runs: Any) -> list[SystemRun]:
    """Return one run a system, in the order in which they came.

    Args:
        runs: A path, a dataframe, a list of these, or a dict from a system's name to one of these. Without a
            column ``system`` and without a dict, a system is called as its file, or ``run``.

    Raises:
        InputError: There is no run, a table is not a run, or two systems have the same name.
    """
    if isinstance(runs, Mapping):
        found = [_only_system(str(name), source) for name, source in runs.items()]
    elif isinstance(runs, (list, tuple)):
        found = [run for source in runs for run in _split(source)]
    else:
        found = _split(runs)
    if not found:
        raise InputError("There is no run to evaluate. Give at least one path or dataframe.", where="runs")
    _refuse_same_names(found)
    return found


def _only_system(name: str, source: IntoTable) -> SystemRun:
    where = _path(source) or f"run '{name}'"
    inside = _split(source, where)
    if len(inside) > 1:
        raise InputError(
            f"The run given as '{name}' holds {len(inside)} systems: {_listed(run.system for run in inside)}."
            " Give it without a name, or one system a name.",
            where=where,
        )
    return SystemRun(name, inside[0].rows, _path(source))


def _split(source: IntoTable, where: str = "runs") -> list[SystemRun]:
    path = _path(source)
    table = read_table(source, RUNS, where=path or where)
    if "system" not in table.columns:
        return [SystemRun("run" if path in {None, "-"} else Path(source).stem, table, path)]
    parts = table.partition_by("system", include_key=False, maintain_order=True)
    names = table["system"].unique(maintain_order=True)
    return [SystemRun(str(name), rows, path) for name, rows in zip(names, parts, strict=True)]


def _refuse_same_names(runs: list[SystemRun]) -> None:
    seen: dict[str, SystemRun] = {}
    for run in runs:
        first = seen.setdefault(run.system, run)
        if first is not run:
            files = f" ({first.path} and {run.path})" if first.path and run.path else ""
            raise InputError(
                f"Two runs are of a system called '{run.system}'{files}. Name them apart: in the column 'system'"
                " (the last field of a TREC line), or with a dict from name to run."
            )


def _path(source: object) -> str | None:
    return str(source) if isinstance(source, (str, Path)) else None


def _listed(names: Iterable[str], shown: int = 5) -> str:
    listed = list(names)
    return ", ".join(f"'{n}'" for n in listed[:shown]) + (" …" if len(listed) > shown else "")
