"""Recommenders for contract tests: those whose extra is missing are skipped, with the reason."""

from __future__ import annotations

import os
from importlib.util import find_spec

import pytest

from palate.recommend import recommenders

__all__ = ["recommender_names"]

_MODULES = {"deep": "torch"}


def recommender_names() -> list[object]:
    """Return the names of all recommenders as parameters of a test."""
    return [pytest.param(name, marks=_marks(name)) for name in recommenders.names()]


def _marks(name: str) -> list[pytest.MarkDecorator]:
    extra = recommenders.get(name).extra
    if extra is None or find_spec(_MODULES[extra]) or os.environ.get("PALATE_REQUIRE_ALL") == "1":
        return []
    return [pytest.mark.skip(reason=f"{name} needs the extra '{extra}'")]
