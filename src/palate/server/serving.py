"""Start the server: the database is brought up to date, then workers answer requests."""

from __future__ import annotations

import multiprocessing
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from palate.core.errors import PalateError
from palate.server.config import ServerConfig

__all__ = ["Prepared", "check_free", "prepare", "serve"]


@dataclass(frozen=True)
class Prepared:
    """What preparing found.

    Args:
        setup_code: Lets the first person in make the first account; None when there is one.
    """

    setup_code: str | None


def check_free(host: str, port: int) -> None:
    """Raise an error if another program listens at the address.

    Raises:
        PalateError: It is taken, or it is no address of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PalateError(
                f"The server cannot listen at {host} port {port}: {error.strerror or error}. Choose another --port."
            ) from None


def prepare(config: ServerConfig) -> Prepared:
    """Make the directory and bring the database up to date, in a process of its own.

    The process that watches over the workers stays small, because it does not load what preparing needs.

    Raises:
        PalateError: The database cannot be reached or brought up to date.
    """
    config.secret_key()
    done = subprocess.run(
        [sys.executable, "-m", "palate.server.preparing"],
        env={**os.environ, **config.to_environment()},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise PalateError(f"The database cannot be prepared: {last}")
    return Prepared(done.stdout.strip() or None)


def serve(
    config: ServerConfig, *, host: str, port: int, workers: int, threads: int, ready: Callable[[], None]
) -> None:
    """Answer requests until the process is told to stop.

    Args:
        config: Data and database.
        host: The address to listen at.
        port: Its port.
        workers: Processes that answer.
        threads: Threads of each.
        ready: Called once the server takes requests.
    """
    from granian import Granian
    from granian.constants import Interfaces

    os.environ.update(config.to_environment())
    os.environ["DJANGO_SETTINGS_MODULE"] = "palate.server.settings"
    server = Granian(
        "palate.server.wsgi:make_application",
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=threads,
        backlog=512,
        respawn_failed_workers=True,
        log_enabled=False,
        websockets=False,
    )
    # A process, because workers are forked: a thread of this one could leave them a lock that nobody holds.
    watcher = multiprocessing.get_context("fork").Process(
        target=_once_listening, args=(host, port, ready), daemon=True
    )
    server.on_startup(watcher.start)
    server.serve()


def _once_listening(host: str, port: int, ready: Callable[[], None]) -> None:
    """Call ``ready`` as soon as a worker takes connections."""
    reached = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 (every address has this one)
    while True:
        try:
            socket.create_connection((reached, port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            ready()
            return
