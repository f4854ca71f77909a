from __future__ import annotations

from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from interaction_strategies import interaction_tables

from palate.core.errors import InputError
from palate.recommend import code_interactions
from palate.recommend._histories import Histories, histories_of


def _histories(table: pl.DataFrame, likes: str = "all", seed: int = 0) -> Histories:
    return histories_of(code_interactions(table), likes, np.random.default_rng(seed))


def _split(flat: np.ndarray, offsets: np.ndarray) -> list[list[int]]:
    return [flat[start:stop].tolist() for start, stop in pairwise(offsets)]


def test_history_is_what_came_before_in_time_and_no_more_than_the_longest() -> None:
    table = pl.DataFrame(
        {"user": ["a", "b", "a", "a", "b"], "item": [3, 1, 1, 2, 2], "timestamp": [30, 5, 10, 20, 1]}
    )
    histories = _histories(table)
    assert histories.items.tolist() == [0, 1, 2, 1, 0]
    places = np.arange(5)
    users = histories.users_at(places)
    assert users.tolist() == [0, 0, 0, 1, 1]
    assert _split(*histories.before(users, places, 10)) == [[], [0], [0, 1], [], [1]]
    assert _split(*histories.before(users, places, 1)) == [[], [0], [1], [], [1]]
    whole = histories.before(np.array([0, 1], np.int32), histories.starts[1:], 2)
    assert _split(*whole) == [[1, 2], [1, 0]]
    np.testing.assert_allclose(histories.ages, [20 / 29, 10 / 29, 0, 1, 25 / 29], rtol=1e-6)


@given(table=interaction_tables(), moment=st.integers(0, 12), seed=st.integers(0, 9))
@settings(max_examples=60, deadline=None)
def test_what_happens_later_changes_no_earlier_example(table: pl.DataFrame, moment: int, seed: int) -> None:
    # Times of one user differ here: the order of likes of one time is drawn.
    table = table.unique(["user", "timestamp"], keep="first", maintain_order=True)
    later = pl.col("timestamp") > moment
    other = table.with_columns(item=pl.when(later).then(10 - pl.col("item")).otherwise("item"))
    known = pl.DataFrame(
        {"user": ["ann"] * 10, "item": range(10), "timestamp": [99.0] * 10, "value": [1.0] * 10}
    )
    found = []
    for version in (table, other):
        histories = _histories(pl.concat([version, known]), seed=seed)
        places = np.arange(len(histories.items))
        users = histories.users_at(places)
        before = _split(*histories.before(users, places, 5))
        kept = (
            pl.concat([version, known])
            .unique(["user", "timestamp", "item"])
            .sort("user", "timestamp")["timestamp"]
            <= moment
        ).to_numpy()
        found.append([(users[p], histories.items[p], before[p]) for p in places[kept]])
    assert found[0] == found[1]


def test_every_user_has_at_most_so_many_examples_and_each_once() -> None:
    table = pl.DataFrame({"user": ["a"] * 50 + ["b"] * 3, "item": [*range(50), 0, 1, 2]})
    histories = _histories(table.with_columns(timestamp=pl.int_range(pl.len())))
    rng = np.random.default_rng(3)
    drawn = [histories.draw(10, rng) for _ in range(200)]
    for places in drawn:
        assert len(set(places.tolist())) == 13
        assert sorted(places[places >= 50].tolist()) == [50, 51, 52]
    times = np.bincount(np.concatenate(drawn), minlength=53)[:50]
    # 200 draws of 10 among 50: each is expected 40 times, standard deviation 5.7.
    assert times.min() > 40 - 5 * 5.7
    assert times.max() < 40 + 5 * 5.7


def test_values_weigh_examples_and_dislikes_are_none() -> None:
    table = pl.DataFrame(
        {"user": [1, 1, 1], "item": [1, 2, 3], "timestamp": [1, 2, 3], "value": [0.0, 1.0, 3.0]}
    )
    histories = _histories(table, "value")
    assert histories.items.tolist() == [1, 2]
    assert histories.weights.tolist() == [0.5, 1.5]


def test_likes_without_times_are_in_an_order_drawn_from_the_seed() -> None:
    table = pl.DataFrame({"user": [1] * 30, "item": range(30)})
    orders = [tuple(_histories(table, seed=seed).items.tolist()) for seed in (0, 0, 1)]
    assert orders[0] == orders[1] != orders[2]
    assert sorted(orders[2]) == list(range(30))
    assert _histories(table).ages.tolist() == [0.0] * 30


def test_times_of_some_alone_are_refused() -> None:
    table = pl.DataFrame({"user": [1, 1], "item": [1, 2], "timestamp": [3, None]})
    with pytest.raises(InputError, match=r"row 2, column 'timestamp': .* 1 of 2 have none"):
        _histories(table)
