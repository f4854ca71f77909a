"""Find what is wrong in a text file that could not be read, and where; slow, so only then."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator

__all__ = ["csv_fault", "header_fault", "json_fault", "text_fault"]

_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}


def text_fault(data: bytes) -> str | None:
    """Return what keeps ``data`` from being UTF-8 text, None if nothing does."""
    try:
        data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return (
            f"The file is not UTF-8 text: byte 0x{data[error.start]:02X} in line {line}. Save it as UTF-8"
            " (it may be Latin-1, Windows-1252 or no text at all)."
        )
    return None


def header_fault(data: bytes, separator: str) -> str | None:
    """Return what is wrong with the header of a CSV file, None if nothing is."""
    try:
        header = next(_csv_rows(data, separator))
    except csv.Error:
        return "The quotes of the header do not match."
    if len(header) == 1:
        other = next((s for s in _NAMES if s != separator and s in header[0]), None)
        if other is not None:
            return (
                f"The header is one field, {header[0][:80]!r}: fields are separated by {_NAMES[separator]} here, but the"
                f" file seems to use {_NAMES[other]}. {_advice(other)}"
            )
    twice = next((name for i, name in enumerate(header) if name and name in header[:i]), None)
    return None if twice is None else f"The header names the column '{twice}' twice. Rename or remove one."


def csv_fault(data: bytes, separator: str) -> tuple[int | None, str | None]:
    """Return the first data row (from 1) that is no row of the CSV file, and what is wrong with it."""
    rows = _csv_rows(data, separator)
    number, width = 0, len(next(rows))
    try:
        for row in rows:
            number += 1
            if row and len(row) != width:
                return number, (
                    f"The row has {len(row)} fields, the header {width}. Quote fields that hold the separator"
                    " or a line end; leave fields empty, but keep their separators."
                )
    except csv.Error as error:
        if "field limit" not in str(error):
            return number + 1, (
                "The quotes do not match: a field that begins with a quote ends with one, quotes within are doubled."
            )
    return None, None


def json_fault(data: bytes) -> tuple[int | None, str | None]:
    """Return the first row of JSON lines that is no object or mixes types, and what is wrong with it."""
    kinds: dict[str, str] = {}
    lines = (line for line in data.decode().split("\n") if line.strip())
    for row, line in enumerate(lines, 1):
        try:
            value = json.loads(line, parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            return row, f"The line is no JSON: {error}. Every line must hold one object, {{…}}."
        if not isinstance(value, dict):
            return row, f"Expected one JSON object a line, {{…}}; this line holds {line.strip()[:40]}."
        for name, item in value.items():
            kind = _json_kind(item)
            if kind and kinds.setdefault(name, kind) != kind:
                return row, f"'{name}' is {kind} here and {kinds[name]} above. Make them one type."
    return None, None


def _csv_rows(data: bytes, separator: str) -> Iterator[list[str]]:
    text = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8", errors="replace", newline="")
    return csv.reader(text, delimiter=separator, strict=True)


def _advice(separator: str) -> str:
    match separator:
        case "\t":
            return "Name it .tsv."
        case ",":
            return "Name it .csv."
        case _:
            return "Save it with commas, or with tabs as .tsv."


def _refuse_constant(name: str) -> None:
    """Refuse what Python writes and reads, but no one else."""
    raise ValueError(f"{name} is no value; write null")


def _json_kind(value: object) -> str | None:
    match value:
        case None:
            return None
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "text"
        case list():
            return "a list"
        case _:
            return "an object"
