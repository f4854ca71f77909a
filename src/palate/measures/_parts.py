"""Ranked items of some queries as bytes and numbers, from lines of TREC runs or from dataframes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from palate.measures._decimal_kernel import powers_of_five
from palate.measures._fields_kernel import Fields, PlaceArray, hash_fields
from palate.measures._lines_kernel import parse_lines
from palate.measures.base import FloatArray

__all__ = ["Part", "fields_of", "part_of_frame", "part_of_lines"]

_UNREAD = np.uint64(0xFFFFFFFFFFFFFFFF)


@dataclass(frozen=True, eq=False)
class Part:
    """Ranked items of some queries of one system.

    Args:
        system: The system's name as the rows have it, if they do.
        queries: The query of each stretch of rows.
        first_rows: int64, shape (n_stretches + 1,): the first row of each stretch, and the number of rows.
        items: The item of each row.
        scores: float64, shape (n_rows,); higher is earlier.
    """

    system: str | None
    queries: Fields
    first_rows: PlaceArray
    items: Fields
    scores: FloatArray

    def query(self, stretch: int) -> str:
        """Return the query of a stretch of rows."""
        start, end = self.queries.starts[stretch], self.queries.ends[stretch]
        return self.queries.text[start:end].tobytes().decode()


def part_of_lines(block: bytearray) -> Part | None:
    """Return the part that lines of a TREC run hold; None if they are not as systems write them.

    Args:
        block: Whole lines, the last one ended too.
    """
    if not _is_text(block):
        return None
    text = np.frombuffer(block, dtype=np.uint8)
    n_lines = block.count(b"\n")
    queries, items = _room(text, n_lines + 1), _room(text, n_lines)
    first_rows = np.empty(n_lines + 1, dtype=np.int64)
    bits = np.empty(n_lines, dtype=np.uint64)
    rows, stretches, start, end = parse_lines(queries, items, first_rows, bits, powers_of_five())
    if rows != n_lines:
        return None
    scores = bits.view(np.float64)
    for row in np.flatnonzero(bits == _UNREAD).tolist():
        scores[row] = _score_behind(block, int(items.ends[row]))
    if not np.isfinite(scores).all():
        return None
    queries = Fields(
        text,
        queries.starts[:stretches].copy(),
        queries.ends[:stretches].copy(),
        queries.hashes[:stretches].copy(),
    )
    return Part(block[start:end].decode(), queries, first_rows[: stretches + 1].copy(), items, scores)


def part_of_frame(system: str | None, queries: pl.Series, items: pl.Series, scores: FloatArray) -> Part:
    """Return the part that columns hold, none of whose values is missing."""
    stretches = queries.rle().struct.unnest()
    first_rows = np.concatenate([[0], np.cumsum(stretches["len"].to_numpy(), dtype=np.int64)])
    return Part(system, fields_of(stretches["value"]), first_rows, fields_of(items), scores)


def fields_of(values: pl.Series) -> Fields:
    """Return a column's values, none of them missing; numbers as the text that spells them."""
    values = values.cast(pl.String)
    text = np.frombuffer(bytearray(values.str.join("").item().encode()), dtype=np.uint8)
    offsets = np.concatenate([[0], np.cumsum(values.str.len_bytes().to_numpy(), dtype=np.int64)])
    fields = Fields(text, offsets[:-1], offsets[1:], np.empty(len(values), dtype=np.uint64))
    hash_fields(fields)
    return fields


def _room(text: np.ndarray[tuple[int], np.dtype[np.uint8]], count: int) -> Fields:
    starts, ends = np.empty(count, dtype=np.int64), np.empty(count, dtype=np.int64)
    return Fields(text, starts, ends, np.empty(count, dtype=np.uint64))


def _is_text(block: bytearray) -> bool:
    """Return whether bytes are UTF-8 text."""
    if block.isascii():
        return True
    try:
        block.decode()
    except UnicodeDecodeError:
        return False
    return True


def _score_behind(block: bytearray, item_end: int) -> float:
    """Return the score of the line whose item ends there; the rank comes first."""
    line = bytes(block[item_end : block.index(b"\n", item_end)])
    return float(line.split()[1])
