"""Write tables that are too large for memory, part by part."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

__all__ = ["save_parts"]

_PART_ROWS = 1_000_000
"""Rows of a part: some ten megabytes."""


def save_parts(parts: Iterable[pl.DataFrame], output: Path, what: str) -> None:
    """Write tables of the same columns one below the other, whole or not at all, and say how many rows there are.

    Parquet is written part by part into a folder beside the file, and put together from there: memory does not grow
    with the rows. Other formats are put together in memory.

    Args:
        parts: At least one.
        output: Where to.
        what: What the rows are, such as ``"recommendations"``.

    Raises:
        OutputError: It cannot be written there.
    """
    import polars as pl

    from palate.cli._output import save, say
    from palate.core.atomic import replace_file
    from palate.core.files import PARQUET_SUFFIXES

    if output.suffix.casefold() not in PARQUET_SUFFIXES:
        save(pl.concat(parts), output, what)
        return
    rows = 0
    with (
        replace_file(output) as temporary,
        TemporaryDirectory(dir=temporary.parent, prefix=".palate-") as name,
    ):
        folder = Path(name)
        for number, part in enumerate(_larger(parts)):
            part.write_parquet(folder / f"{number:06d}.parquet")
            rows += len(part)
        files = sorted(folder.iterdir())
        pl.scan_parquet(files, glob=False, hive_partitioning=False).sink_parquet(temporary)
    say(f"{rows:,} {what} in {output}")


def _larger(parts: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Yield the same rows in parts of about ``_PART_ROWS``."""
    import polars as pl

    waiting, rows = list[pl.DataFrame](), 0
    for part in parts:
        waiting.append(part)
        rows += len(part)
        if rows >= _PART_ROWS:
            yield pl.concat(waiting)
            waiting, rows = [], 0
    if waiting:
        yield pl.concat(waiting)
