from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from answer_strategies import SHARED, comparison_tables
from hypothesis import given, settings
from requirements import require

from palate.aggregation.pairs import BradleyTerry, PairFit, WinRate
from palate.aggregation.pairs._pair_counts import connected_groups
from palate.aggregation.pairs._tables import code_comparisons, result_tables
from palate.core.errors import InputError


def _table(**columns: list) -> pl.DataFrame:
    return pl.DataFrame(columns)


@settings(max_examples=50, deadline=None)
@given(comparisons=comparison_tables())
def test_wins_are_counted_from_both_sides(comparisons: pl.DataFrame) -> None:
    wins, ties, met = Counter(), Counter(), Counter()
    for left, right, label in comparisons.iter_rows():
        for pair in ((left, right), (right, left)):
            met[pair] += 1
            ties[pair] += label == "tie"
        wins[left, right] += label == "left"
        wins[right, left] += label == "right"
    found = WinRate().aggregate(comparisons).wins
    assert [row[:2] for row in found.rows()] == sorted(met)
    for row in found.to_dicts():
        pair = row["item"], row["other"]
        assert (row["comparisons"], row["wins"], row["ties"]) == (met[pair], wins[pair], ties[pair])
        assert row["win_share"] == pytest.approx((wins[pair] + ties[pair] / 2) / met[pair])


@pytest.mark.parametrize(
    ("label", "outcome"),
    [
        ("left", 1),
        ("RIGHT", -1),
        ("Tie", 0),
        ("draw", 0),
        ("Same", 0),
        ("equal", 0),
        (" left ", 1),
        ("Sushi", -1),
    ],
)
def test_labels_name_a_side_a_tie_or_the_preferred(label: str, outcome: int) -> None:
    coded = code_comparisons(_table(left=["Pizza"], right=["Sushi"], label=[label]))
    assert coded.outcome.tolist() == [outcome]


def test_whole_numbers_name_the_preferred() -> None:
    coded = code_comparisons(_table(left=[10, 9], right=[9, 10], label=[9, 9]))
    assert coded.ids.to_list() == [9, 10]
    assert coded.outcome.tolist() == [-1, 1]
    mixed = code_comparisons(_table(left=[10, 9, 9], right=[9, 10, 10], label=["9", "tie", "right"]))
    assert mixed.outcome.tolist() == [-1, 0, -1]


def test_food_is_read_as_it_is() -> None:
    path = SHARED / "food" / "comparisons.csv"
    require(path.exists(), f"needs {path}, which is kept beside the project")
    winner = BradleyTerry().aggregate(pl.read_csv(path).drop("label"))
    found = BradleyTerry().aggregate(path)
    assert found.scores.equals(winner.scores)
    rows = [line.split(",") for line in path.read_text().splitlines()[1:]]
    shares = {
        item: sum((row[4] == item) + (row[4] == "tie") / 2 for row in rows if item in row[:2])
        / sum(item in row[:2] for row in rows)
        for item in ("Pizza", "Sushi", "Burger", "Pasta", "Tacos")
    }
    assert dict(found.scores.select("item", "win_share").iter_rows()) == pytest.approx(shares)
    assert found.scores["item"][0] == "Tacos"


@pytest.mark.parametrize("kind", [pl.DataFrame, pd.DataFrame, pa.table])
def test_the_same_kind_of_dataframe_comes_out(kind) -> None:
    frame = kind({"left": ["a", "b"], "right": ["b", "c"], "label": ["left", "tie"]})
    found = BradleyTerry().aggregate(frame)
    assert type(found.scores) is type(frame)
    assert type(found.wins) is type(frame)


def test_annotators_are_coded_where_they_are_named() -> None:
    table = _table(left=[1, 1, 1], right=[2, 2, 2], label=[1, 2, 1], annotator=["b", None, "a"])
    coded = code_comparisons(table)
    assert coded.annotators.tolist() == [1, -1, 0]
    assert coded.annotator_ids.to_list() == ["a", "b"]
    nobody = code_comparisons(table.drop("annotator"))
    assert nobody.annotators.tolist() == [-1, -1, -1]
    assert len(nobody.annotator_ids) == 0


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        (
            {"left": ["a", "b"], "right": ["b", "b"], "label": ["left", "left"]},
            "row 2, column 'right': .*itself.*'b'",
        ),
        (
            {"left": ["a"], "right": ["b"], "label": ["c"]},
            "row 1, column 'label': A label must be .*it is 'c'",
        ),
        ({"left": ["a"], "right": ["b"], "label": [1]}, "row 1, column 'label': .*it is 1"),
        ({"left": ["a"], "right": ["b"], "label": [True]}, "row 1, column 'label': .*it is True"),
        ({"left": ["a"], "right": ["b"], "label": ["A"]}, "row 1, column 'label'"),
        (
            {"left": ["a", "Same"], "right": ["b", "a"], "label": ["left", "tie"]},
            "row 2, column 'left': .*'Same'",
        ),
        (
            {"left": ["a"], "right": ["right"], "label": ["left"]},
            "row 1, column 'right': .*called as a label",
        ),
        (
            {"left": [1], "right": ["b"], "label": ["left"]},
            "One side names .* whole numbers, the other by text",
        ),
        (
            {"left": ["a", "b"], "right": ["b", "c"], "label": ["left", None]},
            "row 2, column 'label'.*missing",
        ),
        ({"left": ["a"], "right": ["b"]}, "need the column 'label'"),
        ({"left": [], "right": [], "label": []}, "The table is empty"),
    ],
)
def test_comparisons_that_say_nothing_are_refused(columns: dict, says: str) -> None:
    with pytest.raises(InputError, match=f"comparisons.*{says}"):
        WinRate().aggregate(pl.DataFrame(columns))


def test_a_file_is_named_in_errors(tmp_path) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text("left,right,label\na,b,left\na,a,left\n")
    with pytest.raises(InputError, match=r"pairs\.csv, row 2"):
        WinRate().aggregate(path)


def test_equal_scores_share_a_rank_and_the_next_is_skipped() -> None:
    coded = code_comparisons(_table(left=list("abcd"), right=list("bcda"), label=["left"] * 4))
    fit = PairFit(np.array([1.0, 2.0, 1.0 + 1e-12, 0.0]), np.full(4, 0.5))
    found = result_tables(WinRate(), coded, fit, "comparisons.csv")
    assert found.scores.select("item", "rank").rows() == [("b", 1), ("a", 2), ("c", 2), ("d", 4)]
    assert not {"low", "high", "component"} & set(found.scores.columns)
    assert "tie_probability" not in found.wins.columns


def test_groups_are_numbered_from_the_largest() -> None:
    edges = np.array([[5, 6], [6, 4], [0, 1], [2, 3]], dtype=np.int32)
    assert connected_groups(edges[:, 0], edges[:, 1], 8).tolist() == [2, 2, 3, 3, 1, 1, 1, 4]


def test_directed_groups_reach_each_other_both_ways() -> None:
    edges = np.array([[0, 1], [1, 2], [2, 0], [2, 3]], dtype=np.int32)
    assert connected_groups(edges[:, 0], edges[:, 1], 4, directed=True).tolist() == [1, 1, 1, 2]


def test_numbers_far_apart_are_coded_too() -> None:
    coded = code_comparisons(_table(left=[0, 10**9], right=[7, 0], label=["left", "tie"]))
    assert coded.ids.to_list() == [0, 7, 10**9]
    assert (coded.left.tolist(), coded.right.tolist()) == ([0, 2], [1, 0])
