"""Palate beside a peer, the same table for both, each in a process of its own.

Nothing but the standard library is imported before it is needed, so that neither pays for the other.

*Cold* is the processor time of a whole process that imports what it needs, reads a CSV file, aggregates it and writes
the result. *Warm* is that of a later call on a dataframe in memory, the best of some; what is slow is called once.
Memory is by how much the process grows at most, above what it holds with the table loaded, in a warm call.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import importlib.util
import json
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LIMIT_SECONDS = 3_000
ENOUGH_SECONDS, MOST_CALLS = 10.0, 7
SLOW_SECONDS = 15.0
"""A peer's first call that takes longer is its only one, and stands for a warm one: what it imports is little beside it."""

Peer = Callable[[Any], Callable[[], Any]]
"""Takes a pandas dataframe and returns what is timed; putting the table in the peer's form is not."""


@dataclass(frozen=True)
class Work:
    """One thing to do with a table: by Palate, from a dataframe or a path, and by peers."""

    ours: Callable[[Any], Any]
    peers: Mapping[str, Peer] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """A line of the table of benchmarks.

    Args:
        module: The file that says what ``work`` is, in its ``WORK``.
        work: Its name there.
        title: How people call it.
        n_rows: Of the table.
        n_items: Of comparisons; 0 for answers.
        ties: Whether a tenth of the comparisons are ties.
        peer: Whom to compare with, by the name of its module; empty for none.
        ratio: How many times as long a warm call of the peer should take.
        seconds: The most that a warm call should take.
        megabytes: The most memory.
    """

    module: str
    work: str
    title: str
    n_rows: int
    n_items: int = 0
    ties: bool = True
    peer: str = ""
    ratio: float | None = None
    seconds: float | None = None
    megabytes: float | None = None


@dataclass(frozen=True)
class Measured:
    """Processor seconds of a whole process and of a warm call, its wall seconds, and the megabytes it grows by."""

    cold: float
    warm: float
    wall: float
    megabytes: float


def installed(peer: str) -> bool:
    """Return whether a peer can take part."""
    return bool(peer) and importlib.util.find_spec(peer) is not None


def run_apart(row: Row, who: str, folder: Path) -> Measured | None:
    """Return what ``who`` (``palate`` or the peer) takes in a process of its own; None if it does not finish."""
    from _crowds import write_crowd

    table = write_crowd(folder, row.n_rows, row.n_items, ties=row.ties)
    command = [sys.executable, __file__, row.module, row.work, who, str(table)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=LIMIT_SECONDS)
    except subprocess.TimeoutExpired:
        print(f"  {who}: not done in {LIMIT_SECONDS} s", file=sys.stderr)
        return None
    except subprocess.CalledProcessError as error:
        reason = (error.stderr.strip().splitlines() or ["killed"])[-1]
        print(f"  {who}: {reason}", file=sys.stderr)
        return None
    return Measured(**json.loads(done.stdout.splitlines()[-1]))


def _measure(module: str, work: str, who: str, table: Path) -> Measured:
    """Measure in this process, of which nothing was used before."""
    warnings.simplefilter("ignore")
    todo: Work = importlib.import_module(module).WORK[work]
    result = table.with_suffix(f".{work}-{who}.out")
    if who == "palate":
        _write(todo.ours(table), result)
        cold = time.process_time()
        import polars as pl

        frame = pl.read_parquet(table.with_suffix(".parquet"))
        return _warm(lambda: todo.ours(frame), cold)
    import pandas as pd

    call = todo.peers[who](pd.read_csv(table))
    before, start = _megabytes("VmRSS"), (time.process_time(), time.perf_counter())
    found = call()
    first, wall = time.process_time() - start[0], time.perf_counter() - start[1]
    grown = _megabytes("VmHWM") - before
    _write(found, result)
    cold = time.process_time()
    return Measured(cold, first, wall, grown) if first > SLOW_SECONDS else _warm(call, cold)


def _warm(call: Callable[[], Any], cold: float) -> Measured:
    call()
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")  # the highest mark starts anew
    before = _megabytes("VmRSS")
    seconds, walls = list[float](), list[float]()
    while not seconds or (len(seconds) < MOST_CALLS and sum(seconds) < ENOUGH_SECONDS):
        start = (time.process_time(), time.perf_counter())
        call()
        seconds.append(time.process_time() - start[0])
        walls.append(time.perf_counter() - start[1])
    return Measured(cold, min(seconds), min(walls), _megabytes("VmHWM") - before)


def _megabytes(name: str) -> float:
    """Return what Linux says that this process holds (``VmRSS``) or held at most (``VmHWM``)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(name))


def _write(found: Any, path: Path) -> None:
    for name in ("write_csv", "to_csv"):
        if hasattr(found, name):
            getattr(found, name)(path)
            return
    path.write_text(f"{found}\n")


if __name__ == "__main__":
    measured = _measure(*sys.argv[1:4], table=Path(sys.argv[4]))
    print(json.dumps(vars(measured)))
