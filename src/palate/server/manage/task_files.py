"""Tables of tasks as people upload them, row by row: CSV, JSON lines and Parquet."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from palate.core.errors import InputError
from palate.server.manage.apart import run_apart
from palate.server.projects.tasks import RowError, TaskErrors, TaskRow
from palate.task_templates import TaskTemplate

__all__ = ["LARGEST", "MOST_ROWS", "columns_of", "rows_of", "rows_of_records", "rows_of_text"]

LARGEST = 64 * 2**20
MOST_ROWS = 250_000
_KEYS = ("key", "id", "task")
_OWN = (
    *_KEYS, "kind", "golden", "hint", "overlap", "attention", "repeats", "reserved_for", "unavailable_for",
    "pre_labels",
)  # fmt: skip
_SUFFIXES = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".parquet": "parquet",
    ".pq": "parquet",
}
_TRUE, _FALSE = {"1", "true", "yes"}, {"", "0", "false", "no"}
_SECONDS_TO_CONVERT = 120


def columns_of(template: TaskTemplate) -> list[tuple[str, str, bool]]:
    """Return the columns that a table of tasks may have: name, what it holds, and whether it must be there."""
    fields = [(field.name, field.help, field.required) for field in template.fields()]
    own = [
        ("key", "Your own id of the task; one is made where it is empty", False),
        ("golden", "The right answer, if it is known; JSON for several with weights", False),
        ("hint", "Why it is right, shown in trainings", False),
        ("overlap", "Answers wanted, where other than the pool's", False),
        ("attention", "true for a pair that checks attention", False),
        ("repeats", "The key of the pair that this one shows again with its sides swapped", False),
        ("reserved_for", "The code of the only annotator who may see it", False),
        ("unavailable_for", "Codes of annotators who may not, separated by spaces", False),
    ]
    taken = {name for name, _, _ in fields}
    return [*fields, *(column for column in own if column[0] not in taken)]


def rows_of(file: IO[bytes], name: str, size: int, template: TaskTemplate) -> Iterator[TaskRow]:
    """Return the tasks in an uploaded file.

    Args:
        file: Its content.
        name: Its name, whose ending says the format.
        size: Its bytes.
        template: What a task has to hold.

    Raises:
        InputError: It is too large, or in a format that is not known.
        TaskErrors: A row cannot be read.
    """
    kind = _SUFFIXES.get(Path(name).suffix.casefold())
    if kind is None:
        raise InputError("The file's name must end in .csv, .tsv, .jsonl or .parquet.", where=name[:100])
    if size > LARGEST:
        raise InputError(
            f"The file has {size / 2**20:.0f} MB; at most {LARGEST // 2**20} are taken at once. Split it.",
            where=name[:100],
        )
    if kind == "parquet":
        records = _parquet(file)
    else:
        text = _decoded(file, name)
        records = _json_lines(text) if kind == "jsonl" else _csv(text)
    return _tasks(records, template)


def rows_of_text(text: str, template: TaskTemplate) -> Iterator[TaskRow]:
    """Return the tasks in pasted text: JSON lines, or a table as CSV or as copied from a spreadsheet."""
    stream = io.StringIO(text)
    return _tasks(_json_lines(stream) if text.lstrip().startswith("{") else _csv(stream), template)


def rows_of_records(records: Iterable[Any], template: TaskTemplate) -> Iterator[TaskRow]:
    """Return the tasks in what JSON held."""
    return _tasks(((number, _object(one, number)) for number, one in enumerate(records, start=1)), template)


def _tasks(records: Iterator[tuple[int, Mapping[str, Any]]], template: TaskTemplate) -> Iterator[TaskRow]:
    known = {field.name for field in template.fields()}
    for number, record in records:
        if number > MOST_ROWS:
            raise _wrong(number, f"At most {MOST_ROWS:,} tasks are taken at once. Split the file.")
        try:
            yield _task(record, known)
        except InputError as error:
            raise _wrong(number, str(error)) from None


def _task(record: Mapping[str, Any], known: set[str]) -> TaskRow:
    if isinstance(record.get("input"), Mapping) and "input" not in known:
        shown: dict[str, Any] = dict(record["input"])
        own = {name: value for name, value in record.items() if name != "input"}
    else:
        shown = {name: value for name, value in record.items() if name in known or name not in _OWN}
        own = {name: value for name, value in record.items() if name not in shown}
    strange = sorted(set(own) - set(_OWN))
    if strange:
        raise InputError(f"There is no column '{strange[0][:50]}' beside 'input'.")
    key = next((text for name in _KEYS if (text := _text(own, name))), "")
    codes = own.get("unavailable_for") or ()
    return TaskRow(
        input=shown,
        key=key,
        kind=_text(own, "kind"),
        golden=_json_or_text(own.get("golden")),
        hint=_text(own, "hint"),
        overlap=_whole(own.get("overlap")),
        attention=_flag(own.get("attention")),
        repeats=_text(own, "repeats"),
        reserved_for=_text(own, "reserved_for"),
        unavailable_for=codes.replace(",", " ").split() if isinstance(codes, str) else list(map(str, codes)),
        pre_labels=_json_or_text(own.get("pre_labels")) or None,
    )


def _text(own: Mapping[str, Any], name: str) -> str:
    text = str("" if own.get(name) is None else own[name]).strip()
    if "\0" in text:
        raise InputError("It holds a character that is no text (NUL).", column=name)
    return text


def _json_or_text(value: Any) -> Any:
    if isinstance(value, str):
        value = value.strip()
        if value[:1] in {"[", "{"}:
            try:
                return json.loads(value)
            except (ValueError, RecursionError):
                raise InputError(f"This is no JSON: {value[:60]}.", column="golden") from None
    return value


def _whole(value: Any) -> int | None:
    if value in (None, ""):
        return None
    try:
        return int(str(value))
    except ValueError:
        raise InputError(f"Expected a whole number; it is {str(value)[:30]!r}.", column="overlap") from None


def _flag(value: Any) -> bool:
    text = "" if value is None else str(value).strip().casefold()
    if text not in _TRUE | _FALSE:
        raise InputError(f"Expected true or false; it is {text[:30]!r}.", column="attention")
    return text in _TRUE


def _decoded(file: IO[bytes], name: str) -> io.StringIO:
    try:
        text = file.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError("The file is not written in UTF-8. Save it so.", where=name[:100]) from None
    return io.StringIO(text, newline="")


def _csv(text: io.StringIO) -> Iterator[tuple[int, Mapping[str, Any]]]:
    header = text.readline()
    text.seek(0)
    separator = max(",;\t", key=header.count)
    reader = csv.reader(text, delimiter=separator, strict=True)
    number = 0
    try:
        names = [name.strip() for name in next(reader, [])]
        _check_header(names)
        for number, cells in enumerate((row for row in reader if any(row)), start=1):
            if len(cells) > len(names):
                raise _wrong(number, f"It has {len(cells)} cells; the first line names {len(names)} columns.")
            yield number, dict(zip(names, cells, strict=False))
    except csv.Error as error:
        raise _wrong(number + 1, f"This is no CSV: {error}.") from None


def _check_header(names: list[str]) -> None:
    if not any(names):
        raise InputError("The table is empty. Its first line names the columns.")
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InputError(f"The column '{twice[:50]}' stands there twice.")


def _json_lines(text: io.StringIO) -> Iterator[tuple[int, Mapping[str, Any]]]:
    number = 0
    for line in text:
        if not line.strip():
            continue
        number += 1
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            raise _wrong(number, f"This is no JSON: {line.strip()[:60]}") from None
        yield number, _object(record, number)


def _object(record: Any, number: int) -> Mapping[str, Any]:
    if not isinstance(record, Mapping):
        raise _wrong(number, "A line must be a JSON object, the columns with their values.")
    return record


def _parquet(file: IO[bytes]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Have another process read the file, so that this one does not grow by what that needs."""
    with tempfile.TemporaryDirectory(prefix="palate-upload-") as directory:
        source, target = Path(directory, "tasks.parquet"), Path(directory, "tasks.jsonl")
        with source.open("wb") as written:
            for part in iter(lambda: file.read(2**20), b""):
                written.write(part)
        run_apart("converting", str(source), str(target), seconds=_SECONDS_TO_CONVERT)
        with target.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                record = json.loads(line)
                yield number, {name: value for name, value in record.items() if value is not None}


def _wrong(number: int, problem: str) -> TaskErrors:
    return TaskErrors([RowError(number, problem)], 1)
