from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest

from palate.core.errors import InputError, SettingsError, UnknownNameError
from palate.evaluation import watch_comparisons, watch_values
from palate.inference import ConfidenceSequence, StoppingRule, confidence_sequence


def values_of(systems, measure="nDCG@10", queries=None):
    rows = [
        (system, query, measure, value)
        for system, values in systems.items()
        for query, value in zip(queries or range(len(values)), values, strict=True)
    ]
    return pl.DataFrame(rows, schema=["system", "query", "measure", "value"], orient="row")


def comparisons_of(rows):
    return pl.DataFrame(rows, schema=["left", "right", "label", "query"], orient="row")


def test_differences_come_in_the_order_of_the_first_system():
    a, b = [0.9, 0.2, 0.6], [0.5, 0.3, 0.1]
    table = pl.concat(
        [values_of({"a": a}, queries=["z", "x", "y"]), values_of({"b": b[::-1]}, queries=["y", "x", "z"])]
    )
    found = watch_values(table)
    np.testing.assert_allclose(found.path.estimate, np.cumsum(np.subtract(a, b)) / [1, 2, 3])
    np.testing.assert_allclose(found.table["low"], confidence_sequence(np.subtract(a, b)).low)
    turned = watch_values(table, "nDCG@10", ["b", "a"])
    assert turned.verdict.interval.estimate == pytest.approx(-found.verdict.interval.estimate)
    assert turned.verdict.system == "b"


def test_two_of_three_systems_must_be_named():
    table = values_of({"a": [1.0, 0.5], "b": [0.5, 0.5], "c": [0.0, 0.1]})
    assert watch_values(table, systems=["a", "c"]).verdict.other == "c"
    with pytest.raises(InputError, match="there are 3: a, b, c"):
        watch_values(table)
    with pytest.raises(UnknownNameError, match="no system named 'd'"):
        watch_values(table, systems=["a", "d"])
    with pytest.raises(UnknownNameError, match="no measure named 'AP'"):
        watch_values(table, "AP")


def test_a_query_that_one_system_lacks_is_refused():
    table = pl.concat([values_of({"a": [0.1, 0.2, 0.3]}), values_of({"b": [0.1, 0.2]})])
    with pytest.raises(InputError, match="b has no value for 1 of 3 queries, such as '2'"):
        watch_values(table)


def test_values_beyond_bounds_need_a_sequence_without():
    table = values_of({"a": [40.0, 3.0] * 40, "b": [1.0, 2.0] * 40}, "seconds")
    with pytest.raises(InputError, match="between -1 and 1; value 1 of 80 is 39"):
        watch_values(table, "seconds")
    found = watch_values(table, "seconds", sequence=ConfidenceSequence("asymptotic"))
    assert found.verdict.better == "a"


def test_comparisons_count_for_the_preferred_side():
    rows = [
        ("a", "b", "left"),
        ("b", "a", "left"),
        ("b", "a", "right"),
        ("a", "b", "tie"),
        ("a", "b", "a"),
        ("a", "c", "left"),
    ]
    table = pl.DataFrame(rows, schema=["left", "right", "label"], orient="row")
    found = watch_comparisons(table, ["a", "b"])
    np.testing.assert_allclose(found.path.estimate * found.path.n, np.cumsum([1, -1, 1, 0, 1]))
    assert found.verdict.unit == "comparisons"


def test_a_query_counts_once_it_is_complete_by_its_first_comparisons():
    table = comparisons_of(
        [
            ("a", "b", "left", 1),
            ("a", "b", "left", 2),
            ("a", "b", "right", 2),  # query 2 is complete: 0
            ("a", "b", "left", 1),  # query 1 is complete: 1
            ("a", "b", "right", 1),  # comes too late
            ("a", "b", "left", 3),  # waits
        ]
    )
    found = watch_comparisons(table, overlap=2)
    np.testing.assert_allclose(found.path.estimate, [0, 0.5])
    assert found.notes == (
        "1 query has fewer than 2 comparisons and waits.",
        "1 comparison came after its query was complete and is left out.",
    )
    with pytest.raises(InputError, match="Queries have 1 to 3 comparisons"):
        watch_comparisons(table)
    with pytest.raises(InputError, match="No query has 4 comparisons yet; the most is 3"):
        watch_comparisons(table, overlap=4)
    with pytest.raises(SettingsError, match="at least 1"):
        watch_comparisons(table, overlap=0)


def test_more_comparisons_never_change_the_path_so_far():
    rng = np.random.default_rng(3)
    rows = [
        ("a", "b", str(rng.choice(["left", "right", "tie"])), int(rng.integers(0, 60))) for _ in range(200)
    ]
    whole = watch_comparisons(comparisons_of(rows), overlap=2).table
    for n in (60, 120, 199):
        part = watch_comparisons(comparisons_of(rows[:n]), overlap=2).table
        assert part.equals(whole.head(len(part)))


def test_bad_comparisons_are_refused():
    with pytest.raises(
        InputError, match="row 2, column 'label': The label must be left, right, tie, 'a' or 'b'"
    ):
        watch_comparisons(comparisons_of([("a", "b", "left", 1), ("a", "b", "maybe", 2)]))
    table = comparisons_of([("a", "b", "left", 1), ("b", "c", "left", 2)])
    with pytest.raises(InputError, match="No comparison is of a with c"):
        watch_comparisons(table, ["a", "c"])
    with pytest.raises(InputError, match="has no query"):
        watch_comparisons(comparisons_of([("a", "b", "left", 1), ("a", "b", "left", None)]))


def test_what_is_found_is_json_with_the_path():
    found = watch_values(values_of({"a": [0.9] * 80, "b": [0.5, 0.4] * 40}), rule=StoppingRule(margin=0.1))
    saved = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert saved["verdict"]["decision"] == "difference"
    assert len(saved["path"]["low"]) == 80
    assert saved["notes"] == []
