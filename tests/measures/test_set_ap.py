import pytest
from ranking_strategies import rankings_of

from palate.measures import SetAP


def test_precision_times_recall():
    rankings = rankings_of([[0, 1, None, 2], [], [0]], [[1], [1], [0]])
    assert SetAP().per_query(rankings).tolist() == pytest.approx([1 / 2 * 2 / 3, 0, 0])
    assert SetAP(judged_only=True).per_query(rankings).tolist() == pytest.approx([2 / 3 * 2 / 3, 0, 0])
