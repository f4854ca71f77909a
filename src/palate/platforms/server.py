"""Ask people on a Palate server: publish the pool, wait until it is answered, collect."""

from __future__ import annotations

import os
import secrets
import time
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from palate.core.errors import InputError, PalateError, SettingsError
from palate.core.hashing import hash_json
from palate.core.progress import Progress, no_progress
from palate.core.randomness import Seed
from palate.platforms._server_client import HttpTransport, ServerClient
from palate.platforms._server_pool import pool_settings, project_settings, task_rows
from palate.platforms.base import Collected, Platform, Pool

__all__ = ["Server"]

_TOKEN = "PALATE_TOKEN"  # noqa: S105 (the variable's name)
_FINISHED = {"closed", "archived"}
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
        hours: How long to wait before giving up; what was answered stays on the server. None waits for ever.
    """

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
        HttpTransport(self.url)
        if not 0.5 < self.confidence < 1:
            raise SettingsError(f"'confidence' must be above 0.5 and below 1; it is {self.confidence:g}.")
        if self.seconds_between < 0 or (self.hours is not None and self.hours <= 0):
            raise SettingsError("'seconds_between' must not be negative, and 'hours' must be above 0.")

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
            PalateError: The server cannot be reached, refuses, or was not done in time.
        """
        client = ServerClient(HttpTransport(self.url), self._token())
        number = self._publish(client, pool)
        found = self._wait(client, number, progress)
        return _collect(client, number, pool, found)

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

    def _publish(self, client: ServerClient, pool: Pool) -> int:
        """Return the id of the server's pool for this pool, made unless it is there."""
        tasks = task_rows(pool)
        wording = {"instructions": self.instructions, "language": self.language}
        project = project_settings(f"{self.project}: {pool.title}", pool, wording)
        asked = pool_settings(pool, self.seconds_per_page, self.confidence, self.budget)
        mark = hash_json([project, asked, tasks])
        asked["name"] = f"{pool.title} {mark[:8]}"
        number = _pool_called(client, project["name"], asked["name"])
        if number is None:
            made = client.post("/projects/apply", {**project, "pools": [asked]}, key=f"study-{mark}")
            number = next(int(one["id"]) for one in made["pools"] if one["name"] == asked["name"])
        if client.get(f"/pools/{number}")["status"] == "draft":
            client.add_tasks(number, tasks, key=f"study-{mark}")
            if self.open:
                client.post(f"/pools/{number}/status", {"status": "open"}, key=secrets.token_hex())
        return number

    def _wait(self, client: ServerClient, number: int, progress: Progress) -> dict[str, Any]:
        """Return the pool once it is closed."""
        until = None if self.hours is None else time.monotonic() + self.hours * 3600
        while True:
            found: dict[str, Any] = client.get(f"/pools/{number}")
            state = found["progress"]
            progress(state["answers"], max(state["wanted"], state["answers"]))
            if found["status"] in _FINISHED:
                return found
            if until is not None and time.monotonic() > until:
                raise PalateError(
                    f"After {self.hours:g} hours, {state['answers']:,} of {state['wanted']:,} answers are there."
                    f" They stay on the server; run the study again to wait on, or close the pool “{found['name']}”"
                    " there to go on with what there is."
                )
            time.sleep(self.seconds_between)


def _pool_called(client: ServerClient, project: str, name: str) -> int | None:
    """Return the pool of an earlier run; also one that was archived meanwhile: nobody is asked and paid twice."""
    for found in client.rows("/projects", name=project):
        for pool in client.rows(f"/projects/{found['id']}/pools"):
            if pool["name"] == name:
                return int(pool["id"])
    return None


def _collect(client: ServerClient, number: int, pool: Pool, found: dict[str, Any]) -> Collected:
    rows = list(client.rows(f"/pools/{number}/answers"))
    if not rows:
        raise InputError(
            f"The pool “{found['name']}” was closed ({found['close_reason']}) before anybody answered. Clone or"
            " reopen it on the server, and run the study again."
        )
    named = dict(zip(pool.tasks["task"].cast(pl.String), pool.tasks["task"], strict=True))
    answers = pl.DataFrame(
        [[row["task"], row["annotator"], row["label"], row["seconds"], None, row["page"]] for row in rows],
        schema=_COLUMNS,
        orient="row",
    )
    times = pl.Series([row["submitted_at"] for row in rows]).str.to_datetime(time_zone="UTC")
    pages = {page: place for place, page in enumerate(dict.fromkeys(answers["page"]), start=1)}
    answers = answers.with_columns(
        pl.Series("task", [named[task] for task in answers["task"]], dtype=pool.tasks["task"].dtype),
        (times.dt.epoch("us") / 1e6).alias("submitted_at"),
        pl.Series("page", [pages[page] for page in answers["page"]], dtype=pl.Int64),
    )
    paid = [Decimal(entry["amount"]) for entry in client.rows(f"/pools/{number}/ledger")]
    return Collected(
        answers=answers.filter(pl.col("label").is_in(list(pool.labels))),
        annotators=answers.select(pl.col("annotator").unique().sort()),
        pages=int(found["progress"]["pages_accepted"]),
        cost=sum(paid, Decimal(0)),
    )
