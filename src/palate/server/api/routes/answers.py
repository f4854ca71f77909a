"""Answers: in parts by id, or all in a file."""

from __future__ import annotations

from datetime import datetime
from itertools import chain
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import StreamingHttpResponse
from ninja import Query, Router
from pydantic import BaseModel

from palate.server.api.endpoint import Caller, Listed, endpoint
from palate.server.api.paging import After, Limit, page_of
from palate.server.manage.answer_tables import judged_rows
from palate.server.manage.exports import AnswerExport, media_type
from palate.server.manage.exports import export_answers as exported
from palate.server.projects.models import Pool
from palate.server.projects.reading import template_of
from palate.server.work.models import Answer
from palate.task_templates import TaskTemplate

__all__ = ["router"]

router = Router(tags=["answers"])
Golden = Annotated[bool, Query(description="Whether answers to golden and training tasks are among them.")]
Rejected = Annotated[bool, Query(description="Whether answers of rejected pages are among them.")]
_FILE = {
    "responses": {
        200: {
            "content": {
                kind: {"schema": {"type": "string", "format": "binary"}}
                for kind in ("text/csv", "application/jsonl", "application/vnd.apache.parquet")
            }
        }
    }
}


class AnswerOut(BaseModel):
    """One answer, as its annotator gave it; ``right`` is the share right where the task's answer is known.

    ``judged`` is what aggregators take of it, by the family of the template: {label}, {label, query, left, right},
    {labels}, {item, rank} for each item, or {text}; nothing where it does not judge, such as "can't load".
    """

    id: int
    task: str
    annotator: str
    label: str
    value: Any
    seconds: float
    submitted_at: datetime
    kind: Literal["real", "golden", "training"]
    right: float | None
    page: UUID
    page_status: str
    judged: list[dict[str, Any]]


@endpoint(router, "GET", "/pools/{int:pool}/answers", "reviewer", answer=Listed[AnswerOut], pool=Pool)
def list_answers(
    caller: Caller,  # noqa: ARG001
    pool: Pool,
    *,
    after: After = 0,
    limit: Limit = 100,
    golden: Golden = True,
    rejected: Rejected = False,
) -> Listed[AnswerOut]:
    """List the answers of a pool, the oldest first; ids grow, so that later answers are found after the last one."""
    rows = Answer.objects.filter(pool=pool).select_related("task", "annotator", "slot__assignment")
    if not golden:
        rows = rows.filter(task__kind="real")
    if not rejected:
        rows = rows.exclude(slot__assignment__status="rejected")
    template = template_of(pool.project)
    return page_of(rows, after, limit, lambda answer: _out(answer, template))


@endpoint(router, "GET", "/pools/{int:pool}/answers/export", "reviewer", answer=None, extra=_FILE, pool=Pool)
def export_answers(
    caller: Caller,  # noqa: ARG001
    pool: Pool,
    format: Literal["csv", "jsonl", "parquet"] = "csv",  # noqa: A002 (the parameter's name in the address)
    golden: Golden = True,
    rejected: Rejected = False,
) -> StreamingHttpResponse:
    """Return all answers of a pool as a file, with the tasks' inputs."""
    pieces = exported(AnswerExport(pool, golden, rejected), format)
    first = next(pieces, b"")  # what cannot be made is refused before the answer begins
    response = StreamingHttpResponse(chain([first], pieces), content_type=media_type(format))
    response.headers["Content-Disposition"] = f'attachment; filename="answers-{pool.pk}.{format}"'
    return response


def _out(answer: Answer, template: TaskTemplate) -> AnswerOut:
    page = answer.slot.assignment
    return AnswerOut(
        id=answer.pk,
        task=answer.task.key,
        annotator=answer.annotator.code,
        label=answer.label,
        value=answer.value,
        seconds=answer.seconds,
        submitted_at=answer.submitted_at,
        kind=answer.task.kind,  # type: ignore[arg-type]  # one of the three
        right=answer.right,
        page=page.pk,
        page_status=page.status,
        judged=judged_rows(template, answer.label, answer.value, answer.task.input),
    )
