"""Keep house beside the requests: every few seconds one round of what has to happen when nobody clicks."""

from __future__ import annotations

import fcntl
import logging
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

from django.db import DatabaseError, connection
from django.utils import timezone

from palate.server.config import ServerConfig

__all__ = ["start_keeping"]

_LOG = logging.getLogger(__name__)


def start_keeping(config: ServerConfig) -> tuple[threading.Thread, ...]:
    """Start threads that keep house, and send events, as long as no other process of this server does.

    The workers contend for a lock on a file each; when the one that holds it dies, another goes on. Who is sent events
    may be slow to take them, and the house must not wait for that.
    """
    rounds: dict[str, tuple[Callable[[], object], float]] = {"keeper": (_tidy, 5.0)}
    if config.webhook_hosts:
        rounds["webhooks"] = (partial(_send, config), 1.0)
    threads = tuple(
        threading.Thread(
            target=_keep,
            args=(config.directory / f"{name}.lock", work, seconds),
            name=name,
            daemon=True,
        )
        for name, (work, seconds) in rounds.items()
    )
    for thread in threads:
        thread.start()
    return threads


def _tidy() -> None:
    from palate.server.work.housekeeping import tick  # models can be imported only once Django is set up

    tick(timezone.now())


def _send(config: ServerConfig) -> None:
    from palate.server.hooks.sending import post, send_events

    send_events(config.webhook_hosts, timezone.now, post)


def _keep(lock: Path, work: Callable[[], object], seconds: float) -> None:
    waiting = threading.Event()
    with lock.open("w") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                work()
            except BlockingIOError:
                pass
            except DatabaseError:
                _LOG.exception("A round of %s failed; the next is tried in time.", lock.stem)
                connection.close()
            waiting.wait(seconds)
