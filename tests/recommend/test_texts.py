from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from palate.core.errors import InputError
from palate.core.texts import word_vectors
from palate.recommend import code_interactions

SEEN = pl.DataFrame({"user": [1, 1, 2], "item": [5, 3, 3]})


def test_items_of_both_tables_are_known_and_have_their_texts() -> None:
    items = pl.DataFrame({"item": [9, 3], "title": ["Nine", "Three"], "text": [None, "a film"]})
    coded = code_interactions(SEEN, items)
    assert coded.item_ids.to_list() == [3, 5, 9]
    assert coded.items.tolist() == [1, 0, 0]
    assert coded.texts is not None
    assert coded.texts.to_list() == ["Three a film", "", "Nine"]


def test_without_items_there_are_no_texts() -> None:
    assert code_interactions(SEEN).texts is None


def test_ids_that_read_the_same_meet() -> None:
    items = pl.DataFrame({"item": ["3", "5"], "text": ["three", "five"]})
    coded = code_interactions(SEEN, items)
    assert coded.item_ids.to_list() == [3, 5]
    assert coded.texts is not None
    assert coded.texts.to_list() == ["three", "five"]


@pytest.mark.parametrize("strange", ["03", "three"])
def test_id_of_another_type_is_refused_with_file_and_row(tmp_path: Path, strange: str) -> None:
    path = tmp_path / "items.csv"
    path.write_text(f"item,title\n3,Three\n{strange},Strange\n")
    with pytest.raises(InputError, match=rf"items\.csv, row 2, column 'item'.*'{strange}'"):
        code_interactions(SEEN, path)


def test_table_of_other_items_is_refused() -> None:
    with pytest.raises(InputError, match=r"None of the items of the interactions \(such as 3\).*such as 8"):
        code_interactions(SEEN, pl.DataFrame({"item": [8], "title": ["Eight"]}))


def test_table_without_texts_is_refused() -> None:
    with pytest.raises(InputError, match="neither 'title' nor 'text'"):
        code_interactions(SEEN, pl.DataFrame({"item": [3]}))


def test_item_described_twice_is_refused() -> None:
    with pytest.raises(InputError, match="item"):
        code_interactions(SEEN, pl.DataFrame({"item": [3, 3], "title": ["a", "b"]}))


def test_words_weigh_by_how_often_and_how_rare_they_are() -> None:
    vectors = word_vectors(pl.Series(["Red wine, red!", "red", "", "wine"])).toarray()
    # Of 4 texts, 2 have "red" and 2 "wine": both are equally rare, and red is twice in the first.
    red = 1 + math.log(2)
    np.testing.assert_allclose(vectors[0], np.array([red, 1.0]) / math.hypot(red, 1.0))
    np.testing.assert_allclose(vectors[1:], [[1, 0], [0, 0], [0, 1]])
    rare = word_vectors(pl.Series(["a b", "a", "a"])).toarray()[0]
    assert rare[1] / rare[0] == pytest.approx((1 + math.log(4 / 2)) / (1 + math.log(4 / 4)))


def test_texts_without_any_word_have_no_columns() -> None:
    assert word_vectors(pl.Series(["", "…"])).shape == (2, 0)
