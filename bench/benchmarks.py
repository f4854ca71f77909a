"""Measure Palate beside its peers and write docs/benchmarks.md.

Each row is measured with its peer in one run, see ``_beside.py``. What was measured is kept in ``measured.jsonl``, so that
some rows can be measured anew. Peers take part if they are installed: crowd-kit and evalica come with the extra ``bench``;
krippendorff (under the GPL, so no part of an extra) and arena-rank do not.

    python bench/benchmarks.py [--only WORD ...] [--largest ROWS] [--kept FILE] [--page FILE]

    --only WORD ...  the rows whose titles hold one of these words; without a word none, to write the page anew
    --largest ROWS   cut tables to this many rows, to try it out
"""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

import aggregation
import agreement
import pairs
from _page import Rows, page
from _startup import STARTUP, start_up
from _table import Line, measured, read_lines, write_lines

HERE = Path(__file__).resolve().parent
ROWS = Rows(
    beside=(*aggregation.ROWS, *pairs.ROWS, *agreement.ROWS),
    linear=aggregation.LINEAR,
    threads=aggregation.THREADS,
    start_up=STARTUP,
)


def main(arguments: list[str]) -> None:
    options = _options().parse_args(arguments)
    today = datetime.now(UTC).date()
    lines = read_lines(options.kept)
    rows = ROWS if options.largest is None else ROWS.cut(options.largest)
    wanted = [row for row in rows.all() if row != STARTUP and _wanted(row.title, options.only)]
    for line in measured(wanted, today):
        lines[line.row] = line
        write_lines(options.kept, lines)
    if _wanted(STARTUP.title, options.only):
        lines[STARTUP] = Line(STARTUP, start_up(), None, today)
        write_lines(options.kept, lines)
    options.page.write_text(page(rows, lines), encoding="utf-8")


def _wanted(title: str, words: list[str] | None) -> bool:
    return words is None or any(word in title for word in words)


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--only", nargs="*")
    parser.add_argument("--largest", type=int)
    parser.add_argument("--kept", type=Path, default=HERE / "measured.jsonl")
    parser.add_argument("--page", type=Path, default=HERE.parent / "docs" / "benchmarks.md")
    return parser


if __name__ == "__main__":
    main(sys.argv[1:])
