"""Toloka's tables, for people who move: ``INPUT: GOLDEN: HINT:`` columns in, and ``OUTPUT: ASSIGNMENT:`` ones out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from palate.client.records import Answer, Assignment, Task

if TYPE_CHECKING:
    import polars as pl

__all__ = ["from_toloka", "is_toloka", "toloka_table"]

_RESULT = "result"
"""What Toloka's own templates call the only output."""
_STATUS = {"submitted": "SUBMITTED", "accepted": "APPROVED", "rejected": "REJECTED"}
_OWN = {
    "HINT:text": "hint",
    "TASK:id": "key",
    "TASK:overlap": "overlap",
    "TASK:reserved_for": "reserved_for",
    "TASK:unavailable_for": "unavailable_for",
}


def is_toloka(row: Mapping[str, Any]) -> bool:
    """Return whether a row is one of Toloka's tables."""
    return any(name.startswith("INPUT:") for name in row)


def from_toloka(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return tasks as a server takes them from rows of Toloka's table.

    Several outputs of a golden task become one answer, an object by their names. Of a table of answers, in which a task
    stands once for every answer, each task is taken once.

    >>> from_toloka([{"INPUT:query": "shoes", "GOLDEN:result": "relevant", "HINT:text": ""}])
    [{'input': {'query': 'shoes'}, 'golden': 'relevant'}]
    """
    found: dict[str, dict[str, Any]] = {}
    for number, row in enumerate(rows):
        task = _task(row)
        answered = any(name.startswith(("OUTPUT:", "ASSIGNMENT:")) for name in row)
        found.setdefault(json.dumps(task, sort_keys=True) if answered else str(number), task)
    return list(found.values())


def _task(row: Mapping[str, Any]) -> dict[str, Any]:
    golden = _part(row, "GOLDEN:")
    task: dict[str, Any] = {"input": _part(row, "INPUT:")}
    if golden:
        task["golden"] = next(iter(golden.values())) if len(golden) == 1 else golden
    return {**task, **{own: row[name] for name, own in _OWN.items() if row.get(name) not in (None, "")}}


def _part(row: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    return {
        name.removeprefix(prefix): value
        for name, value in row.items()
        if name.startswith(prefix) and value not in (None, "")
    }


def toloka_table(
    tasks: Mapping[str, Task], pages: Mapping[str, Assignment], answers: Iterable[Answer]
) -> pl.DataFrame:
    """Return answers as Toloka's table of assignments, one row an answer, all cells text.

    Args:
        tasks: The pool's tasks by their keys.
        pages: Its pages by their ids.
        answers: The answers.
    """
    import polars as pl

    rows = [_row(tasks[one.task], pages[str(one.page)], one) for one in answers]
    order = ("INPUT:", "OUTPUT:", "GOLDEN:", "HINT:", "ASSIGNMENT:")
    names = sorted(
        dict.fromkeys(name for row in rows for name in row),
        key=lambda name: next(place for place, prefix in enumerate(order) if name.startswith(prefix)),
    )
    return pl.DataFrame(
        [pl.Series(name, [_cell(row.get(name)) for row in rows], pl.String) for name in names]
    )


def _row(task: Task, page: Assignment, answer: Answer) -> dict[str, Any]:
    known = task.golden[0].get("answer") if task.golden and isinstance(task.golden[0], Mapping) else None
    accepted = page.accepted_at.isoformat() if page.accepted_at else None
    return {
        **_prefixed("INPUT:", task.input),
        **_prefixed(
            "OUTPUT:", answer.value if isinstance(answer.value, Mapping) else {_RESULT: answer.value}
        ),
        **_prefixed("GOLDEN:", known if isinstance(known, Mapping) else {_RESULT: known}),
        "HINT:text": task.hint or None,
        "ASSIGNMENT:assignment_id": str(page.id),
        "ASSIGNMENT:task_id": task.key,
        "ASSIGNMENT:worker_id": answer.annotator,
        "ASSIGNMENT:status": _STATUS.get(page.status, page.status.upper()),
        "ASSIGNMENT:started": page.claimed_at.isoformat(),
        "ASSIGNMENT:submitted": answer.submitted_at.isoformat(),
        "ASSIGNMENT:accepted": accepted,
        "ASSIGNMENT:reward": format(page.reward, "f"),
    }


def _prefixed(prefix: str, cells: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{prefix}{name}": value for name, value in cells.items()}


def _cell(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)
