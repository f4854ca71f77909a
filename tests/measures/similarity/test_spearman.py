import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from palate.measures.similarity import Spearman


@settings(max_examples=40, deadline=None)
@given(st.permutations("abcdefg"), st.permutations("abcdefg"))
def test_it_is_the_correlation_of_the_ranks(one, other):
    ranks = [other.index(item) for item in one]
    assert Spearman().value(one, other) == pytest.approx(np.corrcoef(range(7), ranks)[0, 1])


def test_only_shared_ids_count_and_are_ranked_anew():
    assert Spearman().value("axbc", "ycbwa") == -1.0
