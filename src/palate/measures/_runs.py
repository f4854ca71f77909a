"""Find the systems in whatever runs came: paths, dataframes, lists of them, or names with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from palate.core.errors import InputError
from palate.core.files import CSV_SUFFIXES, PARQUET_SUFFIXES, TREC_SUFFIXES, inner_suffix
from palate.core.frames import IntoTable, read_table
from palate.core.tables import RUNS

__all__ = ["RunSource", "SystemRun", "read_runs", "refuse_same_names", "sources_in", "systems_in"]

_LONG_LINES = 1 << 24
_LONG_PACKED = 1 << 22
"""Bytes of text and of what is compressed, Parquet or by gzip: about 350,000 rows."""


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


@dataclass(frozen=True)
class RunSource:
    """What runs are read from.

    Args:
        source: A path or a dataframe.
        name: What the one system in it is called; None if the rows say so, or nothing does.
    """

    source: IntoTable
    name: str | None = None

    @property
    def path(self) -> str | None:
        """The file, if it is one."""
        return str(self.source) if isinstance(self.source, (str, Path)) else None

    @property
    def default_name(self) -> str:
        """What a system is called that nothing names."""
        if self.path in {None, "-"}:
            return "run"
        stem, packed = Path(self.source).stem, Path(self.source).suffix.casefold() == ".gz"
        return Path(stem).stem if packed else stem

    def is_long(self) -> bool:
        """Return whether it is a file so long that compiled code gains more time than it takes to load."""
        if self.path in {None, "-"}:
            return False
        path = Path(self.source)
        suffix = path.suffix.casefold()
        packed = suffix in {*PARQUET_SUFFIXES, ".gz"}
        by_parts = suffix in PARQUET_SUFFIXES or inner_suffix(path) in TREC_SUFFIXES | CSV_SUFFIXES
        least = _LONG_PACKED if packed else _LONG_LINES
        return by_parts and path.is_file() and path.stat().st_size >= least

    def systems(self) -> list[SystemRun]:
        """Return one run a system, in the order in which they came.

        Raises:
            InputError: It holds no runs, or several systems and there is a name for one.
        """
        where = self.path or ("runs" if self.name is None else f"run '{self.name}'")
        table = read_table(self.source, RUNS, where=where)
        found = [SystemRun(self.default_name, table, self.path)]
        if "system" in table.columns:
            parts = table.partition_by("system", include_key=False, maintain_order=True)
            names = table["system"].unique(maintain_order=True)
            found = [SystemRun(str(name), rows, self.path) for name, rows in zip(names, parts, strict=True)]
        if self.name is None:
            return found
        if len(found) > 1:
            raise InputError(
                f"The run given as '{self.name}' holds {len(found)} systems:"
                f" {_listed(run.system for run in found)}. Give it without a name, or one system a name.",
                where=where,
            )
        return [SystemRun(self.name, found[0].rows, self.path)]


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
    found = [run for source in sources_in(runs) for run in source.systems()]
    refuse_same_names((run.system, run.path) for run in found)
    return found


def sources_in(runs: Any) -> list[RunSource]:
    """Return what runs are read from, in the order in which they came.

    Args:
        runs: As in :func:`systems_in`.

    Raises:
        InputError: There is no run.
    """
    if isinstance(runs, Mapping):
        found = [RunSource(source, str(name)) for name, source in runs.items()]
    elif isinstance(runs, (list, tuple)):
        found = [RunSource(source) for source in runs]
    else:
        found = [RunSource(runs)]
    if not found:
        raise InputError("There is no run to evaluate. Give at least one path or dataframe.", where="runs")
    return found


def refuse_same_names(systems: Iterable[tuple[str, str | None]]) -> None:
    """Refuse two systems of one name.

    Args:
        systems: Each system's name and the file it came from, if it came from one.

    Raises:
        InputError: Two have the same name.
    """
    seen: dict[str, str | None] = {}
    for system, path in systems:
        if system in seen:
            files = f" ({seen[system]} and {path})" if seen[system] and path else ""
            raise InputError(
                f"Two runs are of a system called '{system}'{files}. Name them apart: in the column 'system'"
                " (the last field of a TREC line), or with a dict from name to run."
            )
        seen[system] = path


def _listed(names: Iterable[str], shown: int = 5) -> str:
    listed = list(names)
    return ", ".join(f"'{n}'" for n in listed[:shown]) + (" …" if len(listed) > shown else "")
