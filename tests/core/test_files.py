from __future__ import annotations

import contextlib
import gzip
import io
import random
import subprocess
import sys

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tables import IDS, TEXT_IDS, answers

from palate.core.errors import InputError, OutputError
from palate.core.files import read_file, write_file
from palate.core.frames import read_table
from palate.core.tables import ANSWERS, ITEMS

HEADER = "task,annotator,label\n"
ROWS = [("1", "ann", "x"), ("2", "bob", "y")]
CSV = HEADER + "1,ann,x\n2,bob,y\n"


class TestCsv:
    @pytest.mark.parametrize(
        "text",
        [
            CSV,
            "\ufeff" + CSV,
            CSV.replace("\n", "\r\n"),
            "\ufeff" + CSV.replace("\n", "\r\n"),
            CSV.replace("\n", "\r"),
            CSV.rstrip("\n"),
            CSV + "\n\n\n",
            CSV.replace("\n", "\r\n") + "\r\n",
            "\n\n" + CSV,
            CSV.replace("bob", '"bob"').replace("label", '"label"'),
        ],
        ids=repr,
    )
    def test_marks_line_ends_and_quotes_make_no_difference(self, read, text):
        assert read(text).rows() == ROWS

    def test_quoted_fields_hold_separators_quotes_and_line_ends(self, read):
        found = read(HEADER + '"1,5","a ""b""","x\r\ny\nz"\n')
        assert found.rows() == [("1,5", 'a "b"', "x\r\ny\nz")]

    def test_ids_stay_as_they_are_written(self, read):
        assert read(HEADER + "007,NA, x\n7,null,1e3\n").rows() == [("007", "NA", " x"), ("7", "null", "1e3")]

    def test_rows_are_counted_from_the_first_of_data(self, refusal):
        text = HEADER.replace("label", "label,seconds") + '1,"a\nb",x,1\n2,b,y,abc\n'
        assert refusal(text) == "a.csv, row 2, column 'seconds': Expected a number; it is 'abc'."

    @pytest.mark.parametrize(
        ("row", "count"), [("2,bob", 2), ("2,bob,y,z", 4), ("2", 1), ("2,bob,y,", 4), ('"2,bob",y', 2)]
    )
    def test_row_with_other_fields_is_named(self, refusal, row, count):
        said = refusal(f"{HEADER}1,ann,x\n{row}\n3,cy,z\n")
        assert said.startswith(
            f"a.csv, row 2: The row has {count} fields, the header 3. Quote fields that hold"
        )

    def test_short_row_is_found_behind_quoted_fields(self, refusal):
        assert refusal(HEADER + '"1\n2",ann,x\n2,bob\n').startswith("a.csv, row 2: The row has 2 fields")

    def test_empty_last_fields_are_no_short_rows(self, read):
        text = 'task,annotator,label,seconds\n1,ann,x,\n"2",bob,y,\n'
        assert read(text)["seconds"].to_list() == [None, None]
        assert read(text.replace('"', ""))["seconds"].to_list() == [None, None]

    def test_blank_line_is_a_row_without_values(self, refusal):
        said = refusal(HEADER + "1,ann,x\n\n2,bob,y\n")
        assert said == "a.csv, row 2, column 'task': The value is missing. Fill it in or remove the row."

    def test_long_field_is_no_fault(self, read):
        text = "x" * 200_000
        found = read(f'item,text,url\n1,"{text}",\n2,b,\n', table=ITEMS)
        assert found["text"].to_list() == [text, "b"]

    @pytest.mark.parametrize("row", ['"2,bob,y', '"2"2,bob,y'])
    def test_quotes_that_do_not_match_are_named(self, refusal, row):
        assert refusal(f"{HEADER}1,ann,x\n{row}\n3,cy,z\n").startswith(
            "a.csv, row 2: The quotes do not match"
        )

    def test_open_quote_before_much_text_is_damage(self, refusal):
        assert "The file is damaged or is not .csv" in refusal(HEADER + '"1' + "x\n" * 100_000)

    @pytest.mark.parametrize("header", ['"task', '"' + "x" * 200_000, '"task"x,label'])
    def test_open_quote_in_the_header_is_named(self, refusal, header):
        assert refusal(header) == "a.csv: The quotes of the header do not match."

    @pytest.mark.parametrize("data", ["", "\n", " \r\n\t\n", "\ufeff", gzip.compress(b"", mtime=0)])
    def test_empty_file_is_said(self, refusal, data):
        assert (
            refusal(data)
            == "a.csv: The file is empty. Expected answers with the columns task, annotator, label."
        )

    @pytest.mark.parametrize("data", [HEADER, HEADER.strip(), HEADER + "\n\n"])
    def test_header_alone_is_an_empty_table(self, refusal, data):
        assert refusal(data) == (
            "a.csv: The table is empty. Answers need at least one row of task, annotator, label."
        )

    @pytest.mark.parametrize(
        ("name", "separator", "said"),
        [
            (
                "a.csv",
                ";",
                "separated by commas here, but the file seems to use semicolons. Save it with commas",
            ),
            ("a.csv", "\t", "separated by commas here, but the file seems to use tabs. Name it .tsv."),
            ("a.csv", "|", "separated by commas here, but the file seems to use vertical bars."),
            ("a.tsv", ",", "separated by tabs here, but the file seems to use commas. Name it .csv."),
            ("a.tsv", ";", "separated by tabs here, but the file seems to use semicolons."),
        ],
    )
    def test_other_separator_is_said(self, refusal, name, separator, said):
        assert said in refusal(CSV.replace(",", separator), name)

    def test_tabs_separate_tsv(self, read):
        assert read(CSV.replace(",", "\t"), "a.tsv").rows() == ROWS

    def test_one_column_needs_no_separator(self, read):
        assert read("item\n1\n2\n", table=ITEMS)["item"].to_list() == ["1", "2"]

    @pytest.mark.parametrize("header", ["task,annotator,task,label", "task,label,annotator,x,x"])
    def test_column_named_twice_is_said(self, refusal, header):
        said = refusal(header + "\n" + ",".join(["1"] * len(header.split(","))))
        assert "The header names the column '" in said
        assert "twice. Rename or remove one." in said

    def test_empty_columns_at_the_end_pass(self, read):
        assert (
            read("task,annotator,label,,\n1,ann,x,,\n2,bob,y,,\n").select("task", "annotator", "label").rows()
            == ROWS
        )

    @pytest.mark.parametrize("encoding", ["latin-1", "cp1252"])
    def test_other_encoding_is_said_with_its_line(self, refusal, encoding):
        said = refusal((CSV + "3,é,z\n").encode(encoding))
        assert said.startswith("a.csv: The file is not UTF-8 text: byte 0xE9 in line 4. Save it as UTF-8")
        assert "byte 0xE9 in line 1" in refusal(CSV.replace("label", "é").encode(encoding))

    @pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
    def test_wide_characters_are_said(self, refusal, encoding):
        assert "Save it as UTF-8" in refusal(CSV.encode(encoding))

    def test_gzip_is_unpacked(self, read):
        assert read(gzip.compress(CSV.encode()), "a.csv.gz").rows() == ROWS
        assert read(gzip.compress(CSV.encode()), "a.csv").rows() == ROWS

    def test_damaged_gzip_is_said(self, refusal):
        packed = gzip.compress(CSV.encode())
        for end in range(2, len(packed)):
            assert refusal(packed[:end], "a.csv.gz").startswith("a.csv.gz: The gzip file is damaged: ")
        turned = bytearray(packed)
        turned[12] ^= 255
        assert "The gzip file is damaged" in refusal(bytes(turned), "a.csv.gz")

    @settings(max_examples=100)
    @given(st.binary(max_size=60))
    def test_no_bytes_whatever_break_the_reader(self, tmp_path_factory, data):
        path = tmp_path_factory.mktemp("bytes") / "a"
        for suffix in (".csv", ".tsv", ".jsonl", ".run", ".csv.gz"):
            file = path.with_suffix(suffix)
            file.write_bytes(data)
            with contextlib.suppress(InputError):
                read_file(file, ANSWERS)


class TestParquet:
    def test_types_are_kept(self, tmp_path):
        frame = pl.DataFrame(
            {"task": [1, 2], "annotator": ["a", "b"], "label": ["x", "y"], "seconds": [1.5, None]}
        )
        frame.write_parquet(tmp_path / "a.parquet")
        assert read_table(tmp_path / "a.parquet", ANSWERS).equals(frame)

    def test_path_is_taken_literally(self, tmp_path):
        folder = tmp_path / "label=z"
        folder.mkdir()
        for name in ("a[1].parquet", "a*.pq", "a1.parquet"):
            frame = pl.DataFrame({"task": [name], "annotator": ["a"], "label": ["x"]})
            frame.write_parquet(folder / name, mkdir=False)
        for name in ("a[1].parquet", "a*.pq"):
            assert read_table(folder / name, ANSWERS).rows() == [(name, "a", "x")]

    @pytest.mark.parametrize("compression", ["zstd", "uncompressed"])
    def test_truncated_anywhere_is_damage(self, tmp_path, compression):
        path = tmp_path / "a.parquet"
        frame = pl.DataFrame({"task": range(50), "annotator": ["a", "b"] * 25, "label": [1.5, 2.5] * 25})
        frame.write_parquet(path, compression=compression)
        data = path.read_bytes()
        for end in [*range(0, len(data), 7), *range(len(data) - 12, len(data))]:
            path.write_bytes(data[:end])
            with pytest.raises(
                InputError, match=r"a\.parquet: The file is (empty|damaged or is not \.parquet: )"
            ):
                read_file(path, ANSWERS)

    def test_flipped_bits_are_read_or_refused_but_nothing_else(self, tmp_path, capfd):
        path = tmp_path / "a.parquet"
        frame = pl.DataFrame({"task": range(300), "annotator": ["a", "b"] * 150, "label": [0.5, 2.5] * 150})
        frame.write_parquet(path)
        data = path.read_bytes()
        footer = range(max(0, len(data) - 700), len(data))
        rng = random.Random(3)  # noqa: S311 (no secret)
        refused = 0
        for _ in range(400):
            turned = bytearray(data)
            turned[rng.choice(footer)] = rng.randrange(256)
            path.write_bytes(turned)
            with contextlib.suppress(InputError):
                read_file(path, ANSWERS)
                refused -= 1
            refused += 1
        assert refused > 100
        capfd.readouterr()  # the reader's own words about its panics

    def test_text_named_parquet_is_damage(self, refusal):
        assert refusal(CSV, "a.parquet").startswith("a.parquet: The file is damaged or is not .parquet: ")

    def test_parquet_named_csv_is_said(self, tmp_path, refusal):
        pl.DataFrame({"task": [1]}).write_parquet(tmp_path / "b")
        assert "The file is no text: line 1 holds a zero byte." in refusal((tmp_path / "b").read_bytes())


class TestPlaces:
    def test_missing_file_is_said(self, tmp_path):
        for name in ("a.csv", "a.parquet", "none/a.csv", "a.unknown"):
            with pytest.raises(InputError, match=rf"{name}: There is no such file\."):
                read_file(tmp_path / name, ANSWERS)

    def test_folder_is_said(self, tmp_path):
        with pytest.raises(InputError, match="This is a folder; a file was expected"):
            read_file(tmp_path, ANSWERS)

    @pytest.mark.parametrize("name", ["x" * 5000 + ".csv", "/dev/null/a.csv", "/proc/self/mem.csv/x.parquet"])
    def test_path_that_cannot_be_is_said(self, name):
        with pytest.raises(InputError, match=r"The file cannot be read|There is no such file"):
            read_file(name, ANSWERS)

    def test_file_that_cannot_be_read_is_said(self, tmp_path):
        (tmp_path / "a.csv").symlink_to("/proc/self/mem")
        with pytest.raises(InputError, match=r"a\.csv: The file cannot be read: Input/output error\."):
            read_file(tmp_path / "a.csv", ANSWERS)

    @pytest.mark.parametrize("name", ["a.xlsx", "a", "a.gz", "a.parquet.gz"])
    def test_unknown_ending_is_said(self, refusal, name):
        assert refusal(CSV, name).startswith(
            f"{name}: Cannot tell the format of the file from its name. Known endings:"
        )

    def test_standard_input_is_csv(self, monkeypatch):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(CSV.encode())))
        assert read_table("-", ANSWERS).rows() == ROWS

    def test_standard_input_is_named_in_errors(self, monkeypatch):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
        with pytest.raises(InputError, match="standard input: The file is empty"):
            read_table("-", ANSWERS)

    def test_standard_output_is_csv(self, capsys):
        write_file(pl.DataFrame({"task": [1], "label": ["a,b"]}), "-")
        assert capsys.readouterr().out == 'task,label\n1,"a,b"\n'

    def test_standard_output_takes_no_lists(self, capsys):
        with pytest.raises(OutputError, match="Cannot write -: CSV format does not support nested data"):
            write_file(pl.DataFrame({"task": [[1]]}), "-")
        assert capsys.readouterr().out == ""


class TestWriting:
    @settings(max_examples=60)
    @given(answers(IDS, TEXT_IDS), st.sampled_from([".parquet", ".pq", ".jsonl", ".ndjson"]))
    def test_typed_formats_give_back_what_was_written(self, tmp_path_factory, table, suffix):
        path = tmp_path_factory.mktemp("files") / f"a{suffix}"
        write_file(table, path)
        assert read_table(path, ANSWERS).equals(read_table(table, ANSWERS))

    @settings(max_examples=60)
    @given(answers(TEXT_IDS, TEXT_IDS), st.sampled_from([".csv", ".tsv"]))
    def test_text_formats_give_back_what_was_written(self, tmp_path_factory, table, suffix):
        path = tmp_path_factory.mktemp("files") / f"a{suffix}"
        write_file(table, path)
        assert read_table(path, ANSWERS).equals(table)

    @pytest.mark.parametrize("name", ["a", "a.xlsx", "a.csv.gz"])
    def test_unknown_ending_is_refused(self, tmp_path, name):
        with pytest.raises(
            OutputError, match=r"Cannot tell the format of .* from its name\. Known endings: \.parquet"
        ):
            write_file(pl.DataFrame({"a": [1]}), tmp_path / name)
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(
        ("column", "suffix"),
        [
            (pl.Series([[1]]), ".csv"),
            (pl.Series([{"a": 1}]), ".tsv"),
            (pl.Series([object()], dtype=pl.Object), ".parquet"),
            (pl.Series([object()], dtype=pl.Object), ".jsonl"),
        ],
    )
    def test_what_the_format_cannot_hold_is_refused_and_the_old_file_stays(self, tmp_path, column, suffix):
        path = tmp_path / f"a{suffix}"
        path.write_text("old")
        with pytest.raises(OutputError, match=r"Cannot write .*a\.\w+: \w+"):
            write_file(pl.DataFrame({"a": column}), path)
        assert path.read_text() == "old"
        assert [file.name for file in tmp_path.iterdir()] == [path.name]

    @pytest.mark.parametrize("suffix", [".csv", ".parquet", ".jsonl", ".qrels"])
    def test_unwritable_place_is_said(self, tmp_path, suffix):
        frame = pl.DataFrame({"query": [1], "item": [1], "grade": [1]})
        (tmp_path / "file").write_text("x")
        (tmp_path / f"folder{suffix}").mkdir()
        for place in (f"none/a{suffix}", f"file/a{suffix}", f"folder{suffix}"):
            with pytest.raises(OutputError, match="Cannot write"):
                write_file(frame, tmp_path / place)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["file", f"folder{suffix}"]

    def test_full_disk_leaves_the_old_file(self, tmp_path):
        path = tmp_path / "a.csv"
        path.write_text("old")
        limited = (
            "import resource, signal, polars as pl\n"
            "from palate.core.files import write_file\n"
            "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
            f"write_file(pl.DataFrame({{'task': range(10_000)}}), {str(path)!r})\n"
        )
        done = subprocess.run([sys.executable, "-c", limited], capture_output=True, text=True, check=False)
        assert "palate.core.errors.OutputError: Cannot write" in done.stderr
        assert path.read_text() == "old"
        assert list(tmp_path.iterdir()) == [path]
