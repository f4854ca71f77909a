from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from repository import ROOT

BENCH = ROOT / "bench"


@pytest.fixture
def bench(monkeypatch):
    """Let this test import the benchmarks."""
    monkeypatch.syspath_prepend(str(BENCH))


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(BENCH / "benchmarks.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=240)


def table_rows(page: str) -> list[list[str]]:
    lines = [line for line in page.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_the_page_is_made_from_measurements_on_small_tables(tmp_path: Path) -> None:
    kept, page = tmp_path / "measured.jsonl", tmp_path / "page.md"
    run("--largest", "500", "--only", "majority", "PageRank", "--kept", str(kept), "--page", str(page))
    assert len(kept.read_text().splitlines()) == 2
    first = page.read_text()
    rows = {row[0]: row for row in table_rows(first)}
    assert rows["majority vote"][1] == "500"
    assert rows["PageRank"][1] == "500 × 50 items"
    for name in ("majority vote", "PageRank"):
        warm, cold, megabytes = map(float, rows[name][2].split(", "))
        assert 0 < warm < cold
        assert megabytes >= 0
    run("--largest", "500", "--only", "--kept", str(kept), "--page", str(page))
    assert page.read_text() == first


@pytest.mark.usefixtures("bench")
def test_ratios_and_goals_follow_from_what_was_measured() -> None:
    from _beside import Measured, Row
    from _page import Rows, page
    from _table import Line

    fast = Row("aggregation", "a", "fast", 100, peer="crowdkit", ratio=10, megabytes=5)
    slow = Row("aggregation", "b", "slow", 100, peer="crowdkit", ratio=10)
    start_up = Row("_startup", "", "start-up", 10, seconds=1.5)
    ours, peers = Measured(cold=1, warm=0.1, wall=0.1, megabytes=4), Measured(4, 2, 2, 50)
    lines = {
        fast: Line(fast, ours, peers, date(2026, 1, 2)),
        slow: Line(slow, ours, Measured(4, 0.5, 2, 50), date(2026, 1, 3)),
        start_up: Line(start_up, Measured(0.8, 0, 0.9, 0), None, date(2026, 1, 3)),
    }
    text = page(Rows(beside=(fast, slow), linear=(), threads=(), start_up=start_up), lines)
    rows = {row[0]: row for row in table_rows(text)}
    assert rows["fast"][5:] == ["20×, 4.0×", "≥ 10×, ≤ 5 MB", "reached"]
    assert rows["slow"][5:] == ["5.0×, 4.0×", "≥ 10×", "**missed**"]
    assert "2026-01-02 to 2026-01-03" in text
    assert "0.90 s by the clock" in text


@pytest.mark.usefixtures("bench")
def test_what_is_kept_is_read_back(tmp_path: Path) -> None:
    from _beside import Measured, Row
    from _table import Line, read_lines, write_lines

    row = Row("pairs", "elo", "Elo", 1_000, 10, ties=False, seconds=2)
    lines = {row: Line(row, Measured(1.5, 0.25, 0.5, 12.0), None, date(2026, 1, 2))}
    assert read_lines(tmp_path / "none.jsonl") == {}
    write_lines(tmp_path / "kept.jsonl", lines)
    assert read_lines(tmp_path / "kept.jsonl") == lines


@pytest.mark.usefixtures("bench")
def test_every_row_names_work_that_there_is() -> None:
    import aggregation
    import agreement
    import pairs
    from benchmarks import ROWS

    work = {"aggregation": aggregation.WORK, "pairs": pairs.WORK, "agreement": agreement.WORK}
    for row in ROWS.all():
        if row != ROWS.start_up:
            assert row.work in work[row.module], row
            assert not row.peer or row.peer in work[row.module][row.work].peers, row
