"""Spreadsheets out, filled spreadsheets in: whatever people do to them, nothing is lost and mistakes are named."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
from posted_benches import GRADES, PAIRS, FilesBench, better_side, rows_of, wanted_grade

from palate.core.errors import InputError, SettingsError, StudyError
from palate.platforms import Files, WaitingError, floor_bonuses
from palate.platforms._sheets import read_sheet, safe_cell

PEOPLE = ("ann", "bob", "cy")


@pytest.fixture
def bench(tmp_path: Path) -> FilesBench:
    made = FilesBench(tmp_path)
    with pytest.raises(WaitingError, match="ann 0 of"):
        made.platform().ask(GRADES)
    return made


def _file(bench: FilesBench, name: str) -> Path:
    return next(bench.folder.rglob(name))


def _change(path: Path, change: Callable[[Any], None]) -> None:
    book = openpyxl.load_workbook(path)
    change(book["Tasks"])
    book.save(path)


def _fill(bench: FilesBench) -> None:
    for person in PEOPLE:
        bench.work(person, wanted_grade)


def _column(sheet: Any, name: str) -> int:
    return next(cell.column for cell in sheet[1] if cell.value == name)


def test_files_offer_the_labels_and_say_how(bench: FilesBench) -> None:
    book = openpyxl.load_workbook(_file(bench, "ann.xlsx"))
    assert book.sheetnames == ["Tasks", "Instructions", "Labels"]
    offered = book["Tasks"].data_validations.dataValidation[0]
    last = openpyxl.utils.get_column_letter(book["Tasks"].max_column)
    assert str(offered.sqref) == f"{last}2:{last}{book['Tasks'].max_row}"
    assert offered.formula1 == "=Labels!$A$1:$A$4"
    assert [row[0].value for row in book["Labels"]] == ["Grade 2", "Grade 1", "Grade 0", "Can't say"]
    words = [row[0].value for row in book["Instructions"]]
    assert "How good?" in words
    assert "What is *wanted*?<script>alert(1)</script>" in words


def test_everybody_gets_golden_tasks_once_and_as_many_real_ones_as_others(bench: FilesBench) -> None:
    plan = json.loads(_file(bench, "published.json").read_text())["plan"]
    golden = {str(task) for task in range(110, 114)}
    real: Counter[str] = Counter()
    for pages in plan.values():
        tasks = [task for page in pages for task in page]
        assert len(set(tasks)) == len(tasks)
        assert all(sum(task in golden for task in page) == 1 for page in pages)
        assert all(len(page) <= GRADES.page_size for page in pages)
        real.update(task for task in tasks if task not in golden)
    assert set(real.values()) == {2}
    counts = [sum(task not in golden for page in pages for task in page) for pages in plan.values()]
    assert sorted(counts) == [6, 7, 7]  # 10 tasks, 2 answers each, 3 annotators


def test_reordered_renamed_copied_and_padded_files_are_the_same_answers(bench: FilesBench) -> None:
    _fill(bench)
    expected = bench.platform().ask(GRADES).answers
    path = _file(bench, "ann.xlsx")
    rows = read_sheet(path)
    turned = [list(reversed(row)) for _, row in reversed(rows.rows)]
    book = openpyxl.Workbook()
    for row in [list(reversed(rows.columns)), [], *turned, [], []]:
        book.active.append(row)
    book.save(path.with_name("Ann (final).xlsx"))
    shutil.copy(_file(bench, "bob.xlsx"), path.with_name("bob - copy.xlsx"))
    path.unlink()
    found = bench.platform().ask(GRADES).answers
    columns = ["task", "annotator", "label"]
    assert found.select(columns).sort(columns).equals(expected.select(columns).sort(columns))


def test_a_half_filled_file_waits_and_says_whose(bench: FilesBench) -> None:
    _fill(bench)
    path = _file(bench, "cy.xlsx")
    _change(path, lambda sheet: sheet.cell(3, sheet.max_column, value="  "))
    with pytest.raises(WaitingError, match=r"cy \d+ of \d+\. Then run") as waits:
        bench.platform().ask(GRADES)
    assert "ann" not in str(waits.value).partition(": ")[2]
    early = bench.platform(wait_for_all=False).ask(GRADES)
    assert len(early.answers) == bench.platform().standing(GRADES).answers


def test_every_cell_that_cannot_be_read_is_named_and_files_stay(bench: FilesBench) -> None:
    _fill(bench)
    path = _file(bench, "ann.xlsx")

    def spoil(sheet: Any) -> None:
        sheet.cell(2, sheet.max_column, value="maybe")
        sheet.cell(3, 1, value="r000000000000")

    _change(path, spoil)
    before = path.read_bytes()
    with pytest.raises(InputError) as refused:
        bench.platform().ask(GRADES)
    text = str(refused.value)
    assert "2 places in the filled files" in text
    assert "ann.xlsx, row 2: 'maybe' is none of the labels: Grade 2, Grade 1, Grade 0, Can't say." in text
    assert "ann.xlsx, row 3: the id 'r000000000000' is none of those given out." in text
    assert path.read_bytes() == before


def test_two_different_answers_to_one_row_are_named_both(bench: FilesBench) -> None:
    _fill(bench)
    path = _file(bench, "bob.xlsx")
    copy = path.with_name("bob 2.xlsx")
    shutil.copy(path, copy)
    _change(copy, lambda sheet: sheet.cell(4, sheet.max_column, value="Can't say"))
    with pytest.raises(
        InputError, match=r"(?s)row 4: the answer .* differs from that in .*, row 4\. Keep one"
    ):
        bench.platform().ask(GRADES)


@pytest.mark.parametrize("name", ["id", "answer"])
def test_a_renamed_column_is_told(bench: FilesBench, name: str) -> None:
    _fill(bench)

    def rename(sheet: Any) -> None:
        sheet.cell(1, _column(sheet, name), value="verdict")

    _change(_file(bench, "ann.xlsx"), rename)
    with pytest.raises(
        InputError, match=rf"ann.xlsx, column '{name}': The column is missing; there are .*verdict"
    ):
        bench.platform().ask(GRADES)


def test_labels_are_read_by_text_or_value_and_in_any_case(bench: FilesBench) -> None:
    bench.work("ann", lambda text: f" GRADE {wanted_grade(text)} ")
    for person in ("bob", "cy"):
        bench.work(person, wanted_grade)
    answers = bench.platform().ask(GRADES).answers.join(GRADES.tasks, on="task")
    assert (answers["label"] == answers["truth"]).all()


def test_numbers_of_spreadsheets_are_labels_too(bench: FilesBench) -> None:
    _fill(bench)
    _change(_file(bench, "ann.xlsx"), lambda sheet: sheet.cell(2, sheet.max_column, value=1.0))
    assert bench.platform().ask(GRADES).pages


def test_a_file_is_never_written_over_and_a_lost_one_is_written_anew(bench: FilesBench) -> None:
    path = _file(bench, "ann.xlsx")
    bench.work("ann", wanted_grade)
    before = path.read_bytes()
    with pytest.raises(WaitingError):
        bench.platform().ask(GRADES, seed=3)
    assert path.read_bytes() == before
    _file(bench, "bob.xlsx").unlink()
    with pytest.raises(WaitingError):
        bench.platform().ask(GRADES)
    assert _file(bench, "bob.xlsx").exists()


def test_files_that_spreadsheet_programs_keep_beside_open_ones_are_passed_over(bench: FilesBench) -> None:
    path = _file(bench, "ann.xlsx")
    path.with_name("~$ann.xlsx").write_bytes(b"lock")
    path.with_name(".~lock.ann.xlsx").write_bytes(b"lock")
    with pytest.raises(WaitingError):
        bench.platform().ask(GRADES)


@pytest.mark.parametrize(
    ("name", "content", "text"),
    [
        ("ann.xlsx", b"no zip", "no XLSX workbook, or is damaged"),
        ("more.csv", "id;answer\nr1;Größe".encode("cp1252"), "no UTF-8 text"),
        ("more.csv", b"", "The file is empty"),
        ("more.csv", b"id,answer,Answer\n", "The column is twice"),
    ],
)
def test_a_damaged_file_is_told_by_name(bench: FilesBench, name: str, content: bytes, text: str) -> None:
    (_file(bench, "ann.xlsx").parent / name).write_bytes(content)
    with pytest.raises(InputError, match=rf"{name}.*{text}"):
        bench.platform().ask(GRADES)


def test_text_that_looks_like_a_formula_stays_text(tmp_path: Path) -> None:
    evil = '=HYPERLINK("http://evil.example","x")'
    shown = pl.Series([json.dumps({"query": evil, "title": f"-{n}"}) for n in range(14)])
    pool = replace(GRADES, tasks=GRADES.tasks.with_columns(shown=shown))
    with pytest.raises(WaitingError):
        Files(annotators=PEOPLE, folder=str(tmp_path / "x")).ask(pool)
    for path in (tmp_path / "x").rglob("*.xlsx"):
        for sheet in openpyxl.load_workbook(path):
            for row in sheet.iter_rows():
                assert all(cell.data_type != "f" for cell in row)
        cell = openpyxl.load_workbook(path)["Tasks"]["C2"]
        assert (cell.value, cell.data_type, cell.quotePrefix) == (evil, "s", True)
    with pytest.raises(WaitingError):
        Files(annotators=PEOPLE, folder=str(tmp_path / "c"), format="csv").ask(pool)
    for path in (tmp_path / "c").rglob("*.csv"):
        for row in rows_of(path):
            assert row["Query"] == f"'{evil}"
            assert not any((value or "").startswith(("=", "+", "-", "@")) for value in row.values())
    assert safe_cell(" @x") == "' @x"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_goes_out_and_comes_back_with_any_delimiter(tmp_path: Path, delimiter: str) -> None:
    platform = Files(annotators=PEOPLE, folder=str(tmp_path), format="csv")
    with pytest.raises(WaitingError):
        platform.ask(GRADES)
    for path in tmp_path.rglob("*.csv"):
        rows = rows_of(path)
        for row in rows:
            row["answer"] = f"Grade {wanted_grade(row['Query'])}"
        pl.DataFrame(rows).write_csv(path, separator=delimiter)
    found = platform.ask(GRADES)
    assert (
        (found.answers.join(GRADES.tasks, on="task").select(pl.col("label") == pl.col("truth")))
        .to_series()
        .all()
    )
    words = next(tmp_path.rglob("instructions.txt")).read_text(encoding="utf-8")
    assert "How good?" in words


def test_what_everybody_is_owed_is_written_down(bench: FilesBench) -> None:
    _fill(bench)
    found = bench.platform().ask(GRADES)
    timed = found.answers.with_columns(seconds=pl.lit(60.0))
    owed = floor_bonuses(timed, GRADES.reward, Decimal(12))
    for _ in range(2):
        bench.platform().pay(GRADES, owed)
        rows = rows_of(_file(bench, "payments.csv"))
        assert [row["annotator"] for row in rows] == list(PEOPLE)
        assert sum(Decimal(row["rewards"]) for row in rows) == found.cost
        assert {row["annotator"]: Decimal(row["bonus"]) for row in rows} == {
            one.annotator: one.bonus for one in owed
        }
    assert bench.platform().ask(GRADES).pages == found.pages  # payments.csv is no answer


def test_annotators_must_be_enough_and_differ(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="wants 2 answers .* there are 1 annotators"):
        Files(annotators=("ann",), folder=str(tmp_path)).ask(GRADES)
    with pytest.raises(SettingsError, match="there are 0 annotators. Name more in 'annotators'"):
        Files(folder=str(tmp_path)).ask(GRADES)
    for names in (("ann", "ANN"), ("ann", "../.."), ("a/b", "a:b")):
        with pytest.raises(SettingsError, match="'annotators' must name who is asked"):
            Files(annotators=names)
    with pytest.raises(SettingsError, match="must not be negative"):
        Files(annotators=("ann",), hours=-1)


def test_other_annotators_than_those_who_got_files_are_told(bench: FilesBench) -> None:
    with pytest.raises(SettingsError, match="files of this pool are those of ann, bob, cy"):
        bench.platform(annotators=(*PEOPLE, "dan")).ask(GRADES)


def test_whole_rankings_stand_in_two_cells_and_the_chosen_side_is_the_tasks(tmp_path: Path) -> None:
    good, bad = [{"id": "a", "title": "good"}, {"id": "b", "title": "fair"}], [{"id": "c", "title": "bad"}]
    rows = [
        {"query": f"q{n}", "left_items": (good, bad)[n % 2], "right_items": (bad, good)[n % 2]}
        for n in range(8)
    ]
    pool = replace(
        PAIRS,
        tasks=pl.DataFrame({"task": range(8), "shown": [json.dumps(row) for row in rows]}),
        labels=("left", "tie", "right"),
        golden=None,
        golden_per_page=0,
        template="side_by_side_rankings",
    )
    bench = FilesBench(tmp_path)
    with pytest.raises(WaitingError):
        bench.platform().ask(pool)
    assert "1. good\\n2. fair" in bench.texts()
    for person in PEOPLE:
        bench.work(person, better_side)
    answers = bench.platform().ask(pool).answers
    assert {(task % 2, label) for task, label in answers.select("task", "label").iter_rows()} == {
        (0, "left"),
        (1, "right"),
    }


def test_several_pools_can_be_published_before_anybody_is_waited_for(tmp_path: Path) -> None:
    platform = FilesBench(tmp_path).platform()
    platform.publish(GRADES)
    platform.publish(PAIRS)
    assert len(list(tmp_path.rglob("*.xlsx"))) == 6


def test_names_cannot_lead_out_of_the_folder(tmp_path: Path) -> None:
    names = ("../../evil", "/etc/passwd")
    with pytest.raises(WaitingError):
        Files(annotators=names, folder=str(tmp_path / "in")).ask(GRADES)
    assert {path.name for path in tmp_path.rglob("*.xlsx")} == {"evil.xlsx", "etc_passwd.xlsx"}


def test_notes_that_cannot_be_read_are_not_written_over(bench: FilesBench) -> None:
    path = _file(bench, "published.json")
    path.write_text("{", encoding="utf-8")
    with pytest.raises(StudyError, match="bring it back from a copy"):
        bench.platform().ask(GRADES)
    assert path.read_text(encoding="utf-8") == "{"
