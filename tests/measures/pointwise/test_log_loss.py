import math

import pytest

from palate.core.errors import InputError, SettingsError
from palate.measures.pointwise import LogLoss


def test_value_by_hand():
    assert LogLoss().value([0.8, 0.4], [1, 0]) == pytest.approx(-(math.log(0.8) + math.log(0.6)) / 2)


def test_a_wrong_certainty_is_clipped():
    assert LogLoss(clip=0.01).value([0.0], [1]) == pytest.approx(-math.log(0.01))
    assert math.isfinite(LogLoss().value([1.0], [0]))


@pytest.mark.parametrize(
    ("predicted", "actual", "message"),
    [
        ([0.5, 1.5], [1, 0], "predicted, row 2: LogLoss needs a probability from 0 to 1; the value is 1.5"),
        ([0.5, 0.5], [1, 2], "actual, row 2: LogLoss needs 0 or 1; the value is 2"),
    ],
)
def test_other_numbers_are_refused(predicted, actual, message):
    with pytest.raises(InputError, match=message):
        LogLoss().value(predicted, actual)


def test_clip_is_a_probability():
    with pytest.raises(SettingsError, match="clip of LogLoss must be a number from"):
        LogLoss(clip=0)
