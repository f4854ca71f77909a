from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from shown_items import FEATURES, rankings_of_five, shown

from palate.core.errors import InputError
from palate.measures.catalogue import Diversity


def cosine(one, other):
    lengths = np.linalg.norm(one) * np.linalg.norm(other)
    return one @ other / lengths if lengths else 0.0


def test_value_by_hand():
    # items 0 and 1 point one way, item 2 at a right angle, item 3 between
    assert Diversity(2).value(shown([[0, 1], [0, 2]])) == pytest.approx(0.5)
    assert Diversity(2).value(shown([[0, 3]])) == pytest.approx(1 - 0.5**0.5)


@settings(max_examples=40, deadline=None)
@given(rankings_of_five)
def test_values_are_those_of_all_pairs(rankings):
    assume(any(len(ranking) > 1 for ranking in rankings))
    means = [
        np.mean([1 - cosine(FEATURES[x], FEATURES[y]) for x, y in combinations(ranking[:3], 2)])
        for ranking in rankings
        if len(ranking) > 1
    ]
    assert Diversity(3).value(shown(rankings)) == pytest.approx(np.mean(means))


def test_it_needs_features_and_pairs():
    with pytest.raises(InputError, match="Diversity@2 needs features of the items"):
        Diversity(2).value(replace(shown([[0, 1]]), features=None))
    with pytest.raises(InputError, match="Diversity@1 needs a query that is shown at least 2 items"):
        Diversity(1).value(shown([[0, 1]]))
