"""What the frame around every page needs."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from palate._version import __version__

__all__ = ["frame"]


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return the version, which also marks static files so that browsers fetch new ones."""
    return {"palate_version": __version__, "path": request.path}
