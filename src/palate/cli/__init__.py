"""The command line: one file a command."""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> None:
    """Run ``palate``: exit code 0 if all went well, 2 for a mistake that the user can mend, 1 for ours."""
    from palate.cli.app import run

    sys.exit(run(sys.argv[1:]))
