"""TREC runs and qrels: lines of fields between spaces, as every retrieval tool reads and writes them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from palate.core.errors import InputError, OutputError

__all__ = ["TREC_SUFFIXES", "TREC_TABLES", "read_trec", "write_trec"]

TREC_SUFFIXES = {".trec", ".run", ".qrels", ".qrel", ".txt", ".res"}


@dataclass(frozen=True)
class _Layout:
    """The fields of a line, in order; the one called ``dropped``, if there is one, says nothing."""

    kind: str
    fields: tuple[str, ...]
    dropped: str


_RUN = _Layout("run", ("query", "Q0", "item", "rank", "score", "system"), "Q0")
_QRELS = _Layout("qrels", ("query", "iteration", "item", "grade"), "iteration")
_SUBTOPIC_QRELS = _Layout("qrels", ("query", "subtopic", "item", "grade"), "")
TREC_TABLES = {
    "runs": _RUN,
    "candidates": _RUN,
    "judgments": _QRELS,
    "judgments of subtopics": _SUBTOPIC_QRELS,
}
"""The names of the tables that TREC files hold."""


def read_trec(data: bytes, name: str, table: str) -> pl.DataFrame:
    """Return the lines of a TREC file as text; any number of spaces and tabs separates fields.

    Args:
        data: The file, UTF-8.
        name: What errors call it.
        table: One of ``TREC_TABLES``.

    Raises:
        InputError: A line has another number of fields.
    """
    layout = TREC_TABLES[table]
    clean = _single_spaced(data)
    first = clean.partition(b"\n")[0]
    for fault in _faults(first, layout, name):
        raise fault
    try:
        frame = pl.read_csv(
            io.BytesIO(clean),
            separator=" ",
            has_header=False,
            schema=dict.fromkeys(layout.fields, pl.String),
            quote_char=None,
        )
    except pl.exceptions.ComputeError as error:
        raise next(_faults(clean, layout, name), error) from error
    if frame[layout.fields[-1]].null_count():
        raise next(_faults(clean, layout, name))
    return frame.drop(layout.dropped, strict=False)


def write_trec(frame: pl.DataFrame, temporary: Path, path: Path) -> None:
    """Write judgments (``query, item, grade``) as qrels or runs (``query, item, score``) as a run.

    Args:
        frame: Extra columns are left out. A run without ``system`` is called ``palate``; without ``rank``
            it is ranked by score.
        temporary: Where to write.
        path: What errors call it.

    Raises:
        OutputError: The columns are those of neither, a value is missing, or an id holds a space.
    """
    columns = set(frame.columns)
    if {"query", "item", "grade"} <= columns:
        lines = frame.select("query", pl.lit("0").alias("iteration"), "item", _plain_grade(frame["grade"]))
    elif {"query", "item", "score"} <= columns:
        if "system" not in columns:
            frame = frame.with_columns(pl.lit("palate").alias("system"))
        if "rank" not in columns:
            rank = pl.col("score").rank("ordinal", descending=True).over("system", "query")
            frame = frame.with_columns(rank.alias("rank"))
        lines = frame.select("query", pl.lit("Q0").alias("Q0"), "item", "rank", "score", "system")
    else:
        raise OutputError(
            f"Cannot write {path} as TREC: it takes runs (query, item, score) or judgments (query, item, grade);"
            f" these columns are {', '.join(frame.columns)}. Choose .csv or .parquet."
        )
    for name in reversed(lines.columns):  # the score before the rank, which may have come from it
        _refuse_gaps(lines[name], path)
    lines.write_csv(temporary, separator=" ", include_header=False, quote_style="never")


def _single_spaced(data: bytes) -> bytes:
    """Return the lines with one space between fields, none around them, and no blank lines at the end."""
    data = data.replace(b"\r\n", b"\n").replace(b"\t", b" ")
    while b"  " in data:
        data = data.replace(b"  ", b" ")
    data = data.replace(b" \n", b"\n").replace(b"\n ", b"\n")
    return data.removeprefix(b" ").rstrip(b" \r\n")


def _faults(data: bytes, layout: _Layout, name: str) -> Iterator[InputError]:
    """Yield an error for every line that has another number of fields."""
    wanted = len(layout.fields)
    other = _QRELS if layout is _RUN else _RUN
    for row, line in enumerate(data.decode(errors="replace").split("\n"), 1):
        came = line.count(" ") + 1 if line else 0
        if came == wanted:
            continue
        shown = f": {line[:80]!r}" if line else ", it is blank"
        mistaken = f" It seems to be a {other.kind} file." if came == len(other.fields) else ""
        yield InputError(
            f"A line of a TREC {layout.kind} file has {wanted} fields ({' '.join(layout.fields)}); this one has"
            f" {came}{shown}.{mistaken}",
            where=name,
            row=row,
        )


def _plain_grade(grade: pl.Series) -> pl.Series:
    """Return whole grades without a decimal point, which many readers of qrels cannot parse."""
    numbers = grade.cast(pl.Float64, strict=False)
    return grade.cast(pl.Int64) if (numbers == numbers.round()).all() else grade


def _refuse_gaps(column: pl.Series, path: Path) -> None:
    text = column.cast(pl.String)
    bad = (text.is_null() | text.str.contains(r"\s|^$")).arg_true()
    if len(bad):
        row = int(bad[0])
        value = "is missing" if text[row] is None else f"is {text[row]!r}"
        raise OutputError(
            f"Cannot write {path} as TREC: fields are separated by spaces, so none may be empty or hold one;"
            f" '{column.name}' in row {row + 1} {value}. Choose .csv or .parquet."
        )
