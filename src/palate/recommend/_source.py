"""What errors call the place that a table came from."""

from __future__ import annotations

from pathlib import Path

from palate.core.frames import IntoTable

__all__ = ["source_name"]


def source_name(table: IntoTable, name: str = "interactions") -> str:
    """Return the path if it is one, else ``name``."""
    return str(table) if isinstance(table, (str, Path)) else name
