"""What is told of an event to those who follow a project or a pool: no names, only codes."""

from __future__ import annotations

from typing import Any

from palate.server.work.models import Event

__all__ = ["EVENT_KINDS", "told"]

EVENT_KINDS = (
    "annotator_restricted",
    "bonus_paid",
    "exam_finished",
    "member_removed",
    "page_accepted",
    "page_claimed",
    "page_expired",
    "page_extended",
    "page_rejected",
    "page_skipped",
    "page_submitted",
    "pool_archived",
    "pool_closed",
    "pool_opened",
    "pool_paused",
    "restriction_lifted",
    "rule_fired",
    "skill_set",
    "task_reported",
    "training_finished",
)
"""The kinds of events there are."""


def told(event: Event) -> dict[str, Any]:
    """Return an event as the API and webhooks tell it."""
    return {
        "id": event.pk,
        "at": event.at,
        "kind": event.kind,
        "pool": event.pool_id,
        "annotator": event.annotator.code if event.annotator else None,
        "page": event.assignment_id,
        "data": event.data,
    }
