from __future__ import annotations

import polars as pl
import pytest

from palate.core.errors import InputError, SettingsError
from palate.experiments.interleaving import Optimized, Probabilistic, TeamDraft, interleave_runs


@pytest.fixture
def runs():
    rows = [("a", q, item, rank) for q in (1, 2, 3) for rank, item in enumerate("xyz", 1)]
    rows += [("b", q, item, rank) for q in (1, 2) for rank, item in enumerate("zwx", 1)]
    return pl.DataFrame(rows, schema=["system", "query", "item", "rank"], orient="row")


def test_every_list_has_its_number_and_ranks(runs):
    found = interleave_runs(runs, TeamDraft(), length=2, lists=6)
    assert found.table.columns == ["list", "query", "rank", "item", "credit", "system", "other"]
    assert found.table["list"].unique().to_list() == list(range(1, 13))
    assert found.table["rank"].to_list() == [1, 2] * 12
    assert found.table["query"].to_list() == [1] * 12 + [2] * 12
    assert set(found.table["item"]) <= {"x", "y", "z", "w"}
    assert found.notes == ("1 of 3 queries are ranked by one system only; they have no lists.",)


def test_lists_of_a_query_do_not_depend_on_other_queries(runs):
    both = interleave_runs(runs, TeamDraft(), lists=3).table.filter(pl.col("query") == 2)
    alone = interleave_runs(runs.filter(pl.col("query") == 2), TeamDraft(), lists=3).table
    assert alone.drop("list").equals(both.drop("list"))


def test_scores_order_items_as_trec_eval_does(runs):
    scored = pl.DataFrame(
        {
            "system": ["a"] * 3 + ["b"] * 3,
            "query": [1] * 6,
            "item": list("xyzxyz"),
            "score": [1.0, 2, 2, 1, 2, 2],
        }
    )
    found = interleave_runs(scored, TeamDraft(), lists=2).table
    assert found["item"].to_list() == ["z", "y", "x"] * 2


def test_scores_of_one_run_meet_ranks_of_another(runs):
    of_a = runs.filter(pl.col("system") == "a")
    of_b = runs.filter(pl.col("system") == "b").with_columns(score=10.0 - pl.col("rank")).drop("rank")
    mixed = pl.concat([of_a, of_b], how="diagonal")
    assert interleave_runs(mixed, TeamDraft()).table.equals(interleave_runs(runs, TeamDraft()).table)


def test_not_two_systems_is_an_error(runs):
    with pytest.raises(InputError, match="there are 1: a"):
        interleave_runs(runs.filter(pl.col("system") == "a"), TeamDraft())
    with pytest.raises(InputError, match="there are 1: run"):
        interleave_runs(runs.filter(pl.col("system") == "a").drop("system"), TeamDraft())
    apart = runs.filter((pl.col("system") == "a") == (pl.col("query") == 1))
    with pytest.raises(InputError, match="No query is ranked by both a and b"):
        interleave_runs(apart, TeamDraft())


def test_rows_without_rank_and_counts_below_1_are_errors(runs):
    gap = runs.with_columns(rank=pl.when(pl.col("item") == "w").then(None).otherwise("rank"))
    with pytest.raises(InputError, match="2 rows have neither, such as item w of query 1"):
        interleave_runs(gap, TeamDraft())
    with pytest.raises(SettingsError, match="'lists' must be at least 2, for fairness between them; it is 1"):
        interleave_runs(runs, TeamDraft(), lists=1)


@pytest.mark.parametrize(
    "method", [TeamDraft(), Probabilistic(), Optimized()], ids=lambda m: type(m).__name__
)
@pytest.mark.parametrize("lists", [2, 5])
def test_no_number_of_impressions_makes_ranks_alone_prefer_a_system(runs, method, lists):
    found = interleave_runs(runs, method, lists=lists).table
    means = found.group_by("query", "rank").agg(pl.col("credit").mean())["credit"]
    assert means.abs().max() < 1e-12


def test_team_drafts_come_with_mirror_images(runs):
    found = interleave_runs(runs, TeamDraft(), length=2, lists=8).table
    assert set(found["credit"]) == {1.0, -1.0}
    firsts = found.filter(pl.col("rank") == 1)["credit"].to_list()
    assert all(a == -b for a, b in zip(firsts[::2], firsts[1::2], strict=True))
