import pytest
from shown_items import shown

from palate.measures.catalogue import Popularity


def test_mean_of_queries_of_the_mean_of_items():
    assert Popularity(2).value(shown([[0, 2, 3], [4]])) == pytest.approx(((4 + 2) / 2 + 0) / 2)
