from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from palate.core.errors import SettingsError
from palate.sampling import MoveToFront


def _runs(**rankings: list[str]) -> pl.DataFrame:
    rows = [(s, "q", item, rank) for s, ranking in rankings.items() for rank, item in enumerate(ranking, 1)]
    return pl.DataFrame(rows, schema=["system", "query", "item", "rank"], orient="row")


def _rounds(sampler: MoveToFront, runs: pl.DataFrame, grades: dict[str, int], budget: int) -> list[str]:
    """Return the items in the order asked, answered by ``grades``, one a round."""
    asked: list[str] = []
    while len(asked) < budget:
        known = pl.DataFrame(
            {"query": ["q"] * len(asked), "item": asked, "grade": [grades[i] for i in asked]}
        )
        tasks = sampler.next_tasks(runs, known if asked else None, 3)
        if tasks.is_empty():
            break
        asked.append(tasks["item"][0])
    return asked


def test_ranking_with_relevant_items_is_followed_until_one_is_not() -> None:
    runs = _runs(good=["g1", "g2", "g3", "g4"], bad=["b1", "b2", "b3", "b4"])
    grades = {"g1": 1, "g2": 1, "g3": 0, "g4": 1, "b1": 0, "b2": 0, "b3": 0, "b4": 0}
    asked = _rounds(MoveToFront(count=1), runs, grades, 20)
    assert len(asked) == 8
    start = 0 if asked[0] == "g1" else 1  # the first is drawn by lot; b1 costs the bad one its turn
    assert asked[start : start + 3] == ["g1", "g2", "g3"]


def test_finds_relevant_items_sooner_than_going_down_all_rankings_alike() -> None:
    rng = np.random.default_rng(5)
    grades = {f"i{i}": int(rng.random() < 0.1) for i in range(200)}
    relevant = [item for item, grade in grades.items() if grade]
    others = [item for item, grade in grades.items() if not grade]
    good = [*relevant[:12], *others[:60]]
    noise = {f"n{s}": list(rng.permutation(others)[:72]) for s in range(4)}
    asked = _rounds(MoveToFront(count=1), _runs(good=good, **noise), grades, 30)
    assert sum(grades[item] for item in asked) == 12
    depth_first = {item for ranking in (good, *noise.values()) for item in ranking[:6]}
    assert sum(grades[item] for item in depth_first) == 6


def test_round_asks_at_most_one_open_item_of_each_ranking() -> None:
    runs = _runs(a=["x", "y"], b=["x", "z"], c=["w"])
    assert MoveToFront().next_tasks(runs)["item"].to_list() == ["w", "x"]
    known = pl.DataFrame({"query": ["q"], "item": ["x"], "grade": [1.0]})
    assert MoveToFront().next_tasks(runs, known)["item"].to_list() == ["w", "y", "z"]


def test_nothing_is_left_when_all_within_the_depth_is_judged() -> None:
    runs = _runs(a=["x", "y"])
    known = pl.DataFrame({"query": ["q"], "item": ["x"], "grade": [0.0]})
    found = MoveToFront(depth=1).next_tasks(runs, known)
    assert found.is_empty()
    assert found.columns == ["task", "query", "item"]


def test_every_query_comes_before_any_query_twice() -> None:
    runs = pl.concat([_runs(a=["x", "y"], b=["z"]).with_columns(query=pl.lit(q)) for q in ("1", "2")])
    assert MoveToFront(count=2).next_tasks(runs)["query"].to_list() == ["1", "2"]


def test_ids_of_judgments_may_be_of_another_type() -> None:
    runs = pl.DataFrame({"system": ["a", "a"], "query": [1, 1], "item": [7, 8], "rank": [1, 2]})
    known = pl.DataFrame({"query": ["1"], "item": ["7"], "grade": [1.0]})
    assert MoveToFront().next_tasks(runs, known)["item"].to_list() == [8]


def test_depth_below_one_is_refused() -> None:
    with pytest.raises(SettingsError, match="'depth' must be at least 1"):
        MoveToFront(depth=0)
