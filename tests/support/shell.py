"""Run ``palate`` as a user does and look at what it said."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

PALATE = [sys.executable, "-m", "palate"]


@dataclass(frozen=True)
class Said:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str


def palate(*arguments: object, folder: Path | None = None, stdin: str | None = None) -> Said:
    """Run ``palate`` in a process of its own."""
    done = subprocess.run(
        [*PALATE, *map(str, arguments)],
        cwd=folder,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
        env={**os.environ, "COLUMNS": "100"},
    )
    return Said(done.returncode, done.stdout, done.stderr)
