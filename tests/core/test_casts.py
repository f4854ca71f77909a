from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from palate.core.casts import cast_column
from palate.core.errors import InputError
from palate.core.tables import Column

UTC = dt.UTC
NAN = float("nan")


def cast(kind, values, dtype=None):
    series = values if isinstance(values, pl.Series) else pl.Series(values, dtype=dtype, strict=False)
    return cast_column(series, Column("c", kind, "a thing"), "a.csv")


def refusal(kind, values, dtype=None):
    with pytest.raises(InputError) as caught:
        cast(kind, values, dtype)
    return str(caught.value).removeprefix("a.csv, ")


def objects(*values):
    return pl.Series(values, dtype=pl.Object)


class TestIds:
    def test_text_is_kept_to_the_letter(self):
        values = ["007", " 7", "1.0", "é", "e\u0301", "NA", "nan"]
        assert cast("id", values).to_list() == values

    @pytest.mark.parametrize("dtype", [pl.Int8, pl.Int32, pl.Int64, pl.UInt8, pl.UInt64, pl.Int128])
    def test_whole_numbers_of_any_width_become_one_type(self, dtype):
        found = cast("id", [1, 2], dtype)
        assert found.dtype == pl.Int64
        assert found.to_list() == [1, 2]

    def test_large_whole_numbers_are_exact(self):
        assert cast("id", [2**64 - 1, 0], pl.UInt64).to_list() == [2**64 - 1, 0]
        assert cast("id", [2**100, 0], pl.Int128).to_list() == [str(2**100), "0"]

    @pytest.mark.parametrize("dtype", [pl.Float32, pl.Float64])
    def test_whole_floats_become_whole_numbers(self, dtype):
        found = cast("id", [1.0, -0.0, None, 4096.0], dtype)
        assert found.dtype == pl.Int64
        assert found.to_list() == [1, 0, None, 4096]

    @pytest.mark.parametrize("value", [1.5, -0.1, float("inf"), 1e300, 2.0**54])
    def test_floats_that_are_not_whole_are_refused(self, value):
        assert refusal("id", [1.0, value]) == (
            f"row 2, column 'c': An id or label must be text or a whole number; it is {value!r}."
        )

    def test_short_floats_lose_digits_earlier(self):
        assert "row 1" in refusal("id", [2.0**25], pl.Float32)
        assert cast("id", [2.0**53]).to_list() == [2**53]

    def test_nan_is_a_missing_id(self):
        assert cast("id", [1.0, NAN]).to_list() == [1, None]

    def test_missing_ids_alone_are_text(self):
        assert cast("id", [None, None], pl.Null).dtype == pl.String

    def test_truth_values_are_labels_but_no_ids(self):
        assert cast("label", [True, False, None]).to_list() == [True, False, None]
        assert refusal("id", [True, False]) == (
            "column 'c': An id or label must be text or a whole number; this column is Boolean."
        )

    @pytest.mark.parametrize("dtype", [pl.Categorical, pl.Enum(["b", "a"]), pl.Binary])
    def test_categories_and_bytes_become_text(self, dtype):
        values = pl.Series(["b", "a", None]).cast(dtype)
        assert cast("id", values).to_list() == ["b", "a", None]
        assert cast("label", values).dtype == pl.String

    def test_bytes_that_are_no_text_are_refused(self):
        assert (
            refusal("id", [b"a", b"\xff"])
            == "row 2, column 'c': The value is not UTF-8 text; it is b'\\xff'."
        )

    @pytest.mark.parametrize(
        ("values", "dtype"),
        [
            ([[1]], "List(Int64)"),
            ([{"a": 1}], "Struct({'a': Int64})"),
            ([dt.date(2026, 1, 1)], "Date"),
            ([dt.datetime(2026, 1, 1)], "Datetime(time_unit='us', time_zone=None)"),  # noqa: DTZ001 (meant)
            ([Decimal("1.5")], "Decimal(precision=38, scale=1)"),
        ],
    )
    def test_what_names_nothing_is_refused(self, values, dtype):
        assert refusal("id", values) == (
            f"column 'c': An id or label must be text or a whole number; this column is {dtype}."
        )

    def test_text_beside_numbers_is_refused_with_its_row(self):
        assert refusal("id", objects(None, 1, np.int64(2), "1")) == (
            "row 4, column 'c': The column mixes whole numbers and text (1 and '1' would be two different things)."
            " Make them one type."
        )
        assert "row 2, column 'c': The column mixes text and float" in refusal("label", objects("a", 1.5))

    @pytest.mark.parametrize(
        ("values", "expected"),
        [
            ((1, None, np.int8(2)), [1, None, 2]),
            (("a", np.str_("b"), NAN), ["a", "b", None]),
            ((2**63 - 1, -(2**63) + 1), [2**63 - 1, -(2**63) + 1]),
            ((2**63, 1), [str(2**63), "1"]),
            ((2**200, None), [str(2**200), None]),
            ((None, NAN), [None, None]),
        ],
    )
    def test_objects_of_one_kind_become_that_kind(self, values, expected):
        assert cast("id", objects(*values)).to_list() == expected

    @pytest.mark.parametrize("value", [1.5, ("a",), object(), True, Decimal(1), "\ud800"])
    def test_objects_that_name_nothing_are_refused(self, value):
        assert "column 'c': An id or label must be text or a whole number; this column holds" in refusal(
            "id", objects(value, value)
        )


class TestNumbers:
    @pytest.mark.parametrize(
        ("values", "expected"),
        [
            (["1", " 2.5 ", "-3e2", "+4", ".5", ""], [1, 2.5, -300, 4, 0.5, None]),
            ([1, None], [1.0, None]),
            ([True, False], [1.0, 0.0]),
            ([Decimal("1.25")], [1.25]),
            ([None], [None]),
        ],
    )
    def test_numbers_come_in_many_types(self, values, expected):
        found = cast("number", values)
        assert found.dtype == pl.Float64
        assert found.to_list() == expected

    @pytest.mark.parametrize("dtype", [pl.Categorical, pl.Binary])
    def test_numbers_may_be_spelled_in_categories_and_bytes(self, dtype):
        assert cast("number", pl.Series(["1.5", "2"]).cast(dtype)).to_list() == [1.5, 2.0]

    def test_objects_are_read_as_they_print(self):
        assert cast("number", objects(1, 2.5, Decimal("0.1"), "4", None, NAN)).to_list() == [
            1,
            2.5,
            0.1,
            4,
            None,
            None,
        ]

    @pytest.mark.parametrize("text", ["abc", "1,5", "1 000", "0x10", "1_000", "5 s", "NA", "None", "--1"])
    def test_text_that_is_no_number_is_refused_with_its_row(self, text):
        assert refusal("number", ["1", text, "2"]) == f"row 2, column 'c': Expected a number; it is '{text}'."

    def test_rows_like_the_first_are_counted(self):
        assert (
            refusal("number", ["x", "1", "y"])
            == "row 1, column 'c': Expected a number; it is 'x' (2 rows like it)."
        )

    @pytest.mark.parametrize("kind", ["number", "integer"])
    def test_what_is_no_number_at_all_is_refused(self, kind):
        assert refusal(kind, [dt.date(2026, 1, 1)]) == "column 'c': Expected numbers; this column is Date."
        assert refusal(kind, [dt.timedelta(seconds=1)]).startswith(
            "column 'c': Expected numbers; this column is Duration"
        )
        assert refusal(kind, [[1]]) == "column 'c': Expected numbers; this column is List(Int64)."

    @pytest.mark.parametrize(
        "values", [["1", " 2 ", "3.0", ""], [1.0, 2.0, 3.0, NAN], [1, 2, 3, None], objects(1, 2.0, "3", None)]
    )
    def test_whole_numbers_come_in_many_types(self, values):
        found = cast("integer", values)
        assert found.dtype == pl.Int64
        assert found.to_list() == [1, 2, 3, None]

    @pytest.mark.parametrize("value", ["1.5", "x", "1e300", "inf"])
    def test_numbers_that_are_not_whole_are_refused(self, value):
        assert "row 2, column 'c': Expected a whole number; it is " in refusal("integer", ["1", value])
        if value != "x":
            assert "row 2, column 'c': Expected a whole number; it is " in refusal(
                "integer", [1.0, float(value)]
            )

    @given(st.lists(st.integers(-(2**53), 2**53) | st.none(), min_size=1))
    def test_whole_numbers_survive_as_text_and_as_floats(self, values):
        assert cast("integer", [None if v is None else str(v) for v in values], pl.String).to_list() == values
        assert cast("integer", values, pl.Float64).to_list() == values


class TestText:
    @pytest.mark.parametrize(
        ("values", "expected"),
        [
            (["a", "", None], ["a", "", None]),
            ([1, None], ["1", None]),
            ([1.5], ["1.5"]),
            ([True], ["true"]),
            ([dt.date(2026, 1, 31)], ["2026-01-31"]),
            ([None], [None]),
            (objects("a", 1, None, NAN), ["a", "1", None, None]),
        ],
    )
    def test_text_is_how_values_print(self, values, expected):
        found = cast("text", values)
        assert found.dtype == pl.String
        assert found.to_list() == expected

    def test_nested_values_are_no_text(self):
        assert refusal("text", [["a"]]) == "column 'c': Expected text; this column is List(String)."

    def test_bytes_that_are_no_text_are_refused(self):
        assert refusal("text", [b"\xff"]) == "row 1, column 'c': The value is not UTF-8 text; it is b'\\xff'."


def seconds(*parts, zone=UTC):
    return dt.datetime(*parts, tzinfo=zone).timestamp()


class TestTimes:
    @pytest.mark.parametrize(
        "values",
        [
            ["2026-01-31T12:00:00Z", "2026-01-31T12:00:00.500Z"],
            ["2026-01-31 12:00:00", "2026-01-31 12:00:00.5"],
            ["2026-01-31T13:00:00+01:00", "2026-01-31T12:00:00.5+00:00"],
            [" 2026-01-31T12:00:00 ", "2026-01-31T12:00:00.5"],
            ["1769860800", "1769860800.5"],
            [1769860800, 1769860800.5],
        ],
        ids=repr,
    )
    def test_times_are_seconds_since_1970_utc(self, values):
        noon = seconds(2026, 1, 31, 12)
        assert noon == 1769860800
        assert cast("time", values).to_list() == [noon, noon + 0.5]

    @pytest.mark.parametrize("unit", ["ms", "us", "ns"])
    def test_datetimes_with_and_without_zone(self, unit):
        naive = pl.Series([dt.datetime(2026, 7, 1, 14), None]).cast(pl.Datetime(unit))  # noqa: DTZ001 (meant)
        assert cast("time", naive).to_list() == [seconds(2026, 7, 1, 14), None]
        paris = naive.dt.replace_time_zone("Europe/Paris")
        assert cast("time", paris).to_list() == [seconds(2026, 7, 1, 12), None]

    def test_dates_are_their_midnight(self):
        assert cast("time", [dt.date(1970, 1, 2), None]).to_list() == [86400.0, None]
        assert cast("time", ["1970-01-02", ""]).to_list() == [86400.0, None]

    def test_times_before_1970_are_negative(self):
        assert cast("time", ["1969-12-31T23:59:59Z"]).to_list() == [-1.0]

    def test_objects_are_read_as_they_print(self):
        values = objects(dt.date(1970, 1, 2), dt.datetime(1970, 1, 2, 0, 0, 1), None)  # noqa: DTZ001 (meant)
        assert cast("time", values).to_list() == [86400.0, 86401.0, None]

    def test_missing_times_are_missing(self):
        assert cast("time", [NAN, 1.0]).to_list() == [None, 1.0]
        assert cast("time", [None, None]).to_list() == [None, None]

    @pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "12:30", "31/31/2026"])
    def test_text_that_is_no_time_is_refused_with_its_row(self, text):
        assert refusal("time", ["2026-01-01", text]) == (
            "row 2, column 'c': Expected seconds since 1970 or a date and time such as 2026-01-31T12:00:00Z;"
            f" it is '{text}'."
        )
        assert "row 2" in refusal("time", ["5", text])

    @pytest.mark.parametrize("value", [1_769_860_800_000, "1769860800000", 1769860800000.0])
    def test_milliseconds_are_noticed(self, value):
        assert refusal("time", [value]) == (
            "row 1, column 'c': The time is beyond the year 9999; it is 1769860800000.0."
            " Give seconds since 1970, not milliseconds or less."
        )

    def test_infinite_time_is_refused(self):
        assert "The value is not a finite number; it is inf" in refusal("time", [float("inf")])

    def test_spans_are_no_times(self):
        assert "Expected numbers; this column is Duration" in refusal("time", [dt.timedelta(1)])

    @given(st.lists(st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2100, 1, 1)), min_size=1))  # noqa: DTZ001 (meant)
    def test_datetimes_and_their_text_are_the_same_time(self, times):
        expected = [time.replace(tzinfo=UTC).timestamp() for time in times]
        assert cast("time", times).to_list() == pytest.approx(expected, abs=1e-5)
        assert cast("time", [time.isoformat() for time in times]).to_list() == pytest.approx(
            expected, abs=1e-5
        )


def test_arrays_stay_as_they_came():
    for values in (pl.Series([[True], [False]]), objects(np.array([True]), None), pl.Series([b"\x00"])):
        assert cast("array", values) is values
