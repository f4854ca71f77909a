"""Checks of attention for pools of pairs."""

from __future__ import annotations

from ninja import Router
from pydantic import BaseModel

from palate.server.api.endpoint import Caller, endpoint
from palate.server.projects.attention_checks import add_checks
from palate.server.projects.models import Pool
from palate.server.projects.specs import ChecksSpec

__all__ = ["router"]

router = Router(tags=["tasks"])


class ChecksAdded(BaseModel):
    """How many checks were added."""

    attention_pairs: int
    swapped_repeats: int


@endpoint(
    router,
    "POST",
    "/pools/{int:pool}/checks",
    "manager",
    answer=ChecksAdded,
    status=201,
    key="optional",
    pool=Pool,
)
def add_pool_checks(caller: Caller, pool: Pool, body: ChecksSpec) -> ChecksAdded:  # noqa: ARG001
    """Add attention pairs and swapped repeats to a draft, as many as are missing from these shares of its pairs."""
    added = add_checks(pool, body)
    return ChecksAdded(attention_pairs=added.attention_pairs, swapped_repeats=added.swapped_repeats)
