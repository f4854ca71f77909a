"""A long run that is evaluated part by part gives what the readers of whole tables give, errors included."""

import struct

import numpy as np
import polars as pl
import pytest
from evaluated_parts import TEXTS, found, parts_of, same
from hypothesis import example, given, settings
from hypothesis import strategies as st
from ranking_strategies import ITEMS, QUERIES, judgments_frame, run_frame, runs_and_judgments

from palate.core import lines
from palate.core.errors import InputError
from palate.measures import evaluate, measure_registry
from palate.measures._parts import part_of_frame, part_of_lines
from palate.measures.base import Measure

RUN = "q1 Q0 d1 1 2.5 A\nq1 Q0 d2 2 1.5 A\nq2 Q0 d1 1 1.0 A\nq2 Q0 d3 2 0.5 A\n"
JUDGMENTS = pl.DataFrame({"query": ["q1", "q2"], "item": ["d2", "d1"], "grade": [1, 2]})


def write_lines(run: pl.DataFrame, path, space=" ", end="\n"):
    rows = (f"{q} Q0 {i} {n} {s!r} als" for n, (q, i, s) in enumerate(run.iter_rows(), 1))
    path.write_bytes("".join(row.replace(" ", space) + end for row in rows).encode())
    return path


@settings(max_examples=60, deadline=None)
@given(
    runs_and_judgments(),
    st.sampled_from([None, 1, 2]),
    st.tuples(st.sampled_from([1, 60, 1 << 16]), st.sampled_from([None, 2])),
    st.tuples(st.sampled_from([" ", "\t", "  ", " \t "]), st.sampled_from(["\n", "\r\n", " \n"])),
)
def test_lines_give_what_tables_give(tmp_path_factory, tables, seed, size, marks):
    (run, judgments), (n_bytes, depth) = tables, size
    path = write_lines(run_frame(run, seed), tmp_path_factory.mktemp("run") / "a.trec", *marks)
    judged = judgments_frame(judgments)
    streamed = found(path, judged, n_bytes=n_bytes, depth=depth)
    same(streamed, found(path, judged, streamed=False, depth=depth), notes=seed is None)


@settings(max_examples=60, deadline=None)
@given(
    runs_and_judgments(),
    st.sampled_from([None, 1, 2]),
    st.sampled_from([1, 3, 1000]),
    st.tuples(st.sampled_from(["score", "rank"]), st.booleans()),
)
def test_parquet_gives_what_tables_give(tmp_path_factory, tables, seed, n_rows, columns):
    (run, judgments), (column, named) = tables, columns
    table = run_frame(run, seed)
    if column == "rank":
        rank = pl.col("score").rank("ordinal", descending=True).over("query").cast(pl.Int64)
        table = table.select("query", "item", rank=rank)
    if named:
        table = table.with_columns(tag=pl.lit("als"))
    path = tmp_path_factory.mktemp("run") / "a.parquet"
    table.rename({"item": "docid"}).write_parquet(path)
    judged = judgments_frame(judgments)
    streamed = found(path, judged, n_rows=n_rows)
    same(streamed, found(path, judged, streamed=False), notes=seed is None)
    assert streamed.coverage["system"].to_list() == ["als" if named else "a"]


def test_every_measure_is_the_same_by_parts(tmp_path):
    rng = np.random.default_rng(8)
    table = pl.DataFrame(
        {
            "query": np.repeat(np.arange(40), 25),
            "item": np.concatenate([rng.permutation(60)[:25] for _ in range(40)]),
        }
    ).with_columns(score=pl.Series(rng.integers(0, 9, 1000) / 8))
    # the first parts hold queries without judgments only, and the last judgments are of queries without rows
    judged = pl.DataFrame({"query": np.repeat(np.arange(8, 45), 30), "item": np.tile(np.arange(30), 37)})
    judged = judged.with_columns(grade=pl.Series(rng.integers(-1, 2, len(judged))))
    path = write_lines(table, tmp_path / "a.trec")
    measures = [_some(measure_registry.get(name)) for name in measure_registry.names()]
    same(found(path, judged, measures, n_bytes=3000), found(path, judged, measures, streamed=False))


def _some(measure: type[Measure]) -> Measure:
    return measure(cutoff=7) if measure.needs_cutoff else measure()


def test_integer_ids_meet_text(tmp_path):
    table = pl.DataFrame({"query": [1, 1, 2], "item": [9, 10, 7], "score": [1.0, 1.0, 0.5]})
    table.write_parquet(tmp_path / "a.parquet")
    judged = pl.DataFrame({"query": ["1", "2"], "item": ["10", "7"], "grade": [1, 1]})
    same(
        found(tmp_path / "a.parquet", judged, ["RR"]),
        found(tmp_path / "a.parquet", judged, ["RR"], streamed=False),
    )


def test_whole_numbers_of_64_bits_stay_as_they_are(tmp_path):
    ids = [1, 2, 2**63 + 1, 2**63 + 3, 5, 6]
    table = pl.DataFrame(
        {"query": ids, "item": ids, "score": 1.0}, schema_overrides={"query": pl.UInt64, "item": pl.UInt64}
    )
    judged = table.select(pl.col("query", "item").cast(pl.String), grade=1)
    for rows in (table, pl.concat([table, table.with_columns(item=pl.lit(7, pl.UInt64))])):
        rows.write_parquet(tmp_path / "a.parquet")
        assert found(tmp_path / "a.parquet", judged, ["R@2"]).summary["value"].to_list() == [1.0]


def test_a_dict_names_the_run(tmp_path):
    (tmp_path / "a.trec").write_text(RUN)
    assert found({"mine": tmp_path / "a.trec"}, JUDGMENTS, ["RR"]).summary["system"].to_list() == ["mine"]
    assert found(tmp_path / "a.trec", JUDGMENTS, ["RR"]).summary["system"].to_list() == ["A"]


WHOLE = {
    "as usual": RUN,
    "numbers spelled in other ways": RUN.replace("2.5", "25.E-1")
    .replace("0.5", "000.5")
    .replace("1.5", ".15e1"),
    "two systems": RUN + "q1 Q0 d1 1 1.0 B\n",
    "one system below the other": RUN + RUN.replace(" A\n", " B\n"),
    "old line ends": RUN.replace("\n", "\r"),
    "control character": RUN.replace("d3", "d\x013"),
    "no-break space": RUN.replace("d3", "d\u00a03").replace("q2", "q\u20022"),
    "rank of 20 digits": RUN.replace(" 1 ", " 00000000000000000001 "),
}


@pytest.mark.parametrize("text", WHOLE.values(), ids=WHOLE)
def test_unusual_lines_give_what_tables_give(tmp_path, text):
    path = tmp_path / "a.trec"
    path.write_bytes(text.encode())
    long, sizes = parts_of(60, 3)
    with long, sizes:
        streamed = evaluate(path, JUDGMENTS, TEXTS, resamples=39)
    same(streamed, found(path, JUDGMENTS, streamed=False))


DAMAGED = {
    "field missing": RUN + "q3 Q0 d1 1 1.0\n",
    "field too many": RUN + "q3 Q0 d1 1 1.0 A A\n",
    "blank line": RUN + "\n" + RUN.replace("q", "r"),
    "score no number": RUN + "q3 Q0 d1 1 high A\n",
    "score two points": RUN + "q3 Q0 d1 1 1.2.3 A\n",
    "score only sign": RUN + "q3 Q0 d1 1 - A\n",
    "score only point": RUN + "q3 Q0 d1 1 . A\n",
    "score with a plus": RUN + "q3 Q0 d1 1 +1.5_ A\n",
    "score half exponent": RUN + "q3 Q0 d1 1 1e A\n",
    "score infinite": RUN + "q3 Q0 d1 1 1e999 A\n",
    "score nan": RUN + "q3 Q0 d1 1 nan A\n",
    "rank no whole number": RUN + "q3 Q0 d1 1.5 1.0 A\n",
    "rank below 0": RUN + "q3 Q0 d1 -1 1.0 A\n",
    "item twice": RUN + "q3 Q0 d1 1 1.0 A\nq3 Q0 d2 2 0.9 A\nq3 Q0 d1 3 0.8 A\n",
    "item twice, far apart": RUN + RUN.replace("d2", "d4").replace("q2", "q9"),
    "item of an extra query twice": RUN + "q3 Q0 d1 1 1.0 A\n" + RUN.replace("q", "r") + "q3 Q0 d1 2 0.5 A\n",
    "zero byte": RUN.replace("d3", "d\0"),
    "no query shared": RUN.replace("q", "r"),
    "blank": " \n\n",
}


@pytest.mark.parametrize("text", DAMAGED.values(), ids=DAMAGED)
@pytest.mark.parametrize("n_bytes", [30, 1 << 16])
def test_damaged_lines_are_refused_as_in_tables(tmp_path, text, n_bytes):
    path = tmp_path / "a.trec"
    path.write_text(text)
    with pytest.raises(InputError) as expected:
        found(path, JUDGMENTS, streamed=False)
    long, sizes = parts_of(n_bytes, 3)
    with long, sizes, pytest.raises(InputError) as caught:
        evaluate(path, JUDGMENTS, TEXTS)
    assert str(caught.value) == str(expected.value)


def test_bytes_that_are_no_text_are_refused_as_in_tables(tmp_path):
    (tmp_path / "a.trec").write_bytes(RUN.encode() + "q2 Q0 é 3 0.1 A\n".encode("latin-1"))
    long, sizes = parts_of(60, 3)
    with long, sizes, pytest.raises(InputError, match=r"not UTF-8 text: byte 0xE9 in line 5"):
        evaluate(tmp_path / "a.trec", JUDGMENTS, TEXTS)


def test_a_mark_at_the_start_and_blank_lines_at_the_end_are_passed_over(tmp_path):
    (tmp_path / "a.trec").write_bytes(b"\xef\xbb\xbf" + RUN.encode() + b"\r\n \n\t\n\n")
    for n_bytes in (7, 60, 1 << 16):
        streamed = found(tmp_path / "a.trec", JUDGMENTS, n_bytes=n_bytes)
        same(streamed, found(tmp_path / "a.trec", JUDGMENTS, streamed=False))


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"score": [1.0, None, 2.0, 1.0]}, "the score is missing in 1 of 4 rows"),
        ({"score": [1.0, float("nan"), 2.0, 1.0]}, "row 2, column 'score'"),
        ({"item": ["a", None, "a", "b"]}, "row 2, column 'item'"),
        ({"item": ["a", "b", "a", "a"]}, "rows repeat one"),
        ({"score": None}, "need the column 'score'"),
        ({"query": None}, "need the column 'query'"),
    ],
)
def test_damaged_parquet_is_refused_as_in_tables(tmp_path, columns, message):
    table = pl.DataFrame(
        {"query": ["q1", "q1", "q2", "q2"], "item": ["a", "b", "a", "b"], "score": [2.0, 1.0, 2.0, 1.0]}
    )
    for name, values in columns.items():
        table = table.drop(name) if values is None else table.with_columns(pl.Series(name, values))
    table.write_parquet(tmp_path / "a.parquet")
    long, sizes = parts_of(60, 2)
    with long, sizes, pytest.raises(InputError) as caught:
        evaluate(tmp_path / "a.parquet", JUDGMENTS, TEXTS)
    assert message.lower() in str(caught.value).lower()


def test_grades_that_do_not_fit_a_measure_are_refused_wherever_they_are(tmp_path):
    (tmp_path / "a.trec").write_text(RUN)
    judged = pl.concat([JUDGMENTS, pl.DataFrame({"query": ["q9"], "item": ["d1"], "grade": [7]})])
    long, sizes = parts_of(60, 3)
    with long, sizes, pytest.raises(InputError, match="ERR takes grades up to 4; the highest here is 7"):
        evaluate(tmp_path / "a.trec", judged, ["ERR"])


@settings(max_examples=300, deadline=None)
@given(
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["{!r}", "{:.3e}", "{:.19g}", "{:.4f}", "{:E}"]),
)
def test_scores_are_read_as_python_reads_them(number, form):
    text = form.format(number)
    if abs(float(text)) < float("inf"):
        assert_read(text)


@settings(max_examples=300, deadline=None)
@given(st.from_regex(r"-?([0-9]{1,22}\.?[0-9]{0,22}|\.[0-9]{1,22})([eE][+-]?[0-9]{1,3})?", fullmatch=True))
@example("9007199254740993")  # halfway between two doubles, to the even one
@example("9007199254740995")
@example("9007199254740993.0000000000000001")
@example("1.7976931348623157e308")
@example("2.2250738585072011e-308")
@example("5e-324")
@example("-0.0")
@example("18446744073709551615")
@example("99999999999999999999")
@example("0." + "0" * 70 + "1")
def test_spelled_numbers_are_read_as_python_reads_them(text):
    if abs(float(text)) < float("inf"):
        assert_read(text)


def assert_read(text):
    part = part_of_lines(bytearray(f"q Q0 d 1 {text} A\n".encode()))
    assert struct.pack("d", part.scores[0]) == struct.pack("d", float(text))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(QUERIES), st.sampled_from(ITEMS)), min_size=1, max_size=20))
def test_a_part_holds_the_fields_of_its_rows(rows):
    frame = pl.DataFrame(rows, schema=["query", "item"], orient="row")
    block = "".join(f"{q} Q0 {i} 1 0.5 A\n" for q, i in rows).encode()
    for part in (
        part_of_lines(bytearray(block)),
        part_of_frame("A", frame["query"], frame["item"], np.full(len(rows), 0.5)),
    ):
        lengths = np.diff(part.first_rows)
        assert [part.query(n) for n in np.repeat(np.arange(len(lengths)), lengths)] == [q for q, _ in rows]
        assert [
            part.items.text[start:end].tobytes().decode()
            for start, end in zip(part.items.starts, part.items.ends, strict=True)
        ] == [i for _, i in rows]
        assert part.scores.tolist() == [0.5] * len(rows)


def test_all_scores_equal_are_ordered_by_the_bytes_of_items(tmp_path):
    rng = np.random.default_rng(3)
    ids = rng.permutation([f"é{n}" if n % 3 else f"x{n}" for n in range(500)])
    path = write_lines(pl.DataFrame({"query": "q", "item": ids, "score": 1.0}), tmp_path / "a.trec")
    best = max(ids.tolist(), key=str.encode)
    judged = pl.DataFrame({"query": ["q"], "item": [best], "grade": [1]})
    assert found(path, judged, ["RR"], n_bytes=1 << 16).summary["value"].to_list() == [1.0]


def test_a_block_of_lines_ends_with_a_line(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"a\nbb\n\nccc\n \n")
    assert b"".join(lines.line_blocks(path, 2)) == b"a\nbb\n\nccc\n"
    assert all(block.endswith(b"\n") for block in lines.line_blocks(path, 2))
    path.write_bytes(b"a\nb")
    assert list(lines.line_blocks(path, 100)) == [b"a\nb\n"]
    path.write_bytes(b" \n\n")
    assert list(lines.line_blocks(path, 1)) == []


def test_parquet_damaged_in_the_middle_is_refused(tmp_path):
    path = tmp_path / "a.parquet"
    table = pl.DataFrame({"query": [f"q{n}" for n in range(500)], "item": "a", "score": np.arange(500.0)})
    table.write_parquet(path, row_group_size=50, compression="uncompressed")
    data = bytearray(path.read_bytes())
    data[len(data) // 4 : len(data) // 2] = bytes(len(data) // 2 - len(data) // 4)
    path.write_bytes(data)
    long, sizes = parts_of(60, 50)
    with long, sizes, pytest.raises(InputError, match=r"a\.parquet"):
        evaluate(path, JUDGMENTS, TEXTS)


def test_a_file_that_cannot_be_opened_is_named(tmp_path):
    long, sizes = parts_of(60, 3)
    with long, sizes, pytest.raises(InputError, match=r"none\.trec: There is no such file"):
        evaluate(tmp_path / "none.trec", JUDGMENTS, TEXTS)
