"""A Palate server for programs and notebooks."""

from __future__ import annotations

import copy
import os
import time
import weakref
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from palate.client._asking import InPool, InProject, Pools, Projects, Tasks, Trainings, pool_id
from palate.client._bar import progress_bar
from palate.client._connection import Connection, Retries
from palate.client._errors import ServerRefusedError
from palate.client._following import FINISHED, LISTEN_SECONDS, PAUSE, event_path, in_time
from palate.client._people import Annotators, Assignments, Bonuses, Restrictions, Skills
from palate.client._tables import answer_table, as_kind, check_kind
from palate.client._toloka import toloka_table
from palate.client._transport import HttpTransport, Transport
from palate.client.records import Answer, Event, LedgerEntry, Pool, Results
from palate.core.errors import SettingsError
from palate.core.progress import Progress

if TYPE_CHECKING:
    import polars as pl

__all__ = ["Client", "token_of"]

_TOKEN = "PALATE_TOKEN"  # noqa: S105 (the variable's name)


class Client:
    """Speaks to a Palate server: what its pages can do, programs can. Requests whose answer gets lost are sent again.

    Every request that changes something carries an idempotency key, so that none is done twice however often it is sent.
    What it holds ends with ``close``, with the block of ``with``, or when nobody refers to it any more.

    Args:
        url: Where the server is, such as ``https://judge.example.org``.
        token: Made there under Profile; by default the environment variable ``PALATE_TOKEN``.
        like: The kind of dataframe that comes back: ``polars``, ``pandas``, ``pyarrow``, or a dataframe of that kind.
        seconds: How long to wait for one answer.
        retries: How often and when a request is sent again.
        transport: Sends the requests, where that is not to be done over the network.

    Attributes:
        connection: For addresses of the API that have no method here: ``client.connection.get("/me")``.

    Raises:
        SettingsError: There is no token, or the address would carry it in the clear through a network.
    """

    def __init__(
        self,
        url: str,
        token: str = "",
        *,
        like: Any = "polars",
        seconds: float = 60.0,
        retries: Retries | None = None,
        transport: Transport | None = None,
    ) -> None:
        check_kind(like)
        sends = transport or HttpTransport(url, seconds)
        connection = Connection(token_of(url, token), retries or Retries(), transport=sends)
        self._like, self._listen = like, min(LISTEN_SECONDS, seconds / 2)
        self._close = weakref.finalize(connection, sends.close)  # resources outlive the client they came from
        self._speak_by(connection)

    def _speak_by(self, connection: Connection) -> None:
        self.connection = connection
        self.projects, self.pools = Projects(connection), Pools(connection)
        self.trainings, self.tasks = Trainings(connection), Tasks(connection)
        self.annotators, self.skills = Annotators(connection), Skills(connection)
        self.assignments, self.restrictions = Assignments(connection), Restrictions(connection)
        self.bonuses = Bonuses(connection)

    def speaking_by(self, connection: Connection) -> Self:
        """Return a client of the same server that sends its requests by another connection, and ends with this one."""
        other = copy.copy(self)
        other._speak_by(connection)  # noqa: SLF001 (its own)
        return other

    @classmethod
    def local(
        cls,
        directory: str | Path,
        *,
        account: str | None = None,
        database: str = "sqlite",
        like: Any = "polars",
    ) -> Self:
        """Return a client of the data in a server's directory, in this process, whether the server runs or not.

        Args:
            directory: The one that ``palate serve`` uses.
            account: The login of the account that acts; by default the only administrator's.
            database: ``sqlite``, or ``postgresql://user:password@host:port/name``.
            like: As for any client.

        Raises:
            SettingsError: There is no server's data or no such account, or this process works on other data already.
        """
        from palate.server.api.in_process import open_directory

        check_kind(like)
        transport, token = open_directory(Path(directory), database, account)
        return cls(str(directory), token, like=like, transport=transport)

    def close(self) -> None:
        """Give connections up; of a client of a directory, end its token."""
        self._close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def iter_answers(
        self, pool: InPool, *, after: int = 0, golden: bool = True, rejected: bool = False
    ) -> Iterator[Answer]:
        """Return the answers of a pool one by one, the oldest first.

        Args:
            pool: Of which.
            after: Only those with a higher id: what came since.
            golden: Whether answers to golden and training tasks are among them.
            rejected: Whether answers of rejected pages are among them.
        """
        path = f"/pools/{pool_id(pool)}/answers"
        rows = self.connection.rows(path, after=after, golden=golden, rejected=rejected)
        return map(Answer.model_validate, rows)

    def answers(
        self, pool: InPool, *, after: int = 0, golden: bool = True, rejected: bool = False, like: Any = None
    ) -> Any:
        """Return the answers of a pool that say something, as the aggregators take them.

        Columns are ``task, annotator``, then by the family of the template ``label``; ``label, query, left, right``;
        ``labels``; ``item, rank``; or ``text``; then ``seconds, submitted_at, kind, correct, page, page_status, answer``.

        Args:
            pool: Of which.
            after: Only those whose ``answer`` is higher: what came since.
            golden: Whether answers to golden and training tasks are among them.
            rejected: Whether answers of rejected pages are among them.
            like: Another kind of dataframe than the client's.
        """
        found = self.iter_answers(pool, after=after, golden=golden, rejected=rejected)
        return self._frame(answer_table(found), like)

    def toloka_answers(
        self, pool: InPool, *, golden: bool = True, rejected: bool = False, like: Any = None
    ) -> Any:
        """Return the answers of a pool as Toloka's table: ``INPUT: OUTPUT: GOLDEN: HINT: ASSIGNMENT:`` columns of text."""
        tasks = {task.key: task for task in self.tasks.list(pool)}
        answers = list(self.iter_answers(pool, golden=golden, rejected=rejected))
        pages = {
            str(page.id): page for page in self.assignments.list(pool)
        }  # later: every answer's page is there
        return self._frame(toloka_table(tasks, pages, answers), like)

    def ledger(
        self, pool: InPool | None = None, *, project: InProject | None = None, after: int = 0
    ) -> Iterator[LedgerEntry]:
        """Return the movements of money in a pool or a project, the oldest first."""
        rows = self.connection.rows(event_path(pool, project, "ledger"), after=after)
        return map(LedgerEntry.model_validate, rows)

    def events(
        self,
        pool: InPool | None = None,
        *,
        project: InProject | None = None,
        after: int = 0,
        follow: bool = True,
    ) -> Iterator[Event]:
        """Return what happens in a pool or a project, each event once, in order, as it happens.

        Ids only grow. Whoever keeps the id of the last event that they have dealt with goes on after it, also after a
        crash: none is lost, none comes again.

        Args:
            pool: Where, either this
            project: or this.
            after: Only events after this one.
            follow: Whether to wait for what comes, for ever; else it ends with the last event there is.
        """
        path, place = event_path(pool, project, "events"), after
        while True:
            began = time.monotonic()
            part = self.connection.get(path, after=place, limit=1000, wait=self._listen if follow else 0)
            for row in part["items"]:
                place = row["id"]
                yield Event.model_validate(row)
            if not follow and part["next"] is None:
                return
            if not part["items"]:
                time.sleep(max(0.0, PAUSE - (time.monotonic() - began)))  # the server was too busy to wait

    def wait(
        self,
        pool: InPool,
        *,
        hours: float | None = None,
        seconds: float = 2.0,
        progress: Progress | None = None,
    ) -> Pool:
        """Return a pool once it is closed: completed, out of budget, expired, or ended by somebody.

        Args:
            pool: Which.
            hours: How long to wait; None: for ever.
            seconds: How often to look.
            progress: Told how many of the answers that are wanted are there; by default a bar is drawn.

        Raises:
            PoolOpenError: The time was over first.
        """
        began = time.monotonic()
        with progress_bar("waiting for answers") if progress is None else nullcontext(progress) as show:
            while True:
                found = self.pools.get(pool)
                show(found.progress.answers, max(found.progress.wanted, found.progress.answers))
                if found.status in FINISHED:
                    return found
                in_time(found, began, hours)
                time.sleep(seconds)

    def aggregate(self, pool: InPool, method: str = "") -> Results:
        """Have the server turn a pool's answers into judgments or a ranking; return what they say, in short.

        Args:
            pool: Of which.
            method: The aggregator; by default the usual one for the template.

        Raises:
            ServerRefusedError: Nobody has answered, or the method is another family's.
        """
        while True:
            try:
                found = self.connection.post(f"/pools/{pool_id(pool)}/results", {"method": method})
                return Results.model_validate(found)
            except ServerRefusedError as error:
                if error.code != "in_progress":
                    raise
                time.sleep(PAUSE)

    def results(self, pool: InPool, table: str = "", *, like: Any = None) -> Any:
        """Return a table of the results that were made last.

        Args:
            pool: Of which.
            table: ``judgments``, ``ranking``, ``annotators`` or ``training``; by default the first that there is.
            like: Another kind of dataframe than the client's.

        Raises:
            ServerRefusedError: There are no results yet, or no such table of them.
        """
        import polars as pl

        path = f"/pools/{pool_id(pool)}/results"
        wanted = table or Results.model_validate(self.connection.get(path)).tables[0]
        lines = self.connection.file(f"{path}/export", table=wanted, format="jsonl")
        return self._frame(pl.read_ndjson(lines, infer_schema_length=None), like)

    def _frame(self, frame: pl.DataFrame, like: Any) -> Any:
        return as_kind(frame, self._like if like is None else like)


def token_of(url: str, token: str, given: Mapping[str, str] = os.environ) -> str:
    """Return the token for a server.

    Raises:
        SettingsError: There is none.
    """
    found = token or given.get(_TOKEN, "")
    if not found:
        raise SettingsError(
            f"There is no token for {url}. Make one there under Profile, and give it or set the environment variable"
            f" {_TOKEN}."
        )
    return found
