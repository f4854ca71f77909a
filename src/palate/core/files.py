"""Read and write tables as Parquet, CSV, TSV, JSON lines and TREC runs and qrels."""

from __future__ import annotations

import gzip
import io
import sys
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from palate.core.atomic import replace_file
from palate.core.errors import InputError, OutputError
from palate.core.faults import csv_fault, header_fault, json_fault, text_fault
from palate.core.lines import GZIP, gzip_faults, line_blocks
from palate.core.tables import Table
from palate.core.trec import TREC_SUFFIXES, TREC_TABLES, read_trec, write_trec

__all__ = [
    "CSV_SUFFIXES",
    "PARQUET_SUFFIXES",
    "TREC_SUFFIXES",
    "csv_slices",
    "inner_suffix",
    "parquet_length",
    "parquet_slices",
    "read_file",
    "write_file",
]

PARQUET_SUFFIXES = {".parquet", ".pq"}
_SEPARATORS = {".csv": ",", ".tsv": "\t"}
CSV_SUFFIXES = set(_SEPARATORS)
_JSON = {".jsonl", ".ndjson"}
_FORMATS = ".parquet, .csv, .tsv, .jsonl, and .trec, .run, .qrels or .txt for TREC runs and qrels"
_BOM = b"\xef\xbb\xbf"


def read_file(path: str | Path, table: Table, *, where: str | None = None) -> pl.DataFrame:
    """Read a file as it stands, every column of CSV, TSV and TREC as text; ``-`` is standard input (CSV).

    Text formats may be compressed with gzip (``runs.csv.gz``).

    Args:
        path: The file; its ending says the format.
        table: What it should hold, which tells TREC runs from qrels.
        where: What errors call it; its path by default.

    Raises:
        InputError: There is no such file, it is empty, damaged, or of an unknown format.
    """
    if str(path) == "-":
        return _parse(sys.stdin.buffer.read(), ".csv", where or "standard input", table)
    name = where or str(path)
    path = Path(path)
    suffix = path.suffix.casefold()
    try:
        if path.is_dir():
            raise InputError("This is a folder; a file was expected.", where=name)
        if suffix in PARQUET_SUFFIXES:
            return _read_parquet(path, name)
        return _parse(path.read_bytes(), inner_suffix(path), name, table)
    except FileNotFoundError as error:
        raise InputError("There is no such file.", where=name) from error
    except OSError as error:
        raise InputError(f"The file cannot be read: {error.strerror or error}.", where=name) from error


def parquet_slices(path: Path, rows: int, columns: set[str]) -> Iterator[pl.DataFrame]:
    """Yield a Parquet file's rows in their order, so many at a time.

    Args:
        path: The file.
        rows: Of a slice.
        columns: The columns wanted; those that it lacks are left out.

    Raises:
        InputError: The file is damaged.
        OSError: It cannot be read.
    """
    try:
        lazy = _scan(path)
        lazy = lazy.select([name for name in lazy.collect_schema().names() if name in columns])
        for start in range(0, parquet_length(path), rows):
            yield lazy.slice(start, rows).collect()
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise InputError(_damaged(".parquet", error), where=str(path)) from error


def parquet_length(path: Path) -> int:
    """Return how many rows a Parquet file has."""
    return int(_scan(path).select(pl.len()).collect().item())


def csv_slices(path: Path, size: int, columns: set[str]) -> Iterator[pl.DataFrame | None]:
    """Yield the rows of a CSV or TSV file in their order, as text, those of some lines at a time.

    None comes where lines have to be read with all others: a quoted field goes on in the lines behind them, or something
    is wrong.

    Args:
        path: The file; it may be compressed with gzip.
        size: Bytes of the lines of a slice, about.
        columns: The columns wanted; those that it lacks are left out.

    Raises:
        InputError: It is a damaged gzip file.
        OSError: It cannot be read.
    """
    separator = _SEPARATORS[inner_suffix(path)]
    header = b""
    for block in line_blocks(path, size, blank=b"\r\n"):
        data = header + block if header else bytes(block.lstrip(b"\r\n"))
        header = header or data[: data.index(b"\n") + 1]
        if len(data) == len(header):
            continue
        rows = _csv_rows(data, separator)
        yield None if rows is None else rows.select([name for name in rows.columns if name in columns])


def _csv_rows(data: bytes, separator: str) -> pl.DataFrame | None:
    """Return the rows of a header and whole lines, the last one ended too; None if they cannot be read alone.

    Where lines end within a quoted field, its quote does not end: what is read without a fault ends with a row.
    """
    if b"\0" in data or text_fault(data) is not None:
        return None
    try:
        return _read_csv(data, separator, "")
    except (InputError, pl.exceptions.PolarsError, pl.exceptions.PanicException):
        return None


def _scan(path: Path) -> pl.LazyFrame:
    # Without these two, brackets in the name and "system=A" folders above it would have a meaning.
    return pl.scan_parquet(path, glob=False, hive_partitioning=False)


def write_file(frame: pl.DataFrame, path: str | Path) -> None:
    """Write a table in the format that the file's name says, whole or not at all; ``-`` is standard output.

    Raises:
        OutputError: The place cannot be written, the name says no known format, or the format cannot hold
            the table.
    """
    try:
        if str(path) == "-":
            sys.stdout.write(frame.write_csv())
        else:
            _write(frame, Path(path))
    except pl.exceptions.PolarsError as error:
        raise OutputError(f"Cannot write {path}: {_reason(error)}.") from error


def _write(frame: pl.DataFrame, path: Path) -> None:
    suffix = path.suffix.casefold()
    if suffix not in {*PARQUET_SUFFIXES, *_SEPARATORS, *_JSON, *TREC_SUFFIXES}:
        raise OutputError(f"Cannot tell the format of {path} from its name. Known endings: {_FORMATS}.")
    with replace_file(path) as temporary:
        if suffix in PARQUET_SUFFIXES:
            frame.write_parquet(temporary)
        elif suffix in _SEPARATORS:
            frame.write_csv(temporary, separator=_SEPARATORS[suffix])
        elif suffix in _JSON:
            frame.write_ndjson(temporary)
        else:
            write_trec(frame, temporary, path)


def inner_suffix(path: Path) -> str:
    """Return the ending that says the format, in small letters: ``.csv`` of ``runs.csv.gz``."""
    suffix = path.suffix.casefold()
    return Path(path.stem).suffix.casefold() if suffix == ".gz" else suffix


def _read_parquet(path: Path, name: str) -> pl.DataFrame:
    if not path.stat().st_size:
        raise InputError("The file is empty.", where=name)
    try:
        return pl.read_parquet(path, glob=False, hive_partitioning=False)  # as in _scan
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        # On a damaged file the reader may also fail inside: a panic, which is no Exception.
        raise InputError(_damaged(".parquet", error), where=name) from error


def _parse(data: bytes, suffix: str, name: str, table: Table) -> pl.DataFrame:
    _check_suffix(suffix, name, table)
    data = _plain_text(data, name)
    if not data or data.isspace():
        raise InputError(
            f"The file is empty. Expected {table.name} with the columns {', '.join(table.required)}.",
            where=name,
        )
    try:
        if suffix in _SEPARATORS:
            return _read_csv(data, _SEPARATORS[suffix], name)
        if suffix in _JSON:
            return pl.read_ndjson(io.BytesIO(data), infer_schema_length=None)
        return read_trec(data, name, table.name)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        problem, row = text_fault(data), None
        if problem is None and suffix in _JSON:
            row, problem = json_fault(data)
        raise InputError(problem or _damaged(suffix, error), where=name, row=row) from error


def _check_suffix(suffix: str, name: str, table: Table) -> None:
    if suffix in {*_SEPARATORS, *_JSON} or (suffix in TREC_SUFFIXES and table.name in TREC_TABLES):
        return
    if suffix in TREC_SUFFIXES:
        raise InputError(
            f"A {suffix} file holds a TREC run or qrels, not {table.name}. Give .csv, .tsv, .jsonl or .parquet.",
            where=name,
        )
    raise InputError(
        f"Cannot tell the format of the file from its name. Known endings: {_FORMATS}.", where=name
    )


def _plain_text(data: bytes, name: str) -> bytes:
    """Return the file's UTF-8 text: unpacked, without a mark at its start, its lines ended by line feeds."""
    if data.startswith(GZIP):
        with gzip_faults(name):
            data = gzip.decompress(data)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError("The file is UTF-16 text. Save it as UTF-8.", where=name)
    zero = data.find(b"\0")
    if zero >= 0:
        line = data.count(b"\n", 0, zero) + 1
        raise InputError(
            f"The file is no text: line {line} holds a zero byte. Save it as UTF-8 text, or name it by its format.",
            where=name,
        )
    data = data.removeprefix(_BOM)
    return data if b"\n" in data else data.replace(b"\r", b"\n")


def _read_csv(data: bytes, separator: str, name: str) -> pl.DataFrame:
    data = data.strip(b"\r\n")  # blank lines in between stay: they are rows, and rows are counted
    problem = text_fault(data.partition(b"\n")[0]) or header_fault(data, separator)
    if problem is not None:
        raise InputError(problem, where=name)
    try:
        frame = pl.read_csv(io.BytesIO(data), separator=separator, infer_schema=False)
    except pl.exceptions.ComputeError as error:
        row, problem = csv_fault(data, separator)
        if problem is None:
            raise
        raise InputError(problem, where=name, row=row) from error
    if _may_have_short_rows(frame, data, separator):
        row, problem = csv_fault(data, separator)
        if problem is not None:
            raise InputError(problem, where=name, row=row)
    return frame


def _may_have_short_rows(frame: pl.DataFrame, data: bytes, separator: str) -> bool:
    """Return False if the rows surely are complete; a short one reads as if its last fields were empty."""
    if not frame.to_series(-1).null_count():
        return False
    return b'"' in data or data.count(separator.encode()) != (frame.width - 1) * (frame.height + 1)


def _damaged(suffix: str, error: BaseException) -> str:
    return f"The file is damaged or is not {suffix}: {_reason(error)}."


def _reason(error: BaseException) -> str:
    if isinstance(error, pl.exceptions.PanicException):
        return "its parts do not fit together"
    return str(error).partition("\n")[0].rstrip(".")[:200]
