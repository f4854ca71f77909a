"""What every aggregator of rankings does, today's and tomorrow's."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from ranked_strategies import ranked_tables

from palate.aggregation.rankings import ranking_aggregators
from palate.core.errors import InputError, SettingsError

every_aggregator = pytest.mark.parametrize("name", ranking_aggregators.names())

ONE = pl.DataFrame(
    {"task": ["q"] * 6, "annotator": [1, 1, 1, 2, 2, 2], "item": list("abcabc"), "rank": [1, 2, 3, 1, 2, 3]}
)


def test_there_are_several() -> None:
    assert len(ranking_aggregators.names()) >= 4


@every_aggregator
@settings(max_examples=25, deadline=None)
@given(rankings=ranked_tables())
def test_every_item_gets_a_rank_in_every_task(name: str, rankings: pl.DataFrame) -> None:
    found = ranking_aggregators.create(name).aggregate(rankings)
    table = found.rankings
    assert (
        table.select("task", "item")
        .sort("task", "item")
        .equals(rankings.select("task", "item").unique().sort("task", "item"))
    )
    assert table["score"].is_finite().all()
    groups = ["task", "component"] if "component" in table.columns else ["task"]
    for _, part in table.group_by(groups, maintain_order=True):
        ranks, scores = part["rank"].to_list(), part["score"].to_numpy()
        assert ranks == [1 + sum(other > score + 1e-9 for other in scores) for score in scores]
        assert ranks == sorted(ranks)


@every_aggregator
@settings(max_examples=25, deadline=None)
@given(rankings=ranked_tables())
def test_neither_order_of_rows_nor_size_of_ranks_matters(name: str, rankings: pl.DataFrame) -> None:
    aggregator = ranking_aggregators.create(name)
    found, other = (
        aggregator.aggregate(table)
        for table in (rankings, rankings.reverse().with_columns(rank=pl.col("rank") ** 2 + 3))
    )
    assert found.rankings.equals(other.rankings)
    assert found.annotators.equals(other.annotators)
    assert found.tasks.equals(other.tasks)


@every_aggregator
@settings(max_examples=20, deadline=None)
@given(rankings=ranked_tables())
def test_tasks_do_not_influence_each_other(name: str, rankings: pl.DataFrame) -> None:
    aggregator = ranking_aggregators.create(name)
    together = aggregator.aggregate(rankings).rankings.filter(task="task 0")
    alone = aggregator.aggregate(rankings.filter(task="task 0")).rankings
    assert alone.select("item", "answers").equals(together.select("item", "answers"))
    np.testing.assert_allclose(alone["score"], together["score"], atol=1e-6)


@every_aggregator
@settings(max_examples=20, deadline=None)
@given(rankings=ranked_tables())
def test_annotators_agreement_is_the_share_of_pairs_in_the_same_order(
    name: str, rankings: pl.DataFrame
) -> None:
    found = ranking_aggregators.create(name).aggregate(rankings)
    scores = {(r["task"], r["item"]): r["score"] for r in found.rankings.to_dicts()}
    for row in found.annotators.to_dicts():
        own = rankings.filter(annotator=row["annotator"]).to_dicts()
        pairs = [
            scores[a["task"], a["item"]] - scores[b["task"], b["item"]]
            for a in own
            for b in own
            if a["task"] == b["task"] and a["rank"] < b["rank"]
        ]
        assert row["pairs"] == len(pairs)
        assert row["rankings"] == len({r["task"] for r in own})
        points = sum(1.0 if lead > 1e-9 else 0.0 if lead < -1e-9 else 0.5 for lead in pairs)
        assert row["agreement"] == (pytest.approx(points / len(pairs)) if pairs else None)


@every_aggregator
def test_what_all_agree_on_is_the_result(name: str) -> None:
    found = ranking_aggregators.create(name).aggregate(ONE)
    assert found.rankings.select("item", "rank").rows() == [("a", 1), ("b", 2), ("c", 3)]
    assert found.annotators["agreement"].to_list() == [1.0, 1.0]
    assert found.tasks.select("task", "rankings", "items").rows() == [("q", 2, 3)]
    assert found.converged


@every_aggregator
def test_all_tasks_can_give_one_ranking(name: str) -> None:
    tasks = pl.concat([ONE, ONE.with_columns(task=pl.lit("r"), item=pl.col("item").replace({"a": "d"}))])
    found = ranking_aggregators.create(name, {"by_task": False}).aggregate(tasks)
    assert "task" not in found.rankings.columns
    assert sorted(found.rankings["item"]) == list("abcd")
    assert found.tasks.select("rankings", "items").rows() == [(4, 4)]
    assert found.annotators["rankings"].to_list() == [2, 2]
    assert set(found.rankings["item"][2:]) == {"b", "c"}


@every_aggregator
def test_top_1_answers_are_ranked_where_the_rest_counts_as_last(name: str) -> None:
    top = pl.DataFrame(
        {"task": [1] * 6, "annotator": range(6), "item": ["x", "x", "x", "y", "y", "z"], "rank": [1] * 6}
    )
    with pytest.raises(InputError, match="rankings, column 'rank': No ranking puts .* set unranked='last'"):
        ranking_aggregators.create(name).aggregate(top)
    found = ranking_aggregators.create(name, {"unranked": "last"}).aggregate(top).rankings
    assert found["item"].to_list() == ["x", "y", "z"]
    assert found["answers"].to_list() == [3, 2, 1]


@every_aggregator
@pytest.mark.parametrize("kind", [pl.DataFrame, pd.DataFrame, pa.table])
def test_the_same_kind_of_dataframe_comes_out(name: str, kind) -> None:
    frame = kind(ONE.to_dict(as_series=False))
    found = ranking_aggregators.create(name).aggregate(frame)
    for table in (found.rankings, found.annotators, found.tasks):
        assert type(table) is type(frame)


@every_aggregator
@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            {"item": list("aabaab")},
            "rankings, row 1: .*4 rows repeat one: row 1: task q, annotator 1, item a",
        ),
        ({"rank": [1, 2, None, 1, 2, 3]}, "rankings, row 3, column 'rank': The value is missing"),
        ({"rank": [1.0, 2.0, 2.5, 1.0, 2.0, 3.0]}, "rankings, row 3, column 'rank': .*whole number"),
        ({"rank": [1, 2, -1, 1, 2, 3]}, "rankings, row 3, column 'rank': .*at least 0"),
    ],
)
def test_rankings_that_cannot_be_meant_are_refused(name: str, change: dict, says: str) -> None:
    columns = {column: pl.Series(values) for column, values in change.items()}
    with pytest.raises(InputError, match=says):
        ranking_aggregators.create(name).aggregate(ONE.with_columns(**columns))


@every_aggregator
def test_progress_ends_at_most_at_the_total(name: str) -> None:
    calls: list[tuple[int, int]] = []
    ranking_aggregators.create(name).aggregate(ONE, progress=lambda done, total: calls.append((done, total)))
    assert calls == sorted(calls)
    assert 1 <= calls[-1][0] <= calls[-1][1]


@every_aggregator
def test_an_unknown_meaning_of_what_is_left_out_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match="'unranked' must be one of unseen, last; it is 'worst'"):
        ranking_aggregators.get(name)(unranked="worst")
