"""Files too long to hold: lines block by block, and chunks of a table shared out to temporary files."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import IO, Self

__all__ = ["Shares", "line_blocks"]

_BOM = b"\xef\xbb\xbf"
_BLANK = b" \t\r\n"


def line_blocks(path: Path, size: int) -> Iterator[bytearray]:
    """Yield blocks of whole lines, the last line of each ended too.

    A mark at the file's start and blank lines at its end are left out.

    Args:
        path: The file.
        size: Bytes that a block has about; a line longer than that makes its block longer.

    Raises:
        OSError: The file cannot be read.
    """
    with path.open("rb", buffering=0) as file:
        block = bytearray(file.read(len(_BOM)).removeprefix(_BOM))
        while data := file.read(size):
            block += data
            end = _end_of_lines(block, block.rfind(b"\n") + 1)
            if end:
                rest = block[end:]
                del block[end:]
                yield block
                block = rest
    block = block.rstrip(_BLANK)
    if block:
        yield block + b"\n"


def _end_of_lines(block: bytearray, end: int) -> int:
    """Return where the last line that is not blank ends, before ``end``; 0 if all are blank."""
    stop = end
    while stop and block[stop - 1] in _BLANK:
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
