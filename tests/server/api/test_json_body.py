"""What no database keeps is refused when JSON is read."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palate.server.api.json_body import strict_json

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=10)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=10,
)  # fmt: skip


@given(VALUES)
def test_what_can_be_kept_comes_back_as_it_was(value: object) -> None:
    assert strict_json(json.dumps(value)) == value
    assert strict_json(json.dumps(value, ensure_ascii=False).encode()) == value


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("NaN", "NaN is no JSON"),
        ("[-Infinity]", "-Infinity is no JSON"),
        ("1e999", "too large"),
        (str(2**63), "too large"),
        ("1" * 5000, "."),
        ('["\\u0000"]', "NUL"),
        ('{"a\\u0000": 1}', "NUL"),
        ('"\\ud800"', "half of a letter"),
        ("[" * 5000, "."),
        ("[" * 150 + "]" * 150, "deeper than 100"),
        (b"\xff", "UTF-8|JSON"),
        ("{", "."),
        ("", "."),
    ],
)
def test_what_cannot_be_kept_is_refused(text: str | bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        strict_json(text)
