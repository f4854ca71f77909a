"""A Palate server from an event loop, where that pays: uploads, answers and events while other work goes on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import nullcontext
from types import TracebackType
from typing import Any, Self

from palate.client._asking import InPool, InProject, pool_id
from palate.client._bar import progress_bar
from palate.client._connection import AsyncConnection, Retries
from palate.client._errors import ServerRefusedError
from palate.client._following import FINISHED, LISTEN_SECONDS, PAUSE, event_path, in_time
from palate.client._tables import answer_table, as_kind, check_kind
from palate.client._transport import AsyncHttpTransport
from palate.client._uploading import Part, Upload, task_rows
from palate.client.client import token_of
from palate.client.records import AddedTasks, Answer, Event, Pool
from palate.core.progress import Progress

__all__ = ["AsyncClient"]


class AsyncClient:
    """Speaks to a Palate server from an event loop, as :class:`~palate.client.Client` does outside of one.

    Further addresses of the API are reached by ``await client.connection.get(…)`` and ``post``.

    Args:
        url: Where the server is.
        token: Made there under Profile; by default the environment variable ``PALATE_TOKEN``.
        like: The kind of dataframe that comes back.
        seconds: How long to wait for one answer.
        retries: How often and when a request is sent again.

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
    ) -> None:
        check_kind(like)
        self._transport, self._like = AsyncHttpTransport(url, seconds), like
        self._listen = min(LISTEN_SECONDS, seconds / 2)
        self.connection = AsyncConnection(
            token_of(url, token), retries or Retries(), transport=self._transport
        )

    async def close(self) -> None:
        """Give connections up."""
        await self._transport.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def pool(self, pool: InPool) -> Pool:
        """Return a pool and how far it is."""
        return Pool.model_validate(await self.connection.get(f"/pools/{pool_id(pool)}"))

    async def upload_tasks(
        self, pool: InPool, tasks: Any, *, leave_out_wrong: bool = False, progress: Progress | None = None
    ) -> AddedTasks:
        """Put those tasks into a pool that are not there yet; see ``Client.tasks.upload``."""
        upload = Upload(task_rows(tasks), leave_out_wrong)
        path = f"/pools/{pool_id(pool)}/tasks"
        with progress_bar("uploading tasks") if progress is None else nullcontext(progress) as show:
            for whole in upload.parts():
                part: Part | None = whole
                while part is not None:
                    try:
                        answer = await self.connection.post(path, part.body, existing="keep")
                    except ServerRefusedError as error:
                        part = upload.refused(part, error)
                    else:
                        upload.stored(part, answer)
                        part = None
                show(upload.done, len(upload.rows))
        return upload.result()

    async def answers(
        self, pool: InPool, *, after: int = 0, golden: bool = True, rejected: bool = False, like: Any = None
    ) -> Any:
        """Return the answers of a pool that say something; see ``Client.answers``."""
        path = f"/pools/{pool_id(pool)}/answers"
        rows = self.connection.rows(path, after=after, golden=golden, rejected=rejected)
        found = [Answer.model_validate(row) async for row in rows]
        return as_kind(answer_table(found), self._like if like is None else like)

    async def events(
        self,
        pool: InPool | None = None,
        *,
        project: InProject | None = None,
        after: int = 0,
        follow: bool = True,
    ) -> AsyncIterator[Event]:
        """Return what happens in a pool or a project, each event once, in order; see ``Client.events``."""
        path, place = event_path(pool, project, "events"), after
        while True:
            began = time.monotonic()
            wait = self._listen if follow else 0
            part = await self.connection.get(path, after=place, limit=1000, wait=wait)
            for row in part["items"]:
                place = row["id"]
                yield Event.model_validate(row)
            if not follow and part["next"] is None:
                return
            if not part["items"]:
                await asyncio.sleep(max(0.0, PAUSE - (time.monotonic() - began)))

    async def wait(
        self,
        pool: InPool,
        *,
        hours: float | None = None,
        seconds: float = 2.0,
        progress: Progress | None = None,
    ) -> Pool:
        """Return a pool once it is closed; see ``Client.wait``."""
        began = time.monotonic()
        with progress_bar("waiting for answers") if progress is None else nullcontext(progress) as show:
            while True:
                found = await self.pool(pool)
                show(found.progress.answers, max(found.progress.wanted, found.progress.answers))
                if found.status in FINISHED:
                    return found
                in_time(found, began, hours)
                await asyncio.sleep(seconds)
