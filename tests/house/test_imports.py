from __future__ import annotations

import subprocess
import sys

import pytest
from repository import module_names, registries

HEAVY = {
    "altair",
    "django",
    "implicit",
    "jinja2",
    "lightgbm",
    "numba",
    "pandas",
    "polars",
    "pydantic",
    "scipy",
    "vl_convert",
}
METHOD_PACKAGES = sorted(
    {registry.package for registry in registries()} | {"palate.aggregation", "palate.asking"}
)


def modules_after(statements):
    """Return the heavy modules that a fresh interpreter holds after some statements."""
    script = f"{statements}\nimport sys\nprint(*(set(sys.modules) & {HEAVY!r}), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stderr.split()


@pytest.mark.parametrize("package", ["palate", *METHOD_PACKAGES])
def test_import_of_a_package_is_light(package):
    assert modules_after(f"import {package}") == []


def test_help_is_light():
    statements = (
        "import sys\n"
        "from palate.cli import main\n"
        "sys.argv = ['palate', '--help']\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code, end.code"
    )
    assert modules_after(statements) == []


def test_every_family_of_methods_is_seen():
    assert {"palate.measures", "palate.aggregation.labels", "palate.recommend"} <= set(METHOD_PACKAGES)
    assert set(METHOD_PACKAGES) <= set(module_names())


def test_a_heavy_module_would_be_seen():
    assert modules_after("import palate.core.tables") == []
    assert "polars" in modules_after("import palate.core.frames")
