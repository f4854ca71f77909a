"""Write files and directories whole or not at all: to a temporary name first, then renamed."""

from __future__ import annotations

import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from palate.core.errors import OutputError

__all__ = ["replace_directory", "replace_file", "sync_directory"]


@contextmanager
def replace_file(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside ``path``; rename it there when the block ends well, else remove it.

    The temporary name has the same ending, for writers that choose the format by it. A link is followed,
    and a file that is replaced hands on its permissions.

    Raises:
        OutputError: The folder does not exist or cannot be written, or ``path`` is no ordinary file.
    """
    try:
        target = Path(os.path.realpath(path))
        mode = _mode(target)
        if mode is not None and not stat.S_ISREG(mode):
            what = "a folder. Name a file in it" if stat.S_ISDIR(mode) else "a device or pipe. Name a file"
            raise OutputError(f"Cannot write {path}: it is {what}.")
        temporary = _beside(target)
        # Others may not read the new file before it has the permissions of the old.
        permissions = 0o666 if mode is None else stat.S_IMODE(mode) | 0o600
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, permissions))
    except OSError as error:
        raise _unwritable(path, error) from error
    try:
        yield temporary
        _flush(temporary)
        if mode is not None:
            temporary.chmod(stat.S_IMODE(mode))
        temporary.replace(target)
        sync_directory(target.parent)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def replace_directory(path: Path) -> Iterator[Path]:
    """Yield a temporary directory beside ``path``; swap it in when the block ends well, else remove it.

    A crash between the two renames leaves no directory at ``path``: readers see the old one, none, or
    the new one, never a mixture.

    Raises:
        OutputError: The folder cannot be written, or ``path`` is a file.
    """
    try:
        target = Path(os.path.realpath(path))
        mode = _mode(target)
        if mode is not None and not stat.S_ISDIR(mode):
            raise OutputError(f"Cannot write {path}: it is a file; a folder goes there. Choose another name.")
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = _beside(target)
        temporary.mkdir(0o777 if mode is None else stat.S_IMODE(mode) | 0o700)
    except OSError as error:
        raise _unwritable(path, error) from error
    try:
        yield temporary
        for path_inside in temporary.rglob("*"):
            if path_inside.is_file() or path_inside.is_dir():
                _flush(path_inside)
        _flush(temporary)
        if mode is not None:
            temporary.chmod(stat.S_IMODE(mode))
        _swap(temporary, target)
        sync_directory(target.parent)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def sync_directory(path: Path) -> None:
    """Ask the disk to keep the directory's entries, so that a rename survives a power cut."""
    _flush(path)


def _beside(path: Path) -> Path:
    return path.with_name(f".palate-{secrets.token_hex(8)}{path.suffix}")


def _mode(path: Path) -> int | None:
    """Return what is at ``path`` and its permissions, None if nothing is."""
    return path.stat().st_mode if path.exists() else None


def _swap(temporary: Path, target: Path) -> None:
    """Put ``temporary`` at ``target``; whatever fails, the old directory is not lost."""
    if not target.exists():
        temporary.rename(target)
        return
    old = _beside(target)
    target.rename(old)
    try:
        temporary.rename(target)
    except OSError:
        old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _unwritable(path: Path, error: OSError) -> OutputError:
    reason = error.strerror or str(error)
    return OutputError(
        f"Cannot write {path}: {reason}. Choose a folder that exists and that you may write to."
    )
