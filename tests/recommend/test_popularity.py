from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from palate.core.errors import InputError, SettingsError
from palate.recommend import Popularity, code_interactions

DAY = 86_400
DATED = pl.DataFrame(
    {
        "user": ["a", "a", "b", "c", "c"],
        "item": ["x", "x", "x", "y", "z"],
        "timestamp": [0, 8 * DAY, 6 * DAY, 10 * DAY, 0],
    }
)
"""x: a 2 days and 10 days before the latest, b 4 days; y: c now; z: c 10 days."""


def _scores(method: Popularity, table: pl.DataFrame) -> list[float]:
    coded = code_interactions(table)
    return method.fit(coded).score(0, np.arange(len(coded.item_ids), dtype=np.int32)).tolist()


def test_counts_users_not_interactions_and_whatever_the_value() -> None:
    table = pl.DataFrame(
        {
            "user": ["a", "a", "a", "b", "c"],
            "item": ["x", "x", "y", "y", "y"],
            "value": [5.0, 5.0, 1.0, 1.0, 9.0],
        }
    )
    assert _scores(Popularity(), table) == [1.0, 3.0]


def test_only_the_last_days_count_and_the_border_is_within() -> None:
    assert _scores(Popularity(days=3), DATED) == [1.0, 1.0, 0.0]
    assert _scores(Popularity(days=4), DATED) == [2.0, 1.0, 0.0]
    assert _scores(Popularity(days=10), DATED) == [2.0, 1.0, 1.0]


def test_a_users_latest_interaction_counts_half_after_the_half_life() -> None:
    assert _scores(Popularity(half_life_days=2), DATED) == [0.5 + 0.25, 1.0, 2.0**-5]
    assert _scores(Popularity(days=3, half_life_days=2), DATED) == [0.5, 1.0, 0.0]


def test_time_that_matters_must_be_known() -> None:
    table = DATED.with_columns(pl.col("timestamp").replace({6 * DAY: None}))
    assert _scores(Popularity(), table) == [2.0, 1.0, 1.0]
    with pytest.raises(InputError, match=r"row 3, column 'timestamp'.*1 have none"):
        _scores(Popularity(days=3), table)
    with pytest.raises(InputError, match="5 have none"):
        _scores(Popularity(half_life_days=3), table.drop("timestamp"))


@pytest.mark.parametrize(("name", "value"), [("days", 0.0), ("half_life_days", -1.0)])
def test_impossible_setting_is_refused(name: str, value: Any) -> None:
    with pytest.raises(SettingsError, match=f"'{name}'"):
        Popularity(**{name: value})
