"""Evaluate a long run part by part, so that memory is bounded by the parts and not by the run.

The rows of a part are parsed, coded, ordered and graded in compiled code, parts beside each other in threads. A file whose
rows come query by query is read once. If they do not, it is read again, and its rows are shared out to temporary files, so
that each query is in one of them.

What stands in the way of this (several systems in a file, a line or a value that is not as it should be, an item that a
query has twice) is left to the readers of whole tables: they say what is wrong, or take it as it is.
"""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
import polars as pl

from palate.core.checks import check_table
from palate.core.errors import InputError
from palate.core.files import CSV_SUFFIXES, csv_slices, inner_suffix, parquet_length, parquet_slices
from palate.core.lines import Shares, line_blocks
from palate.core.partitions import available_threads
from palate.core.tables import RUNS
from palate.core.trec import TREC_SUFFIXES
from palate.measures._coverage import Covered
from palate.measures._lines_kernel import last_query_at, share_out
from palate.measures._part_values import JudgedFields, PartValues, part_values
from palate.measures._parts import Part, part_of_frame, part_of_lines
from palate.measures._rankings import CodedJudgments
from palate.measures._run_values import RunValues, values_of
from palate.measures.base import GradedRankings, Measure

__all__ = ["stream_run"]

_BLOCK_BYTES = 1 << 24
_SHARE_BYTES = 1 << 24
"""Of lines that a temporary file gets, about."""
_SLICE_ROWS = 1 << 18
_SHARE_ROWS = 1 << 19
_MOST_SHARES = 256
"""Files that are open at once; usual systems allow 1,024."""
_UNPACKED = 4
"""Bytes that gzip makes a byte of, about; of runs it is 3 to 6."""
_COLUMNS = {name for column in RUNS.columns for name in (column.name, *column.aliases)}

Block = TypeVar("Block", bytearray, pl.DataFrame)


class _UnusualError(Exception):
    """The rows are not as systems write them: the readers of whole tables must look at them."""


class _ScatteredError(Exception):
    """The rows of a query are in several parts."""


def stream_run(
    path: Path, judgments: CodedJudgments, measures: tuple[Measure, ...], depth: int | None
) -> RunValues | None:
    """Return the values of a long run in a file, or None if the readers of whole tables must look at it.

    Args:
        path: A TREC run, a CSV or TSV file, either of which may be compressed with gzip, or a Parquet file.
        judgments: Of all queries.
        measures: What to compute.
        depth: How many items of each ranking are looked at; all if None.

    Raises:
        InputError: The grades of the judgments do not fit a measure, or the file is damaged.
    """
    sums = _RunSums(JudgedFields.of(judgments), measures, depth)
    suffix = inner_suffix(path)
    try:
        if suffix in TREC_SUFFIXES:
            return _stream_lines(path, sums)
        if suffix in CSV_SUFFIXES:
            return _stream_frames(partial(_csv_frames, path), partial(_line_shares, path), sums)
        return _stream_frames(partial(_parquet_frames, path), partial(_row_shares, path), sums)
    except (_UnusualError, OSError):  # the readers of whole tables also say why a file cannot be read
        return None


def _stream_lines(path: Path, sums: _RunSums) -> RunValues:
    def compute(block: bytearray) -> PartValues:
        return sums.part(part_of_lines(block))

    try:
        return sums.over(_whole_queries(path), compute)
    except _ScatteredError:
        with Shares(_line_shares(path)) as shares:
            for block in line_blocks(path, _BLOCK_BYTES):
                _share_lines(block, shares)
            return sums.over(map(bytearray().join, shares.chunks()), compute)


def _stream_frames(
    slices: Callable[[int], Iterator[pl.DataFrame]], n_shares: Callable[[], int], sums: _RunSums
) -> RunValues:
    """Return the values of a run that comes as slices of a table.

    Args:
        slices: Returns them, so many times as long as usual; it is called again if queries are scattered.
        n_shares: Returns how many files they are shared out to then.
        sums: Collects what they hold.
    """

    def compute(rows: pl.DataFrame) -> PartValues:
        return sums.part(_part_of_rows(rows))

    try:
        return sums.over(_whole_query_rows(map(_checked, slices(1))), compute)
    except _ScatteredError:
        with Shares(n_shares()) as shares:
            for rows in map(_checked, slices(2)):
                _share_rows(rows, shares)
            return sums.over(map(_rows_of, shares.chunks()), compute)


def _csv_frames(path: Path, times: int) -> Iterator[pl.DataFrame]:
    for rows in csv_slices(path, times * _BLOCK_BYTES, _COLUMNS):
        if rows is None:
            raise _UnusualError
        yield rows


def _parquet_frames(path: Path, times: int) -> Iterator[pl.DataFrame]:
    return parquet_slices(path, times * _SLICE_ROWS, _COLUMNS)


class _RunSums:
    """Collects what the parts of a run hold."""

    def __init__(self, judged: JudgedFields, measures: tuple[Measure, ...], depth: int | None) -> None:
        self._judged, self._measures, self._depth = judged, measures, depth
        judgments = judged.judgments
        n_queries = len(judgments.queries)
        # Of a ranking without items; and grades that a measure refuses are refused here, whatever the parts hold.
        self._empty = values_of(
            GradedRankings(
                np.zeros(n_queries + 1, dtype=np.int64),
                np.empty(0),
                judgments.offsets,
                judgments.highest_first,
            ),
            measures,
        )

    def part(self, part: Part | None) -> PartValues:
        """Return what a part holds."""
        found = None if part is None else part_values(part, self._judged, self._measures, self._depth)
        if found is None:
            raise _UnusualError
        return found

    def over(self, blocks: Iterator[Block], compute: Callable[[Block], PartValues]) -> RunValues:
        """Return what all blocks hold together; no two may hold rows of one query."""
        values, covered = self._empty.copy(), Covered()
        answered = np.zeros(values.shape[1], dtype=np.bool_)
        extra: dict[str, None] = {}
        first: PartValues | None = None
        for found in _beside_each_other(blocks, compute):
            first = first or found
            if found.system != first.system:
                raise _UnusualError
            if answered[found.queries].any() or not extra.keys().isdisjoint(found.extra):
                raise _ScatteredError
            values[:, found.queries] = found.values
            answered[found.queries] = True
            extra |= dict.fromkeys(found.extra)
            covered += found.covered
        if first is None:
            raise _UnusualError
        return RunValues(
            first.system,
            values,
            answered,
            first.first_query,
            tuple(extra),
            covered,
        )


def _beside_each_other(
    blocks: Iterator[Block], compute: Callable[[Block], PartValues]
) -> Iterator[PartValues]:
    """Yield what is computed of each block, in their order; threads work on some while others are read."""
    threads = available_threads()
    with ThreadPoolExecutor(threads) as pool:
        running: deque[Future[PartValues]] = deque()
        try:
            for block in blocks:
                running.append(pool.submit(compute, block))
                if len(running) > threads:
                    yield running.popleft().result()
            while running:
                yield running.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)


def _whole_queries(path: Path) -> Iterator[bytearray]:
    """Yield blocks of lines, cut where the query changes."""
    rest = bytearray()
    for block in line_blocks(path, _BLOCK_BYTES):
        rest += block
        cut = last_query_at(np.frombuffer(rest, dtype=np.uint8))
        if cut:
            whole, rest = rest, rest[cut:]
            del whole[cut:]
            yield whole
    if rest:
        yield rest


def _line_shares(path: Path) -> int:
    """Return how many files the lines of a text file are shared out to."""
    size = path.stat().st_size
    return _share_count(size * _UNPACKED if path.suffix.casefold() == ".gz" else size, _SHARE_BYTES)


def _row_shares(path: Path) -> int:
    """Return how many files the rows of a Parquet file are shared out to."""
    return _share_count(parquet_length(path), _SHARE_ROWS)


def _share_count(size: int, of_share: int) -> int:
    return min(_MOST_SHARES, -(-size // of_share))


def _share_lines(block: bytearray, shares: Shares) -> None:
    """Share lines out by their query."""
    ends, shared = np.empty(shares.count, dtype=np.int64), np.empty(len(block), dtype=np.uint8)
    share_out(np.frombuffer(block, dtype=np.uint8), shared, ends)
    start = 0
    for share, end in enumerate(ends.tolist()):
        if end > start:
            shares.add(share, shared[start:end].data)
        start = end


def _share_rows(rows: pl.DataFrame, shares: Shares) -> None:
    """Share rows out by their query."""
    share = (rows["query"].hash() % shares.count).alias("share")
    for (number,), of_share in rows.group_by(share):
        chunk = io.BytesIO()
        of_share.write_ipc_stream(chunk)
        shares.add(int(number), chunk.getbuffer())


def _rows_of(chunks: list[bytes]) -> pl.DataFrame:
    return pl.concat([pl.read_ipc_stream(io.BytesIO(chunk)) for chunk in chunks])


def _checked(rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows as a checked table, ids as text; whether items repeat is seen later."""
    try:
        rows = check_table(rows, RUNS, "runs", unique=False)
    except InputError as error:
        raise _UnusualError from error
    # Whole numbers beyond 63 bits have another type than the smaller ones of another slice; text has not.
    return rows.with_columns(pl.col("query", "item").cast(pl.String))


def _whole_query_rows(slices: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Yield rows, cut where the query changes."""
    rest: list[pl.DataFrame] = []
    for rows in slices:
        queries = rows["query"]
        if rest and rest[-1]["query"][-1] != queries[0]:
            yield pl.concat(rest)
            rest = []
        other = (queries != queries[-1]).arg_true()
        cut = int(other[-1]) + 1 if len(other) else 0
        if cut:
            yield pl.concat([*rest, rows[:cut]])
            rest = []
        rest.append(rows[cut:])
    if rest:
        yield pl.concat(rest)


def _part_of_rows(rows: pl.DataFrame) -> Part:
    """Return rows as a part; they must be in order by scores, or by ranks if there are no scores."""
    column = next((name for name in ("score", "rank") if name in rows.columns), None)
    if column is None or rows[column].null_count():
        raise _UnusualError
    sign = -1.0 if column == "rank" else 1.0
    scores = sign * rows[column].cast(pl.Float64).to_numpy()
    system = None
    if "system" in rows.columns:
        system = str(rows["system"][0])
        if rows["system"].n_unique() > 1:
            raise _UnusualError
    return part_of_frame(system, rows["query"], rows["item"], scores)
