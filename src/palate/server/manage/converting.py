"""Turn a Parquet file into JSON lines or the other way round: ``python -m`` this, with both paths."""

from __future__ import annotations

import sys
from pathlib import Path

__all__ = ["convert", "main"]

_MOST_ROWS = 2_000_000


def convert(source: Path, target: Path) -> None:
    """Write what is in one file into another; endings say the formats.

    Raises:
        PolarsError: The source cannot be read.
    """
    import polars as pl

    if source.suffix == ".parquet":
        pl.scan_parquet(source).head(_MOST_ROWS).collect().write_ndjson(target)
    else:
        pl.read_ndjson(source, infer_schema_length=None).write_parquet(target)


def main() -> int:
    """Convert what the arguments name; return 1 if it cannot be done."""
    import polars as pl

    try:
        convert(Path(sys.argv[1]), Path(sys.argv[2]))
    except (pl.exceptions.PolarsError, OSError) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        sys.stderr.write(f"The file is no Parquet file that can be read: {first}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
