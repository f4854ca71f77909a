"""Pictures as people upload them: single files, or many in a ZIP, which is taken whole or not at all."""

from __future__ import annotations

import io
import os
import stat
import zipfile
import zlib
from collections.abc import Iterable
from typing import IO

from palate.core.errors import InputError
from palate.server.projects.models import Project
from palate.server.projects.pictures import LARGEST, Staging, staging, store_pictures

__all__ = ["LARGEST_ZIP", "upload_pictures"]

LARGEST_ZIP = 200 * 2**20
"""Bytes of a ZIP, and of what is in it."""
_MOST_FILES = 20_000
_TOO_MANY = f"A ZIP may hold at most {_MOST_FILES:,} files. Split it."
_LARGEST_DIRECTORY = 4 * 2**20
_END, _LOCATOR_64 = b"PK\x05\x06", b"PK\x06\x07"
_END_BYTES, _LONGEST_COMMENT = 22, 2**16 - 1
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_ENCRYPTED = 0x1
_PASSED_OVER = {".ds_store", "thumbs.db", "desktop.ini"}


def upload_pictures(project: Project, files: Iterable[tuple[str, IO[bytes]]]) -> int:
    """Keep uploaded pictures, all or none; return how many are new.

    Args:
        project: Whose tasks may show them.
        files: Their names and contents; a ZIP stands for the pictures in it.

    Raises:
        PalateError: One of them cannot be taken; nothing is stored.
    """
    with staging(project) as staged:
        for name, content in files:
            if content.read(4) in {b"PK\x03\x04", _END}:
                _unpack(name, content, staged)
            else:
                content.seek(0)
                staged.take(name, content)
        if not staged.pictures:
            raise InputError("Choose one picture or more, or a ZIP that holds some.")
        return store_pictures(project, staged.pictures.values())


def _unpack(name: str, content: IO[bytes], staged: Staging) -> None:
    where = name[:100]
    _check_end(content, where)
    try:
        with zipfile.ZipFile(content) as archive:
            if len(archive.infolist()) > _MOST_FILES:
                raise InputError(_TOO_MANY, where=where)
            total = 0
            for entry in archive.infolist():
                if not _passed_over(entry):
                    total += _take(archive, entry, staged, LARGEST_ZIP - total, where)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeDecodeError) as error:
        raise InputError(f"The ZIP cannot be read: {error}.", where=where) from None


def _check_end(content: IO[bytes], where: str) -> None:
    """Check the sizes that a ZIP claims at its end, before its list of files is read into memory."""
    size = content.seek(0, os.SEEK_END)
    start = content.seek(max(0, size - _END_BYTES - _LONGEST_COMMENT - 20))
    tail = content.read(size - start)
    last = tail[-_END_BYTES:]
    at = len(tail) - _END_BYTES if last[:4] == _END and last[-2:] == b"\0\0" else tail.rfind(_END)
    end = tail[at : at + _END_BYTES] if at >= 0 else b""
    content.seek(0)
    if size > LARGEST_ZIP:
        raise InputError(f"The ZIP has more than {LARGEST_ZIP // 2**20} MB. Split it.", where=where)
    if len(end) < _END_BYTES:
        raise InputError("The ZIP is cut off or broken.", where=where)
    n_files, n_bytes = int.from_bytes(end[10:12], "little"), int.from_bytes(end[12:16], "little")
    if tail[max(0, at - 20) : at][:4] == _LOCATOR_64 or n_files > _MOST_FILES or n_bytes > _LARGEST_DIRECTORY:
        raise InputError(_TOO_MANY, where=where)


def _passed_over(entry: zipfile.ZipInfo) -> bool:
    """Return whether an entry is a folder or something that systems put beside pictures."""
    last = entry.filename.rsplit("/", 1)[-1]
    return entry.is_dir() or entry.filename.startswith("__MACOSX/") or last.casefold() in _PASSED_OVER


def _take(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, staged: Staging, left: int, where: str) -> int:
    """Take one picture out of a ZIP under the last part of its name; return its bytes."""
    shown = f"{where}: {entry.orig_filename[:100]}"
    parts = entry.orig_filename.split("/")
    if (
        entry.orig_filename.startswith("/")
        or ".." in parts
        or any(sign in entry.orig_filename for sign in "\\:\0")
    ):
        raise InputError("A name in the ZIP leads out of it.", where=shown)
    if stat.S_IFMT(entry.external_attr >> 16) not in {0, stat.S_IFREG}:
        raise InputError("The ZIP holds something that is no file, such as a link.", where=shown)
    if entry.flag_bits & _ENCRYPTED or entry.compress_type not in _METHODS:
        raise InputError("The ZIP is encrypted or packed in an unusual way. Pack it plainly.", where=shown)
    if entry.file_size > LARGEST:
        raise InputError(f"The picture has more than {LARGEST // 2**20} MB. Make it smaller.", where=shown)
    with archive.open(entry) as packed:
        content = packed.read(min(LARGEST, left) + 1)  # whatever the ZIP says about its size
    if len(content) > left:
        raise InputError(
            f"The ZIP holds more than {LARGEST_ZIP // 2**20} MB of pictures. Split it.", where=where
        )
    return staged.take(parts[-1], io.BytesIO(content))
