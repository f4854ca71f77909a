"""The compiled functions give the same when Python runs them."""

import numpy as np
import polars as pl
import pytest

from palate.measures import (
    _coded_kernel,
    _coded_order,
    _decimal_kernel,
    _fields_kernel,
    _lines_kernel,
    _part_values,
    _parts,
    _queries_kernel,
    _rankings,
    _runs,
    _stream,
    code_judgments,
    code_run,
    evaluate,
    grade_rankings,
)

pytestmark = pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning")  # hashes overflow

MODULES = (
    _coded_kernel,
    _coded_order,
    _decimal_kernel,
    _fields_kernel,
    _lines_kernel,
    _part_values,
    _parts,
    _queries_kernel,
    _stream,
)
LINES = (
    b"q1 Q0 d1 1 2.5 A\nq1\tQ0  d\xc3\xa92 2 -1.5e-1 A\r\nq1 Q0 d3 3 2.5 A\nq1 Q0 d31 4 12345678901234567890.5 A\n"
    b"q2 Q0 d1 1 1 A\nq2 Q0 d3 2 0.30000000000000004 A\nx Q0 d1 1 1E+2 A\nq2 Q0 d4 2 9007199254740993 A\nq1 Q0 d4 2 1e70 A\n"
)
FAULTS = (
    b"q1 Q0 d1 1.5 2.5 A\n",
    b"q1 Q0 d1 1 2.5x A\n",
    b"q1 Q0 d1 1 1e A\n",
    b"q1 Q0 d1 1 - A\n",
    b"q1 Q0 d1 1 2.5 A b\n",
)
JUDGMENTS = pl.DataFrame(
    {"query": ["q1", "q1", "q2", "q3"], "item": ["d3", "d9", "d4", "d1"], "grade": [1, 2, 2, 1]}
)


@pytest.fixture
def plain(monkeypatch):
    """Let Python run what is compiled."""
    for module in MODULES:
        for name, function in list(vars(module).items()):
            if hasattr(function, "py_func"):
                monkeypatch.setattr(module, name, function.py_func)


@pytest.fixture
def cut_small(monkeypatch):
    monkeypatch.setattr(_runs, "_LONG_LINES", 0)
    monkeypatch.setattr(_stream, "_BLOCK_BYTES", 70)
    monkeypatch.setattr(_stream, "_SHARE_BYTES", 70)
    monkeypatch.setattr(_stream, "available_threads", lambda: 1)


def test_scattered_lines_by_hand(tmp_path, plain, cut_small):
    (tmp_path / "a.trec").write_bytes(LINES)
    found = evaluate(tmp_path / "a.trec", JUDGMENTS, ["RR", "NumRet"])
    # q1: d4 (1e70), d31, d3, d1 (both 2.5), dé2; q2: d4, d1, d3
    assert found.per_query["value"].to_list() == [1 / 3, 1.0, 0.0, 5.0, 3.0, 0.0]
    assert found.coverage.select("answered", "missing", "extra", "ranked").row(0) == (2, 1, 1, 8)


@pytest.mark.parametrize("line", FAULTS)
def test_what_is_no_run_is_not_read(plain, line):
    assert _parts.part_of_lines(bytearray(line)) is None


def test_an_item_twice_is_seen(plain, cut_small):
    part = _parts.part_of_lines(bytearray(b"q1 Q0 d3 1 2.5 A\nq1 Q0 d3 2 1.5 A\n"))
    judged = _part_values.JudgedFields.of(code_judgments(JUDGMENTS))
    assert _part_values.part_values(part, judged, (), None) is None


def test_coded_rows_by_hand(plain, monkeypatch):
    monkeypatch.setattr(_rankings, "_LONG_ROWS", 0)
    run = pl.DataFrame(
        {
            "query": ["q2", "q1", "x", "q1", "q1", "q2"],
            "item": ["d4", "d3", "d3", "d9", "d8", "d3"],
            "score": [0.0, -1.0, 5.0, 2.0, 2.0, -0.0],
        }
    )
    judged = code_judgments(JUDGMENTS)
    found = grade_rankings(code_run(run, judged), judged)
    assert found.offsets.tolist() == [0, 3, 5, 5]
    assert [None if np.isnan(grade) else grade for grade in found.grades] == [2, None, 1, 2, None]
