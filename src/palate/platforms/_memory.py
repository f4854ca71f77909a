"""What a platform must remember of a pool between runs: a small JSON file, replaced as a whole."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from palate.core.atomic import replace_file
from palate.core.errors import StudyError

__all__ = ["Memory"]


class Memory:
    """The notes on one pool; what is written is on the disk before the call returns.

    Args:
        path: The file.

    Raises:
        StudyError: It is there, but holds no notes.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._notes: dict[str, Any] = {}
        if path.exists():
            try:
                self._notes = dict(json.loads(path.read_text(encoding="utf-8")))
            except (OSError, ValueError, TypeError) as error:
                raise StudyError(
                    f"{path} cannot be read ({error}). It says what was published; bring it back from a copy. Only if"
                    " nothing was, delete it."
                ) from None

    def get(self, name: str, otherwise: Any = None) -> Any:
        """Return a note."""
        return self._notes.get(name, otherwise)

    def note(self, **notes: Any) -> None:
        """Write notes; others stay."""
        self._notes |= notes
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with replace_file(self._path) as path:
            path.write_text(json.dumps(self._notes, ensure_ascii=False, indent=1), encoding="utf-8")

    def note_in(self, group: str, more: Mapping[str, Any]) -> None:
        """Add entries to a note that is an object."""
        self.note(**{group: {**self.get(group, {}), **more}})
