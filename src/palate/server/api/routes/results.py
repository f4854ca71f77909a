"""Results of a pool: have its answers aggregated, see what they say, fetch the tables."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from typing import Annotated, Any, Literal

from django.http import StreamingHttpResponse
from ninja import Router
from pydantic import BaseModel, ConfigDict, Field

from palate.server.api.endpoint import Caller, endpoint
from palate.server.api.errors import ApiError
from palate.server.manage.results import (
    BeingMadeError,
    PoolResults,
    aggregate_pool,
    kept_results,
    result_file,
    tables_of,
)
from palate.server.projects.models import Pool

__all__ = ["router"]

router = Router(tags=["results"])
_TYPES = {"csv": "text/csv", "jsonl": "application/jsonl", "qrels": "text/plain"}
_FILE = {
    "responses": {
        200: {
            "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in _TYPES.values()}
        }
    }
}


class Method(BaseModel):
    """The aggregator; empty: the usual one for the project's template."""

    model_config = ConfigDict(extra="forbid")

    method: Annotated[str, Field(max_length=100)] = ""


class ResultsOut(BaseModel):
    """What a pool's answers say, in short.

    ``answers`` is how many answers it rests on, ``last_answer`` the highest id among them, ``reason`` why a method was
    chosen, ``agreement`` Krippendorff's alpha with its interval, ``tables`` what can be fetched.
    """

    kind: Literal["labels", "pairs", "multilabel", "rankings", "texts"]
    method: str
    answers: int
    last_answer: int
    at: datetime
    reason: str
    agreement: dict[str, Any] | None
    tables: list[str]


@endpoint(
    router,
    "POST",
    "/pools/{int:pool}/results",
    "reviewer",
    answer=ResultsOut,
    key="optional",
    remembered=False,
    pool=Pool,
)
def make_results(caller: Caller, pool: Pool, body: Method) -> ResultsOut:
    """Have the answers of a pool aggregated, unless nothing has changed since the last time.

    While another request does, the answer is 409 with the code 'in_progress': ask again.
    """
    try:
        return _out(aggregate_pool(pool, body.method, now=caller.now, waits=False))
    except BeingMadeError as error:
        raise ApiError(409, "in_progress", str(error)) from None


@endpoint(router, "GET", "/pools/{int:pool}/results", "reviewer", answer=ResultsOut, pool=Pool)
def get_results(caller: Caller, pool: Pool) -> ResultsOut:  # noqa: ARG001
    """Return the results that were made last; they may be older than the last answer."""
    return _out(_kept(pool))


@endpoint(router, "GET", "/pools/{int:pool}/results/export", "reviewer", answer=None, extra=_FILE, pool=Pool)
def export_results(
    caller: Caller,  # noqa: ARG001
    pool: Pool,
    table: Literal["judgments", "ranking", "annotators", "training"] = "judgments",
    format: Literal["csv", "jsonl", "qrels"] = "csv",  # noqa: A002 (the parameter's name in the address)
) -> StreamingHttpResponse:
    """Return a table of the results that were made last as a file."""
    pieces: Iterator[bytes] = result_file(_kept(pool), pool, table, format)
    first = next(pieces, b"")  # what cannot be made is refused before the answer begins
    response = StreamingHttpResponse(chain([first], pieces), content_type=f"{_TYPES[format]}; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{table}-{pool.pk}.{format}"'
    return response


def _kept(pool: Pool) -> PoolResults:
    found = kept_results(pool)
    if found is None:
        raise ApiError(409, "no_results", "There are no results yet. Have the answers aggregated first.")
    return found


def _out(results: PoolResults) -> ResultsOut:
    return ResultsOut(
        kind=results.kind,  # type: ignore[arg-type]  # one of the families
        method=results.method,
        answers=results.answers,
        last_answer=results.last_answer,
        at=results.at,
        reason=str(results.found.get("reason", "")),
        agreement=results.found.get("agreement"),
        tables=tables_of(results),
    )
