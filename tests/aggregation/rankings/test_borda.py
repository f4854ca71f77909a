from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ranked_strategies import ranked_tables, rows_of

from palate.aggregation.rankings import Borda


@settings(max_examples=50, deadline=None)
@given(rankings=ranked_tables(ties=True), unranked=st.sampled_from(["unseen", "last"]))
def test_score_is_the_mean_share_of_others_below(rankings: pl.DataFrame, unranked: str) -> None:
    found = Borda(unranked=unranked).aggregate(rankings).rankings
    for row in found.to_dicts():
        task = rankings.filter(task=row["task"])
        shares = []
        for _, own in task.group_by("annotator"):
            ranks = dict(own.select("item", "rank").iter_rows())
            if unranked == "last":
                ranks = {item: ranks.get(item, 99) for item in task["item"]}
            if row["item"] in ranks and len(ranks) > 1:
                mine = ranks.pop(row["item"])
                points = sum((mine < other) + (mine == other) / 2 for other in ranks.values())
                shares.append(points / len(ranks))
        assert row["score"] == pytest.approx(sum(shares) / len(shares) if shares else 0.5)


def test_classic_count_by_hand() -> None:
    # Counts of 2, 1, 0: x 2+2+0, y 1+0+2, z 0+1+1; the maximum is 6.
    table = rows_of(
        [
            (1, annotator, [(item, rank) for rank, item in enumerate(order, 1)])
            for annotator, order in enumerate(["xyz", "xzy", "yzx"])
        ]
    )
    found = Borda().aggregate(table).rankings
    assert dict(found.select("item", "score").iter_rows()) == pytest.approx(
        {"x": 4 / 6, "y": 3 / 6, "z": 2 / 6}
    )
