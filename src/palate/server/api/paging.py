"""Lists in parts: rows by id, after the last that was seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from django.db.models import QuerySet
from ninja import Query

from palate.server.api.endpoint import Listed

__all__ = ["After", "Limit", "page_of"]

T = TypeVar("T")
After = Annotated[
    int, Query(ge=0, lt=2**63, description="Only rows after this one: 'next' of the answer before.")
]
Limit = Annotated[int, Query(ge=1, le=1000, description="How many rows at most.")]


def page_of(rows: QuerySet[Any], after: int, limit: int, show: Callable[[Any], T]) -> Listed[T]:
    """Return the rows after one, by id, and where to go on."""
    found = list(rows.filter(pk__gt=after).order_by("pk")[: limit + 1])
    following = str(found[limit - 1].pk) if len(found) > limit else None
    return Listed(items=[show(row) for row in found[:limit]], next=following)
