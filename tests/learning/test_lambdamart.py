from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from palate.core.errors import InputError, SettingsError
from palate.learning import LambdaMART, LearningData


def _data(grades: list[int], sizes: list[int]) -> LearningData:
    features = np.random.default_rng(0).normal(size=(len(grades), 2))
    return LearningData(features, np.array(grades, dtype=np.int32), np.array(sizes), ("a", "b"))


@pytest.mark.parametrize(("grades", "text"), [([0, 31], "from 0 to 31"), ([-1, 2], "from -1 to 2")])
def test_grades_it_cannot_take_are_refused(grades: list[int], text: str) -> None:
    with pytest.raises(InputError, match=rf"column 'grade'.*grades 0 to 30; here they reach {text}"):
        LambdaMART().fit(_data(grades, [2]))


def test_highest_grade_it_takes_is_learned_from() -> None:
    data = LearningData(
        np.linspace(0, 1, 310)[:, None], np.repeat(np.arange(31, dtype=np.int32), 10), np.array([310]), ("x",)
    )
    scores = LambdaMART().fit(data).score(data.features)
    assert scores[-1] > scores[0]


def test_query_with_too_many_rows_is_refused() -> None:
    with pytest.raises(InputError, match="at most 10,000 judged rows a query; one has 10,001"):
        LambdaMART().fit(_data([0, 1] * 5000 + [0], [10_001]))


@pytest.mark.parametrize("grades", [[0] * 200, [2] * 200])
def test_equal_grades_teach_nothing(grades: list[int]) -> None:
    fitted = LambdaMART().fit(_data(grades, [100, 100]))
    assert fitted.importance() == {"a": 0.0, "b": 0.0}


def test_few_rows_are_no_error() -> None:
    fitted = LambdaMART().fit(_data([0, 1, 2], [3]))
    assert np.isfinite(fitted.score(np.zeros((4, 2)))).all()


def test_missing_features_go_their_own_way() -> None:
    features = np.where(np.arange(400) % 4 == 0, np.nan, 0.0)[:, None]
    data = LearningData(features, np.isnan(features[:, 0]).astype(np.int32), np.full(20, 20), ("x",))
    missing, there = LambdaMART().fit(data).score(np.array([[np.nan], [0.0]]))
    assert missing > there


@pytest.mark.parametrize(
    ("name", "value"),
    [("trees", 0), ("leaves", 1), ("min_rows", 0), ("learning_rate", 0.0), ("learning_rate", 1.5)],
)
def test_impossible_setting_is_refused(name: str, value: Any) -> None:
    with pytest.raises(SettingsError, match=f"'{name}' must be"):
        LambdaMART(**{name: value})
