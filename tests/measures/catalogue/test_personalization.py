from itertools import combinations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from shown_items import rankings_of_five, shown

from palate.core.errors import InputError
from palate.measures.catalogue import Personalization


@settings(max_examples=40, deadline=None)
@given(rankings_of_five)
def test_values_are_those_of_all_pairs(rankings):
    assume(len(rankings) > 1)
    lists = [set(ranking[:3]) for ranking in rankings]
    unlike = [1 - len(a & b) / (len(a) * len(b)) ** 0.5 for a, b in combinations(lists, 2)]
    assert Personalization(3).value(shown(rankings)) == pytest.approx(np.mean(unlike), abs=1e-12)


def test_one_list_for_all_is_not_personal():
    assert Personalization(2).value(shown([[0, 1], [1, 0], [0, 1]])) == pytest.approx(0.0, abs=1e-12)
    assert Personalization(1).value(shown([[0], [1]])) == 1.0


def test_it_needs_two_lists():
    with pytest.raises(
        InputError, match="Personalization@2 compares the lists of at least 2 queries; there is 1"
    ):
        Personalization(2).value(shown([[0]]))
