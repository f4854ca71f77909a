"""Read and write tables as Parquet, CSV, TSV, JSON lines and TREC runs and qrels."""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path

import polars as pl

from palate.core.atomic import replace_file
from palate.core.errors import InputError, OutputError
from palate.core.tables import JUDGMENTS, RUNS, Table

__all__ = ["TREC_SUFFIXES", "read_file", "write_file"]

TREC_SUFFIXES = {".trec", ".run", ".qrels", ".qrel", ".txt", ".res"}
_FORMATS = ".parquet, .csv, .tsv, .jsonl, and .trec, .run, .qrels or .txt for TREC runs and qrels"
_RUN_COLUMNS = ["query", "Q0", "item", "rank", "score", "system"]
_QRELS_COLUMNS = ["query", "iteration", "item", "grade"]


def read_file(path: str | Path, table: Table) -> pl.DataFrame:
    """Read a file as it stands, every column of a text format as text; ``-`` is standard input (CSV).

    Raises:
        InputError: There is no such file, it is empty, damaged, or of an unknown format.
    """
    name = str(path)
    if name == "-":
        return _read_bytes(sys.stdin.buffer.read(), ".csv", "standard input", table)
    path = Path(path)
    if not path.exists():
        raise InputError("There is no such file.", where=name)
    if path.is_dir():
        raise InputError("This is a folder; a file was expected.", where=name)
    suffix = path.suffix.casefold()
    try:
        if suffix in {".parquet", ".pq"}:
            return pl.read_parquet(path)
        return _read_bytes(path.read_bytes(), suffix, name, table)
    except OSError as error:
        raise InputError(f"The file cannot be read: {error.strerror or error}.", where=name) from error
    except pl.exceptions.PolarsError as error:
        reason = str(error).splitlines()[0]
        raise InputError(
            f"The file is damaged or is not {suffix or 'what its name says'}: {reason}.", where=name
        ) from error


def write_file(frame: pl.DataFrame, path: str | Path) -> None:
    """Write a table in the format that the file's name says, whole or not at all; ``-`` is standard output.

    Raises:
        OutputError: The place cannot be written, or the name says no known format.
    """
    if str(path) == "-":
        sys.stdout.write(frame.write_csv())
        return
    path = Path(path)
    suffix = path.suffix.casefold()
    if suffix not in {".parquet", ".pq", ".csv", ".tsv", ".jsonl", ".ndjson", *TREC_SUFFIXES}:
        raise OutputError(f"Cannot tell the format of {path} from its name. Known endings: {_FORMATS}.")
    with replace_file(path) as temporary:
        match suffix:
            case ".parquet" | ".pq":
                frame.write_parquet(temporary)
            case ".csv":
                frame.write_csv(temporary)
            case ".tsv":
                frame.write_csv(temporary, separator="\t")
            case ".jsonl" | ".ndjson":
                frame.write_ndjson(temporary)
            case _:
                _write_trec(frame, temporary, path)


def _read_bytes(data: bytes, suffix: str, name: str, table: Table) -> pl.DataFrame:
    if not data.strip():
        raise InputError(
            f"The file is empty. Expected {table.name} with the columns {', '.join(table.required)}.",
            where=name,
        )
    match suffix:
        case ".csv" | ".tsv":
            return _read_csv(data, "," if suffix == ".csv" else "\t", name)
        case ".jsonl" | ".ndjson":
            return pl.read_ndjson(io.BytesIO(data), infer_schema_length=None)
        case _ if suffix in TREC_SUFFIXES and table in {RUNS, JUDGMENTS}:
            return _read_trec(data, name, table)
        case _:
            raise InputError(
                f"Cannot tell the format of the file from its name. Known endings: {_FORMATS}.", where=name
            )


def _read_csv(data: bytes, separator: str, name: str) -> pl.DataFrame:
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        return pl.read_csv(io.BytesIO(data), separator=separator, infer_schema=False)
    except pl.exceptions.ComputeError as error:
        row = _ragged_row(data.decode("utf-8", errors="replace"), separator)
        if row is None:
            raise
        raise InputError(
            "The row has another number of fields than the header. Quote fields that hold the separator.",
            where=name,
            row=row,
        ) from error


def _ragged_row(text: str, separator: str) -> int | None:
    import csv

    rows = csv.reader(io.StringIO(text), delimiter=separator)
    width = len(next(rows))
    return next((i for i, row in enumerate(rows, 1) if len(row) > width), None)


def _read_trec(data: bytes, name: str, table: Table) -> pl.DataFrame:
    columns = _RUN_COLUMNS if table is RUNS else _QRELS_COLUMNS
    clean = data.replace(b"\r\n", b"\n").replace(b"\t", b" ")
    if re.search(rb"  |^ | $", clean, re.MULTILINE):
        clean = re.sub(rb"^ +| +$", b"", re.sub(rb" +", b" ", clean), flags=re.MULTILINE)
    clean = re.sub(rb"\n{2,}", b"\n", clean).strip(b"\n") + b"\n"
    width = clean[: clean.index(b"\n")].count(b" ") + 1
    try:
        if width != len(columns):
            raise _trec_error(clean, columns, name)
        frame = pl.read_csv(
            io.BytesIO(clean),
            separator=" ",
            has_header=False,
            new_columns=columns,
            infer_schema=False,
            quote_char=None,
        )
    except pl.exceptions.ComputeError as error:
        raise _trec_error(clean, columns, name) from error
    if frame[columns[-1]].null_count():
        raise _trec_error(clean, columns, name)
    return frame.drop("Q0" if table is RUNS else "iteration")


def _trec_error(data: bytes, columns: list[str], name: str) -> InputError:
    lines = data.decode("utf-8", errors="replace").splitlines()
    row, line = next(
        ((i, x) for i, x in enumerate(lines, 1) if len(x.split(" ")) != len(columns)), (1, lines[0])
    )
    kind = "run" if columns is _RUN_COLUMNS else "qrels"
    return InputError(
        f"A line of a TREC {kind} has {len(columns)} fields ({' '.join(columns)}); this one has"
        f" {len(line.split(' '))}: {line[:80]!r}.",
        where=name,
        row=row,
    )


def _write_trec(frame: pl.DataFrame, temporary: Path, path: Path) -> None:
    if "grade" in frame.columns:
        whole = frame["grade"] == frame["grade"].round()
        grade = pl.col("grade").cast(pl.Int64) if whole.all() else pl.col("grade")
        lines = frame.select("query", pl.lit("0").alias("iteration"), "item", grade)
    elif {"query", "item", "score"} <= set(frame.columns):
        ordered = frame if "system" in frame.columns else frame.with_columns(pl.lit("palate").alias("system"))
        if "rank" not in frame.columns:
            rank = pl.col("score").rank("ordinal", descending=True).over("system", "query")
            ordered = ordered.with_columns(rank.alias("rank"))
        lines = ordered.select("query", pl.lit("Q0").alias("Q0"), "item", "rank", "score", "system")
    else:
        raise OutputError(
            f"Cannot write {path} as TREC: it takes runs (query, item, score) or judgments (query, item, grade);"
            f" these columns are {', '.join(frame.columns)}. Choose .csv or .parquet."
        )
    lines.write_csv(temporary, separator=" ", include_header=False, quote_style="never")
