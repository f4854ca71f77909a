"""What some tests need beyond Python: skipped with a reason where it is missing, failed where all must run."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

__all__ = ["chromium", "require"]


def require(condition: object, reason: str) -> None:
    """Skip the test unless ``condition`` holds; fail it where ``PALATE_REQUIRE_ALL=1``."""
    if condition:
        return
    if os.environ.get("PALATE_REQUIRE_ALL") == "1":
        pytest.fail(f"{reason} (PALATE_REQUIRE_ALL=1 lets no test be skipped)")
    pytest.skip(reason)


def chromium() -> Path:
    """Return the path of headless Chromium, or skip the test."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next((path for name in names if (path := shutil.which(name))), None)
    require(found, f"no Chromium on the path (looked for {', '.join(names)})")
    return Path(str(found))
