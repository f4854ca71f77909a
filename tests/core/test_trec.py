from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from requirements import require
from tables import judgments, runs

from palate.core.errors import InputError, OutputError
from palate.core.files import write_file
from palate.core.frames import read_table
from palate.core.tables import ANSWERS, CANDIDATES, JUDGMENTS, RUNS
from palate.core.trec import read_trec

RUN = "q1 Q0 d1 1 0.5 A\nq1 Q0 d2 2 0.4 A\n"
QRELS = "q1 0 d1 1\nq1 0 d2 0\n"


def test_run_is_read(read):
    assert read(RUN, "a.txt", RUNS).to_dicts() == [
        {"system": "A", "query": "q1", "item": "d1", "rank": 1, "score": 0.5},
        {"system": "A", "query": "q1", "item": "d2", "rank": 2, "score": 0.4},
    ]


def test_qrels_are_read(read):
    assert read(QRELS, "a.txt", JUDGMENTS).rows() == [("q1", "d1", 1.0), ("q1", "d2", 0.0)]


def test_candidates_are_read_from_a_run(read):
    assert read(RUN, "a.txt", CANDIDATES).select("query", "item").rows() == [("q1", "d1"), ("q1", "d2")]


@pytest.mark.parametrize("name", ["a.trec", "a.run", "a.qrels", "a.qrel", "a.res", "A.TXT"])
def test_endings_of_trec_files_are_known(read, name):
    assert len(read(QRELS, name, JUDGMENTS)) == 2


@pytest.mark.parametrize(
    "text",
    [
        RUN.replace(" ", "\t"),
        RUN.replace("\n", "\r\n"),
        RUN.replace("\n", "\r"),
        RUN.replace(" ", "   "),
        RUN.replace("\n", "  \t\n"),
        RUN.replace("q1", "  q1"),
        RUN.replace(" ", " \t ").replace("\n", " \r\n"),
        RUN + "\n\n",
        RUN + " \r\n\t\n",
        RUN.rstrip("\n"),
        "\ufeff" + RUN,
    ],
    ids=repr,
)
def test_spaces_tabs_and_line_ends_make_no_difference(read, text):
    assert read(text, "a.txt", RUNS).equals(read(RUN, "a.txt", RUNS))


def test_ids_stay_as_they_are_written(read):
    found = read('007 0 "d,1 1\nNA 0 d\u00a02 1\n', "a.txt", JUDGMENTS)
    assert found["query"].to_list() == ["007", "NA"]
    assert found["item"].to_list() == ['"d,1', "d\u00a02"]


@pytest.mark.parametrize(
    ("line", "came"),
    [
        ("q1 Q0 d3 3 0.3", "5: 'q1 Q0 d3 3 0.3'"),
        ("q1 Q0 d3 3 0.3 A more", "7: 'q1 Q0 d3 3 0.3 A more'"),
        ("", "0, it is blank"),
        ("q1", "1: 'q1'"),
    ],
)
@pytest.mark.parametrize("number", [1, 2])
def test_line_with_other_fields_is_named(refusal, line, came, number):
    lines = RUN.splitlines()
    lines.insert(number - 1, line)
    assert refusal("\n".join(lines) + "\n", "a.txt", RUNS) == (
        f"a.txt, row {number}: A line of a TREC run file has 6 fields (query Q0 item rank score system);"
        f" this one has {came}."
    )


def test_blank_lines_count_and_are_refused_late_in_a_long_file(refusal):
    lines = [f"q 0 d{i} 1" for i in range(5000)]
    lines[4321] = "q 0 d4321"
    assert refusal("\n".join(lines), "a.txt", JUDGMENTS).startswith(
        "a.txt, row 4322: A line of a TREC qrels file has 4 fields"
    )


def test_run_in_place_of_qrels_is_said(refusal):
    assert refusal(RUN, "a.txt", JUDGMENTS).endswith("It seems to be a run file.")
    assert refusal(QRELS, "a.txt", RUNS).endswith("It seems to be a qrels file.")


def test_values_are_checked_with_their_line(refusal):
    assert (
        refusal(QRELS + "q1 0 d3 x\n", "a.txt", JUDGMENTS)
        == "a.txt, row 3, column 'grade': Expected a number; it is 'x'."
    )
    assert "row 2, column 'score': The value is not a finite number; it is 'nan'" in refusal(
        RUN.replace("0.4", "nan"), "a.txt", RUNS
    )
    assert "row 1, column 'rank': Expected a whole number; it is 1.5" in refusal(
        RUN.replace(" 1 ", " 1.5 "), "a.txt", RUNS
    )


def test_item_ranked_twice_is_refused(refusal):
    assert "2 rows repeat one: row 1: system A, query q1, item d1; row 2: " in refusal(
        RUN.replace("d2", "d1"), "a.txt", RUNS
    )


def test_bytes_that_are_no_utf8_are_said(refusal):
    assert refusal("q1 0 d1 1\nq1 0 é 1\n".encode("latin-1"), "a.txt", JUDGMENTS).startswith(
        "a.txt: The file is not UTF-8 text: byte 0xE9 in line 2."
    )


def test_trec_files_hold_no_answers(refusal):
    assert refusal(QRELS, "a.txt", ANSWERS) == (
        "a.txt: A .txt file holds a TREC run or qrels, not answers. Give .csv, .tsv, .jsonl or .parquet."
    )


@settings(max_examples=50)
@given(runs())
def test_run_survives_the_way_through_a_file(tmp_path_factory, run):
    path = tmp_path_factory.mktemp("trec") / "a.run"
    write_file(run, path)
    found = read_table(path, RUNS)
    assert found.select(run.columns).equals(run)
    for _, rows in found.group_by("system", "query"):
        by_rank = rows.sort("rank")
        assert by_rank["rank"].to_list() == list(range(1, len(rows) + 1))
        assert by_rank["score"].is_sorted(descending=True)


@settings(max_examples=50)
@given(judgments())
def test_judgments_survive_the_way_through_a_file(tmp_path_factory, table):
    path = tmp_path_factory.mktemp("trec") / "a.qrels"
    write_file(table, path)
    assert read_table(path, JUDGMENTS).equals(table)
    assert all(line.split(" ")[3].lstrip("-").isdigit() for line in path.read_text().splitlines())


@settings(max_examples=100)
@given(st.lists(st.lists(st.sampled_from(["a", "1", "0.5", '"', "é"]), max_size=8), min_size=1, max_size=8))
def test_lines_are_read_as_python_would_split_them_or_refused(lines):
    data = "\n".join(" ".join(line) for line in lines).encode()
    kept = data.decode().rstrip("\n").split("\n")
    bad = next((i for i, line in enumerate(kept, 1) if len(line.split()) != 4), None)
    if bad is None:
        expected = [(query, item, grade) for query, _, item, grade in map(str.split, kept)]
        assert read_trec(data, "a", "judgments").rows() == expected
    else:
        with pytest.raises(InputError) as caught:
            read_trec(data, "a", "judgments")
        assert caught.value.row == bad


def test_fractional_grades_stay_fractional(tmp_path):
    write_file(pl.DataFrame({"query": ["q", "q"], "item": [1, 2], "grade": [1.0, 0.5]}), tmp_path / "a.qrels")
    assert (tmp_path / "a.qrels").read_text() == "q 0 1 1.0\nq 0 2 0.5\n"


def test_rank_that_a_run_has_is_kept(tmp_path):
    frame = pl.DataFrame({"query": ["q", "q"], "item": ["a", "b"], "rank": [3, 8], "score": [0.5, 0.25]})
    write_file(frame, tmp_path / "a.run")
    assert (tmp_path / "a.run").read_text() == "q Q0 a 3 0.5 palate\nq Q0 b 8 0.25 palate\n"


def test_grade_that_is_no_number_is_refused(tmp_path):
    frame = pl.DataFrame({"query": ["q"], "item": ["a"], "grade": ["good"]})
    with pytest.raises(OutputError, match="Cannot write"):
        write_file(frame, tmp_path / "a.qrels")
    assert list(tmp_path.iterdir()) == []


def test_run_without_system_and_rank_gets_them(tmp_path):
    frame = pl.DataFrame(
        {"query": ["q", "q", "r"], "item": ["a", "b", "c"], "score": [0.1, 0.9, 0.5], "note": [1, 2, 3]}
    )
    write_file(frame, tmp_path / "a.run")
    assert (
        tmp_path / "a.run"
    ).read_text() == "q Q0 a 2 0.1 palate\nq Q0 b 1 0.9 palate\nr Q0 c 1 0.5 palate\n"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"item": ["a b", "c"]}, "'item' in row 1 is 'a b'"),
        ({"item": ["a", "c\td"]}, r"'item' in row 2 is 'c\td'"),
        ({"item": ["a", ""]}, "'item' in row 2 is ''"),
        ({"score": [1.0, None]}, "'score' in row 2 is missing"),
        ({"system": ["my system", "x"]}, "'system' in row 1 is 'my system'"),
    ],
)
def test_what_a_line_cannot_hold_is_refused_and_nothing_written(tmp_path, change, said):
    frame = pl.DataFrame({"query": ["q", "q"], "item": ["a", "b"], "score": [1.0, 0.5], **change})
    with pytest.raises(OutputError, match="fields are separated by spaces") as caught:
        write_file(frame, tmp_path / "a.run")
    assert said in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_other_tables_are_no_trec_files(tmp_path):
    with pytest.raises(OutputError, match=r"these columns are task, label\. Choose \.csv or \.parquet\."):
        write_file(pl.DataFrame({"task": [1], "label": [2]}), tmp_path / "a.txt")


def test_real_qrels_are_read_as_they_stand(request):
    path = request.config.rootpath.parent / "shared" / "data" / "trec_qrels" / "dl19-passage.qrels"
    require(path.exists(), "the TREC Deep Learning 2019 qrels are not beside the repository")
    found = read_table(path, JUDGMENTS)
    lines = [line.split() for line in path.read_text().splitlines()]
    assert found.rows() == [(query, item, float(grade)) for query, _, item, grade in lines]
    assert len(found) == 9260
