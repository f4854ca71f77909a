"""Keep house beside the requests: every few seconds one round of what has to happen when nobody clicks."""

from __future__ import annotations

import fcntl
import logging
import threading
from pathlib import Path

from django.db import DatabaseError, connection
from django.utils import timezone

from palate.server.config import ServerConfig

__all__ = ["start_keeping"]

_SECONDS_BETWEEN = 5.0
_LOG = logging.getLogger(__name__)


def start_keeping(config: ServerConfig) -> threading.Thread:
    """Start a thread that keeps house as long as no other process of this server does.

    The workers contend for a lock on a file; when the one that holds it dies, another goes on.
    """
    thread = threading.Thread(
        target=_keep, args=(config.directory / "keeper.lock",), name="housekeeping", daemon=True
    )
    thread.start()
    return thread


def _keep(lock: Path) -> None:
    from palate.server.work.housekeeping import tick  # models can be imported only once Django is set up

    waiting = threading.Event()
    with lock.open("w") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                tick(timezone.now())
            except BlockingIOError:
                pass
            except DatabaseError:
                _LOG.exception("A round of housekeeping failed; the next is tried in time.")
                connection.close()
            waiting.wait(_SECONDS_BETWEEN)
