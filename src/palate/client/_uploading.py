"""Tasks on their way to a pool: rows of any kind of table, each with a key, in parts that one request may hold."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import isnan
from pathlib import Path
from typing import Any

from palate.client._errors import Problem, ServerRefusedError, UploadError
from palate.client._toloka import from_toloka, is_toloka
from palate.client.records import AddedTasks
from palate.core.errors import InputError
from palate.core.hashing import hash_json

__all__ = ["Part", "Upload", "task_rows"]

_ROWS = 5_000
_BYTES = 4 * 2**20
_KEYS = ("key", "id", "task")


@dataclass(frozen=True)
class Part:
    """Rows of one request.

    Args:
        rows: The rows.
        numbers: Their places in the whole upload, from 1.
    """

    rows: Sequence[Mapping[str, Any]]
    numbers: Sequence[int]

    @property
    def body(self) -> dict[str, Any]:
        """What is sent."""
        return {"tasks": list(self.rows)}

    def without(self, wrong: set[int]) -> Part:
        """Return the rows whose numbers are not among those."""
        kept = [place for place, number in enumerate(self.numbers) if number not in wrong]
        return Part([self.rows[place] for place in kept], [self.numbers[place] for place in kept])


@dataclass
class Upload:
    """How far an upload is; it knows nothing of how requests are sent.

    Args:
        rows: All rows.
        leaves_out_wrong: Whether wrong rows are left out, and those around them stored.
    """

    rows: Sequence[Mapping[str, Any]]
    leaves_out_wrong: bool = False
    added: int = 0
    there: int = 0
    done: int = 0
    problems: list[Problem] = field(default_factory=list)

    def parts(self) -> Iterator[Part]:
        """Return the rows in parts that one request may hold; which, depends on the rows alone."""
        rows: list[Mapping[str, Any]] = []
        size = 0
        for number, row in enumerate(self.rows, start=1):
            own = len(json.dumps(row, ensure_ascii=False).encode())
            if rows and (size + own > _BYTES or len(rows) >= _ROWS):
                yield Part(rows, range(number - len(rows), number))
                rows, size = [], 0
            rows.append(row)
            size += own
        if rows:
            yield Part(rows, range(len(self.rows) - len(rows) + 1, len(self.rows) + 1))

    def stored(self, part: Part, answer: Mapping[str, Any]) -> None:
        """Note that a part is stored."""
        self.added += answer["added"]
        self.there += answer["there"]
        self.done += len(part.rows)

    def refused(self, part: Part, error: ServerRefusedError) -> Part | None:
        """Note what is wrong with a part; return what of it is to be sent again.

        Raises:
            ServerRefusedError: It is not about rows.
        """
        wrong = {part.numbers[one.row - 1] for one in error.problems if one.row}
        if error.code != "wrong_rows" or not wrong:
            raise error
        self.problems += [
            Problem(row=part.numbers[one.row - 1], message=one.message) for one in error.problems if one.row
        ]
        self.done += len(wrong) if self.leaves_out_wrong else len(part.rows)
        rest = part.without(wrong)
        return rest if self.leaves_out_wrong and rest.rows else None

    def result(self) -> AddedTasks:
        """Return what became of the upload.

        Raises:
            UploadError: Rows are wrong that were not to be left out.
        """
        if self.problems and not self.leaves_out_wrong:
            raise UploadError(self.problems, self.added)
        return AddedTasks(added=self.added, there=self.there, problems=tuple(self.problems))


def task_rows(source: Any) -> list[dict[str, Any]]:
    """Return tasks as a server takes them, each with a key.

    A row without a key gets one made from what it holds, so that an upload that is begun again puts nothing in twice;
    equal rows are told apart by their number.

    Args:
        source: Mappings, a dataframe that narwhals reads, or the path of a CSV, TSV, JSON lines or Parquet file.

    Raises:
        InputError: It cannot be read, holds no rows, or a key stands there twice.
    """
    where = str(source) if isinstance(source, str | Path) else "tasks"
    rows = [{name: value for name, value in row.items() if value is not None} for row in _mappings(source)]
    if not rows:
        raise InputError("There are no tasks.", where=where)
    if is_toloka(rows[0]):
        rows = from_toloka(rows)
    return _keyed(rows, where)


def _mappings(source: Any) -> Iterable[Mapping[str, Any]]:
    if isinstance(source, str | Path):
        return _file_rows(Path(source))
    if isinstance(source, Mapping):
        raise InputError("Expected rows of tasks: a list of objects, a dataframe or a path; got one object.")
    if isinstance(source, Iterable) and not hasattr(source, "columns"):
        return _checked(source)
    import narwhals as nw

    try:
        frame = nw.from_native(source)
    except TypeError:
        raise InputError(
            "Expected rows of tasks: a list of objects, a dataframe (pandas, polars, pyarrow, …) or a path; got"
            f" {type(source).__name__}."
        ) from None
    if isinstance(frame, nw.LazyFrame):
        frame = frame.collect()
    return _without_nan(frame.iter_rows(named=True))


def _checked(rows: Iterable[Any]) -> Iterator[Mapping[str, Any]]:
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, Mapping):
            raise InputError(
                f"A task is an object, its fields by name; got {type(row).__name__}.",
                where="tasks",
                row=number,
            )
        yield row


def _without_nan(rows: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Return rows without what pandas holds in the place of what is missing."""
    for row in rows:
        yield {name: value for name, value in row.items() if not (isinstance(value, float) and isnan(value))}


def _file_rows(path: Path) -> Iterable[Mapping[str, Any]]:
    import polars as pl

    readers = {
        ".csv": lambda: pl.read_csv(path, infer_schema=False),
        ".tsv": lambda: pl.read_csv(path, separator="\t", infer_schema=False),
        ".jsonl": lambda: pl.read_ndjson(path, infer_schema_length=None),
        ".ndjson": lambda: pl.read_ndjson(path, infer_schema_length=None),
        ".parquet": lambda: pl.read_parquet(path),
    }
    reader = readers.get(path.suffix.casefold())
    if reader is None:
        raise InputError("A table of tasks ends in .csv, .tsv, .jsonl or .parquet.", where=str(path))
    try:
        return reader().to_dicts()
    except (OSError, pl.exceptions.PolarsError) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"The table cannot be read: {first}", where=str(path)) from None


def _keyed(rows: Sequence[dict[str, Any]], where: str) -> list[dict[str, Any]]:
    seen: Counter[str] = Counter()
    found = []
    for number, row in enumerate(rows, start=1):
        given = next((str(row[name]).strip() for name in _KEYS if row.get(name)), "")
        key = given or f"row-{hash_json(row)[:16]}"
        seen[key] += 1
        if given and seen[key] > 1:
            raise InputError(
                f"The key '{key[:100]}' stands there twice.", where=where, row=number, column="key"
            )
        found.append({**row, "key": key if seen[key] == 1 else f"{key}-{seen[key]}"})
    return found
