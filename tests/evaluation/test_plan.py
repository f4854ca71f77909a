from __future__ import annotations

import json
from decimal import Decimal
from math import sqrt

import numpy as np
import polars as pl
import pytest
from scipy import stats

from palate.core.errors import InputError, SettingsError
from palate.evaluation import (
    DepthSpread,
    Goal,
    Prices,
    Spread,
    assumed_spread,
    plan_designs,
    spread_of_values,
)
from palate.inference import DifferenceVariance


def known(query=0.04, annotator=0.0, answer=0.04, items=10, **more):
    at = DepthSpread(10, items, 1.0, DifferenceVariance(query, annotator, answer), np.empty((0, 3)))
    return Spread("assumed", "nDCG@10", (at,), **more)


def test_the_plan_reads_as_a_sentence():
    plan = plan_designs(Goal(0.02), known(), Prices(Decimal("0.05"), 10), overlaps=[3])
    n = plan.cheapest.queries
    # The normal approximation by hand: (1.960 + 0.842)² (0.04 + 0.04/3) / 0.02² = 1,047.
    assert n == pytest.approx(1047, abs=4)
    assert plan.sentence == (
        f"To see a difference of 0.02 on nDCG@10 with 80% power, judge {n:,} queries × 10 items × 3 annotators:"
        f" {30 * n:,} answers, about ${Decimal(3 * n) * Decimal('0.05'):,.2f}"
    )


def test_dollars_are_of_pages_begun_and_of_queries():
    prices = Prices(Decimal("0.05"), 10, Decimal("0.30"))
    assert prices.of(101, 7) == Decimal("0.05") * 11 + Decimal("2.10")
    assert Prices().of(1000, 10) == 0


def test_another_query_is_cheaper_than_another_answer_unless_queries_cost():
    free = plan_designs(Goal(0.05), known(), Prices(Decimal(1)))
    assert [design.overlap for design in free.designs] == [1, 2, 3, 5]
    assert free.cheapest.overlap == 1
    assert any("One answer a task is the cheapest" in note for note in free.notes)
    # (0.04 + 0.04/m) (10 m + 30): 3.2 for m = 1, 3 for 2, 3.2 for 3, 3.84 for 5, so two answers are the best.
    dear = plan_designs(Goal(0.05), known(), Prices(Decimal(1), 1, Decimal(30)))
    assert dear.cheapest.overlap == 2
    costs = [design.dollars for design in dear.designs]
    assert dear.cheapest.dollars == min(costs)
    scarce = plan_designs(Goal(0.02), known(), Prices(Decimal(1)), most_queries=1100)
    assert [design.is_enough for design in scarce.designs] == [False, False, True, True]
    assert scarce.cheapest.overlap == 3
    assert "are needed with an overlap of 1" in scarce.designs[0].reason


def test_a_planned_study_sees_the_difference_as_often_as_planned():
    spread = known(query=0.03, answer=0.05)
    rng = np.random.default_rng(3)
    studies = 3000
    for design in plan_designs(Goal(0.06, power=0.8), spread, overlaps=[1, 3]).designs:
        noise = rng.normal(0, sqrt(0.05 / design.overlap), (studies, design.queries))
        values = 0.06 + rng.normal(0, sqrt(0.03), (studies, design.queries)) + noise
        found = (stats.ttest_1samp(values, 0, axis=1).pvalue < 0.05).mean()
        assert found == pytest.approx(0.8, abs=4 * sqrt(0.16 / studies) + 0.005)
        assert design.power == pytest.approx(0.8, abs=0.005)
        assert design.standard_error == pytest.approx(values.mean(axis=1).std(), rel=0.06)


def test_too_few_annotators_make_no_design():
    plan = plan_designs(Goal(0.02), known(annotator=0.01), annotators=4)
    assert plan.cheapest is None
    assert plan.sentence.startswith(
        "No design shows a difference of 0.02 on nDCG@10 with 80% power: what 4 annotators"
    )
    assert "an overlap of 5 needs 5 annotators" in plan.sentence
    assert plan.curve.is_empty()
    assert plan.table["queries"].null_count() == 4
    assert not plan.table["cheapest"].any()


def test_a_shallow_design_must_see_the_part_it_shows():
    deep = DepthSpread(10, 14, 1.0, DifferenceVariance(0.04), np.empty((0, 3)))
    shallow = DepthSpread(5, 7, 0.8, DifferenceVariance(0.04), np.empty((0, 3)))
    blind = DepthSpread(1, 1, -0.1, DifferenceVariance(0.04), np.empty((0, 3)))
    plan = plan_designs(Goal(0.04), Spread("answers", "nDCG@10", (blind, shallow, deep)), overlaps=[1])
    assert not plan.designs[0].is_enough
    ratio = plan.designs[1].queries / plan.designs[2].queries
    assert ratio == pytest.approx(1 / 0.8**2, rel=0.01)
    assert plan.cheapest.depth == 5  # 7 / 0.64 is less than 14
    assert any("At depth 5 ranked items stay unjudged" in note for note in plan.notes)


def test_the_curve_goes_through_the_design():
    plan = plan_designs(Goal(0.05), known(), Prices(Decimal("0.1")), overlaps=[1])
    curve = plan.curve
    assert curve["power"].is_sorted()
    at = curve.filter(pl.col("queries") == plan.cheapest.queries)
    assert at["power"][0] == pytest.approx(plan.cheapest.power)
    assert at["dollars"][0] == pytest.approx(float(plan.cheapest.dollars))
    assert curve["power"][0] < 0.3
    assert curve["power"][-1] > 0.99


def test_a_pilot_says_between_how_many_queries():
    rng = np.random.default_rng(6)
    rows = [("a", q, "nDCG@10", v) for q, v in enumerate(rng.uniform(0.4, 0.9, 40))]
    rows += [("b", q, "nDCG@10", 0.5) for q in range(40)]
    table = pl.DataFrame(rows, schema=["system", "query", "measure", "value"], orient="row")
    plan = plan_designs(Goal(0.03), spread_of_values(table))
    low, high = plan.queries_interval
    # 39 degrees of freedom: 0.606 and 1.490 times the variance (chi-squared table), and queries with it.
    assert low == pytest.approx(0.606 * plan.cheapest.queries, rel=0.12)
    assert high == pytest.approx(1.490 * plan.cheapest.queries, rel=0.12)
    assert [design.overlap for design in plan.designs] == [3]
    with pytest.raises(InputError, match="cannot tell what an overlap of 2 would do"):
        plan_designs(Goal(0.03), spread_of_values(table), overlaps=[2])


def test_pilots_that_allow_no_design_leave_the_interval_open():
    draws = np.array([[0.04, 0.0, 0.0]] * 50 + [[0.04, 0.5, 0.0]] * 50)
    at = DepthSpread(10, 10, 1.0, DifferenceVariance(0.04), draws)
    plan = plan_designs(Goal(0.05), Spread("answers", "nDCG@10", (at,)), overlaps=[1])
    assert plan.queries_interval == (plan.cheapest.queries, None)


def test_a_plan_is_json():
    plan = plan_designs(Goal(0.05), assumed_spread(), Prices(Decimal("0.10"), 5))
    saved = json.loads(json.dumps(plan.to_dict(), allow_nan=False))
    assert saved["sentence"] == plan.sentence
    assert saved["cheapest"]["dollars"] == str(plan.cheapest.dollars)
    assert saved["spread"]["source"] == "assumed"
    assert len(saved["curve"]) > 10


def test_numbers_out_of_range_are_refused():
    for wrong in ({"difference": 0}, {"difference": 0.1, "power": 1}, {"difference": 0.1, "confidence": 0}):
        with pytest.raises(SettingsError):
            Goal(**wrong)
    for bad in ({"page": Decimal(-1)}, {"query": Decimal("NaN")}, {"tasks": 0}):
        with pytest.raises(SettingsError):
            Prices(**bad)
    with pytest.raises(SettingsError, match="'overlap' must be at least 1"):
        plan_designs(Goal(0.1), known(), overlaps=[0])
    with pytest.raises(SettingsError, match="'annotators' must be at least 1"):
        plan_designs(Goal(0.1), known(), annotators=-1)
