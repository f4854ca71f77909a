"""Bounds against every way to fill the holes, each evaluated as ordinary judgments."""

from __future__ import annotations

from itertools import product

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from palate.core.errors import InputError, SettingsError
from palate.evaluation import hole_bounds
from palate.measures import evaluate

ITEMS = ["a", "b", "c", "d", "e", "f"]
WEIGHTED = [
    "P@3",
    "P(rel=2)@2",
    "DCG@3",
    "RBP(p=0.7)",
    "R@2",
    "R(rel=2)@3",
    "nDCG(gains={0:1,1:0,2:5})@3",
    "nDCG@3",
    "nDCG",
    "nDCG(dcg='exp-log2')@4",
]
SINGLE = ["RR", "Success@2", "ERR(max_rel=3)@3", "AP", "AP(rel=2)@3"]
OTHERS = ["Rprec", "Bpref"]


def _run(ranking: list[str]) -> pl.DataFrame:
    return pl.DataFrame({"query": [1] * len(ranking), "item": ranking, "rank": range(1, len(ranking) + 1)})


def _judged(grades: dict[str, int]) -> pl.DataFrame:
    return pl.DataFrame(
        {"query": [1] * len(grades), "item": list(grades), "grade": [float(g) for g in grades.values()]}
    )


def _filled(
    runs: dict[str, pl.DataFrame], grades: dict[str, int], levels: list[int], others: int, measures: list[str]
) -> dict[tuple[str, str], list[float]]:
    """Return the values by system and measure for every way to fill the holes: each way is a query of its own."""
    holes = sorted({i for run in runs.values() for i in run["item"]} - set(grades))
    holes += [f"unranked {i}" for i in range(others)]
    ways = list(product(levels, repeat=len(holes)))
    numbers = pl.DataFrame({"query": range(len(ways))})
    copies = {name: run.drop("query").join(numbers, how="cross") for name, run in runs.items()}
    rows = [
        (number, item, float(grade))
        for number, filling in enumerate(ways)
        for item, grade in {**grades, **dict(zip(holes, filling, strict=True))}.items()
    ]
    judged = pl.DataFrame(rows, schema=["query", "item", "grade"], orient="row")
    found = evaluate(copies, judged, measures, resamples=40).per_query.sort("query")
    return {key: part["value"].to_list() for key, part in found.group_by("system", "measure")}


rankings = st.lists(st.sampled_from(ITEMS), min_size=1, unique=True)


@given(
    one=rankings,
    other=rankings,
    grades=st.dictionaries(st.sampled_from([*ITEMS, "x", "y"]), st.integers(-1, 3), min_size=3, max_size=7),
    levels=st.sampled_from([[0, 1], [0, 1, 3], [0, 2], [1, 2]]),
    others=st.integers(0, 1),
)
@settings(max_examples=40, deadline=None)
def test_bounds_are_reached_and_never_passed(
    one: list[str], other: list[str], grades: dict[str, int], levels: list[int], others: int
) -> None:
    runs = {"one": _run(one), "other": _run(other)}
    measures = [*WEIGHTED, *SINGLE, *OTHERS]
    if len({*one, *other} - set(grades)) + others > 4:
        return
    ways = _filled(runs, grades, levels, others, measures)
    found = hole_bounds(runs, _judged(grades), measures, grades=levels, others=others)
    for row in found.summary.to_dicts():
        values = ways[row["system"], row["measure"]]
        assert row["low"] == pytest.approx(min(values), abs=1e-9), row
        assert row["high"] == pytest.approx(max(values), abs=1e-9), row
        assert row["exact"]
    for row in found.differences.to_dicts():
        both = zip(ways["one", row["measure"]], ways["other", row["measure"]], strict=True)
        values = [a - b for a, b in both]
        assert row["low"] == pytest.approx(min(values), abs=1e-9), row
        assert row["high"] == pytest.approx(max(values), abs=1e-9), row


def test_lowest_ndcg_comes_from_relevant_items_ranked_late() -> None:
    """By hand: a judged 1 is first; holes at ranks 2 and 3. Worst: the third one has grade 3, the second 0."""
    found = hole_bounds({"s": _run(["a", "b", "c"])}, _judged({"a": 1}), "nDCG@3", grades=[0, 3])
    assert found.summary["low"][0] == pytest.approx((1 + 3 / 2) / (3 + 1 / 1.5849625007))
    assert found.summary["high"][0] == pytest.approx(1.0)


def test_more_holes_than_can_be_tried_keep_exact_sums_and_bound_the_rest() -> None:
    ranking = [f"i{n}" for n in range(40)]
    runs = {"one": _run(ranking), "other": _run(ranking[::-1])}
    found = hole_bounds(runs, _judged({"i0": 1, "i39": 0}), ["nDCG@10", "AP", "Bpref"], grades=[0, 1])
    exact = dict(found.summary.filter(pl.col("system") == "one").select("measure", "exact").rows())
    assert exact == {"nDCG@10": True, "AP": True, "Bpref": False}
    bounds = {row["measure"]: row for row in found.summary.to_dicts() if row["system"] == "one"}
    assert (bounds["Bpref"]["low"], bounds["Bpref"]["high"]) == (0.0, 1.0)
    assert found.differences["exact"].to_list() == [True, False, False]
    assert found.holes == 38


def test_holes_below_the_depth_count_as_not_relevant() -> None:
    found = hole_bounds({"s": _run(["a", "b", "c"])}, _judged({"a": 1}), "P@3", depth=2)
    assert found.summary.select("low", "value", "high").rows() == [(1 / 3, 1 / 3, 2 / 3)]
    assert found.holes == 1


def test_without_holes_both_bounds_are_the_value() -> None:
    runs = {"s": _run(["a", "b"]), "t": _run(["b", "a"])}
    found = hole_bounds(runs, _judged({"a": 2, "b": 0}), ["nDCG@2", "AP"])
    for row in found.summary.to_dicts():
        assert row["low"] == pytest.approx(row["value"])
        assert row["high"] == pytest.approx(row["value"])
    assert found.sentences[0].startswith("s is above t on nDCG@2 whatever the 0 unjudged items are")
    assert found.to_dict()["holes"] == 0
    turned = hole_bounds({"t": runs["t"], "s": runs["s"]}, _judged({"a": 2, "b": 0}), "AP")
    assert turned.sentences[0].startswith("s is above t on AP whatever")


def test_sentence_says_when_holes_decide() -> None:
    runs = {"s": _run(["a", "c"]), "t": _run(["b", "c"])}
    found = hole_bounds(runs, _judged({"c": 1}), "P@1")
    assert found.sentences == (
        "Which of s and t is above on P@1 depends on the 2 unjudged items (−1.000 … +1.000).",
    )


def test_means_are_over_judged_queries() -> None:
    run = pl.DataFrame({"query": [1, 2, 3], "item": ["a", "a", "a"], "rank": [1, 1, 1]})
    judged = pl.DataFrame({"query": [1, 2], "item": ["a", "b"], "grade": [1.0, 1.0]})
    found = hole_bounds({"s": run}, judged, "P@1")
    assert found.per_query.select("query", "low", "high").rows() == [(1, 1.0, 1.0), (2, 0.0, 1.0)]
    assert found.summary.select("low", "value", "high").rows() == [(0.5, 0.5, 1.0)]


def test_wrong_settings_and_ids_of_another_type_are_refused() -> None:
    run, judged = {"s": _run(["a"])}, _judged({"a": 1})
    with pytest.raises(SettingsError, match="'grades' must be numbers from 0 on"):
        hole_bounds(run, judged, "P@1", grades=[-1, 1])
    with pytest.raises(SettingsError, match="'others' must be at least 0"):
        hole_bounds(run, judged, "P@1", others=-1)
    with pytest.raises(SettingsError, match="'depth' must be at least 1"):
        hole_bounds(run, judged, "P@1", depth=0)
    with pytest.raises(InputError, match="whole numbers"):
        hole_bounds(run, judged.with_columns(item=pl.Series([7])), "P@1")
