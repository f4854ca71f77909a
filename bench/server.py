"""How fast the server is: people at the same time, large pools, import, start, memory; and Label Studio beside it.

``python bench/server.py [PART …]`` measures all parts, or those named: start, memory, import, sqlite, postgresql, claim,
claim-postgresql, label-studio. For the last, LABEL_STUDIO names the program. Times are of the clock, by clients on the same
machine over HTTP; the databases wait for the disk as in production.
"""

from __future__ import annotations

import atexit
import contextlib
import io
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "support"))
_HOME = Path(tempfile.mkdtemp(prefix="palate-bench-"))
atexit.register(shutil.rmtree, _HOME, ignore_errors=True)
os.environ |= {"PALATE_SERVER_DIRECTORY": str(_HOME), "DJANGO_SETTINGS_MODULE": "palate.server.settings"}
import django  # noqa: E402 (its settings are named first)

django.setup()

import httpx  # noqa: E402
from django.conf import settings  # noqa: E402
from server_databases import fresh_database, postgres  # noqa: E402
from server_process import Server, running  # noqa: E402

from _server_crowd import Browser, Waits, answering, cpu_seconds, crowd, share  # noqa: E402
from _server_data import Place, add_history, add_seen, annotators, make_place, task_rows  # noqa: E402
from _server_studio import studio, studio_work  # noqa: E402
from palate.server.config import ServerConfig  # noqa: E402

_CROWD_SECONDS = 20
_BETWEEN_PAGES = 1.2
"""Seconds that each of 16 annotators looks at a page, on average: together they give about 130 answers a second."""
_CLAIMS = 100
_LARGE = 100_000


@dataclass(frozen=True)
class Row:
    """What was measured, and what it should be."""

    what: str
    measured: float
    unit: str
    goal: float | None = None
    at_least: bool = False

    @property
    def reached(self) -> bool | None:
        """Whether the goal is reached; None without one."""
        if self.goal is None:
            return None
        return self.measured >= self.goal if self.at_least else self.measured < self.goal


@contextlib.contextmanager
def database(kind: str) -> Iterator[ServerConfig]:
    """Give an empty database in use, with the key that the sessions are signed with beside it."""
    directory = Path(tempfile.mkdtemp(dir=_HOME))
    with contextlib.ExitStack() as stack:
        cluster = stack.enter_context(postgres(durable=True)) if kind == "postgresql" else None
        config = stack.enter_context(fresh_database(kind, directory, cluster))
        (directory / "secret.key").write_text(settings.SECRET_KEY)
        yield config


def start() -> Iterator[Row]:
    """Measure the start of a server, on a new directory and again."""
    directory = Path(tempfile.mkdtemp(dir=_HOME)) / "new"
    server = Server(ServerConfig(directory))
    for what, goal in (("first start, tables are made", None), ("start", 2)):
        yield Row(what, server.start(), "s", goal)
        server.kill()


def memory() -> Iterator[Row]:
    """Measure what a server holds after an hour's worth of pages."""
    with database("sqlite") as config:
        place = make_place(5_000)
        people = annotators(place, 16)
        with running(Server(config)) as server:
            crowd(16, answering(server.port, people, place.pool.pk, 0), 10)
            yield Row("memory of 2 workers and what watches them", server.memory() / 2**20, "MB", 150)
            for _ in range(20):  # each on a connection of its own, so that both workers load the API
                httpx.get(f"{server.url}/api/v1/projects")
            yield Row("… once both have answered programs", server.memory() / 2**20, "MB")


def imports() -> Iterator[Row]:
    """Measure the import of a large CSV file."""
    from palate.server.manage.task_files import rows_of
    from palate.server.projects.reading import template_of
    from palate.server.projects.tasks import add_tasks

    for kind in ("sqlite", "postgresql"):
        with database(kind):
            place = make_place(1)
            names = ("query", "title", "text", "price", "image")
            lines = (
                ",".join([f"new-{row.key}", *(f'"{row.input[name]}"' for name in names)])
                for row in task_rows(_LARGE)
            )
            file = "\n".join([",".join(["key", *names]), *lines]).encode()
            began = time.perf_counter()
            rows = rows_of(io.BytesIO(file), "tasks.csv", len(file), template_of(place.pool.project))
            add_tasks(place.pool, rows)
            yield Row(f"{kind}: import of {_LARGE:,} tasks from CSV", time.perf_counter() - began, "s", 20)


def sqlite() -> Iterator[Row]:
    """Measure 16 annotators on SQLite."""
    with database("sqlite") as config:
        place = make_place(20_000)
        people = annotators(place, 32)
        with running(Server(config)) as server:
            paced = crowd(
                16, answering(server.port, people[:16], place.pool.pk, _BETWEEN_PAGES), _CROWD_SECONDS
            )
            yield from _waited("sqlite, 16 annotators who think", paced, 150, 100)
            before = cpu_seconds(server)
            fast = crowd(16, answering(server.port, people[16:], place.pool.pk, 0), _CROWD_SECONDS)
            yield from _waited("sqlite, 16 annotators who do not think", fast, None, 100)
            spent = 1000 * (cpu_seconds(server) - before) / len(fast.waits)
            yield Row("sqlite: processor time of a page of ten, sent and shown", spent, "ms")


def postgresql() -> Iterator[Row]:
    """Measure 64 annotators on PostgreSQL."""
    with database("postgresql") as config:
        place = make_place(20_000)
        people = annotators(place, 80)
        with running(Server(config)) as server:
            paced = crowd(
                16, answering(server.port, people[64:], place.pool.pk, _BETWEEN_PAGES), _CROWD_SECONDS
            )
            yield from _waited("postgresql, 16 annotators who think", paced, None, None)
            before = cpu_seconds(server)
            fast = crowd(64, answering(server.port, people[:64], place.pool.pk, 0), _CROWD_SECONDS)
            yield from _waited("postgresql, 64 annotators who do not think", fast, None, 300)
            spent = 1000 * (cpu_seconds(server) - before) / len(fast.waits)
            yield Row("postgresql: processor time of a page of ten, sent and shown", spent, "ms")


def _waited(who: str, waits: Waits, goal_ms: float | None, goal_rate: float | None) -> Iterator[Row]:
    for failure in waits.failures[:3]:
        print(f"{who}: {failure}", file=sys.stderr)
    yield Row(f"{who}: submit + next page, median", waits.median, "ms")
    yield Row(f"{who}: submit + next page, p95", waits.p95, "ms", goal_ms)
    yield Row(f"{who}: answers stored", waits.rate, "/s", goal_rate, at_least=True)


def claims(kind: str) -> Iterator[Row]:
    """Measure the next page where there are 100,000 tasks and a million answers."""
    with database(kind) as config:
        place = make_place(_LARGE, overlap=20)
        n_answers = add_history(place)
        fresh, far = annotators(place, 2)
        add_seen(far, place.pool, 10_000)
        what = f"{kind}, {_LARGE:,} tasks, {n_answers:,} answers"
        with running(Server(config)) as server:
            for account, who in (
                (fresh, "next page"),
                (far, "next page after 10,000 others, all still open"),
            ):
                yield Row(f"{what}: {who}, p95", 1000 * _claims(server, account, place), "ms", 50)
            for path, who in (("/work/", "annotator's home page"),):
                yield Row(f"{what}: {who}, p95", 1000 * _shows(server, fresh, path), "ms")
            live = f"/manage/pools/{place.pool.pk}/live/"
            yield Row(f"{what}: manager's progress, p95", 1000 * _shows(server, place.manager, live), "ms")
            browser, began = Browser(server.port, place.manager), time.perf_counter()
            browser.get(f"/manage/pools/{place.pool.pk}/answers/?format=csv")
            yield Row(f"{what}: export of all answers as CSV", time.perf_counter() - began, "s")
            browser.close()


def _claims(server: Server, account: object, place: Place) -> float:
    """Return the p95 of taking a page and seeing it; each is skipped again."""
    browser = Browser(server.port, account)  # type: ignore[arg-type]
    address = f"/pools/{place.pool.pk}/"
    offer, waits = browser.get(address), list[float]()
    for _ in range(_CLAIMS):
        began = time.perf_counter()
        page_address = browser.post(address, {}, offer)
        page = browser.get(page_address)
        waits.append(time.perf_counter() - began)
        browser.post(f"{page_address}skip/", {}, page)
    browser.close()
    return share(waits, 0.95)


def _shows(server: Server, account: object, path: str) -> float:
    browser, waits = Browser(server.port, account), list[float]()  # type: ignore[arg-type]
    for _ in range(20):
        began = time.perf_counter()
        browser.get(path)
        waits.append(time.perf_counter() - began)
    browser.close()
    return share(waits, 0.95)


def label_studio() -> Iterator[Row]:
    """Measure 16 annotators in Label Studio: one answer a submission, where a page of ours has ten."""
    program = Path(os.environ.get("LABEL_STUDIO", "label-studio"))
    if not program.exists():
        print("Skipped: LABEL_STUDIO does not name Label Studio's program.", file=sys.stderr)
        return
    with studio(program, Path(tempfile.mkdtemp(dir=_HOME))) as port:
        waits = crowd(16, studio_work(port, 16, 2_000), _CROWD_SECONDS)
        yield from _waited("Label Studio, sqlite, 16 annotators who do not think", waits, None, None)


PARTS: dict[str, Callable[[], Iterator[Row]]] = {
    "start": start,
    "memory": memory,
    "import": imports,
    "sqlite": sqlite,
    "postgresql": postgresql,
    "label-studio": label_studio,
    "claim": lambda: claims("sqlite"),
    "claim-postgresql": lambda: claims("postgresql"),
}


def main() -> None:
    """Print a table of the parts that are named, or of all."""
    wanted = sys.argv[1:] or list(PARTS)
    unknown = sorted(set(wanted) - PARTS.keys())
    if unknown:
        sys.exit(f"There is no part {unknown[0]!r}; parts are {', '.join(PARTS)}.")
    load = os.getloadavg()[0]
    print(
        f"{os.cpu_count()} cores, {datetime.now(UTC):%Y-%m-%d}, load of other work at the beginning {load:.1f}\n"
    )
    print("| measured | value | goal | |\n|---|---|---|---|", flush=True)
    for name in wanted:
        for row in PARTS[name]():
            sign = ("≥" if row.at_least else "<") if row.goal is not None else ""
            goal = f"{sign} {row.goal:g} {row.unit}" if row.goal is not None else ""
            mark = {True: "reached", False: "missed", None: ""}[row.reached]
            print(f"| {row.what} | {row.measured:,.1f} {row.unit} | {goal} | {mark} |", flush=True)


if __name__ == "__main__":
    main()
