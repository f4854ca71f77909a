"""What errors call the place that interactions came from."""

from __future__ import annotations

from pathlib import Path

from palate.core.frames import IntoTable

__all__ = ["source_name"]


def source_name(interactions: IntoTable) -> str:
    """Return the path if it is one, else ``interactions``."""
    return str(interactions) if isinstance(interactions, (str, Path)) else "interactions"
