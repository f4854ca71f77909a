"""Replies are kept the moment they come, in one SQLite file: what was paid for is never asked again."""

from __future__ import annotations

import json
import sqlite3
import threading
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Self

from palate.core.errors import OutputError
from palate.platforms._judging._replies import Said

__all__ = ["Kept", "KeptReply"]

_VERSION = 1
_TABLES = """
CREATE TABLE IF NOT EXISTS replies (
    key TEXT PRIMARY KEY, model TEXT NOT NULL, prompt TEXT NOT NULL, item TEXT NOT NULL, seed INTEGER NOT NULL,
    said TEXT NOT NULL, cost TEXT NOT NULL, counted INTEGER NOT NULL, seconds REAL, came_at REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS under_way (number INTEGER PRIMARY KEY, key TEXT NOT NULL, at_most TEXT NOT NULL);
"""


@dataclass(frozen=True)
class KeptReply:
    """A reply with what it cost.

    Args:
        said: What the model said.
        cost: US dollars.
        counted: Whether the endpoint said how many tokens it took; else the cost is the most it can have been.
        seconds: It took; None from a batch.
        came_at: Seconds since 1970 UTC.
    """

    said: Said
    cost: Decimal
    counted: bool
    seconds: float | None
    came_at: float


class Kept:
    """The replies of a study; threads share it. One process at a time has it open.

    A request is written down before it is sent and struck out when its outcome is known, so that after a crash the
    budget counts what may have been charged.

    Args:
        path: The file; made if it is not there.

    Raises:
        OutputError: It cannot be opened, is no such file, or another process has it open.
    """

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._base = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=2.0)
            self._base.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._base.execute("PRAGMA journal_mode = WAL")
            self._base.execute("PRAGMA synchronous = FULL")
            version = self._base.execute("PRAGMA user_version").fetchone()[0]
            if version not in {0, _VERSION}:
                raise sqlite3.DatabaseError(f"it is of version {version}; this Palate reads {_VERSION}")
            self._base.executescript(_TABLES)
            self._base.execute(f"PRAGMA user_version = {_VERSION}")
        except (sqlite3.Error, OSError) as error:
            if "locked" in str(error):
                raise OutputError(f"Another run has {path} open. Wait for it, or stop it.") from error
            raise OutputError(f"Replies cannot be kept in {path}: {error}.") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._base.close()

    def get(self, key: str) -> KeptReply | None:
        """Return a reply; None where there is none."""
        with self._lock:
            row = self._base.execute(
                "SELECT said, cost, counted, seconds, came_at FROM replies WHERE key = ?", (key,)
            ).fetchone()
        if row is None:
            return None
        said, cost, counted, seconds, came_at = row
        return KeptReply(_said(said), Decimal(cost), bool(counted), seconds, came_at)

    def begin(self, key: str, at_most: Decimal) -> int:
        """Write down that a request is sent; return its number."""
        with self._lock:
            sent = self._base.execute(
                "INSERT INTO under_way (key, at_most) VALUES (?, ?)", (key, str(at_most))
            )
            return int(sent.lastrowid or 0)

    def end(self, number: int) -> None:
        """Strike out a request that was not charged."""
        with self._lock:
            self._base.execute("DELETE FROM under_way WHERE number = ?", (number,))

    def keep(self, key: str, about: tuple[str, str, str, int], reply: KeptReply, number: int | None) -> None:
        """Keep a reply and strike out its request, at once; it is on the disk when this returns.

        Args:
            key: Names it.
            about: The model, the prompt's hash, the item's, and the seed.
            reply: The reply.
            number: Of its request; None for one from a batch.
        """
        spelled = json.dumps(asdict(reply.said))  # ASCII: what a model says may be no valid text
        row = (key, *about, spelled, str(reply.cost), int(reply.counted), reply.seconds, reply.came_at)
        with self._lock:
            self._base.execute("BEGIN")
            self._base.execute(f"INSERT OR IGNORE INTO replies VALUES ({', '.join('?' * len(row))})", row)  # noqa: S608 (question marks)
            self._base.execute("DELETE FROM under_way WHERE number = ?", (number,))
            self._base.execute("COMMIT")

    def spent(self) -> tuple[Decimal, Decimal]:
        """Return what all kept replies cost, and what requests may have cost whose replies were lost."""
        with self._lock:
            kept = self._base.execute("SELECT cost FROM replies").fetchall()
            lost = self._base.execute("SELECT at_most FROM under_way").fetchall()
        return sum((Decimal(row[0]) for row in kept), Decimal(0)), sum(
            (Decimal(row[0]) for row in lost), Decimal(0)
        )


def _said(text: str) -> Said:
    found = json.loads(text)
    tokens = tuple(
        (token, tuple((one, value) for one, value in others)) for token, others in found["logprobs"]
    )
    return Said(**{**found, "logprobs": tokens})
