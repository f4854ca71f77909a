"""Read answers as the commands about labels take them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

    from palate.core.tables import Table

__all__ = ["read_labels"]


def read_labels(source: Any, table: Table, *, where: str | None = None, unique: bool = True) -> pl.DataFrame:
    """Return a table with a column ``label``, of which none is the text NaN.

    In CSV everything is text, and programs write a missing number so: as a label it would get votes.

    Args:
        source: A path, ``-``, or a table as it was read.
        table: What it should be.
        where: What errors call it.
        unique: Whether rows that share the table's key are an error.

    Raises:
        InputError: It cannot be read, is no such table, or has such a label.
    """
    import polars as pl

    from palate.core.casts import refuse
    from palate.core.frames import read_table

    found = read_table(source, table, where=where, unique=unique)
    if found["label"].dtype == pl.String:
        refuse(
            found["label"].is_in(["NaN", "nan"]),
            table.column("label"),
            where or ("standard input" if str(source) == "-" else str(source)),
            "A missing number is no label",
            found["label"],
            advice="Remove these rows; if it is a label, call it otherwise.",
        )
    return found
