"""How long work tells that it goes on: a callback of (done, total), so that methods know no terminal."""

from __future__ import annotations

from typing import Protocol

__all__ = ["Progress", "no_progress"]


class Progress(Protocol):
    """Called now and then with how many of how many units of work are done."""

    def __call__(self, done: int, total: int) -> None:
        """Show ``done`` of ``total``."""


def no_progress(done: int, total: int) -> None:
    """Show nothing."""
