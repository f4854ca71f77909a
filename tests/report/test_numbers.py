from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palate.report import _numbers as numbers


@given(st.floats(-99, 99))
def test_number_is_the_value_to_half_a_digit(value):
    shown = numbers.number(value).replace("−", "-")
    assert abs(float(shown) - value) <= 0.0005 + 1e-9
    assert shown != "-0.000"


@given(st.floats(-99, 99))
def test_signed_number_carries_its_sign_unless_it_shows_zero(value):
    shown = numbers.signed(value)
    expected = "" if float(f"{value:.3f}") == 0 else "+" if value > 0 else "−"
    assert shown.rstrip("0123456789.") == expected


@pytest.mark.parametrize("missing", [None, float("nan")])
@pytest.mark.parametrize("write", [numbers.number, numbers.signed, numbers.percent, numbers.p_value])
def test_what_is_not_known_is_a_dash(write, missing):
    assert write(missing) == "–"


def test_unknown_count_is_a_dash():
    assert numbers.count(None) == "–"
