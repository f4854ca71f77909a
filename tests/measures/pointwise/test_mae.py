import pytest

from palate.measures.pointwise import MAE


def test_value_by_hand():
    assert MAE().value([1, 2, 3], [2, 0, 3]) == pytest.approx(1.0)
