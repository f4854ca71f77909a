import json
import math
import statistics
from fractions import Fraction
from functools import reduce
from operator import add

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ranking_strategies import judgments_frame, run_frame, runs_and_judgments

from palate.core.errors import InputError, SettingsError
from palate.measures import RunSums, ValueSums, evaluate, parse_measure, sum_part

numbers = st.floats(allow_nan=False, allow_infinity=False)
values = st.lists(st.floats(0, 1) | st.sampled_from([0.1, 0.2, 0.3, 1 / 3, 1e-300, -0.5]), max_size=30)
TEXTS = ["nDCG@3", "AP", "RR", "Judged@2"]
MEASURES = [parse_measure(text) for text in TEXTS]


def sums(numbers):
    return ValueSums.of(np.array(numbers, dtype=float))


@settings(max_examples=100, deadline=None)
@given(st.lists(numbers, max_size=30))
def test_sums_are_those_of_fractions(found):
    assert sums(found) == ValueSums(
        len(found),
        sum(map(Fraction, found), Fraction(0)),
        sum((Fraction(x) ** 2 for x in found), Fraction(0)),
    )


@settings(max_examples=100, deadline=None)
@given(values, st.lists(st.integers(0, 30), max_size=5), st.randoms(use_true_random=False))
def test_any_parts_in_any_order_give_the_same_bits(found, cuts, random):
    parts = [part.tolist() for part in np.split(np.array(found), sorted(min(c, len(found)) for c in cuts))]
    random.shuffle(parts)
    together = reduce(add, map(sums, parts), ValueSums())
    assert together == sums(found)
    if found:
        assert together.mean == statistics.mean(found)  # which adds fractions and rounds once, too
    if len(found) > 1:
        assert together.variance == statistics.variance(found)


@settings(max_examples=50, deadline=None)
@given(values, values, values)
def test_adding_is_associative_and_commutative(a, b, c):
    a, b, c = sums(a), sums(b), sums(c)
    assert (a + b) + c == a + (b + c)
    assert a + b == b + a
    assert a + ValueSums() == a


def test_a_sum_that_floats_would_lose():
    assert sums([1e16, 1.0, -1e16]).mean == 1 / 3
    assert sums([1e8 + 1e-7, 1e8, 1e8 - 1e-7]).variance == pytest.approx(1e-14, rel=0.2)


def test_many_values_do_not_overflow():
    found = ValueSums.of(np.full(1_000_000, -math.pi))
    assert found.total == 1_000_000 * Fraction(-math.pi)
    assert found.squares == 1_000_000 * Fraction(math.pi) ** 2
    assert (found.mean, found.variance) == (-math.pi, 0.0)


def test_no_values_have_no_mean():
    assert math.isnan(ValueSums().mean)
    assert math.isnan(sums([1.0]).variance)
    assert sums([]) == ValueSums()


def test_what_is_no_number_is_refused():
    with pytest.raises(InputError, match="values, row 2: Expected finite numbers; it is"):
        sums([0.5, math.nan])


def with_judged_items(tables):
    """Return tables with a further query whose only judgment is of an item that no run has."""
    run, judgments = tables
    return run_frame(run), judgments_frame({**judgments, "far": {"nothing": 1}})


@settings(max_examples=40, deadline=None)
@given(runs_and_judgments(), st.integers(1, 4), st.sampled_from([None, 2]))
def test_parts_of_queries_add_up_to_what_evaluate_says(tables, n_parts, depth):
    run, judgments = with_judged_items(tables)
    whole = evaluate({"a": run}, judgments, TEXTS, depth=depth, resamples=39)
    queries = pl.concat([run["query"], judgments["query"]]).unique().sort()
    parts = [
        sum_part(
            run.filter(pl.col("query").is_in(part.implode())),
            judgments.filter(pl.col("query").is_in(part.implode())),
            MEASURES,
            depth=depth,
        )
        for part in (queries.gather_every(n_parts, start) for start in range(n_parts))
    ]
    kept = [RunSums.from_dict(json.loads(json.dumps(part.to_dict()))) for part in parts]
    assert kept == parts
    found = reduce(add, reversed(kept))
    assert [found.values[text].mean for text in TEXTS] == whole.summary["value"].to_list()
    assert {text: of_text.count for text, of_text in found.values.items()} == dict(
        zip(TEXTS, whole.summary["queries"], strict=True)
    )
    row = whole.coverage.row(0, named=True)
    counts = {**found.to_dict()["covered"], "answered": found.answered, "missing": found.missing}
    assert {**counts, "extra": found.extra} == {name: n for name, n in row.items() if name != "system"}


def test_a_part_without_judgments_counts_its_queries():
    run = pl.DataFrame({"query": [1, 1, 2], "item": ["a", "b", "a"], "score": [0.9, 0.4, 0.3]})
    judgments = pl.DataFrame({"query": [1], "item": ["a"], "grade": [1]})
    found = sum_part(run, judgments.head(0), MEASURES)
    assert (found.extra, found.answered, found.values["AP"].count) == (2, 0, 0)
    nothing = sum_part(run.head(0), judgments.head(0), MEASURES)
    assert nothing == RunSums(dict.fromkeys(TEXTS, ValueSums()))
    missing = sum_part(run.head(0), judgments, MEASURES)
    assert (missing.missing, missing.values["AP"].mean) == (1, 0.0)


def test_sums_of_other_measures_are_not_added():
    one, other = RunSums({"AP": ValueSums()}), RunSums({"RR": ValueSums()})
    with pytest.raises(SettingsError, match="of the same measures can be added; these are of AP and of RR"):
        _ = one + other


def test_a_damaged_part_is_refused():
    run = pl.DataFrame({"query": [1, 1], "item": ["a", "a"], "score": [0.9, 0.4]})
    judgments = pl.DataFrame({"query": [1], "item": ["a"], "grade": [1]})
    with pytest.raises(InputError, match="run, row 1: Runs must have one row"):
        sum_part(run, judgments, MEASURES)
