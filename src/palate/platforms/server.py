"""Ask people on a Palate server: publish the pool, wait until it is answered, collect."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import ClassVar

import polars as pl

from palate.client import Client, NoAnswerError, PoolOpenError, check_address
from palate.client import Pool as Answered
from palate.core.errors import InputError, SettingsError
from palate.core.hashing import hash_json
from palate.core.progress import Progress, no_progress
from palate.core.randomness import Seed
from palate.platforms._estimate import Bonus
from palate.platforms._server_pool import pool_settings, project_settings, task_rows
from palate.platforms.base import Collected, Platform, Pool, UnreachableError, WaitingError

__all__ = ["Server"]

_TOKEN = "PALATE_TOKEN"  # noqa: S105 (the variable's name)
_BONUS = "Pages took longer than expected: this brings your pay up to the floor that we promise."
_COLUMNS = {
    "task": pl.String,
    "annotator": pl.String,
    "label": pl.String,
    "seconds": pl.Float64,
    "submitted_at": pl.Float64,
    "page": pl.String,
}


@dataclass(frozen=True)
class Server(Platform):
    """A Palate server, reached by its API. Stopped at any moment and run again, it goes on with the same pool.

    The token of a manager's account comes from the environment variable ``PALATE_TOKEN`` or from ``token_file``,
    never from the settings: they are shared. Without an answer by anybody, it waits; open and invite on the server.

    Args:
        url: Where the server is.
        project: What the server calls the project; what is asked stands behind it.
        token_file: A file that holds the token.
        instructions: What annotators read first, Markdown; empty: a text made from what is asked.
        language: Of questions and tasks.
        confidence: Where a task may get more than the fewest answers: it gets them until its leading label is this
            sure.
        budget: The most that a pool may cost, US dollars.
        open: Whether the pool is opened at once; else a manager opens it on the server.
        seconds_per_page: How long annotators have for a page.
        seconds_between: How often the server is asked how far it is.
        hours: How long to wait before giving up; what was answered stays on the server. 0 looks once, None waits for
            ever.
    """

    pays_bonuses: ClassVar[bool] = True

    url: str = "http://127.0.0.1:8000"
    project: str = "Study"
    token_file: str = ""
    instructions: str = ""
    language: str = "en"
    confidence: float = 0.9
    budget: Decimal | float | str | None = None
    open: bool = True
    seconds_per_page: int = 900
    seconds_between: float = 10.0
    hours: float | None = None

    def __post_init__(self) -> None:
        check_address(self.url)
        if not 0.5 < self.confidence < 1:
            raise SettingsError(f"'confidence' must be above 0.5 and below 1; it is {self.confidence:g}.")
        if self.seconds_between < 0 or (self.hours is not None and self.hours < 0):
            raise SettingsError("'seconds_between' and 'hours' must not be negative.")

    def ask(
        self,
        pool: Pool,
        *,
        seed: Seed = 0,  # noqa: ARG002 (people are not drawn)
        now: float = 0.0,  # noqa: ARG002 (people answer when they do)
        progress: Progress = no_progress,
    ) -> Collected:
        """Return people's answers to all tasks of a pool; the tasks' column ``shown`` holds what they see.

        Raises:
            SettingsError: There is no token.
            InputError: The pool says nothing to show.
            WaitingError: They are not all there in time; the next run goes on.
            PalateError: The server cannot be reached, or refuses.
        """
        with self._published(pool) as (client, number):
            return _collect(client, self._wait(client, number, progress), pool)

    def publish(self, pool: Pool, *, seed: Seed = 0) -> None:  # noqa: ARG002 (people are not drawn)
        """Put a pool on the server, and open it if that is set, without waiting for answers."""
        with self._published(pool):
            pass

    def pause(self, pool: Pool) -> None:
        """Hand out no more pages; those that people hold can be finished. Who waits for answers waits on."""
        with self._published(pool) as (client, number):
            if client.pools.get(number).status == "open":
                client.pools.pause(number)

    def resume(self, pool: Pool) -> None:
        """Hand out pages again."""
        with self._published(pool) as (client, number):
            if client.pools.get(number).status == "paused":
                client.pools.open(number)

    def pay(self, pool: Pool, bonuses: Sequence[Bonus]) -> Decimal:
        """Pay bonuses, one an annotator, however often it is called; return what was paid now."""
        paid = Decimal(0)
        with self._published(pool) as (client, number):
            there = {entry.annotator for entry in client.bonuses.list(number) if entry.note == _BONUS}
            for one in bonuses:
                if one.bonus and one.annotator not in there:
                    key = f"floor:{number}:{one.annotator}"
                    client.bonuses.pay(number, one.annotator, one.bonus, _BONUS, key=key)
                    paid += one.bonus
        return paid

    @contextmanager
    def _published(self, pool: Pool) -> Iterator[tuple[Client, int]]:
        """Give a client, and the id of the server's pool for this pool."""
        try:
            with Client(self.url, self._token()) as client:
                yield client, self._publish(client, pool)
        except NoAnswerError as error:
            raise UnreachableError(str(error)) from error

    def _token(self) -> str:
        token = os.environ.get(_TOKEN, "")
        if not token and self.token_file:
            try:
                token = Path(self.token_file).expanduser().read_text(encoding="utf-8").strip()
            except OSError as error:
                raise SettingsError(
                    f"The token cannot be read from {self.token_file}: {error.strerror}."
                ) from None
        if not token:
            raise SettingsError(
                f"There is no token for {self.url}. Make one there under Profile, and set the environment variable"
                f" {_TOKEN} or name a file in 'token_file'."
            )
        return token

    def _publish(self, client: Client, pool: Pool) -> int:
        """Return the id of the server's pool for this pool, made unless it is there."""
        tasks = task_rows(pool)
        wording = {"instructions": self.instructions, "language": self.language}
        project = project_settings(f"{self.project}: {pool.title}", pool, wording)
        asked = pool_settings(pool, self.seconds_per_page, self.confidence, self.budget)
        mark = hash_json([project, asked, tasks])
        asked["name"] = f"{pool.title} {mark[:8]}"
        number = _pool_called(client, project["name"], asked["name"])
        if number is None:
            number = client.projects.apply({**project, "pools": [asked]}).pool(asked["name"]).id
        if client.pools.get(number).status == "draft":
            client.tasks.upload(number, tasks, progress=no_progress)
            if self.open:
                client.pools.open(number)
        return number

    def _wait(self, client: Client, number: int, progress: Progress) -> Answered:
        """Return the pool once it is closed."""
        try:
            return client.wait(number, hours=self.hours, seconds=self.seconds_between, progress=progress)
        except PoolOpenError as error:
            raise WaitingError(str(error)) from error


def _pool_called(client: Client, project: str, name: str) -> int | None:
    """Return the pool of an earlier run; also one that was archived meanwhile: nobody is asked and paid twice."""
    for found in client.projects.list(project):
        for pool in client.pools.list(found):
            if pool.name == name:
                return pool.id
    return None


def _collect(client: Client, found: Answered, pool: Pool) -> Collected:
    rows = list(client.iter_answers(found))
    if not rows:
        raise InputError(
            f"The pool “{found.name}” was closed ({found.close_reason}) before anybody answered. Clone or reopen it"
            " on the server, and run the study again."
        )
    named = dict(zip(pool.tasks["task"].cast(pl.String), pool.tasks["task"], strict=True))
    answers = pl.DataFrame(
        [
            [row.task, row.annotator, row.label, row.seconds, row.submitted_at.timestamp(), str(row.page)]
            for row in rows
        ],
        schema=_COLUMNS,
        orient="row",
    )
    pages = {page: place for place, page in enumerate(dict.fromkeys(answers["page"]), start=1)}
    answers = answers.with_columns(
        pl.Series("task", [named[task] for task in answers["task"]], dtype=pool.tasks["task"].dtype),
        pl.Series("page", [pages[page] for page in answers["page"]], dtype=pl.Int64),
    )
    return Collected(
        answers=answers.filter(pl.col("label").is_in(list(pool.labels))),
        annotators=answers.select(pl.col("annotator").unique().sort()),
        pages=found.progress.pages_accepted,
        cost=_paid(client, found.id),
    )


def _paid(client: Client, pool: int) -> Decimal:
    """Return what was paid in a pool so far."""
    return sum((entry.amount for entry in client.ledger(pool)), Decimal(0))
