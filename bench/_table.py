"""Rows of benchmarks measured one after the other, and what to say of each."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from _beside import Measured, Row, installed, run_apart


@dataclass(frozen=True)
class Line:
    """A row with what was measured, and when; None where it was not."""

    row: Row
    ours: Measured | None
    peers: Measured | None
    date: date

    @property
    def ratio(self) -> float | None:
        """How many times as long a warm call of the peer takes."""
        return self.peers.warm / self.ours.warm if self.ours and self.peers else None

    @property
    def cold_ratio(self) -> float | None:
        """How many times as long the peer's whole process takes."""
        return self.peers.cold / self.ours.cold if self.ours and self.peers else None

    @property
    def reached(self) -> bool | None:
        """Whether every goal is reached; None where there is none, or none was measured."""
        row, found = self.row, list[bool]()
        if row.ratio and self.ratio:
            found.append(self.ratio >= row.ratio)
        if row.seconds and self.ours:
            found.append(self.ours.warm <= row.seconds)
        if row.megabytes and self.ours:
            found.append(self.ours.megabytes <= row.megabytes)
        return all(found) if found else None


def measured(rows: Iterable[Row], today: date) -> Iterable[Line]:
    """Give the rows one by one as they are measured."""
    with tempfile.TemporaryDirectory() as folder:
        for row in rows:
            print(f"{row.title}, {row.n_rows:,} rows", file=sys.stderr, flush=True)
            ours = run_apart(row, "palate", Path(folder))
            peers = run_apart(row, row.peer, Path(folder)) if installed(row.peer) else None
            yield Line(row, ours, peers, today)


def cut(row: Row, largest: int) -> Row:
    """Return the row with a table of at most so many rows."""
    n_rows = min(row.n_rows, largest)
    return replace(row, n_rows=n_rows, n_items=min(row.n_items, n_rows // 10))


def read_lines(path: Path) -> dict[Row, Line]:
    """Return what was kept; nothing if there is no file."""
    if not path.exists():
        return {}
    lines = {}
    for text in path.read_text(encoding="utf-8").splitlines():
        kept = json.loads(text)
        ours, peers = (kept[name] and Measured(**kept[name]) for name in ("ours", "peers"))
        row = Row(**kept["row"])
        lines[row] = Line(row, ours, peers, date.fromisoformat(kept["date"]))
    return lines


def write_lines(path: Path, lines: Mapping[Row, Line]) -> None:
    """Keep what was measured, a line each."""
    kept = [asdict(line) | {"date": line.date.isoformat()} for line in lines.values()]
    path.write_text("".join(json.dumps(line) + "\n" for line in kept), encoding="utf-8")


def print_rows(rows: Sequence[Row], words: Sequence[str]) -> None:
    """Measure and print the rows whose titles hold all of these words."""
    print("processor seconds of a warm call and of a whole cold process, megabytes; Palate, then the peer")
    wanted = [row for row in rows if all(word in row.title for word in words)]
    for line in measured(wanted, datetime.now(UTC).date()):
        size = f"{line.row.n_rows:,}" + (f" × {line.row.n_items:,}" if line.row.n_items else "")
        print(f"{line.row.title:<48} {size:>20}  {_text(line.ours)}", end="")
        if line.peers:
            print(f"   {line.row.peer} {_text(line.peers)}   {line.ratio:.1f} x", end="")
        print({True: "", False: "   goal missed", None: ""}[line.reached], flush=True)


def _text(found: Measured | None) -> str:
    return f"{found.warm:9.3f} {found.cold:8.2f} {found.megabytes:7.0f}" if found else "failed"
