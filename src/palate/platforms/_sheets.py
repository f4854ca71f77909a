"""Spreadsheets that people fill in: written safely, read with the place of every cell; CSV and XLSX."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from palate.core.atomic import replace_file
from palate.core.errors import InputError
from palate.core.extras import needed

__all__ = ["Sheet", "read_sheet", "safe_cell", "write_csv", "write_workbook"]

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_LARGEST = 64 * 2**20
_LARGEST_UNPACKED = 512 * 2**20
_TASKS, _INSTRUCTIONS, _LABELS = "Tasks", "Instructions", "Labels"
_WIDE, _NARROW = 48, 14


@dataclass(frozen=True)
class Sheet:
    """A filled table.

    Args:
        columns: Its heading, blanks around names removed.
        rows: The row's number in the file, from 1 with the heading, and its cells as text, as many as columns.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]


def safe_cell(text: str) -> str:
    """Return text that no spreadsheet takes for a formula: an apostrophe stands before what looks like one.

    >>> safe_cell("=1+1"), safe_cell("1+1")
    ("'=1+1", '1+1')
    """
    return f"'{text}" if _looks_like_formula(text) else text


def write_csv(path: Path, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Write a table as CSV, with the mark by which spreadsheets know UTF-8."""
    with replace_file(path) as temporary, temporary.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerows([[safe_cell(cell) for cell in row] for row in (columns, *rows)])


def write_workbook(
    path: Path,
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    choices: Sequence[str],
    instructions: Sequence[str],
) -> None:
    """Write a table as XLSX: the last column is chosen from a list, instructions stand on a sheet of their own.

    Raises:
        PalateError: openpyxl is not installed.
    """
    openpyxl = needed("openpyxl", extra="spreadsheets", for_="XLSX files")
    book = openpyxl.Workbook()
    tasks = book.active
    tasks.title = _TASKS
    _fill(tasks, [columns, *rows])
    tasks.freeze_panes = "A2"
    for place in range(1, len(columns) + 1):
        letter = openpyxl.utils.get_column_letter(place)
        longest = max((len(row[place - 1]) for row in rows), default=0)
        tasks.column_dimensions[letter].width = min(_WIDE, max(_NARROW, longest + 2))
    words = book.create_sheet(_INSTRUCTIONS)
    words.column_dimensions["A"].width = 100
    _fill(words, [[line] for line in instructions])
    listed = book.create_sheet(_LABELS)
    listed.sheet_state = "hidden"
    _fill(listed, [[choice] for choice in choices])
    offer = openpyxl.worksheet.datavalidation.DataValidation(
        type="list", formula1=f"={_LABELS}!$A$1:$A${len(choices)}", allow_blank=True, showErrorMessage=True
    )
    offer.error, offer.errorTitle = "Choose one of the list.", "No such label"
    tasks.add_data_validation(offer)
    last = openpyxl.utils.get_column_letter(len(columns))
    offer.add(f"{last}2:{last}{len(rows) + 1}")
    with replace_file(path) as temporary:
        book.save(temporary)


def read_sheet(path: Path) -> Sheet:
    """Return the table of tasks in a filled CSV or XLSX file.

    Raises:
        InputError: The file is none, or is empty.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise InputError("The file is far larger than any filled sheet.", where=path.name)
        rows = _workbook_rows(path) if path.suffix.casefold() == ".xlsx" else _csv_rows(path)
    except OSError as error:
        raise InputError(f"The file cannot be read: {error.strerror or error}.", where=path.name) from None
    filled = [(number, row) for number, row in rows if any(row)]
    if not filled:
        raise InputError("The file is empty. Take the answers from a copy.", where=path.name)
    columns = filled[0][1]
    width = len(columns)
    return Sheet(columns, tuple((number, (row + ("",) * width)[:width]) for number, row in filled[1:]))


def _fill(sheet: Any, rows: Sequence[Sequence[str]]) -> None:
    styles = needed("openpyxl.styles", extra="spreadsheets", for_="XLSX files")
    wrapped = styles.Alignment(wrap_text=True, vertical="top")
    for number, row in enumerate(rows, start=1):
        for place, text in enumerate(row, start=1):
            cell = sheet.cell(number, place)
            cell.value = text
            cell.data_type = "s"  # else a text that begins with = becomes a formula
            cell.quotePrefix = _looks_like_formula(text)
            cell.alignment = wrapped


def _csv_rows(path: Path) -> list[tuple[int, tuple[str, ...]]]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(
            "The file is no UTF-8 text. Save it as “CSV UTF-8” from the spreadsheet, and try again.",
            where=path.name,
        ) from None
    heading = text.partition("\n")[0]
    delimiter = max(",;\t", key=heading.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        return [(reader.line_num, tuple(map(_plain, row))) for row in reader]
    except csv.Error as error:
        raise InputError(f"Line {reader.line_num:,} is no CSV: {error}.", where=path.name) from None


def _workbook_rows(path: Path) -> list[tuple[int, tuple[str, ...]]]:
    openpyxl = needed("openpyxl", extra="spreadsheets", for_="XLSX files")
    try:
        with zipfile.ZipFile(path) as packed:
            unpacked = sum(part.file_size for part in packed.infolist())
        if unpacked > _LARGEST_UNPACKED:
            raise InputError(
                f"The file unpacks to {unpacked:,} bytes; no sheet is that large.", where=path.name
            )
        book = openpyxl.load_workbook(path, data_only=True)
    except (
        zipfile.BadZipFile,
        KeyError,
        ValueError,
        openpyxl.utils.exceptions.InvalidFileException,
    ) as error:
        raise InputError(f"The file is no XLSX workbook, or is damaged: {error}.", where=path.name) from None
    sheet = book[_TASKS] if _TASKS in book.sheetnames else book.worksheets[0]
    return [
        (number, tuple(_plain(_text(cell)) for cell in row))
        for number, row in enumerate(sheet.iter_rows(values_only=True), start=1)
    ]


def _looks_like_formula(text: str) -> bool:
    return text.startswith(_FORMULA) or text.lstrip().startswith(_FORMULA)


def _text(cell: Any) -> str:
    """Return a cell as text; spreadsheets make the number 2.0 of a label 2."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell)


def _plain(text: str) -> str:
    """Return a cell's text without blanks around it and without the apostrophe that kept it from being a formula."""
    text = text.strip()
    return text[1:].strip() if text.startswith("'") and _looks_like_formula(text[1:]) else text
