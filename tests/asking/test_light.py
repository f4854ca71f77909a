"""The web server imports the rules of asking and of quality: they load no array, table or settings library."""

from __future__ import annotations

import subprocess
import sys

import pytest
from repository import module_names

MODULES = [name for name in module_names() if name.startswith(("palate.asking", "palate.quality.rules"))]
HEAVY = {"numpy", "polars", "numba", "pydantic", "scipy", "narwhals", "django"}


@pytest.mark.parametrize("family", ["palate.asking", "palate.quality.rules"])
def test_all_modules_of_a_family_are_light(family):
    names = [name for name in MODULES if name.startswith(family)]
    assert len(names) > 5
    script = f"import sys\nimport {', '.join(names)}\nprint(*sorted(set(sys.modules) & {HEAVY!r}))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
