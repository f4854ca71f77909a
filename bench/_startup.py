"""How long does the first thing that people do take? ``palate aggregate`` of 1,000 answers, a second time."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

from _beside import Measured, Row
from _crowds import write_crowd

RUNS = 5

STARTUP = Row("_startup", "", "start-up: the command palate aggregate", 1_000, seconds=1.5)
"""Its seconds are by the clock."""


def start_up() -> Measured:
    """Return the processor and the wall seconds of the fastest of some runs after a first."""
    seconds, walls = list[float](), list[float]()
    with tempfile.TemporaryDirectory() as folder:
        answers = write_crowd(Path(folder), STARTUP.n_rows)
        command = [
            sys.executable,
            "-m",
            "palate",
            "aggregate",
            str(answers),
            "-o",
            str(answers.with_suffix(".out.csv")),
        ]
        for _ in range(1 + RUNS):
            used, start = _used(), time.perf_counter()
            subprocess.run(command, capture_output=True, check=True)
            seconds.append(_used() - used)
            walls.append(time.perf_counter() - start)
    return Measured(cold=min(seconds[1:]), warm=0.0, wall=min(walls[1:]), megabytes=0.0)


def _used() -> float:
    usage = getrusage(RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
