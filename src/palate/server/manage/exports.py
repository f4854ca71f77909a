"""What leaves the platform: answers and the ledger as tables, written while they are read.

The API uses the same functions: each returns pieces of a file, and keeps no more than a batch of rows in memory.
"""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from django.db.models import QuerySet

from palate.core.errors import InputError, OutputError
from palate.server.manage.apart import run_apart
from palate.server.manage.cells import safe_cell
from palate.server.projects.models import Pool, Project
from palate.server.projects.reading import template_of
from palate.server.work.models import Answer, LedgerEntry

__all__ = [
    "LEDGER_COLUMNS",
    "AnswerExport",
    "ExportFormat",
    "answer_columns",
    "answer_rows",
    "as_csv",
    "as_json_lines",
    "as_parquet",
    "export_answers",
    "ledger_rows",
    "media_type",
]

ExportFormat = Literal["csv", "jsonl", "parquet"]
_BATCH = 2_000
_OWN = (
    "task",
    "annotator",
    "label",
    "value",
    "seconds",
    "submitted_at",
    "kind",
    "correct",
    "page",
    "page_status",
)
LEDGER_COLUMNS = ("at", "annotator", "pool", "kind", "amount", "note", "page")
_READ = {
    "task": "task__key",
    "annotator": "annotator__code",
    "label": "label",
    "value": "value",
    "kind": "task__kind",
    "correct": "right",
    "page_status": "slot__assignment__status",
}
"""Columns that are written as they are stored, and where that is."""
_SECONDS_TO_CONVERT = 300
_PIECE = 1 << 18


@dataclass(frozen=True)
class AnswerExport:
    """Which answers of a pool are wanted.

    Args:
        pool: The pool.
        golden: Whether answers to golden and training tasks are among them.
        rejected: Whether answers of rejected pages are among them.
        after: Only answers with a higher id.
    """

    pool: Pool
    golden: bool = True
    rejected: bool = False
    after: int = 0


def media_type(wanted: str) -> str:
    """Return what a browser calls a format.

    Raises:
        InputError: There is no such format.
    """
    types = {
        "csv": "text/csv; charset=utf-8",
        "jsonl": "application/jsonl; charset=utf-8",
        "parquet": "application/vnd.apache.parquet",
    }
    if wanted not in types:
        raise InputError(
            f"The format must be one of {', '.join(get_args(ExportFormat))}; it is {wanted[:20]!r}."
        )
    return types[wanted]


def answer_columns(pool: Pool) -> list[str]:
    """Return the columns of a pool's answers: ours, then the fields of the input."""
    fields = [field.name for field in template_of(pool.project).fields()]
    return [*_OWN, *(f"input_{name}" if name in _OWN else name for name in fields)]


def answer_rows(wanted: AnswerExport) -> Iterator[dict[str, Any]]:
    """Return answers, the oldest first, as rows of :func:`answer_columns`; values as JSON holds them."""
    fields = [field.name for field in template_of(wanted.pool.project).fields()]
    for _, *cells, seconds, submitted_at, page, shown in _answers(wanted):
        own = dict(zip(_READ, cells, strict=True))
        row = {
            **own,
            "seconds": round(seconds, 3),
            "submitted_at": submitted_at.isoformat(),
            "page": str(page),
        }
        yield {**row, **{f"input_{name}" if name in row else name: shown.get(name) for name in fields}}


def export_answers(wanted: AnswerExport, form: str) -> Iterator[bytes]:
    """Return a file of answers piece by piece.

    Raises:
        InputError: There is no such format.
        OutputError: The file cannot be made.
    """
    media_type(form)
    if form == "parquet" and next(answer_rows(wanted), None) is None:  # said before the first piece is sent
        raise OutputError("There are no answers yet, and a Parquet file needs some to know its columns.")
    columns, rows = answer_columns(wanted.pool), answer_rows(wanted)
    return {"csv": as_csv, "jsonl": as_json_lines, "parquet": as_parquet}[form](columns, rows)


def ledger_rows(of: Pool | Project) -> Iterator[dict[str, Any]]:
    """Return the movements of money of a pool or a project, the oldest first."""
    rows: QuerySet[LedgerEntry] = LedgerEntry.objects.select_related("annotator", "pool")
    rows = rows.filter(pool=of) if isinstance(of, Pool) else rows.filter(project=of)
    for entry in _by_id(rows):
        yield {
            "at": entry.at.isoformat(),
            "annotator": entry.annotator.code,
            "pool": entry.pool.name if entry.pool else "",
            "kind": entry.kind,
            "amount": str(entry.amount),
            "note": entry.note,
            "page": str(entry.assignment_id or ""),
        }


def as_csv(columns: Iterable[str], rows: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    """Return a table as CSV in which no text is taken for a formula."""
    names = list(columns)
    buffer = io.StringIO()
    table = csv.writer(buffer, lineterminator="\r\n")
    table.writerow([safe_cell(name) for name in names])
    for row in rows:
        table.writerow([_cell(row.get(name)) for name in names])
        if buffer.tell() > _PIECE:
            yield _taken(buffer)
    yield _taken(buffer)


def as_json_lines(columns: Iterable[str], rows: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    """Return a table as JSON lines, an object a row."""
    names, lines, size = list(columns), [], 0
    for row in rows:
        line = json.dumps({name: row.get(name) for name in names}, ensure_ascii=False)
        lines.append(line)
        size += len(line)
        if size > _PIECE:
            yield ("\n".join(lines) + "\n").encode()
            lines, size = [], 0
    yield "".join(f"{line}\n" for line in lines).encode()


def as_parquet(columns: Iterable[str], rows: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    """Return a table as Parquet; another process makes it, so that this one does not grow by what that needs.

    Raises:
        PalateError: It cannot be made, as where there are no rows to tell the columns' types.
    """
    with tempfile.TemporaryDirectory(prefix="palate-export-") as directory:
        source, target = Path(directory, "rows.jsonl"), Path(directory, "rows.parquet")
        names = list(columns)
        plain = ({name: _plain(row.get(name)) for name in names} for row in rows)
        with source.open("wb") as written:
            for piece in as_json_lines(names, plain):
                written.write(piece)
        run_apart("converting", str(source), str(target), seconds=_SECONDS_TO_CONVERT)
        with target.open("rb") as made:
            yield from iter(lambda: made.read(_PIECE), b"")


def _answers(wanted: AnswerExport) -> Iterator[tuple[Any, ...]]:
    """Return the cells of answers in batches by id, read without making objects of them."""
    rows = Answer.objects.filter(pool=wanted.pool)
    if not wanted.golden:
        rows = rows.filter(task__kind="real")
    if not wanted.rejected:
        rows = rows.exclude(slot__assignment__status="rejected")
    cells = rows.order_by("pk").values_list(
        "pk", *_READ.values(), "seconds", "submitted_at", "slot__assignment", "task__input"
    )
    last = wanted.after
    while batch := list(cells.filter(pk__gt=last)[:_BATCH]):
        yield from batch
        last = batch[-1][0]


def _by_id(rows: QuerySet[Any]) -> Iterator[Any]:
    """Return rows in batches by id: no transaction stays open while somebody downloads slowly."""
    last = 0
    while batch := list(rows.filter(pk__gt=last).order_by("pk")[:_BATCH]):
        yield from batch
        last = batch[-1].pk


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, str):
        return safe_cell(value)
    if isinstance(value, list | dict):
        return safe_cell(json.dumps(value, ensure_ascii=False))
    return value


def _plain(value: Any) -> Any:
    """Return a value that has the same type in every row: lists and objects as JSON text."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value
