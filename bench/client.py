"""How fast the Python client is on loopback: tasks uploaded, uploaded again, and answers fetched, on both databases.

``python bench/client.py [sqlite|postgresql …]``. Times are of the clock, over HTTP, with the server on the same machine; the
databases wait for the disk as in production. Beside them stands the processor time of the client and the server, without
PostgreSQL's, which depends less on what else the machine does.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "support"))
_HOME = Path(tempfile.mkdtemp(prefix="palate-bench-"))
atexit.register(shutil.rmtree, _HOME, ignore_errors=True)
os.environ |= {"PALATE_SERVER_DIRECTORY": str(_HOME), "DJANGO_SETTINGS_MODULE": "palate.server.settings"}
import django  # noqa: E402 (its settings are named first)

django.setup()

from api_client import token_of  # noqa: E402
from server_databases import fresh_database, postgres  # noqa: E402
from server_process import Server, running  # noqa: E402

from _server_crowd import cpu_seconds  # noqa: E402
from _server_data import add_history, make_place, task_rows  # noqa: E402
from palate.client import Client  # noqa: E402
from palate.core.progress import no_progress  # noqa: E402
from palate.server.projects.making import create_pool  # noqa: E402
from palate.server.projects.specs import PoolSpec  # noqa: E402

_TASKS = 100_000
_GOAL = 30.0


@dataclass
class Spent:
    """Seconds of the clock and of the processor."""

    server: Server
    clock: float = 0.0
    processor: float = 0.0

    @contextlib.contextmanager
    def measured(self) -> Iterator[None]:
        """Measure a block."""
        clock, processor = time.perf_counter(), self._processor()
        yield
        self.clock, self.processor = time.perf_counter() - clock, self._processor() - processor

    def _processor(self) -> float:
        return time.process_time() + cpu_seconds(self.server)


def measured(kind: str) -> Iterator[tuple[str, Spent, float | None]]:
    """Measure on a database; give what, what it took, and the goal."""
    with contextlib.ExitStack() as stack:
        cluster = stack.enter_context(postgres(durable=True)) if kind == "postgresql" else None
        config = stack.enter_context(fresh_database(kind, Path(tempfile.mkdtemp(dir=_HOME)), cluster))
        place = make_place(5_000, overlap=20)
        target = create_pool(place.pool.project, PoolSpec(name="upload"))
        n_answers = add_history(place)
        rows = [{**row.input, "key": row.key} for row in task_rows(_TASKS)]
        server = stack.enter_context(running(Server(config, workers=1)))
        spent = Spent(server)
        client = stack.enter_context(Client(server.url, token_of(place.manager), seconds=300))
        for what, goal in ((f"{_TASKS:,} tasks uploaded", _GOAL), ("… and again: all are there", None)):
            with spent.measured():
                client.tasks.upload(target.pk, rows, progress=no_progress)
            yield what, spent, goal
        with spent.measured():
            client.answers(place.pool.pk)
        yield f"{n_answers:,} answers fetched as a dataframe", spent, None


def main() -> None:
    """Print a table of the databases that are named, or of both."""
    load = os.getloadavg()[0]
    print(
        f"{os.cpu_count()} cores, {datetime.now(UTC):%Y-%m-%d}, load of other work at the beginning {load:.1f}\n"
    )
    print("| database | measured | seconds | of the processor | goal |\n|---|---|---|---|---|", flush=True)
    for kind in sys.argv[1:] or ["sqlite", "postgresql"]:
        for what, spent, goal in measured(kind):
            said = f"< {goal:g} s, {'reached' if spent.clock < goal else 'missed'}" if goal else ""
            print(f"| {kind} | {what} | {spent.clock:.1f} | {spent.processor:.1f} | {said} |", flush=True)


if __name__ == "__main__":
    main()
