from __future__ import annotations

from itertools import permutations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from ranked_strategies import ranked_tables, rows_of

from palate.aggregation.rankings import Borda, _ordered_pairs
from palate.aggregation.rankings._ordered_pairs import preferences
from palate.aggregation.rankings._tables import code_rankings
from palate.core.errors import InputError


def _decoded(coded) -> list[tuple]:
    """Return (task, annotator, item, level, listed) of every place."""
    rows = []
    for ranking in range(len(coded.annotators)):
        task = None if coded.task_ids is None else coded.task_ids[int(coded.group_of_ranking[ranking])]
        annotator = coded.annotator_ids[int(coded.annotators[ranking])]
        for place in range(coded.offsets[ranking], coded.offsets[ranking + 1]):
            item = coded.item_ids[int(coded.items[coded.candidates[place]])]
            rows.append((task, annotator, item, int(coded.levels[place]), bool(coded.listed[place])))
    return rows


@settings(max_examples=50, deadline=None)
@given(rankings=ranked_tables(ties=True))
def test_codes_say_what_the_rankings_said(rankings: pl.DataFrame) -> None:
    expected = []
    for (task, annotator), own in rankings.group_by("task", "annotator"):
        levels = sorted(set(own["rank"]))
        expected += [(task, annotator, r["item"], levels.index(r["rank"]), True) for r in own.to_dicts()]
    rows = _decoded(code_rankings(rankings, by_task=True, unranked="unseen"))
    assert rows == sorted(expected, key=lambda r: (r[0], r[1], r[3], r[2]))


@settings(max_examples=50, deadline=None)
@given(rankings=ranked_tables(ties=True))
def test_what_is_left_out_comes_last(rankings: pl.DataFrame) -> None:
    listed = _decoded(code_rankings(rankings, by_task=True, unranked="unseen"))
    expected = list(listed)
    for task, annotator in {row[:2] for row in listed}:
        own = [row for row in listed if row[:2] == (task, annotator)]
        others = set(rankings.filter(task=task)["item"]) - {row[2] for row in own}
        expected += [(task, annotator, item, max(row[3] for row in own) + 1, False) for item in others]
    rows = _decoded(code_rankings(rankings, by_task=True, unranked="last"))
    assert rows == sorted(expected, key=lambda r: (r[0], r[1], r[3], r[2]))


@settings(max_examples=50, deadline=None)
@given(rankings=ranked_tables(ties=True))
def test_preferences_are_counted(rankings: pl.DataFrame) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_ordered_pairs, "_CELLS", 30)
        coded = code_rankings(rankings, by_task=True, unranked="unseen")
        found = list(preferences(coded))
    for task, table in zip(sorted(set(rankings["task"])), found, strict=True):
        own = rankings.filter(task=task)
        items = sorted(set(own["item"]))
        expected = np.zeros((len(items), len(items)))
        for _, ranking in own.group_by("annotator"):
            ranks = dict(ranking.select("item", "rank").iter_rows())
            for (a, first), (b, second) in permutations(ranks.items(), 2):
                expected[items.index(a), items.index(b)] += first < second
        np.testing.assert_array_equal(table, expected)


def test_one_annotator_ranks_once_a_task_even_where_all_tasks_are_one() -> None:
    table = rows_of([("t", "a", [("x", 1), ("y", 2)]), ("u", "a", [("y", 1), ("x", 2)])])
    coded = code_rankings(table, by_task=False, unranked="unseen")
    assert coded.offsets.tolist() == [0, 2, 4]
    assert coded.n_groups == 1
    assert Borda(by_task=False).aggregate(table).rankings["rank"].to_list() == [1, 1]


def test_equal_scores_share_a_rank_and_the_next_is_skipped() -> None:
    table = rows_of([(1, "a", [("x", 1), ("y", 1), ("z", 2)]), (1, "b", [("x", 1), ("y", 1), ("z", 2)])])
    assert Borda().aggregate(table).rankings.select("item", "rank").rows() == [("x", 1), ("y", 1), ("z", 3)]


def test_ids_of_any_type_survive() -> None:
    table = pl.DataFrame({"task": [2**62] * 2, "annotator": ["07"] * 2, "item": ["ä", "b"], "rank": [2, 1]})
    found = Borda().aggregate(table.rename({"annotator": "worker"}))
    assert found.rankings.select("task", "item").rows() == [(2**62, "b"), (2**62, "ä")]
    assert found.annotators["annotator"].to_list() == ["07"]


def test_a_path_gives_polars(tmp_path) -> None:
    path = tmp_path / "rankings.csv"
    path.write_text("task,annotator,item,rank\n1,a,x,1\n1,a,y,2\n")
    assert Borda().aggregate(path).rankings["item"].to_list() == ["x", "y"]
    path.write_text("task,annotator,item,rank\n1,a,x,1\n1,a,y,1\n")
    with pytest.raises(InputError, match=r"rankings\.csv, column 'rank': No ranking puts"):
        Borda().aggregate(path)
