import pytest

from palate.core.errors import InputError
from palate.measures.pointwise import RMSE, pointwise_registry


def test_value_by_hand():
    assert RMSE().value([1, 2, 3, 4], [1, 2, 3, 8]) == pytest.approx((16 / 4) ** 0.5)


@pytest.mark.parametrize("kind", list(pointwise_registry), ids=lambda kind: kind.name)
@pytest.mark.parametrize(
    ("predicted", "actual", "message"),
    [
        ([1.0], [1.0, 0.0], "1 predictions for 2 numbers"),
        ([], [], "at least one number; the shape is"),
        ([[1.0]], [1.0], "at least one number; the shape is"),
        ([1.0, float("nan")], [1.0, 0.0], "predicted, row 2: The value is nan"),
        (["high"], [1.0], "predicted: The values must be numbers"),
    ],
)
def test_what_no_loss_can_be_read_from_is_refused(kind, predicted, actual, message):
    with pytest.raises(InputError, match=message):
        kind().value(predicted, actual)


@pytest.mark.parametrize("kind", list(pointwise_registry), ids=lambda kind: kind.name)
def test_pointwise_measures_print_and_compare(kind):
    assert str(kind()) == kind.name
    assert kind() == kind()
