"""Put tasks into a pool: all of a table or none, with an error for every row that is wrong."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Max

from palate.core.errors import InputError, PalateError
from palate.server.accounts.models import Account
from palate.server.projects.models import Exclusion, Pool, Tally, Task
from palate.server.projects.picture_paths import PicturePaths
from palate.server.projects.reading import overlap_of, template_of

__all__ = ["Added", "RowError", "TaskErrors", "TaskRow", "add_missing_tasks", "add_tasks", "copy_tasks"]

_BATCH = 2_000
_AT_ONCE = 500
_KNOWN_BY_NAME = 5_000
_SHOWN = 100
_KINDS = {"main": ("real", "golden"), "training": ("training",), "exam": ("golden",)}


@dataclass(frozen=True)
class TaskRow:
    """One task to be put into a pool.

    Args:
        input: What is shown, by the template's fields.
        key: The manager's id of it; one is made where it is empty.
        kind: ``real``, ``golden`` or ``training``; by default what the pool and ``golden`` suggest.
        golden: The right answers, ``[{"answer": …, "weight": …}]``, or one plain answer.
        hint: Why they are right, shown in trainings.
        overlap: Answers wanted, if other than the pool's.
        attention: Whether it is an attention check.
        repeats: The key of the pair that this one shows again with its sides swapped.
        reserved_for: The code of the only annotator who may see it.
        unavailable_for: Codes of annotators who may not.
        pre_labels: Labels that a model gave, with their confidence.
    """

    input: Mapping[str, Any]
    key: str = ""
    kind: str = ""
    golden: Any = None
    hint: str = ""
    overlap: int | None = None
    attention: bool = False
    repeats: str = ""
    reserved_for: str = ""
    unavailable_for: Sequence[str] = ()
    pre_labels: Any = None


@dataclass(frozen=True)
class RowError:
    """What is wrong with one row, counted from 1."""

    row: int
    problem: str


@dataclass(frozen=True)
class Added:
    """How many tasks of a table are new in a pool, and how many were there already."""

    added: int
    there: int


class TaskErrors(PalateError):  # noqa: N818 (it holds the errors of many rows)
    """Rows of an upload cannot be taken; nothing was stored.

    Args:
        errors: The first of them.
        count: How many there are.
    """

    def __init__(self, errors: Sequence[RowError], count: int) -> None:
        self.errors, self.count = tuple(errors), count
        listed = " ".join(f"Row {error.row}: {error.problem}" for error in errors[:5])
        more = f" And {count - 5} more." if count > 5 else ""
        super().__init__(f"{count} rows cannot be taken, so none was stored. {listed}{more}")


def add_tasks(pool: Pool, rows: Iterable[TaskRow]) -> int:
    """Store tasks in random order behind those that are there; return how many.

    Raises:
        TaskErrors: A row is wrong; nothing is stored.
        PalateError: The pool takes no tasks any more.
    """
    return _add(_Upload(pool), rows).added


def add_missing_tasks(pool: Pool, rows: Iterable[TaskRow]) -> Added:
    """Store those tasks that the pool does not have yet, by their keys; what is there stays as it is.

    So an upload that was cut off can be sent again, as often as it takes.

    Raises:
        TaskErrors: A row is wrong, or another task has its key; nothing is stored.
        PalateError: The pool takes no tasks any more.
    """
    return _add(_Upload(pool, keeps=True), rows)


def _add(upload: _Upload, rows: Iterable[TaskRow]) -> Added:
    pool = upload.pool
    if pool.status in {"closed", "archived"}:
        raise PalateError(f"The pool is {pool.status}: it takes no tasks.")
    with transaction.atomic():
        Tally.objects.select_for_update().get(pool=pool)  # one upload at a time
        left = iter(rows)
        first = list(itertools.islice(left, _KNOWN_BY_NAME + 1))
        upload.begin(first)
        for number, row in enumerate(itertools.chain(first, left), start=1):
            upload.take(number, row)
        added = upload.store()
    if added.added:
        _describe_to_planner()
    return added


def _describe_to_planner() -> None:
    """Let PostgreSQL count the tasks now: until it has, it reads and sorts whole pools to hand out one page."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {connection.ops.quote_name(Task._meta.db_table)}")  # noqa: SLF001 (public in fact)


def copy_tasks(source: Pool, target: Pool) -> None:
    """Put the tasks of a pool into another, unanswered."""
    least = overlap_of(source).least

    def rows() -> Iterator[TaskRow]:
        for task in (
            source.tasks.select_related("repeats", "reserved_for").order_by("position").iterator(_BATCH)
        ):
            own = task.overlap - task.raised if task.kind == "real" else None
            yield TaskRow(
                input=task.input,
                key=task.key,
                kind=task.kind,
                golden=task.golden,
                hint=task.hint,
                overlap=None if own is None or own == least else own,
                attention=task.attention,
                repeats=task.repeats.key if task.repeats else "",
                reserved_for=task.reserved_for.code if task.reserved_for else "",
                pre_labels=task.pre_labels,
            )

    add_tasks(target, rows())


class _Upload:
    """Checks rows one by one and stores them when all are right.

    Args:
        pool: Where.
        keeps: Whether a task that is there already is left as it is, instead of being an error.
    """

    def __init__(self, pool: Pool, *, keeps: bool = False) -> None:
        self.pool = pool
        self._keeps = keeps
        self._template = template_of(pool.project)
        self._least = overlap_of(pool).least
        self._pictures = PicturePaths(pool.project, self._template.fields())
        self._keys: set[str] = set()
        self._there: set[str] = set()
        self._again: dict[str, tuple[int, Task]] = {}
        self._next_key = itertools.count(1)
        self._codes: dict[str, int] = {}
        self._tasks: list[Task] = []
        self._repeats: dict[str, str] = {}
        self._excluded: dict[str, list[int]] = {}
        self._errors: list[RowError] = []
        self._n_errors = 0

    def begin(self, first: Sequence[TaskRow]) -> None:
        """Look which tasks are there, now that nobody else adds any; of few rows that all have keys, only theirs."""
        tasks = self.pool.tasks.order_by()
        keys = [row.key for row in first]
        if len(first) > _KNOWN_BY_NAME or not all(keys):
            self._there = set(tasks.values_list("key", flat=True))
        else:
            parts = (keys[start : start + _AT_ONCE] for start in range(0, len(keys), _AT_ONCE))
            self._there = {
                key for part in parts for key in tasks.filter(key__in=part).values_list("key", flat=True)
            }
        self._keys = set(self._there)
        self._next_key = itertools.count(len(self._keys) + 1)

    def take(self, number: int, row: TaskRow) -> None:
        """Check a row."""
        try:
            is_there = self._keeps and row.key in self._there and row.key not in self._again
            task = self._task(row, is_there=is_there)
        except PalateError as error:
            self._note(number, error.problem if isinstance(error, InputError) else str(error))
            return
        if is_there:
            self._again[task.key] = (number, task)
        else:
            self._tasks.append(task)

    def _note(self, number: int, problem: str) -> None:
        self._n_errors += 1
        if len(self._errors) < _SHOWN:
            self._errors.append(RowError(number, problem))

    def _compare(self) -> None:
        """Refuse rows whose key another task has: nobody is to believe that it was changed."""
        keys = list(self._again)
        for start in range(0, len(keys), _AT_ONCE):
            found = self.pool.tasks.filter(key__in=keys[start : start + _AT_ONCE])
            for key, *there in found.values_list("key", "kind", "input", "golden"):
                number, task = self._again[key]
                if there != [task.kind, task.input, task.golden]:
                    self._note(number, f"Another task of the pool has the id '{key}'.")

    def store(self) -> Added:
        """Store all rows, or raise what is wrong with them."""
        self._compare()
        if self._n_errors:
            raise TaskErrors(self._errors, self._n_errors)
        last = self.pool.tasks.aggregate(last=Max("position"))["last"]
        start = 0 if last is None else last + 1
        positions = list(range(start, start + len(self._tasks)))
        secrets.SystemRandom().shuffle(positions)
        for task, position in zip(self._tasks, positions, strict=True):
            task.position = position
        Task.objects.bulk_create(self._tasks, batch_size=_BATCH)
        self._link()
        real = [task for task in self._tasks if task.kind == "real"]
        wanted = sum(task.overlap for task in real)
        Tally.objects.filter(pool=self.pool).update(
            tasks=F("tasks") + len(real),
            slots_wanted=F("slots_wanted") + wanted,
            slots_open=F("slots_open") + wanted,
        )
        return Added(len(self._tasks), len(self._again))

    def _task(self, row: TaskRow, *, is_there: bool) -> Task:
        kind = row.kind or self._kind(row)
        if kind not in _KINDS[self.pool.kind]:
            allowed = " or ".join(_KINDS[self.pool.kind])
            raise InputError(f"'kind' in a {self.pool.kind} pool must be {allowed}; it is '{kind}'.")
        task_input = self._template.check_input(self._pictures.filled_in(row.input))
        golden = self._golden(row, kind, task_input)
        overlap = self._overlap(row) if kind == "real" else 0
        task = Task(
            pool=self.pool,
            key=row.key if is_there else self._key(row),
            kind=kind,
            input=task_input,
            golden=golden,
            hint=row.hint,
            overlap=overlap,
            open_slots=overlap,
            attention=row.attention,
            pre_labels=row.pre_labels,
            reserved_for_id=self._account(row.reserved_for) if row.reserved_for else None,
        )
        if is_there:
            return task
        if row.repeats:
            self._repeats[task.key] = row.repeats
        if row.unavailable_for:
            self._excluded[task.key] = [self._account(code) for code in row.unavailable_for]
        return task

    def _kind(self, row: TaskRow) -> str:
        if self.pool.kind == "main":
            return "real" if row.golden in (None, "", []) else "golden"
        return _KINDS[self.pool.kind][0]

    def _golden(self, row: TaskRow, kind: str, task_input: dict[str, Any]) -> Any:
        given = row.golden not in (None, "", [])
        if kind == "real":
            if given:
                raise InputError(
                    "A real task has no golden answer. Leave 'golden' empty, or make its kind golden."
                )
            return None
        if not given:
            raise InputError(f"A {kind} task needs its right answer in 'golden'.")
        return self._template.check_golden(row.golden, task_input)

    def _overlap(self, row: TaskRow) -> int:
        if row.overlap is None:
            return self._least
        if not 1 <= row.overlap <= 1000:
            raise InputError(f"'overlap' must be from 1 to 1000; it is {row.overlap}.")
        return row.overlap

    def _key(self, row: TaskRow) -> str:
        key = row.key or next(
            text for number in self._next_key if (text := f"task-{number}") not in self._keys
        )
        if len(key) > 200:
            raise InputError(f"A task's id has at most 200 characters; it has {len(key)}.")
        if key in self._keys:
            raise InputError(f"The id '{key}' stands in the pool already.")
        self._keys.add(key)
        return key

    def _account(self, code: str) -> int:
        if code not in self._codes:
            found = Account.objects.filter(code=code).values_list("pk", flat=True).first()
            if found is None:
                raise InputError(f"There is no annotator with the code '{code}'.")
            self._codes[code] = found
        return self._codes[code]

    def _link(self) -> None:
        """Store what names other tasks or annotators, now that the tasks have ids."""
        if not self._repeats and not self._excluded:
            return
        ids = dict(self.pool.tasks.values_list("key", "pk"))
        strange = sorted(set(self._repeats.values()) - ids.keys())
        if strange:
            raise PalateError(
                f"'repeats' names a task of the pool; there is none with the id '{strange[0]}'."
            )
        by_key = {task.key: task for task in self._tasks}
        for key, other in self._repeats.items():
            by_key[key].repeats_id = ids[other]
        Task.objects.bulk_update([by_key[key] for key in self._repeats], ["repeats"], batch_size=_BATCH)
        Exclusion.objects.bulk_create(
            Exclusion(task_id=ids[key], annotator_id=annotator)
            for key, annotators in self._excluded.items()
            for annotator in annotators
        )
