"""Work that needs large libraries, done in a process of its own, so that those that answer requests stay small."""

from __future__ import annotations

import subprocess
import sys

from palate.core.errors import PalateError

__all__ = ["run_apart"]


def run_apart(module: str, *arguments: str, seconds: int) -> None:
    """Run ``python -m`` a module of this package until it has ended.

    Raises:
        PalateError: It failed, with what it said last; or it took longer than ``seconds``.
    """
    command = [sys.executable, "-m", f"{__package__}.{module}", *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)  # noqa: S603 (ours)
    except subprocess.TimeoutExpired:
        raise PalateError(
            f"This took more than {seconds // 60} minutes here. Export the answers, and use the program 'palate'."
        ) from None
    if done.returncode:
        raise PalateError((done.stderr.strip().splitlines() or ["It cannot be done."])[-1])
