"""Toloka's API: lists in parts, and operations that go on after the request."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from palate.core.errors import PalateError
from palate.core.hashing import hash_json
from palate.platforms._service import Service, ServiceRefusedError
from palate.platforms.base import UnreachableError

__all__ = ["TolokaApi"]

_ROWS = 1_000
_TASKS_AT_ONCE = 1_000
_LONGEST_OPERATION = 600.0


@dataclass(frozen=True)
class TolokaApi:
    """Toloka by its own words.

    Args:
        service: Speaks HTTP.
    """

    service: Service

    def rows(self, path: str, **query: Any) -> Iterator[dict[str, Any]]:
        """Return all entries of a list, by ascending id."""
        after: str | None = None
        while True:
            part = self.service.get(f"/api/v1{path}", sort="id", limit=_ROWS, id_gt=after, **query)
            yield from part["items"]
            if not part["has_more"]:
                return
            after = part["items"][-1]["id"]

    def get(self, path: str) -> Any:
        """Return one thing."""
        return self.service.get(f"/api/v1{path}")

    def made_once(self, path: str, body: dict[str, Any], mark: str, **query: Any) -> str:
        """Return the id of the thing whose field ``mark`` is as in ``body``; it is made if there is none."""

        def find() -> str | None:
            same = (str(row["id"]) for row in self.rows(path, **query) if row.get(mark) == body[mark])
            return next(same, None)

        def make() -> str:
            made = self.service.call("POST", f"/api/v1{path}", body, repeatable=False)
            return str(made["id"])

        return self.service.made_once(find, make)

    def change(self, path: str, body: dict[str, Any]) -> Any:
        """Change one thing."""
        return self.service.call("PATCH", f"/api/v1{path}", body)

    def switch(self, pool: str, to: str) -> None:
        """Open or close a pool, and wait until it is.

        Raises:
            PalateError: Toloka refuses.
        """
        try:
            operation = self.service.call("POST", f"/api/v1/pools/{pool}/{to}")
        except ServiceRefusedError as error:
            if error.status != 409:  # it is so already
                raise
        else:
            self._wait(operation)

    def send(self, path: str, bodies: Sequence[dict[str, Any]], *, key: str) -> None:
        """Post many things as operations, each once for a key, and wait until they are done.

        Raises:
            PalateError: Toloka refuses, or an operation failed.
        """
        for start in range(0, len(bodies), _TASKS_AT_ONCE):
            part = list(bodies[start : start + _TASKS_AT_ONCE])
            number = str(uuid.UUID(hash_json([key, part])))
            query = {"async_mode": True, "operation_id": number, "skip_invalid_items": False}
            try:
                operation = self.service.call("POST", f"/api/v1{path}", part, query=query)
            except ServiceRefusedError as error:
                if error.status != 409:  # an earlier attempt arrived
                    raise
                operation = {"id": number}
            self._wait(operation)

    def _wait(self, operation: dict[str, Any] | None) -> None:
        """Wait for an operation; None is one that had nothing to do."""
        if operation is None:
            return
        until = time.monotonic() + _LONGEST_OPERATION
        while operation.get("status") not in {"SUCCESS", "FAIL"}:
            if time.monotonic() > until:
                raise UnreachableError(
                    f"Toloka still works on operation {operation['id']}. Run the same again later."
                )
            if "status" in operation:
                time.sleep(0.5)
            operation = dict(self.get(f"/operations/{operation['id']}"))
        if operation["status"] == "FAIL":
            why = operation.get("details") or operation.get("type", "")
            raise PalateError(f"Toloka's operation {operation['id']} failed: {str(why)[:500]}")
