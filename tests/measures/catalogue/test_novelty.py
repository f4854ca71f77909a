import pytest
from shown_items import shown

from palate.measures.catalogue import Novelty


def test_bits_by_hand():
    # of 4 users, 4 know item 0 (0 bits), 2 item 2 (1 bit), 1 item 3 (2 bits)
    assert Novelty(2).value(shown([[0, 2, 3], [3]])) == pytest.approx((0.5 + 2) / 2)


def test_what_nobody_knows_is_as_novel_as_what_one_knows():
    assert Novelty(1).value(shown([[4]])) == Novelty(1).value(shown([[3]])) == 2.0
