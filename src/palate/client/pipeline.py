"""Pipelines: what to do when something happens on a server, each event dealt with once, also after a crash."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from palate.client._asking import InPool, InProject
from palate.client._following import event_path
from palate.client.client import Client
from palate.client.records import Event
from palate.core.errors import PalateError, SettingsError

__all__ = ["Handler", "Pipeline", "Work"]

_ANY = "*"
_TABLES = (
    "CREATE TABLE IF NOT EXISTS pipeline (what TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID, STRICT"
)


@dataclass(frozen=True, eq=False)
class Work:
    """What a handler works with.

    Args:
        client: Of the server; what it changes there is changed once for an event, however often the handler has to run.
        state: What handlers keep from event to event, as JSON can hold it: kept together with the event's being done.
        event: What happened.
    """

    client: Client
    state: dict[str, Any]
    event: Event


Handler = Callable[[Work], None]
"""Deals with an event."""


@dataclass(eq=False)
class Pipeline:
    """Runs decorated functions for the events of a pool or a project, in order.

    After each event, its id and the state are stored in one transaction of a SQLite file. A pipeline that was stopped at any
    moment, and is run again, goes on with the event in which it was stopped; requests that its handlers had sent are
    recognized by their idempotency keys and not done twice, as long as the handler asks for the same in the same order, and
    runs again within the two days for which a server remembers answers.

    Args:
        client: Of the server.
        file: Where the state is kept; made at the first run.
        pool: Whose events, either this
        project: or this.
        after: The id of the event after which the first run begins; later runs go on where they stopped.

    Raises:
        SettingsError: Neither a pool nor a project is named, or both are.
    """

    client: Client
    file: str | Path
    pool: InPool | None = None
    project: InProject | None = None
    after: int = 0
    _handlers: list[tuple[str, Handler]] = field(default_factory=list, init=False, repr=False)

    def __post_init__(self) -> None:
        event_path(self.pool, self.project, "events")

    def on(self, *kinds: str) -> Callable[[Handler], Handler]:
        """Return a decorator: the function deals with events of these kinds, of all kinds if none is named.

        Functions of one event run in the order in which they were decorated.
        """

        def register(handler: Handler) -> Handler:
            self._handlers.extend((kind, handler) for kind in kinds or (_ANY,))
            return handler

        return register

    def run(self, *, follow: bool = True) -> int:
        """Deal with what happened and, if it follows, with what happens, for ever; return how many events there were.

        Args:
            follow: Whether to wait for what comes; else it ends with the last event there is.

        Raises:
            SettingsError: No function is decorated, or the file is of another pipeline.
            PalateError: The file is in use by another run, or the state is more than JSON can hold.
        """
        if not self._handlers:
            raise SettingsError(
                "The pipeline does nothing yet. Decorate a function with @pipeline.on('page_submitted')."
            )
        with _opened(Path(self.file), self._place()) as kept:
            done, state = kept.place(self.after), kept.state()
            count = 0
            for event in self.client.events(self.pool, project=self.project, after=done, follow=follow):
                self._deal_with(event, state)
                kept.keep(event.id, state)
                count += 1
            return count

    def _deal_with(self, event: Event, state: dict[str, Any]) -> None:
        for number, (kind, handler) in enumerate(self._handlers):
            if kind in {_ANY, event.kind}:
                handler(Work(_once(self.client, f"{self._place()} {event.id} {number}"), state, event))

    def _place(self) -> str:
        return event_path(self.pool, self.project, "events")


def _once(client: Client, what: str) -> Client:
    """Return a client whose requests have keys that are the same whenever they are made for this again."""
    numbers: dict[str, int] = {}

    def key_of(method: str, path: str, body: bytes) -> str:
        digest = hashlib.sha256(f"{what} {method} {path} ".encode() + body).hexdigest()
        numbers[digest] = numbers.get(digest, 0) + 1  # the same asked for twice is wanted twice
        return f"pipeline-{digest[:40]}-{numbers[digest]}"

    return client.speaking_by(replace(client.connection, key_of=key_of))


@dataclass(frozen=True, eq=False)
class _Kept:
    """What a pipeline keeps: whose it is, the last event that it has dealt with, and the state."""

    database: sqlite3.Connection

    def belongs_to(self, place: str, file: Path) -> None:
        whose = self._read("place")
        if whose is None:
            self._write({"place": place})
        elif whose != place:
            raise SettingsError(
                f"{file} keeps the state of a pipeline of {whose}; this one is of {place}. Name another file."
            )

    def place(self, first: int) -> int:
        found = self._read("event")
        return first if found is None else int(found)

    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = self._read("state") or {}
        return found

    def keep(self, event: int, state: dict[str, Any]) -> None:
        """Store an event as dealt with, and the state after it, both or neither."""
        self._write({"event": event, "state": state})

    def _read(self, what: str) -> Any:
        row = self.database.execute("SELECT value FROM pipeline WHERE what = ?", (what,)).fetchone()
        return None if row is None else json.loads(row[0])

    def _write(self, values: dict[str, Any]) -> None:
        try:
            rows = [(what, json.dumps(value, allow_nan=False)) for what, value in values.items()]
        except (TypeError, ValueError) as error:
            raise PalateError(
                f"The state of a pipeline is kept as JSON, which cannot hold it: {error}. Keep texts, numbers, lists and"
                " dictionaries."
            ) from None
        with self.database:
            self.database.executemany("INSERT OR REPLACE INTO pipeline VALUES (?, ?)", rows)


@contextmanager
def _opened(file: Path, place: str) -> Iterator[_Kept]:
    """Open the file for one run alone."""
    try:
        connection = sqlite3.connect(file, timeout=1.0)
    except sqlite3.Error as error:
        raise PalateError(f"{file} cannot be opened: {error}.") from None
    with closing(connection) as database:
        try:
            database.execute("PRAGMA locking_mode = EXCLUSIVE")
            database.execute("PRAGMA synchronous = FULL")
            with database:
                database.execute(_TABLES)
                database.execute("DELETE FROM pipeline WHERE what = ''")  # takes the lock that is kept
        except sqlite3.OperationalError as error:
            raise PalateError(f"{file} is in use by another run of the pipeline ({error}).") from None
        except sqlite3.DatabaseError as error:
            raise PalateError(f"{file} is no file of a pipeline: {error}. Name another one.") from None
        kept = _Kept(database)
        kept.belongs_to(place, file)
        yield kept
