"""Write files and directories whole or not at all: to a temporary name first, then renamed."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from palate.core.errors import OutputError

__all__ = ["replace_directory", "replace_file", "sync_directory"]


@contextmanager
def replace_file(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside ``path``; rename it there when the block ends well, else remove it.

    Raises:
        OutputError: The folder does not exist or cannot be written.
    """
    if path.is_dir():
        raise OutputError(f"Cannot write {path}: it is a folder. Name a file in it.")
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise _unwritable(path, error) from error
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o666 & ~_umask())
        _flush(temporary)
        temporary.replace(path)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        temporary.unlink(missing_ok=True)
    sync_directory(path.parent)


@contextmanager
def replace_directory(path: Path) -> Iterator[Path]:
    """Yield a temporary directory beside ``path``; swap it in when the block ends well, else remove it.

    A crash between the two renames leaves no directory at ``path``: readers see the old one, none, or
    the new one, never a mixture.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    except OSError as error:
        raise _unwritable(path, error) from error
    old = temporary.with_name(temporary.name + ".old")
    try:
        yield temporary
        temporary.chmod(0o777 & ~_umask())
        for file in temporary.rglob("*"):
            if file.is_file():
                _flush(file)
        sync_directory(temporary)
        if path.exists():
            path.rename(old)
        temporary.rename(path)
        sync_directory(path.parent)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def sync_directory(path: Path) -> None:
    """Ask the disk to keep the directory's entries, so that a rename survives a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _flush(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _unwritable(path: Path, error: OSError) -> OutputError:
    reason = error.strerror or str(error)
    return OutputError(
        f"Cannot write {path}: {reason}. Choose a folder that exists and that you may write to."
    )
