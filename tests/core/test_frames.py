from __future__ import annotations

import datetime as dt
import subprocess
import sys
import textwrap
import time
from decimal import Decimal
from pathlib import Path

import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from tables import IDS, TEXT_IDS, answers

from palate.core.errors import InputError
from palate.core.frames import like, read_table
from palate.core.tables import ANSWERS, INTERACTIONS, ITEMS, RUNS

GOOD = {"task": ["1", "2"], "annotator": ["ann", "bob"], "label": ["x", "y"]}
ROWS = [("1", "ann", "x"), ("2", "bob", "y")]


def refusal(source, table=ANSWERS, **settings):
    with pytest.raises(InputError) as caught:
        read_table(source, table, **settings)
    return str(caught.value)


class TestKindsOfFrames:
    @pytest.mark.parametrize(
        "source",
        [
            pl.DataFrame(GOOD),
            pl.LazyFrame(GOOD),
            pd.DataFrame(GOOD),
            pd.DataFrame(GOOD, dtype=object),
            pd.DataFrame(GOOD, dtype="string"),
            pd.DataFrame(GOOD, dtype=pd.StringDtype("python")),
            pd.DataFrame(GOOD, dtype=pd.ArrowDtype(pa.string())),
            pd.DataFrame(GOOD, dtype="category"),
            pd.DataFrame(GOOD, index=[7, 3]),
            pa.table(GOOD),
            pa.table({name: pa.array(values).dictionary_encode() for name, values in GOOD.items()}),
            nw.from_native(pl.DataFrame(GOOD)),
            nw.from_native(pl.LazyFrame(GOOD)),
            nw.from_native(pd.DataFrame(GOOD)),
            pl.DataFrame(GOOD).cast(pl.Categorical),
            pl.DataFrame(GOOD).cast({"label": pl.Enum(["y", "x"])}),
        ],
        ids=lambda source: f"{type(source).__module__}.{type(source).__name__}",
    )
    def test_any_frame_is_read_alike(self, source):
        found = read_table(source, ANSWERS)
        assert isinstance(found, pl.DataFrame)
        assert found.rows() == ROWS
        assert found.dtypes == [pl.String] * 3

    @pytest.mark.parametrize(
        "source", [GOOD, ROWS, None, 7, np.zeros((2, 3)), pd.Series([1]), pl.Series([1])]
    )
    def test_other_things_are_refused(self, source):
        assert refusal(source) == (
            f"answers: Expected a dataframe (pandas, polars, pyarrow, …) or a path; got {type(source).__name__}."
        )

    def test_errors_name_the_argument_as_asked(self, tmp_path):
        assert refusal(pl.DataFrame()).startswith("answers: ")
        assert refusal(pl.DataFrame(), where="the answers").startswith("the answers: ")
        path = tmp_path / "a.csv"
        path.write_text("task\n1\n")
        assert refusal(path).startswith(f"{path}: ")
        assert refusal(str(path), where="the answers").startswith("the answers: ")
        assert refusal(tmp_path / "b.csv", where="the answers") == "the answers: There is no such file."

    def test_source_stays_as_it_is(self):
        frame = pd.DataFrame({"task": [1, 1], "worker": ["a", None], "label": [1.0, 2.0]}, dtype=object)
        before = frame.copy(deep=True)
        refusal(frame)
        pd.testing.assert_frame_equal(frame, before)

    def test_lazy_frame_that_cannot_be_computed_is_said(self, tmp_path):
        assert refusal(pl.scan_csv(tmp_path / "none.csv")).startswith(
            "answers: The lazy table cannot be computed: "
        )
        assert "cannot be computed" in refusal(pl.LazyFrame(GOOD).select("nothing"))

    def test_repeated_rows_may_be_allowed(self):
        frame = pd.DataFrame({"task": [1, 1], "annotator": ["a", "a"], "label": [1, 2]})
        assert "2 rows repeat one" in refusal(frame)
        assert len(read_table(frame, ANSWERS, unique=False)) == 2


class TestPandas:
    @pytest.mark.parametrize(
        ("column", "expected"),
        [
            (pd.Series([1, 2]), [1, 2]),
            (pd.Series([1, 2], dtype="uint8"), [1, 2]),
            (pd.Series([1.0, 2.0]), [1, 2]),
            (pd.Series([1, 2], dtype="Int64"), [1, 2]),
            (pd.Series([1, 2], dtype="UInt16"), [1, 2]),
            (pd.Series([1, 2], dtype="Float64"), [1, 2]),
            (pd.Series([1, 2], dtype="int64[pyarrow]"), [1, 2]),
            (pd.Series([1, 2], dtype="category"), [1, 2]),
            (pd.Series([1, 2], dtype="Sparse[int]"), [1, 2]),
            (pd.Series([1, 2], dtype=object), [1, 2]),
            (pd.Series([True, False]), [True, False]),
            (pd.Series([True, False], dtype="boolean"), [True, False]),
            (pd.Series(["a", "b"], dtype=pd.CategoricalDtype(["b", "a", "c"])), ["a", "b"]),
            (pd.Series([np.str_("a"), "b"], dtype=object), ["a", "b"]),
            (pd.Series([b"a", b"b"]), ["a", "b"]),
            (pd.Series([2**70, 1]), [str(2**70), "1"]),
            (pd.Series([2**200, 1]), [str(2**200), "1"]),
        ],
        ids=lambda value: str(getattr(value, "dtype", "")),
    )
    def test_labels_of_any_type_are_read(self, column, expected):
        frame = pd.DataFrame({**GOOD, "label": column})
        assert read_table(frame, ANSWERS)["label"].to_list() == expected

    @pytest.mark.parametrize(
        "column",
        [
            pd.Series(["a", None]),
            pd.Series(["a", np.nan], dtype=object),
            pd.Series(["a", pd.NA], dtype=object),
            pd.Series(["a", pd.NaT], dtype=object),
            pd.Series(["a", pd.NA], dtype="string"),
            pd.Series(["a", None], dtype=pd.ArrowDtype(pa.string())),
            pd.Series(["a", None], dtype="category"),
            pd.Series([1, None]),
            pd.Series([1, None], dtype="Int64"),
            pd.Series([1, None], dtype="Float64"),
            pd.Series([1, None], dtype="int64[pyarrow]"),
            pd.Series([True, None], dtype="boolean"),
            pd.Series([1, None], dtype=object),
        ],
        ids=lambda column: str(column.dtype),
    )
    def test_missing_values_of_any_kind_are_missing(self, column):
        frame = pd.DataFrame({**GOOD, "label": column})
        assert refusal(frame) == (
            "answers, row 2, column 'label': The value is missing. Fill it in or remove the row."
        )

    def test_text_beside_numbers_is_refused_with_its_row(self):
        frame = pd.DataFrame({**GOOD, "task": [1, "1"]})
        assert refusal(frame) == (
            "answers, row 2, column 'task': The column mixes whole numbers and text (1 and '1' would be two"
            " different things). Make them one type."
        )

    def test_missing_seconds_are_missing_where_pandas_can_say_so(self):
        for column in (pd.Series([1.5, None], dtype="Float64"), pd.Series([1.5, None], dtype=object)):
            assert read_table(pd.DataFrame({**GOOD, "seconds": column}), ANSWERS)["seconds"].to_list() == [
                1.5,
                None,
            ]
        assert (
            "row 2, column 'seconds': The value is not a finite number; it is nan. If it is unknown"
            in refusal(pd.DataFrame({**GOOD, "seconds": [1.5, np.nan]}))
        )

    @pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
    @pytest.mark.parametrize(("zone", "hour"), [(None, 12), ("UTC", 12), ("Europe/Paris", 11)])
    def test_times_are_seconds_since_1970_utc(self, unit, zone, hour):
        times = (
            pd.Series(pd.to_datetime(["2026-01-31 12:00:00", None]))
            .astype(f"datetime64[{unit}]")
            .dt.tz_localize(zone)
        )
        expected = dt.datetime(2026, 1, 31, hour, tzinfo=dt.UTC).timestamp()
        found = read_table(pd.DataFrame({**GOOD, "submitted_at": times}), ANSWERS)
        assert found["submitted_at"].to_list() == [expected, None]

    @pytest.mark.parametrize(
        "times",
        [
            pd.Series([dt.date(1970, 1, 2), None], dtype=object),
            pd.Series([dt.datetime(1970, 1, 2, tzinfo=dt.UTC), None], dtype=object),
            pd.Series([pd.Timestamp("1970-01-02"), pd.NaT], dtype=object),
            pd.Series(["1970-01-02", None]),
            pd.Series([dt.date(1970, 1, 2), None], dtype=pd.ArrowDtype(pa.date32())),
            pd.Series([86400, None], dtype=object),
        ],
        ids=lambda column: str(column.dtype),
    )
    def test_times_may_be_objects_or_text(self, times):
        found = read_table(pd.DataFrame({**GOOD, "submitted_at": times}), ANSWERS)
        assert found["submitted_at"].to_list() == [86400.0, None]

    @pytest.mark.parametrize(
        "column",
        [
            pd.Series(pd.period_range("2026", periods=2, freq="D")),
            pd.Series(pd.interval_range(0, 2)),
            pd.Series(pd.to_timedelta([1, 2], unit="s")),
            pd.Series(pd.to_timedelta([1, 2], unit="s")).astype("timedelta64[s]"),
            pd.Series([1j, 2j]),
            pd.Series([[1], ["a"]]),
            pd.Series([{"a": 1}, {"b": 2}]),
            pd.Series([Decimal("1.5"), None], dtype=object),
            pd.Series([object(), 1]),
            pd.Series(["\ud800", "a"], dtype=object),
        ],
        ids=lambda column: str(column.dtype),
    )
    def test_columns_that_mean_nothing_here_pass_or_are_refused_by_name(self, column):
        found = read_table(pd.DataFrame({**GOOD, "extra": column}), ANSWERS)
        assert found["extra"].len() == 2
        assert "column 'task'" in refusal(pd.DataFrame({**GOOD, "task": column}))

    def test_dictionaries_pass_with_all_their_keys(self):
        values = [{"a": 1}, {"b": 2}]
        found = read_table(pd.DataFrame({**GOOD, "extra": values}), ANSWERS)
        assert found["extra"].to_list() == values

    def test_named_index_counts_as_columns(self):
        frame = pd.DataFrame(GOOD)
        assert read_table(frame.set_index("task"), ANSWERS).rows() == ROWS
        assert read_table(frame.set_index(["task", "annotator"]), ANSWERS).rows() == ROWS

    def test_index_that_repeats_a_column_is_left_out(self):
        frame = pd.DataFrame(GOOD).set_index("task", drop=False)
        assert read_table(frame, ANSWERS).rows() == ROWS

    def test_column_names_that_are_no_text_are_spelled(self):
        frame = pd.DataFrame({**GOOD, 7: [1, 2]})
        assert read_table(frame, ANSWERS).columns == [*GOOD, "7"]

    @pytest.mark.parametrize(
        "source",
        [
            pd.DataFrame([[1, 2, 3, 4]], columns=["task", "label", "x", "label"]),
            pa.table([[1], [2], [3]], names=["task", "label", "label"]),
        ],
        ids=["pandas", "pyarrow"],
    )
    def test_column_named_twice_is_refused(self, source):
        assert refusal(source) == "answers: Two columns have the name 'label'. Rename or remove one."

    def test_names_spelled_alike_are_refused(self):
        frame = pd.DataFrame([[1, 2, 3]], columns=["task", 7, "7"])
        assert refusal(frame) == "answers: Two columns have the name '7'. Rename or remove one."

    def test_a_million_rows_of_text_take_about_a_second(self):
        ids = [f"task-{i % 250_000}" for i in range(1_000_000)]
        who = [f"annotator-{i // 250_000}" for i in range(1_000_000)]
        for dtype in ("str", object):
            frame = pd.DataFrame({"task": ids, "annotator": who, "label": who}, dtype=dtype)
            start = time.process_time()
            assert len(read_table(frame, ANSWERS)) == 1_000_000
            assert time.process_time() - start < 5, "several times what it takes on an idle machine"


class TestWithoutPyarrow:
    def test_pandas_is_read_and_written(self):
        """Palate does not need pyarrow, and pandas holds text without it."""
        script = """
            import sys
            sys.modules["pyarrow"] = None
            import pandas as pd
            from palate.core.frames import like, read_table
            from palate.core.tables import ANSWERS
            frame = pd.DataFrame({"task": ["1", "2"], "annotator": ["a", "b"], "label": [1, 2]})
            frame["submitted_at"] = pd.to_datetime(["2026-01-01", None])
            found = read_table(frame, ANSWERS)
            assert found["task"].to_list() == ["1", "2"], found
            assert like(frame, found)["task"].tolist() == ["1", "2"]
        """
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr


class TestLike:
    def test_paths_and_polars_give_polars(self):
        frame = pl.DataFrame(GOOD)
        for source in ("a.csv", Path("a.csv"), pl.DataFrame()):
            assert like(source, frame) is frame
        assert like(pl.LazyFrame(), frame).collect().equals(frame)

    @pytest.mark.parametrize(
        "source",
        [
            pl.DataFrame(GOOD),
            pl.LazyFrame(GOOD),
            pd.DataFrame(GOOD),
            pa.table(GOOD),
            nw.from_native(pl.DataFrame(GOOD)),
            nw.from_native(pd.DataFrame(GOOD)),
            nw.from_native(pa.table(GOOD)),
        ],
        ids=lambda source: f"{type(source).__module__}.{type(source).__name__}",
    )
    def test_the_same_kind_comes_out(self, source):
        found = like(source, read_table(source, ANSWERS))
        assert type(found) is type(source)
        assert type(nw.to_native(found, pass_through=True)) is type(nw.to_native(source, pass_through=True))
        assert read_table(found, ANSWERS).rows() == ROWS

    @pytest.mark.parametrize("kind", [pd.DataFrame, pa.table])
    @settings(max_examples=40)
    @given(table=answers(IDS, TEXT_IDS))
    def test_nothing_is_lost_on_the_way_out_and_in(self, kind, table):
        source = kind({"task": [1]})
        found = like(source, table)
        assert read_table(found, ANSWERS).equals(table)

    def test_values_of_all_types_reach_pandas(self):
        noon = dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC)
        frame = pl.DataFrame(
            {
                "text": ["a", None],
                "whole": [1, 2],
                "number": [0.5, None],
                "truth": [True, False],
                "category": pl.Series(["x", "y"], dtype=pl.Categorical),
                "utc": [noon, None],
                "paris": pl.Series([noon, None]).dt.convert_time_zone("Europe/Paris"),
                "list": [[1, 2], [3]],
            }
        )
        found = like(pd.DataFrame(), frame)
        assert found["text"].tolist()[0] == "a"
        assert found["text"].isna().tolist() == [False, True]
        assert found["whole"].dtype == np.int64
        assert found["number"].isna().tolist() == [False, True]
        assert found["truth"].dtype == np.bool_
        assert found["category"].tolist() == ["x", "y"]
        assert found["utc"][0] == found["paris"][0] == pd.Timestamp(noon)
        assert str(found["paris"].dt.tz) == "Europe/Paris"
        assert found["utc"].isna().tolist() == [False, True]
        assert [list(values) for values in found["list"]] == [[1, 2], [3]]

    def test_pandas_frames_without_rows_have_their_columns(self):
        found = like(pd.DataFrame(), pl.DataFrame(schema={"task": pl.String, "grade": pl.Float64}))
        assert list(found.columns) == ["task", "grade"]
        assert len(found) == 0


def test_other_tables_are_read_too():
    assert read_table(pd.DataFrame({"movieId": [1], "title": ["Heat"]}), ITEMS).rows() == [(1, "Heat")]
    ratings = pd.DataFrame({"userId": [1], "movieId": [31], "rating": [2.5], "timestamp": [1260759144]})
    assert read_table(ratings, INTERACTIONS).rows() == [(1, 31, 1260759144.0, 2.5)]


def test_score_that_is_nan_is_refused_with_its_row():
    frame = pd.DataFrame({"query": [1, 1], "item": [1, 2], "score": [0.5, np.nan]})
    assert refusal(frame, RUNS).startswith(
        "runs, row 2, column 'score': The value is not a finite number; it is nan."
    )
