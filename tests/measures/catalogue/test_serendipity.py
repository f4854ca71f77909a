from dataclasses import replace

import numpy as np
import pytest
from shown_items import shown

from palate.core.errors import InputError
from palate.measures.catalogue import Serendipity

NOT_JUDGED = np.nan


def test_share_of_what_is_relevant_and_not_most_popular_by_hand():
    # items 0 and 1 are known to most users and would be shown to everybody; of 3 judged queries 1 is not answered
    found = replace(
        shown([[0, 2], [3, 4], [2]]),
        grades=np.array([2.0, 1.0, 2.0, NOT_JUDGED, NOT_JUDGED]),
        n_judged=3,
    )
    assert Serendipity(2).value(found) == pytest.approx((1 / 2 + 1 / 2 + 0) / 3)
    assert Serendipity(2, relevant_from=2).value(found) == pytest.approx((0 + 1 / 2 + 0) / 3)
    # where one item is shown, item 0 alone is expected
    assert Serendipity(1).value(found) == pytest.approx((0 + 1 + 0) / 3)


def test_of_equally_known_items_the_lowest_ids_are_expected():
    found = replace(shown([[0], [3]], users=(1, 1, 1, 1)), grades=np.array([1.0, 1.0]), n_judged=2)
    assert Serendipity(1).value(found) == 0.5


def test_it_needs_judgments():
    with pytest.raises(InputError, match="Serendipity@2 needs judgments"):
        Serendipity(2).value(shown([[0]]))
