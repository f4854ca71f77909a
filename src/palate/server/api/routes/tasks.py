"""Tasks: put them into a pool, list them."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from ninja import Query, Router
from pydantic import BaseModel

from palate.server.api.endpoint import Caller, Listed, endpoint
from palate.server.api.errors import ApiError
from palate.server.api.json_body import strict_json
from palate.server.api.paging import After, Limit, page_of
from palate.server.manage.task_files import rows_of, rows_of_records
from palate.server.projects.models import Pool, Task
from palate.server.projects.reading import template_of
from palate.server.projects.tasks import RowError, TaskErrors, TaskRow, add_missing_tasks, add_tasks

__all__ = ["router"]

router = Router(tags=["tasks"])
_ROW = {
    "type": "object",
    "description": "The template's fields, with 'key', 'golden', 'hint', 'overlap' and so on.",
}
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "properties": {"tasks": {"type": "array", "items": _ROW, "minItems": 1}},
                    "required": ["tasks"],
                    "additionalProperties": False,
                }
            },
            "application/jsonl": {"schema": {"type": "string"}},
            "text/csv": {"schema": {"type": "string"}},
        },
    }
}
_SUFFIXES = {
    "application/json": ".json",
    "application/jsonl": ".jsonl",
    "application/x-ndjson": ".jsonl",
    "text/csv": ".csv",
}


class Added(BaseModel):
    """How many tasks were put into the pool, and how many were there already."""

    added: int
    there: int


class TaskOut(BaseModel):
    """A task as its manager wrote it, and how far it is."""

    id: int
    key: str
    kind: Literal["real", "golden", "training"]
    input: dict[str, Any]
    golden: list[Any] | None
    hint: str
    overlap: int
    open_slots: int
    attention: bool
    pre_labels: Any
    confidence: float | None


@endpoint(
    router, "POST", "/pools/{int:pool}/tasks", "manager", answer=Added, status=201, key="required", extra=_BODY,
    pool=Pool,
)  # fmt: skip
def add_pool_tasks(
    caller: Caller, pool: Pool, existing: Annotated[Literal["refuse", "keep"], Query()] = "refuse"
) -> Added:
    """Put tasks into a pool: all of them or, if one cannot be taken, none; 'problems' says what is wrong in which row.

    With 'existing=keep', tasks that are there already, by their keys, stay as they are: an upload that was cut off can be
    sent again. The body is JSON ({"tasks": [...]}), JSON lines, or CSV. At most 10 MB at once: send more in several requests.
    """
    request = caller.request
    suffix = _SUFFIXES.get(request.content_type or "")
    if suffix is None:
        raise ApiError(
            422, "wrong_type", f"The Content-Type must be one of {', '.join(_SUFFIXES)}.", "Content-Type"
        )
    rows = _rows(pool, suffix, request.body)
    if existing == "refuse":
        return Added(added=add_tasks(pool, rows), there=0)
    found = add_missing_tasks(pool, rows)
    return Added(added=found.added, there=found.there)


@endpoint(router, "GET", "/pools/{int:pool}/tasks", "reviewer", answer=Listed[TaskOut], pool=Pool)
def list_tasks(caller: Caller, pool: Pool, after: After = 0, limit: Limit = 100) -> Listed[TaskOut]:  # noqa: ARG001
    """List the tasks of a pool, golden ones too, in the order in which they were put in."""
    return page_of(pool.tasks.all(), after, limit, _out)


@endpoint(router, "GET", "/tasks/{int:task}", "reviewer", answer=TaskOut, task=Task)
def get_task(caller: Caller, task: Task) -> TaskOut:  # noqa: ARG001
    """Return a task."""
    return _out(task)


def _rows(pool: Pool, suffix: str, body: bytes) -> Iterator[TaskRow]:
    template = template_of(pool.project)
    if suffix == ".csv":
        if b"\0" in body:
            raise ApiError(422, "invalid", "The table holds the character zero (NUL), which cannot be kept.")
        return rows_of(io.BytesIO(body), "tasks.csv", len(body), template)
    return rows_of_records(_listed(body) if suffix == ".json" else _lines(body), template)


def _listed(body: bytes) -> list[Any]:
    try:
        given = strict_json(body)
    except ValueError as error:
        raise ApiError(400, "bad_request", f"The body cannot be read as JSON: {error}") from None
    tasks = given.get("tasks") if isinstance(given, Mapping) and set(given) == {"tasks"} else None
    if not isinstance(tasks, list) or not tasks:
        raise ApiError(422, "invalid", 'The body must be {"tasks": [...]} with one task or more.', "tasks")
    return tasks


def _lines(body: bytes) -> list[Any]:
    problems, found = [], []
    for number, line in enumerate((one for one in body.split(b"\n") if one.strip()), start=1):
        try:
            found.append(strict_json(line))
        except ValueError as error:
            problems.append(RowError(number, f"This is no JSON that can be kept: {error}"))
    if problems:
        raise TaskErrors(problems[:100], len(problems))
    if not found:
        raise ApiError(422, "invalid", "The body holds no tasks.", "tasks")
    return found


def _out(task: Task) -> TaskOut:
    return TaskOut.model_validate(task, from_attributes=True)
