from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from run_strategies import run_tables

from palate.core.errors import InputError, SettingsError, UnknownNameError
from palate.recommend.fusion import Borda, CombMNZ, CombSUM, Interpolation, ReciprocalRank, fuse_runs

RUNS = pl.DataFrame(
    [
        ("a", "q", "x", 10.0),
        ("a", "q", "y", 6.0),
        ("a", "q", "z", 2.0),
        ("b", "q", "y", 0.9),
        ("b", "q", "w", 0.5),
    ],
    schema=["system", "query", "item", "score"],
    orient="row",
)


def scores(method, runs=RUNS):
    found = fuse_runs(runs, method).runs
    return dict(found.select("item", "score").iter_rows())


def test_reciprocal_ranks_are_added():
    want = {"x": 1 / 61, "y": 1 / 62 + 1 / 61, "z": 1 / 63, "w": 1 / 62}
    assert scores(ReciprocalRank()) == pytest.approx(want)
    assert scores(ReciprocalRank(smoothing=0)) == pytest.approx({"x": 1, "y": 1.5, "z": 1 / 3, "w": 0.5})


def test_scores_between_lowest_and_highest_are_added():
    assert scores(CombSUM()) == pytest.approx({"x": 1, "y": 0.5 + 1, "z": 0, "w": 0})


def test_sums_are_multiplied_by_the_systems_that_rank_an_item():
    assert scores(CombMNZ()) == pytest.approx({"x": 1, "y": 3, "z": 0, "w": 0})
    assert scores(CombMNZ(normalization="none")) == pytest.approx({"x": 10, "y": 13.8, "z": 2, "w": 0.5})


def test_z_scores_count_from_the_lowest():
    # a: deviation of 10, 6, 2 is √(32/3); b: of 0.9, 0.5 it is 0.2.
    want = {"x": 8 / np.sqrt(32 / 3), "y": 4 / np.sqrt(32 / 3) + 2, "z": 0, "w": 0}
    assert scores(CombSUM(normalization="z")) == pytest.approx(want)


@given(runs=run_tables())
@settings(max_examples=25, deadline=None)
def test_z_orders_as_mean_0_with_the_lowest_for_what_is_not_ranked(runs):
    found = {
        row[:2]: row[2] for row in fuse_runs(runs, CombSUM("z")).runs.select("query", "item", "score").rows()
    }
    plain = {}
    for query in runs["query"].unique():
        of_query = runs.filter(query=query)
        total = dict.fromkeys(of_query["item"], 0.0)
        for (_,), rows in of_query.group_by("system"):
            given = dict(rows.select("item", "score").iter_rows())
            values = np.array(list(given.values()))
            if values.std() == 0:  # nothing to standardize by: 1 is what ranking an item counts
                for item in given:
                    total[item] += 1
                continue
            lowest = (values.min() - values.mean()) / values.std()
            for item in total:
                z = (given[item] - values.mean()) / values.std() if item in given else lowest
                total[item] += z - lowest
        plain |= {(query, item): value for item, value in total.items()}
    assert found == pytest.approx(plain)


def test_equal_scores_of_a_ranking_count_1_each():
    runs = pl.DataFrame(
        {"system": ["a", "a", "b"], "query": 1, "item": ["x", "y", "x"], "score": [3.0, 3.0, -7.0]}
    )
    for normalization in ("min_max", "z"):
        assert scores(CombSUM(normalization), runs) == {"x": 2, "y": 1}


def test_huge_scores_stay_finite():
    runs = pl.DataFrame(
        {"system": ["a", "a", "b"], "query": 1, "item": ["x", "y", "x"], "score": [1.7e308, -1.7e308, 0.0]}
    )
    assert scores(CombSUM(), runs) == {"x": 2, "y": 0}
    assert scores(CombSUM("z"), runs) == pytest.approx({"x": 3, "y": 0})


def test_borda_shares_what_is_left_among_the_items_not_ranked():
    # Four candidates. a: x 4, y 3, z 2, w 1; b: y 4, w 3, and x and z share 2 and 1.
    assert scores(Borda()) == {"x": 5.5, "y": 7, "z": 3.5, "w": 4}


def test_interpolation_weighs_systems_by_name():
    found = scores(Interpolation(weights={"b": 1, "a": 3}))
    assert found == pytest.approx({"x": 0.75, "y": 0.75 * 0.5 + 0.25, "z": 0, "w": 0})
    alike = scores(Interpolation())
    assert {item: 2 * score for item, score in alike.items()} == pytest.approx(scores(CombSUM()))


def test_equal_scores_go_by_item_the_highest_first():
    assert fuse_runs(RUNS, CombSUM()).runs["item"].to_list() == ["y", "x", "z", "w"]


def test_depth_and_cutoff():
    found = fuse_runs(RUNS, ReciprocalRank(), depth=1).runs
    assert found.select("item", "rank").rows() == [("y", 1), ("x", 2)]
    assert fuse_runs(RUNS, cutoff=1, system="both").runs.select("system", "item").rows() == [("both", "y")]
    with pytest.raises(SettingsError, match="'depth' must be at least 1"):
        fuse_runs(RUNS, depth=0)


def test_runs_with_scores_and_runs_with_ranks_only_meet():
    ranks = pl.DataFrame({"system": "c", "query": "q", "item": ["z", "x"], "rank": [0, 1]})
    both = pl.concat([RUNS, ranks], how="diagonal")
    assert scores(ReciprocalRank(), both)["z"] == pytest.approx(1 / 63 + 1 / 61)
    with pytest.raises(
        InputError, match="'c' has none in some rows or at all. reciprocal_rank and borda need ranks"
    ):
        fuse_runs(both, CombSUM())


def test_a_query_that_one_system_answers_is_fused_from_it_and_said():
    more = pl.DataFrame({"system": ["a"], "query": ["other"], "item": ["x"], "score": [1.0]})
    found = fuse_runs(pl.concat([RUNS, more]))
    assert found.notes == ("b does not answer 1 of 2 queries; those are fused from the others.",)
    assert found.runs.filter(query="other")["item"].to_list() == ["x"]


def test_scales_that_differ_are_said_where_scores_are_added_as_they_are():
    found = fuse_runs(RUNS, CombSUM("none"))
    assert found.notes[0].startswith("the scores of a reach 10 and those of b 0.9: added as they are")
    assert fuse_runs(RUNS, CombSUM()).notes == ()


def test_bad_settings_are_refused():
    for method, given_settings in ((ReciprocalRank, {"smoothing": -1}), (CombSUM, {"normalization": "max"})):
        with pytest.raises(SettingsError):
            method(**given_settings)
    with pytest.raises(SettingsError, match="The weight of 'a' must be a number from 0; it is -1"):
        Interpolation({"a": -1})
    with pytest.raises(SettingsError, match="All weights are 0"):
        Interpolation({"a": 0})
    with pytest.raises(SettingsError, match="must give each system's name a number"):
        Interpolation([0.5, 0.5])
    with pytest.raises(SettingsError, match="the weights are of 'a', 'c', the systems are 'a', 'b'"):
        fuse_runs(RUNS, Interpolation({"a": 1, "c": 1}))
    with pytest.raises(UnknownNameError, match="There is no fusion named 'bordas'. Did you mean borda"):
        fuse_runs(RUNS, "bordas")


def test_scores_below_0_need_normalization():
    with pytest.raises(InputError, match="System 'b' has scores below 0"):
        fuse_runs(RUNS.with_columns(score=pl.col("score") - 0.8), CombSUM("none"))


def test_runs_without_scores_and_ranks_are_refused():
    with pytest.raises(InputError, match="item x of query q of 'a' has no rank"):
        fuse_runs(RUNS.drop("score"))


def test_frames_of_other_kinds_come_back_as_they_came():
    pandas = pytest.importorskip("pandas")
    assert isinstance(fuse_runs(RUNS.to_pandas()).runs, pandas.DataFrame)
