import math

import pytest
from ranking_strategies import rankings_of

from palate.core.errors import InputError
from palate.measures import SDCG


def test_value_by_hand():
    best = 3 * (1 + 1 / math.log2(3) + 1 / 2)
    assert SDCG(3, highest_grade=3).per_query(rankings_of([[1, None, 2, 3]])).tolist() == pytest.approx(
        [(1 + 2 / 2) / best]
    )


def test_only_the_highest_grade_everywhere_is_worth_one():
    rankings = rankings_of([[2, 2], [2, 1], [2]])
    full, less, short = SDCG(2, highest_grade=2).per_query(rankings)
    assert full == pytest.approx(1.0)
    assert less < 1
    assert short < 1


def test_grades_above_the_scale_are_refused():
    with pytest.raises(InputError, match=r"SDCG takes grades up to 1; .* here is 2.*SDCG\(max_rel=2\)"):
        SDCG(5).per_query(rankings_of([[2]]))
