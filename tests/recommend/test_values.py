from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from interaction_strategies import interaction_tables

from palate.core.errors import InputError, SettingsError
from palate.recommend import ValueSettings, code_interactions, weigh_interactions

_DAY = 86_400.0


@given(table=interaction_tables())
@settings(max_examples=50, deadline=None)
def test_each_pair_comes_once_with_its_decayed_sum_capped_and_logged(table: pl.DataFrame) -> None:
    table = table.with_columns(pl.col("timestamp") * _DAY)
    chosen = ValueSettings(half_life_days=3.0, most=4.0, log=True)
    found = weigh_interactions(code_interactions(table), chosen)
    newest = table["timestamp"].max()
    sums: dict[tuple[str, int], float] = {}
    times: dict[tuple[str, int], float] = {}
    for user, item, time, value in table.rows():
        decayed = value * 2 ** -((newest - time) / _DAY / 3)
        sums[user, item] = sums.get((user, item), 0.0) + decayed
        times[user, item] = max(times.get((user, item), 0.0), time)
    pairs = list(zip(found.user_ids.gather(found.users), found.item_ids.gather(found.items), strict=True))
    assert pairs == sorted(sums)
    expected = [math.log1p(min(sums[pair], 4.0)) for pair in pairs]
    np.testing.assert_allclose(found.values, expected, rtol=1e-6)
    assert found.timestamps.tolist() == [times[pair] for pair in pairs]


@given(table=interaction_tables())
@settings(max_examples=25, deadline=None)
def test_order_of_rows_does_not_change_a_bit(table: pl.DataFrame) -> None:
    shuffled = table.sample(fraction=1.0, shuffle=True, seed=2)
    chosen = ValueSettings(half_life_days=1e-4)
    first, second = (weigh_interactions(code_interactions(t), chosen).values for t in (table, shuffled))
    assert first.tobytes() == second.tobytes()


def test_by_default_values_are_summed_and_codes_stay() -> None:
    coded = code_interactions(
        pl.DataFrame({"user": ["b", "a", "b"], "item": [1, 1, 1], "value": [2.0, 7.0, -1.5]})
    )
    found = weigh_interactions(coded)
    assert (found.users.tolist(), found.values.tolist()) == ([0, 1], [7.0, 0.5])
    assert found.user_ids is coded.user_ids
    assert np.isnan(found.timestamps).all()


def test_decay_without_times_says_how_many_are_missing() -> None:
    coded = code_interactions(pl.DataFrame({"user": [1, 1], "item": [1, 2], "timestamp": [3, None]}))
    with pytest.raises(InputError, match=r"'half_life_days' needs the time.*1 of 2 have"):
        weigh_interactions(coded, ValueSettings(half_life_days=7))


def test_logarithm_of_negative_sum_names_user_and_item() -> None:
    coded = code_interactions(pl.DataFrame({"user": ["u", "u"], "item": [1, 2], "value": [1.0, -2.0]}))
    with pytest.raises(InputError, match="-2 of user 'u' and item 2"):
        weigh_interactions(coded, ValueSettings(log=True))


@pytest.mark.parametrize(
    ("name", "value"),
    [("half_life_days", 0.0), ("half_life_days", math.nan), ("most", math.inf), ("least", math.nan)],
)
def test_impossible_setting_is_refused(name: str, value: float) -> None:
    with pytest.raises(SettingsError, match=f"'{name}'"):
        ValueSettings(**{name: value})


def test_interactions_below_the_least_value_are_as_if_they_had_not_been() -> None:
    table = pl.DataFrame({"user": ["a", "a", "b"], "item": [1, 2, 1], "value": [1.0, 3.0, 2.0]})
    coded = code_interactions(table)
    weighed = weigh_interactions(coded, ValueSettings(least=2.0))
    assert (weighed.users.tolist(), weighed.items.tolist()) == ([0, 1], [1, 0])
    assert weighed.user_ids.to_list() == ["a", "b"]
    with pytest.raises(InputError, match="'least' is 9, and the highest value is 3"):
        weigh_interactions(coded, ValueSettings(least=9.0))


def test_a_sum_may_be_below_the_least_value_after_decay() -> None:
    table = pl.DataFrame({"user": ["a", "a"], "item": [1, 2], "timestamp": [0, 86_400], "value": [2.0, 2.0]})
    weighed = weigh_interactions(code_interactions(table), ValueSettings(half_life_days=1, least=2.0))
    assert weighed.values.tolist() == [1.0, 2.0]
