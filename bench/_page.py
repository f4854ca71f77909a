"""The text of docs/benchmarks.md."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from _beside import Row
from _table import Line, cut

NAMES = {
    "crowdkit": "crowd-kit",
    "evalica": "evalica",
    "arena_rank": "arena-rank",
    "krippendorff": "krippendorff",
}
"""Of peers' distributions, by module."""

FASTER_WITH_TWO = 1.6

INTRODUCTION = """# Benchmarks

Made by `make bench`; edit `bench/`, not this page. {machine}; measured on {dates}; {peers}.

Each row is measured with its peer in one run, each of the two in a process of its own, on the same table. Answers are 5 a
task with 4 labels, by √N annotators, few of whom give most; comparisons are of items with normal scores, a tenth of them
ties unless the peer knows none.

- **warm**: processor seconds of a call on a dataframe in memory, the best of several. The goals are about these.
- **cold**: processor seconds of a whole process: imports, reading a CSV file, the call, writing the result.
- **MB**: by how much the process grows at most in a warm call, above what it holds with the table loaded.

A peer's first call that takes more than 15 seconds is its only one and stands for a warm one. Processor seconds depend little
on what else the machine does; wall seconds, given for threads and start-up, depend on it much.
"""

LIMITS = """
What stands in the way of the goals that are missed is said in [decision 6](decisions/0006-speed-of-aggregation.md).
"""


@dataclass(frozen=True)
class Rows:
    """The rows of the page, by section."""

    beside: tuple[Row, ...]
    linear: tuple[Row, ...]
    threads: tuple[Row, ...]
    start_up: Row

    def all(self) -> tuple[Row, ...]:
        """Return every row once."""
        return tuple(dict.fromkeys((*self.beside, *self.linear, *self.threads, self.start_up)))

    def cut(self, largest: int) -> Rows:
        """Return the same with tables of at most so many rows."""
        parts = (
            tuple(cut(row, largest) for row in part) for part in (self.beside, self.linear, self.threads)
        )
        return Rows(*parts, start_up=self.start_up)


def page(rows: Rows, lines: Mapping[Row, Line]) -> str:
    """Return the page; rows that were not measured are left out."""
    found = [lines[row] for row in rows.all() if row in lines]
    dates = sorted(line.date.isoformat() for line in found)
    parts = [
        INTRODUCTION.format(
            machine=f"{os.cpu_count()} cores, Python {platform.python_version()}",
            dates=" to ".join(dict.fromkeys((dates[0], dates[-1]))) if dates else "no day yet",
            peers=", ".join(map(_versioned, NAMES.values())),
        )
    ]
    sections = (
        ("Beside peers", _beside, [row for row in rows.beside if row.peer]),
        ("Alone", _alone, [row for row in rows.beside if not row.peer]),
        ("Time grows as the answers do", _alone, rows.linear),
        (
            f"Two threads take less time than one (goal: {FASTER_WITH_TWO} times as fast)",
            _threads,
            rows.threads,
        ),
        ("Start-up", _start_up, [rows.start_up]),
    )
    for title, table, wanted in sections:
        there = [lines[row] for row in wanted if row in lines]
        if there:
            parts.append(f"\n## {title}\n\n" + "".join(f"{line}\n" for line in table(there)))
    return "".join(parts) + LIMITS


def _beside(lines: Iterable[Line]) -> Iterable[str]:
    yield "| work | rows | Palate warm, cold, MB | peer | warm, cold, MB | faster warm, cold | goal | |"
    yield "|---|---|---|---|---|---|---|---|"
    for line in lines:
        ratios = "–" if line.ratio is None else f"{_times(line.ratio)}, {_times(line.cold_ratio or 0)}"
        theirs = _numbers(line) if line.peers is None else _numbers(line, peers=True)
        yield _row(
            line.row.title, _size(line.row), _numbers(line), NAMES[line.row.peer],
            theirs if line.peers else "not measured", ratios, _goal(line.row), _mark(line),
        )  # fmt: skip


def _alone(lines: Iterable[Line]) -> Iterable[str]:
    yield "| work | rows | warm, cold, MB | microseconds a row | goal | |"
    yield "|---|---|---|---|---|---|"
    for line in lines:
        each = f"{1e6 * line.ours.warm / line.row.n_rows:.2f}" if line.ours else "–"
        yield _row(line.row.title, _size(line.row), _numbers(line), each, _goal(line.row), _mark(line))


def _threads(lines: Iterable[Line]) -> Iterable[str]:
    yield "| work | rows | wall seconds | processor seconds |"
    yield "|---|---|---|---|"
    measured = [line for line in lines if line.ours]
    for line in measured:
        ours = line.ours
        yield _row(line.row.title, _size(line.row), f"{ours.wall:.2f}", f"{ours.warm:.2f}")
    if len(measured) > 1:
        yield f"\n{measured[0].ours.wall / measured[-1].ours.wall:.2f} times as fast; other work on the machine shows in this."


def _start_up(lines: Iterable[Line]) -> Iterable[str]:
    for line in lines:
        if line.ours:
            yield (
                f"`palate aggregate` of {line.row.n_rows:,} answers, not the first time on a machine: {line.ours.wall:.2f} s"
                f" by the clock, {line.ours.cold:.2f} s of the processor (goal: below {line.row.seconds:g} s by the clock)."
            )


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _size(row: Row) -> str:
    return f"{row.n_rows:,}" + (f" × {row.n_items:,} items" if row.n_items else "")


def _numbers(line: Line, *, peers: bool = False) -> str:
    found = line.peers if peers else line.ours
    if found is None:
        return "not done"
    return f"{found.warm:.3g}, {found.cold:.3g}, {found.megabytes:.0f}"


def _times(ratio: float) -> str:
    return f"{ratio:.0f}×" if ratio >= 10 else f"{ratio:.1f}×"


def _goal(row: Row) -> str:
    goals = [f"≥ {row.ratio:g}×"] if row.ratio else []
    goals += [f"≤ {row.seconds:g} s"] if row.seconds else []
    goals += [f"≤ {row.megabytes:g} MB"] if row.megabytes else []
    return ", ".join(goals)


def _mark(line: Line) -> str:
    return {True: "reached", False: "**missed**", None: ""}[line.reached]


def _versioned(name: str) -> str:
    try:
        return f"{name} {version(name)}"
    except PackageNotFoundError:
        return f"{name} not installed"
