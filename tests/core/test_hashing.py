from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palate.core.hashing import hash_file, hash_json

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(codec="utf-8")),
    lambda part: (
        st.lists(part, max_size=3) | st.dictionaries(st.text(st.characters(codec="utf-8")), part, max_size=3)
    ),
    max_leaves=10,
)


@pytest.mark.parametrize("size", [0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3 << 20])
def test_file_hash_is_blake2b_of_all_bytes(tmp_path, size):
    data = bytes(i % 251 for i in range(size))
    (tmp_path / "file").write_bytes(data)
    assert hash_file(tmp_path / "file") == hashlib.blake2b(data, digest_size=16).hexdigest()


def test_json_hash_is_of_the_shortest_sorted_text():
    expected = hashlib.blake2b('{"a":[1,2.5,null],"ü":true}'.encode(), digest_size=16).hexdigest()
    assert hash_json({"ü": True, "a": [1, 2.5, None]}) == expected


@given(st.dictionaries(st.text(st.characters(codec="utf-8")), JSON, max_size=5), st.randoms())
def test_order_of_keys_does_not_matter(value, random):
    keys = list(value)
    random.shuffle(keys)
    assert hash_json({key: value[key] for key in keys}) == hash_json(value)


@given(JSON, JSON)
def test_values_share_a_hash_exactly_when_they_share_a_text(first, second):
    texts = [json.dumps(value, sort_keys=True) for value in (first, second)]
    assert (hash_json(first) == hash_json(second)) == (texts[0] == texts[1])


def test_what_json_cannot_hold_is_refused():
    with pytest.raises(TypeError, match="not JSON serializable"):
        hash_json({1, 2})
