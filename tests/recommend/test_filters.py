from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from run_strategies import run_tables

from palate.core.errors import InputError, SettingsError, UnknownNameError
from palate.recommend import cap_categories, keep_items, remove_items, remove_seen

RUN = pl.DataFrame(
    {
        "system": "s",
        "query": [1, 1, 1, 2, 2],
        "item": ["a", "b", "c", "a", "d"],
        "score": [3.0, 2.0, 1.0, 9.0, 8.0],
    }
)
KINDS = pl.DataFrame({"item": ["a", "a", "b", "c"], "category": ["drama", "war", "drama", "war"]})


def rows(frame):
    return frame.select("query", "item", "rank", "score").rows()


def test_seen_items_go_and_ranks_close_up():
    found = remove_seen(RUN, pl.DataFrame({"user": ["1", "2"], "item": ["b", "z"]}))
    assert rows(found.runs) == [(1, "a", 1, 3.0), (1, "c", 2, 1.0), (2, "a", 1, 9.0), (2, "d", 2, 8.0)]
    assert found.removed.select("query", "item", "rank", "reason").rows() == [(1, "b", 2, "seen")]


def test_users_without_interactions_keep_their_items_and_it_is_said():
    found = remove_seen(RUN, pl.DataFrame({"user": ["u9"], "item": ["a"]}))
    assert len(found.runs) == len(RUN)
    assert found.notes[0].startswith("none of the users in the runs has interactions")
    assert found.notes[0].endswith("such as 1 in the runs and u9 in the interactions.")


def test_unavailable_items_go_for_all_or_for_one():
    assert [r[1] for r in rows(remove_items(RUN, pl.DataFrame({"item": ["a"]})).runs)] == ["b", "c", "d"]
    table = pl.DataFrame({"item": ["a", "d"], "query": [1, None]})
    found = remove_items(RUN, table)
    assert [r[:2] for r in rows(found.runs)] == [(1, "b"), (1, "c"), (2, "a")]
    assert found.removed["reason"].to_list() == ["unavailable"] * 2


def test_only_available_items_stay():
    found = keep_items(RUN, pl.DataFrame({"item": ["b", "c"], "title": ["B", "C"]}))
    assert rows(found.runs) == [(1, "b", 1, 2.0), (1, "c", 2, 1.0)]
    assert found.notes == ("1 ranking has no item left.",)
    with pytest.raises(InputError, match="None of the items in the runs is available"):
        keep_items(RUN, pl.DataFrame({"item": ["x"]}))


def test_caps_keep_the_first_of_each_category():
    found = cap_categories(RUN, KINDS, 1)
    assert [r[:3] for r in rows(found.runs)] == [(1, "a", 1), (2, "a", 1), (2, "d", 2)]
    assert found.removed.select("item", "reason").rows() == [("b", "cap of drama"), ("c", "cap of war")]
    assert found.notes == ("1 of 4 items have no category, so that no cap holds for them.",)


def test_caps_by_name_and_a_ban():
    assert [r[1] for r in rows(cap_categories(RUN, KINDS, {"war": 0}).runs)] == ["b", "d"]
    assert [r[1] for r in rows(cap_categories(RUN, KINDS, {"drama": 1}).runs)] == ["a", "c", "a", "d"]


def test_caps_that_cannot_be_met_are_said():
    found = cap_categories(RUN, KINDS, 1, cutoff=2)
    assert [r[:3] for r in rows(found.runs)] == [(1, "a", 1), (2, "a", 1), (2, "d", 2)]
    assert found.notes[-1] == "1 ranking has fewer than 2 items left by the caps."


def test_what_lies_beyond_the_cutoff_was_not_removed_by_a_cap():
    found = cap_categories(RUN, KINDS, 5, cutoff=1)
    assert [r[1] for r in rows(found.runs)] == ["a", "a"]
    assert found.removed.is_empty()


def test_bad_caps_are_refused():
    with pytest.raises(UnknownNameError, match="no category named 'dramas'. Did you mean drama"):
        cap_categories(RUN, KINDS, {"dramas": 1})
    with pytest.raises(SettingsError, match="cap of 'drama' must be a whole number from 0; it is -1"):
        cap_categories(RUN, KINDS, -1)
    with pytest.raises(SettingsError, match="There is no cap"):
        cap_categories(RUN, KINDS, {})
    with pytest.raises(InputError, match="None of the items in the runs has a category"):
        cap_categories(RUN, KINDS.with_columns(item=pl.col("item") + "0"), 1)


def test_runs_with_ranks_only_keep_their_order():
    run = RUN.drop("score").with_columns(rank=pl.Series([3, 2, 1, 5, 9]))
    found = remove_items(run, pl.DataFrame({"item": ["b"]}))
    assert found.runs.select("query", "item", "rank").rows() == [
        (1, "c", 1),
        (1, "a", 2),
        (2, "a", 1),
        (2, "d", 2),
    ]


@given(runs=run_tables(systems=1), gone=st.sets(st.sampled_from("uvwxyz")))
@settings(max_examples=25, deadline=None)
def test_kept_and_removed_are_all_and_the_order_stays(runs, gone):
    found = remove_items(runs, pl.DataFrame({"item": [*gone, "other"]}))
    keys = ["system", "query", "item", "score"]
    assert sorted([*found.runs.select(keys).rows(), *found.removed.select(keys).rows()]) == sorted(
        runs.rows()
    )
    assert set(found.runs["item"]).isdisjoint(gone)
    for _, ranking in found.runs.group_by("system", "query"):
        assert ranking["rank"].to_list() == list(range(1, len(ranking) + 1))
        assert ranking["score"].is_sorted(descending=True)


@given(runs=run_tables(systems=1), cap=st.integers(0, 2))
@settings(max_examples=25, deadline=None)
def test_no_category_is_above_its_cap_and_no_item_was_taken_out_needlessly(runs, cap):
    kinds = pl.DataFrame(
        {"item": list("uvwxyzu"), "category": ["one", "one", "two", "two", "two", "one", "two"]}
    )
    of = {item: set(kinds.filter(item=item)["category"]) for item in "uvwxyz"}
    found = cap_categories(runs, kinds, cap)
    kept = set(found.runs.select("system", "query", "item").rows())
    for (system, query), ranking in runs.group_by("system", "query"):
        counts = {"one": 0, "two": 0}
        ordered = ranking.sort(["score", "item"], descending=[True, False])
        for item in ordered["item"]:
            fits = all(counts[name] < cap for name in of[item])
            assert ((system, query, item) in kept) == fits
            for name in of[item] if fits else ():
                counts[name] += 1
