"""Runs of every format, compressed or not, give the same values by parts and as a whole, errors included."""

import gzip
import io

import polars as pl
import pytest
from evaluated_parts import TEXTS, found, parts_of, same
from hypothesis import given, settings
from hypothesis import strategies as st
from ranking_strategies import judgments_frame, run_frame, runs_and_judgments

from palate.core.errors import InputError
from palate.core.lines import line_blocks
from palate.measures import _runs, evaluate

FORMATS = ["trec", "trec.gz", "csv", "csv.gz", "tsv", "tsv.gz", "parquet"]
JUDGMENTS = pl.DataFrame({"query": ["q1", "q2"], "item": ["d2", "d1"], "grade": [1, 2]})
CSV = "query,item,score\nq1,d1,2.5\nq1,d2,1.5\nq2,d1,1.0\nq2,d3,0.5\n"


def write(table: pl.DataFrame, path, quotes="necessary", end="\n"):
    """Write a run in the format that the name says; text has scores as Python spells them."""
    if path.suffix == ".parquet":
        table.write_parquet(path)
        return path
    text = table.with_columns(score=pl.Series([repr(score) for score in table["score"].to_list()]))
    out = io.BytesIO()
    if "trec" in path.name:
        lines = (f"{q} Q0 {i} {n} {s} als{end}" for n, (q, i, s) in enumerate(text.iter_rows(), 1))
        out.write("".join(lines).encode())
    else:
        separator = "\t" if "tsv" in path.name else ","
        text.write_csv(out, separator=separator, quote_style=quotes, line_terminator=end)
    data = out.getvalue()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


@settings(max_examples=60, deadline=None)
@given(
    runs_and_judgments(),
    st.sampled_from([None, 1, 2]),
    st.integers(1, 200),
    st.tuples(
        st.sampled_from(FORMATS), st.sampled_from(["necessary", "always"]), st.sampled_from(["\n", "\r\n"])
    ),
)
def test_every_format_gives_the_same_values_by_parts_of_any_size(tmp_path_factory, tables, seed, size, form):
    (run, judgments), (ending, *marks) = tables, form
    table, judged = run_frame(run, seed), judgments_frame(judgments)
    path = write(table, tmp_path_factory.mktemp("run") / f"als.{ending}", *marks)
    streamed = found({"als": path}, judged, n_bytes=size, n_rows=1 + size // 20)
    same(streamed, found({"als": path}, judged, streamed=False), notes=seed is None)
    same(streamed, evaluate({"als": table}, judged, TEXTS, resamples=39), notes=seed is None)


IDS = ["a,b", 'a "b"', "a\tb", '"', " a", "é", "#1", "a;b"]


@pytest.mark.parametrize("ending", ["csv", "tsv.gz"])
@pytest.mark.parametrize("size", [1, 30, 1 << 16])
def test_quoted_ids_are_read_by_parts(tmp_path, ending, size):
    table = pl.DataFrame({"query": [query for query in IDS for _ in IDS], "item": IDS * len(IDS)})
    table = table.with_columns(score=pl.int_range(len(table), 0, -1).cast(pl.Float64))
    judged = table.gather_every(3).select("query", "item", grade=1)
    path = write(table, tmp_path / f"a.{ending}")
    streamed = found(path, judged, n_bytes=size)
    same(streamed, found(path, judged, streamed=False))
    assert streamed.coverage["missing"].to_list() == [0]


UNUSUAL = {
    "quote in a field": CSV + 'q3,d"4,0.1\n',
    "rows in quotes": "query,item,score,note\n" + 'q1,d1,1.0,"seen\nq1,d2,2.0,""not"" a row\nq2,d1,1.0,so"\n',
    "line end in quotes": CSV + 'q2,"d\n4",0.1\n',
    "two systems": "tag,query,item,score\nA,q1,d1,2.5\nA,q2,d1,1.0\nB,q1,d2,1.0\n",
    "two systems by turns": "tag,query,item,score\nA,q1,d1,2.5\nB,q1,d2,1.0\nA,q2,d1,1.0\n",
    "old line ends": CSV.replace("\n", "\r"),
}


@pytest.mark.parametrize("text", UNUSUAL.values(), ids=UNUSUAL)
@pytest.mark.parametrize("size", [1, 40, 1 << 16])
def test_unusual_rows_give_what_whole_tables_give(tmp_path, text, size):
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode())
    long, sizes = parts_of(size, 3)
    with long, sizes:
        streamed = evaluate(path, JUDGMENTS, TEXTS, resamples=39)
    same(streamed, found(path, JUDGMENTS, streamed=False))


quoted_ids = st.lists(st.text('a",\n\r é', min_size=1, max_size=6), min_size=1, max_size=12, unique=True)


@settings(max_examples=60, deadline=None)
@given(quoted_ids, st.integers(1, 60), st.booleans())
def test_quoted_fields_are_never_cut(tmp_path_factory, ids, size, first):
    rows = {"item": ids, "query": "q1", "score": [-n / 4 for n in range(len(ids))], "note": ids}
    table = pl.DataFrame(rows).select(
        "item" if first else "note", pl.all().exclude("item" if first else "note")
    )
    path = tmp_path_factory.mktemp("run") / "a.csv"
    table.write_csv(path)
    judged = pl.DataFrame({"query": "q1", "item": ids, "grade": [n % 3 for n in range(len(ids))]})
    long, sizes = parts_of(size, 3)
    with long, sizes:
        streamed = evaluate(path, judged, TEXTS, resamples=39)
    same(streamed, found(path, judged, streamed=False))
    same(streamed, evaluate({"a": table}, judged, TEXTS, resamples=39))


DAMAGED = {
    "field missing": CSV + "q3,d1\n",
    "field too many": CSV + "q3,d1,1.0,x\n",
    "last field empty": CSV + "q3,d1,\n",
    "blank line": CSV + "\n" + CSV.partition("\n")[2].replace("q", "r"),
    "spaces in the last line": CSV + "  \n",
    "score no number": CSV + "q3,d1,high\n",
    "score infinite": CSV + "q3,d1,1e999\n",
    "item missing": CSV + "q3,,1.0\n",
    "item twice": CSV + "q1,d1,0.1\n",
    "quote that does not end": CSV + 'q3,"d1,1.0\n',
    "two quotes that open": CSV + 'q3,d"1,"1.0\n',
    "zero byte": CSV + "q3,d\0,1.0\n",
    "header only": CSV.partition("\n")[0] + "\n",
    "no query": CSV.replace("query", "what"),
    "semicolons": CSV.replace(",", ";"),
    "no query shared": CSV.replace("q1", "r1").replace("q2", "r2"),
    "blank": "\n\n",
}


@pytest.mark.parametrize("text", DAMAGED.values(), ids=DAMAGED)
@pytest.mark.parametrize("ending", ["csv", "csv.gz"])
@pytest.mark.parametrize("size", [1, 40, 1 << 16])
def test_damaged_rows_are_refused_as_in_whole_tables(tmp_path, text, ending, size):
    path = tmp_path / f"a.{ending}"
    path.write_bytes(gzip.compress(text.encode()) if ending == "csv.gz" else text.encode())
    with pytest.raises(InputError) as expected:
        found(path, JUDGMENTS, streamed=False)
    long, sizes = parts_of(size, 3)
    with long, sizes, pytest.raises(InputError) as caught:
        evaluate(path, JUDGMENTS, TEXTS)
    assert str(caught.value) == str(expected.value)


@pytest.mark.parametrize("text", ["é".encode("latin-1"), b"\xff\xfe" + CSV.encode("utf-16-le")])
def test_bytes_that_are_no_text_are_refused_as_in_whole_tables(tmp_path, text):
    (tmp_path / "a.csv").write_bytes(
        text if text.startswith(b"\xff") else CSV.encode() + b"q3," + text + b",1\n"
    )
    long, sizes = parts_of(40, 3)
    with long, sizes, pytest.raises(InputError, match="not UTF-8 text: byte 0xE9 in line 6|is UTF-16 text"):
        evaluate(tmp_path / "a.csv", JUDGMENTS, TEXTS)


@pytest.mark.parametrize("size", [1, 60, 1 << 16])
def test_marks_and_blank_lines_around_the_rows_are_passed_over(tmp_path, size):
    (tmp_path / "a.csv").write_bytes(b"\xef\xbb\xbf\r\n\n" + CSV.encode() + b"\n\r\n\n")
    (tmp_path / "b.csv").write_text(CSV)
    streamed = found({"a": tmp_path / "a.csv"}, JUDGMENTS, n_bytes=size)
    same(streamed, found({"a": tmp_path / "b.csv"}, JUDGMENTS, streamed=False))


def test_columns_are_found_under_other_names_and_others_passed_over(tmp_path):
    (tmp_path / "a.tsv").write_text("note\ttag\tdocid\ttopic\trank\nx\tA\td1\tq1\t2\ny\tA\td2\tq1\t1\n")
    streamed = found(tmp_path / "a.tsv", JUDGMENTS, ["RR"], n_bytes=20)
    same(streamed, found(tmp_path / "a.tsv", JUDGMENTS, ["RR"], streamed=False))
    assert streamed.summary.select("system", "value").row(0) == ("A", 0.5)


def packed_run(path):
    table = pl.DataFrame({"query": [f"q{n}" for n in range(300)], "item": "d1"})
    return write(table.with_columns(score=pl.int_range(300) / 7), path)


def test_gzip_files_one_behind_another_are_one(tmp_path):
    path = packed_run(tmp_path / "a.trec.gz")
    text = gzip.decompress(path.read_bytes())
    half = text.index(b"\n", len(text) // 2) - 5  # within a line
    path.write_bytes(gzip.compress(text[:half]) + gzip.compress(text[half:]) + bytes(8))
    assert b"".join(line_blocks(path, 100)) == text
    same(found(path, JUDGMENTS), found(path, JUDGMENTS, streamed=False))


@pytest.mark.parametrize("share", [0.1, 0.5, 0.999])
@pytest.mark.parametrize("ending", ["trec.gz", "csv.gz"])
def test_a_gzip_file_that_is_cut_off_is_refused(tmp_path, share, ending):
    path = packed_run(tmp_path / f"a.{ending}")
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    message = r"a\.\w+\.gz: The gzip file is damaged: Compressed file ended before the end-of-stream marker"
    with pytest.raises(InputError, match=message):
        found(path, JUDGMENTS)  # not read as a whole
    with pytest.raises(InputError, match=message):
        found(path, JUDGMENTS, streamed=False)


@pytest.mark.parametrize("place", [-8, -4, 40])
def test_a_gzip_file_whose_sums_are_wrong_is_refused(tmp_path, place):
    path = packed_run(tmp_path / "a.trec.gz")
    data = bytearray(path.read_bytes())
    data[place] ^= 0xFF
    path.write_bytes(data)
    for streamed in (True, False):
        with pytest.raises(InputError, match="The gzip file is damaged"):
            found(path, JUDGMENTS, streamed=streamed)


def test_a_file_without_gzip_under_its_name_is_read_as_it_is(tmp_path):
    (tmp_path / "a.csv.gz").write_text(CSV)
    (tmp_path / "b.trec").write_bytes(gzip.compress(b"q1 Q0 d2 1 2.5 A\n"))
    by_parts = found(tmp_path / "a.csv.gz", JUDGMENTS, ["RR"]).summary
    assert by_parts.select("system", "value").rows() == [("a", 0.75)]
    assert found(tmp_path / "b.trec", JUDGMENTS, ["RR"]).summary["value"].to_list() == [0.5]


@pytest.mark.parametrize(
    ("name", "size", "long"),
    [
        ("a.csv", 1 << 24, True),
        ("a.TSV", (1 << 24) - 1, False),
        ("a.csv.gz", 1 << 22, True),
        ("a.trec.gz", (1 << 22) - 1, False),
        ("a.jsonl", 1 << 24, False),
        ("a.jsonl.gz", 1 << 24, False),
        ("a.parquet.gz", 1 << 24, False),
    ],
)
def test_long_files_are_those_of_some_megabytes(tmp_path, name, size, long):
    with (tmp_path / name).open("wb") as file:
        file.truncate(size)
    assert _runs.RunSource(tmp_path / name).is_long() == long
