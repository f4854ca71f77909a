"""Open a project's drafts in the order in which annotators need them."""

from __future__ import annotations

from datetime import datetime

from palate.server.projects.life import change_status
from palate.server.projects.models import Pool, Project

__all__ = ["archive", "open_drafts"]

_ORDER = ("training", "exam", "main")


def open_drafts(project: Project, *, now: datetime) -> list[Pool]:
    """Open every draft, trainings and exams first; return those that were opened.

    Raises:
        PalateError: One of them lacks what it needs; those before it are open.
    """
    drafts = sorted(project.pools.filter(status="draft"), key=lambda pool: (_ORDER.index(pool.kind), pool.pk))
    return [change_status(pool, "open", now=now) for pool in drafts]


def archive(project: Project, *, now: datetime) -> None:
    """Close and archive a project's pools and the project; its data stays."""
    for pool in project.pools.exclude(status="archived"):
        if pool.status in {"open", "paused"}:
            change_status(pool, "closed", now=now)
        change_status(pool, "archived", now=now)
    Project.objects.filter(pk=project.pk, archived_at=None).update(archived_at=now)
