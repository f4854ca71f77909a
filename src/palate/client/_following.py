"""Follow what happens on a server: where to look, how long, and when to give up."""

from __future__ import annotations

import time

from palate.client._asking import InPool, InProject, pool_id, project_id
from palate.client.records import Pool
from palate.core.errors import PalateError, SettingsError

__all__ = ["FINISHED", "LISTEN_SECONDS", "PAUSE", "PoolOpenError", "event_path", "in_time"]

FINISHED = {"closed", "archived"}
LISTEN_SECONDS = 20.0
"""How long a server is asked to wait for an event before it answers that there is none."""
PAUSE = 1.0
"""Seconds between two looks where the server does not wait itself."""


class PoolOpenError(PalateError):
    """The time to wait for a pool is over, and it is still open; the answers that are there stay on the server."""


def event_path(pool: InPool | None, project: InProject | None, what: str) -> str:
    """Return the address of a list of a pool or a project.

    Raises:
        SettingsError: Neither is named, or both are.
    """
    if (pool is None) == (project is None):
        raise SettingsError(f"Name either a pool or a 'project' whose {what} are wanted.")
    return (
        f"/pools/{pool_id(pool)}/{what}"
        if pool is not None
        else f"/projects/{project_id(project or 0)}/{what}"
    )


def in_time(pool: Pool, began: float, hours: float | None) -> None:
    """Give up waiting for a pool once the time is over.

    Raises:
        PoolOpenError: It is.
    """
    if hours is not None and time.monotonic() > began + hours * 3600:
        raise PoolOpenError(
            f"After {hours:g} hours, {pool.progress.answers:,} of {pool.progress.wanted:,} answers are there. They stay on"
            f" the server; wait again, or close the pool “{pool.name}” there to go on with what there is."
        )
