"""What the house tests look at: the repository's files, and Palate's modules and registries."""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
from pathlib import Path

import palate
from palate.core.registry import Registry

ROOT = Path(__file__).parents[2]


def python_files(*folders: str) -> list[Path]:
    """Return the Python files below the folders of the repository, sorted."""
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def tracked_files() -> list[Path]:
    """Return the files that git tracks; none where this is no clone."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return []
    return [path for name in done.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def module_names() -> list[str]:
    """Return the full names of all modules and packages of Palate, sorted."""
    found = pkgutil.walk_packages(palate.__path__, "palate.")
    return sorted(["palate", *(module.name for module in found)])


def registries() -> list[Registry]:
    """Return Palate's registries, in the order of their packages."""
    modules = [importlib.import_module(name) for name in module_names() if name.endswith(".registry")]
    return [value for module in modules for value in vars(module).values() if isinstance(value, Registry)]
