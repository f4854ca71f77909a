"""That it is its definition is tested with Gwet's coefficients, which share their parts."""

from __future__ import annotations

import polars as pl
import pytest

from palate.agreement import BrennanPrediger
from palate.core.errors import InputError, SettingsError

ANSWERS = pl.DataFrame({"task": [1, 1, 2, 2, 3, 3, 4, 4], "annotator": [1, 2] * 4, "label": list("xxyyxxxy")})


def test_two_labels_are_agreed_on_by_chance_half_the_time() -> None:
    assert BrennanPrediger().measure(ANSWERS).value == pytest.approx((3 / 4 - 1 / 2) / (1 - 1 / 2))


def test_labels_that_nobody_gave_count_where_they_are_told() -> None:
    found = BrennanPrediger(n_labels=5).measure(ANSWERS)
    assert found.value == pytest.approx((3 / 4 - 1 / 5) / (1 - 1 / 5))
    alike = ANSWERS.with_columns(label=pl.lit("x"))
    assert BrennanPrediger(n_labels=2).measure(alike).value == 1


def test_fewer_labels_than_there_are_is_refused() -> None:
    answers = ANSWERS.with_columns(label=pl.Series(list("xxyyzzxy")))
    with pytest.raises(InputError, match="3 different labels, but 'n_labels' says that 2"):
        BrennanPrediger(n_labels=2).measure(answers)


@pytest.mark.parametrize("settings", [{"n_labels": 1}, {"n_labels": 4, "weighting": "linear"}])
def test_numbers_of_labels_that_mean_nothing_are_refused(settings: dict) -> None:
    with pytest.raises(SettingsError, match="'n_labels' must be at least 2 and goes with the weighting none"):
        BrennanPrediger(**settings)
