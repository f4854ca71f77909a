from __future__ import annotations

import itertools

import numpy as np
import polars as pl
import pytest

from palate.core.errors import InputError, PalateError, SettingsError, UnknownNameError
from palate.evaluation import later_items, tune_recommender
from palate.evaluation._held_out import hold_out
from palate.measures import parse_measure
from palate.recommend import Random, Split, UserNeighbours, ValueSettings, recommenders

NDCG = parse_measure("nDCG@10")


def _table(seed: int = 0, users: int = 40, items: int = 25) -> pl.DataFrame:
    """Two tastes: users of one mostly meet items of one half."""
    rng = np.random.default_rng(seed)
    rows = []
    for user in range(users):
        half = user % 2 * (items // 2)
        met = rng.permutation(items // 2)[:9] + half
        rows += [
            (user, int(item), 1000.0 * step + user, float(rng.integers(1, 6)))
            for step, item in enumerate(met)
        ]
    return pl.DataFrame(rows, schema=["user", "item", "timestamp", "value"], orient="row")


def _tick(step: float = 1.0):
    times = itertools.count()
    return lambda: step * next(times)


def test_best_of_what_was_tried_and_of_the_untuned_settings() -> None:
    found = tune_recommender("user-neighbours", _table(), split="per_user", trials=6, clock=_tick())
    assert found.recommender == "user_neighbours"
    history = found.history
    assert history["trial"].to_list() == list(range(7))
    assert history["state"].to_list()[0] == "defaults"
    assert found.validation == history["value"].max()
    assert found.validation_of_defaults == history["value"][0]
    best = history.sort("value", "trial", descending=[True, False]).row(0, named=True)
    assert dict(found.settings) == {name: best[name] for name in found.settings}
    assert found.test.low <= found.test.estimate <= found.test.high
    assert found.gain.estimate == pytest.approx(found.test.estimate - found.test_of_defaults.estimate)
    assert "which tuning never saw" in found.sentence
    assert found.to_dict()["history"] == history.to_dicts()


def test_same_seed_same_result_and_another_seed_tries_others() -> None:
    calls = [
        tune_recommender("ease", _table(), split="per_user", trials=4, seed=seed, clock=_tick())
        for seed in (1, 1, 2)
    ]
    assert calls[0].to_dict() == calls[1].to_dict()
    assert not calls[0].history.equals(calls[2].history)


def test_test_split_is_not_looked_at_while_tuning() -> None:
    table = _table()
    late = table.select(pl.col("timestamp").rank("ordinal", descending=True).over("user") <= 2).to_series()
    # The same past with another future: the items of the future are all changed.
    other = table.with_columns(item=pl.when(late).then(pl.lit(24) - pl.col("item")).otherwise("item"))
    first, second = (
        tune_recommender("user_neighbours", data, split="per_user", trials=5, clock=_tick())
        for data in (table, other)
    )
    assert first.history.equals(second.history)
    assert first.settings == second.settings
    assert first.test != second.test


def test_values_of_the_test_split_are_those_of_a_recommender_fitted_on_the_past() -> None:
    past = pl.DataFrame(
        {"user": [1, 1, 2, 2, 3], "item": ["a", "b", "a", "c", "a"], "timestamp": [1, 2, 1, 2, 1]}
    )
    future = pl.DataFrame({"user": [1, 1, 2, 9], "item": ["c", "a", "new", "a"], "timestamp": [5, 6, 5, 5]})
    data = hold_out(Split(past, future), None, None, "test")
    assert data.judgments.rows() == [(1, "c", 1.0), (2, "new", 1.0)]
    assert (data.without_past, data.repeated) == (1, 1)
    # User 1 gets c first, the only item left; user 2 gets b, and nobody can find "new".
    assert data.values(UserNeighbours(likes="all"), NDCG, 0).tolist() == [1.0, 0.0]


def test_part_of_the_users_is_all_that_is_known_of_them() -> None:
    table = _table()
    data = hold_out(Split(table.filter(pl.col("timestamp") < 7000), table), None, None, "test")
    part = data.part(0.25, seed=3)
    assert len(part.past.user_ids) == 10
    ids = set(part.past.user_ids)
    assert set(part.judgments["query"]) <= ids
    named = {
        (part.past.user_ids[int(u)], part.past.item_ids[int(i)])
        for u, i in zip(part.past.users, part.past.items, strict=True)
    }
    whole = table.filter((pl.col("timestamp") < 7000) & pl.col("user").is_in(list(ids)))
    assert named == set(whole.select("user", "item").rows())


def test_poor_trials_are_stopped_early_and_never_best() -> None:
    found = tune_recommender(
        "user_neighbours", _table(users=80), split="per_user", trials=25, stop_early=True, clock=_tick()
    )
    states = found.history["state"]
    assert (states == "stopped").any()
    whole = found.history.filter(pl.col("state") != "stopped")
    assert found.validation == whole["value"].max()


def test_budget_of_seconds_ends_the_search() -> None:
    found = tune_recommender("ease", _table(), split="per_user", trials=50, seconds=10, clock=_tick(2.0))
    assert 2 <= len(found.history) < 8
    assert any("within 10 seconds" in note for note in found.notes)


def test_fixed_settings_are_not_tuned_and_few_choices_end_the_search() -> None:
    found = tune_recommender("content", _table(), _titles(), split="per_user", trials=30, clock=_tick())
    assert len(found.history) == 3  # the defaults, and two choices of likes
    fixed = tune_recommender(
        "user_neighbours",
        _table(),
        split="per_user",
        trials=3,
        settings={"likes": "all", "similarity": "jaccard"},
        clock=_tick(),
    )
    assert fixed.history.columns == ["trial", "value", "state", "seconds", "neighbours", "shrinkage"]
    assert fixed.settings["similarity"] == "jaccard"


def _titles() -> pl.DataFrame:
    return pl.DataFrame({"item": range(25), "title": [f"red {item % 5} {item % 3}" for item in range(25)]})


def test_progress_ends_at_the_number_of_trials() -> None:
    calls: list[tuple[int, int]] = []
    tune_recommender(
        "ease",
        _table(),
        trials=3,
        split="per_user",
        progress=lambda done, total: calls.append((done, total)),
        clock=_tick(),
    )
    assert calls == [(1, 3), (2, 3), (3, 3)]


def test_values_are_weighed_before_anything_learns() -> None:
    kinds = [None, ValueSettings(least=4.0)]
    first, second = (
        tune_recommender("user_neighbours", _table(), split="per_user", trials=1, values=kind, clock=_tick())
        for kind in kinds
    )
    assert first.validation_of_defaults != second.validation_of_defaults


def test_users_without_a_past_are_noted() -> None:
    newcomer = pl.DataFrame({"user": [999], "item": [1], "timestamp": [1e6], "value": [1.0]})
    table = pl.concat([_table(), newcomer])
    found = tune_recommender("popularity", table, split="global", trials=2, clock=_tick())
    assert any(
        "without a past, of whom nothing is known, are not evaluated: 1." in note for note in found.notes
    )


@pytest.mark.parametrize(
    ("name", "more", "error", "message"),
    [
        ("random", {}, SettingsError, "no setting left to tune"),
        ("content", {"settings": {"likes": "all"}}, SettingsError, "no setting left to tune"),
        ("eas", {}, UnknownNameError, "Did you mean ease"),
        ("ease", {"measure": "nddcg"}, UnknownNameError, "nDCG"),
        ("ease", {"split": "weekly"}, SettingsError, "one of global, per_user, leave_one_out"),
        ("ease", {"trials": 0}, SettingsError, "'trials' must be at least 1"),
        ("ease", {"seconds": 0}, SettingsError, "'seconds'"),
        ("ease", {"settings": {"max_items": 3}}, InputError, "'max_items' is 3"),
    ],
)
def test_mistakes_are_told(name: str, more: dict, error: type[PalateError], message: str) -> None:
    arguments = {"split": "per_user", "trials": 2, **more}
    with pytest.raises(error, match=message):
        tune_recommender(name, _table(), **arguments)


def test_nothing_to_find_is_told() -> None:
    table = pl.DataFrame({"user": [1, 2], "item": ["a", "b"], "timestamp": [1, 2]})
    with pytest.raises(InputError, match="nothing to find"):
        later_items(Split(table, table))


@pytest.mark.parametrize("name", recommenders.names())
def test_what_is_searched_are_settings_that_the_recommender_takes(name: str) -> None:
    method = recommenders.get(name)
    for setting, wanted in method.search.items():
        for end in wanted.ends:
            assert getattr(recommenders.create(name, {setting: end}), setting) == end
    assert method.search or method is Random
