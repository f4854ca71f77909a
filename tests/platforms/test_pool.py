from __future__ import annotations

from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from palate.core.errors import InputError, PalateError, SettingsError
from palate.platforms import Pool

TASKS = pl.DataFrame({"task": ["a", "b"]})


def _golden(*tasks: str) -> pl.DataFrame:
    return pl.DataFrame({"task": tasks, "label": ["yes"] * len(tasks)})


@pytest.mark.parametrize(
    ("settings", "error", "text"),
    [
        ({"overlap": 0}, SettingsError, "'overlap' must be at least 1"),
        ({"overlap": 6}, SettingsError, "they are 6 and 5"),
        ({"agreed_share": 1.5}, SettingsError, "from 0 to 1; it is 1.5"),
        ({"golden_per_page": 10}, SettingsError, "leave room on a page; it is 10 of 10"),
        ({"golden_per_page": -1}, SettingsError, "it is -1 of 10"),
        ({"reward": Decimal("-0.01")}, SettingsError, "'reward' must be a Decimal"),
        ({"reward": Decimal("NaN")}, SettingsError, "'reward' must be a Decimal"),
        ({"reward": 0.05}, SettingsError, "'reward' must be a Decimal, US dollars from 0; it is 0.05"),
        ({"labels": ("yes",)}, SettingsError, "two different ones"),
        ({"labels": ("yes", "yes", "no")}, SettingsError, "two different ones"),
        ({"tasks": TASKS.rename({"task": "name"})}, InputError, "the column 'task'"),
        ({"tasks": TASKS.clear()}, InputError, "needs tasks"),
        ({"tasks": pl.concat([TASKS, TASKS])}, InputError, "in the pool twice"),
        ({"golden": _golden("c")}, InputError, "'c' is not among the tasks"),
        ({"golden": _golden("a", "a")}, InputError, "golden twice"),
        ({"golden": _golden("a", "b")}, InputError, "All tasks are golden"),
        ({"golden": pl.DataFrame({"task": [1], "label": ["yes"]})}, InputError, "Make them one type"),
        ({"golden": TASKS}, InputError, "need the columns label"),
    ],
)
def test_what_does_not_fit_together_is_refused(
    settings: dict[str, Any], error: type[PalateError], text: str
) -> None:
    with pytest.raises(error, match=text):
        Pool(**{"tasks": TASKS, "labels": ("yes", "no"), **settings})
