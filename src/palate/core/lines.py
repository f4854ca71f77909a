"""Files too long to hold: lines block by block, and chunks of a table shared out to temporary files."""

from __future__ import annotations

import gzip
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from palate.core.errors import InputError

__all__ = ["GZIP", "Shares", "gzip_faults", "line_blocks"]

GZIP = b"\x1f\x8b"
"""How a file compressed with gzip begins."""
_BOM = b"\xef\xbb\xbf"
_BLANK = b" \t\r\n"


@contextmanager
def gzip_faults(name: str) -> Iterator[None]:
    """Say of a file that cannot be unpacked that it is damaged.

    Args:
        name: What errors call it.

    Raises:
        InputError: It is cut off, or its sums are not those of its content.
    """
    try:
        yield
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise InputError(f"The gzip file is damaged: {error}.", where=name) from error


def line_blocks(path: Path, size: int, *, blank: bytes = _BLANK) -> Iterator[bytearray]:
    """Yield blocks of whole lines, the last line of each ended too.

    A file compressed with gzip is unpacked on the way. A mark at the file's start and blank lines at its end are left out.

    Args:
        path: The file.
        size: Bytes that a block has about; a line longer than that makes its block longer.
        blank: What a blank line is made of; it is left out behind the last line, too.

    Raises:
        InputError: The file is a damaged gzip file.
        OSError: It cannot be read.
    """
    with gzip_faults(str(path)), ExitStack() as stack:
        raw = stack.enter_context(path.open("rb"))
        packed = raw.read(len(GZIP)) == GZIP
        raw.seek(0)
        file = stack.enter_context(gzip.GzipFile(fileobj=raw)) if packed else raw
        block = bytearray(file.read(len(_BOM)).removeprefix(_BOM))
        while data := file.read(size):
            block += data
            end = _end_of_lines(block, block.rfind(b"\n") + 1, blank)
            if end:
                rest = block[end:]
                del block[end:]
                yield block
                block = rest
    block = block.rstrip(blank)
    if block:
        yield block + b"\n"


def _end_of_lines(block: bytearray, end: int, blank: bytes) -> int:
    """Return where the last line that is not blank ends, before ``end``; 0 if all are blank."""
    stop = end
    while stop and block[stop - 1] in blank:
        stop -= 1
    return block.index(b"\n", stop) + 1 if stop else 0


class Shares:
    """Temporary files that a table too long to hold is shared out to; they go with the ``with`` block.

    Args:
        count: How many files.
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self._stack = ExitStack()
        self._files: list[IO[bytes]] = []
        self._sizes: list[list[int]] = [[] for _ in range(count)]

    def __enter__(self) -> Self:
        for _ in range(self.count):
            file = tempfile.TemporaryFile(prefix="palate-")
            self._files.append(self._stack.enter_context(file))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def add(self, share: int, chunk: bytes | memoryview) -> None:
        """Write a chunk behind those that a share has."""
        self._files[share].write(chunk)
        self._sizes[share].append(len(chunk))

    def chunks(self) -> Iterator[list[bytes]]:
        """Yield the chunks of each share that has any."""
        for file, sizes in zip(self._files, self._sizes, strict=True):
            file.seek(0)
            if sizes:
                yield [file.read(size) for size in sizes]
