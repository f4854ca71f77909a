import numpy as np
import pandas as pd
import polars as pl
import pytest

from palate.core.errors import InputError, UnknownNameError
from palate.inference import (
    PairedBootstrap,
    PairedT,
    Randomization,
    Sign,
    Wilcoxon,
    adjusted_p_values,
    comparison_confidence,
    effects_of,
    judge_difference,
    judge_differences,
    paired_tests,
)
from palate.inference._judge import Pair, judge_pairs


def table(values, measure="nDCG@10"):
    rows = [(s, q, measure, v) for s, row in values.items() for q, v in row.items()]
    return pl.DataFrame(rows, schema=["system", "query", "measure", "value"], orient="row")


@pytest.fixture
def per_query():
    rng = np.random.default_rng(1)
    base = dict(enumerate(rng.random(40)))
    return table(
        {
            "low": base,
            "high": {q: v + 0.2 + rng.normal(0, 0.05) for q, v in base.items()},
            "same": {q: v + rng.normal(0, 0.05) for q, v in base.items()},
        }
    )


def of(frame, system):
    return frame.filter(pl.col("system") == system).sort("query")["value"].to_numpy()


def test_the_winner_leads_whichever_is_named_first(per_query):
    one = judge_difference(per_query, "high", "low", "nDCG@10", seed=5)
    other = judge_difference(per_query, "low", "high", "nDCG@10", seed=5)
    assert one == other
    assert (one.system, one.other, one.better, one.seed) == ("high", "low", "high", 5)
    assert one.value == pytest.approx(of(per_query, "high").mean())
    assert one.other_value == pytest.approx(of(per_query, "low").mean())
    assert one.difference == PairedBootstrap().compare(of(per_query, "high"), of(per_query, "low"), seed=5)


def test_without_a_winner_the_first_one_leads(per_query):
    verdict = judge_difference(per_query, "same", "low", "nDCG@10")
    assert (verdict.system, verdict.better) == ("same", None)
    assert judge_difference(per_query, "low", "same", "nDCG@10").system == "low"


def test_rows_may_come_in_any_order(per_query):
    shuffled = per_query.sample(fraction=1.0, shuffle=True, seed=3)
    assert judge_difference(shuffled, "high", "low", "nDCG@10") == judge_difference(
        per_query, "high", "low", "nDCG@10"
    )


def test_any_kind_of_dataframe_will_do(per_query):
    assert judge_difference(per_query.to_pandas(), "high", "low", "nDCG@10") == judge_difference(
        per_query, "high", "low", "nDCG@10"
    )
    assert isinstance(per_query.to_pandas(), pd.DataFrame)


@pytest.mark.parametrize(
    "test",
    [PairedT(0.9), Randomization(resamples=500), PairedBootstrap(resamples=100), Wilcoxon(), Sign(0.8)],
)
def test_the_test_is_the_callers_choice(per_query, test):
    verdict = judge_difference(per_query, "high", "low", "nDCG@10", test=test)
    assert verdict.difference == test.compare(of(per_query, "high"), of(per_query, "low"))


def test_a_generator_as_seed_draws_once_and_is_not_recorded(per_query):
    verdict = judge_difference(per_query, "low", "high", "nDCG@10", seed=np.random.default_rng(2))
    assert verdict.seed is None
    assert (
        verdict.difference
        == judge_difference(per_query, "high", "low", "nDCG@10", seed=np.random.default_rng(2)).difference
    )


def test_other_measures_are_left_aside(per_query):
    both = pl.concat([per_query, per_query.with_columns(measure=pl.lit("AP"), value=pl.lit(0.5))])
    assert judge_difference(both, "high", "low", "nDCG@10") == judge_difference(
        per_query, "high", "low", "nDCG@10"
    )
    tie = judge_difference(both, "high", "low", "AP")
    assert (tie.better, tie.difference.p_value) == (None, 1.0)


def test_systems_may_be_numbers():
    found = judge_difference(table({1: {1: 0.5, 2: 0.7}, 2: {1: 0.4, 2: 0.6}}), "2", "1", "nDCG@10")
    assert found.system == "1"


def test_unknown_names_suggest_the_nearest(per_query):
    with pytest.raises(UnknownNameError, match="no system named 'hihg'. Did you mean high?"):
        judge_difference(per_query, "hihg", "low", "nDCG@10")
    with pytest.raises(UnknownNameError, match="no measure named 'nDCG@5'. Did you mean nDCG@10?"):
        judge_difference(per_query, "high", "low", "nDCG@5")


def test_different_queries_are_refused():
    values = table({"a": {1: 0.5, 2: 0.6, 3: 0.1}, "b": {1: 0.5, 2: 0.6}})
    for one, other in (("a", "b"), ("b", "a")):
        with pytest.raises(
            InputError, match="a has values for 1 of 3 queries that b has none for, such as '3'"
        ):
            judge_difference(values, one, other, "nDCG@10")


def test_of_one_query_is_said_what_cannot_be_said():
    with pytest.raises(InputError) as caught:
        judge_difference(table({"a": {1: 0.5}, "b": {1: 0.4}}), "a", "b", "nDCG@10")
    assert str(caught.value) == (
        "per_query: A comparison needs at least 2 queries; there is one, '1', with nDCG@10 0.5 for a and 0.4 for b."
        " How far queries differ cannot be seen from one: nothing can be said of an interval, a p-value or a winner."
        " Judge more queries."
    )


def test_values_that_are_no_numbers_are_refused(per_query):
    with pytest.raises(InputError, match="per_query, row 1, column 'value'"):
        judge_difference(per_query.with_columns(value=pl.lit(float("nan"))), "high", "low", "nDCG@10")
    with pytest.raises(InputError, match=r"\(system, query, measure\)"):
        judge_difference(pl.concat([per_query, per_query]), "high", "low", "nDCG@10")


def test_sizes_of_the_difference_are_there(per_query):
    found = judge_difference(per_query, "low", "high", "nDCG@10")
    assert found.effects == effects_of(of(per_query, "high") - of(per_query, "low"))
    assert found.multiplicity is None


PAIRS = [("high", "low", "nDCG@10"), ("low", "same", "nDCG@10"), ("high", "same", "nDCG@10")]


@pytest.mark.parametrize("correction", ["holm", "bh"])
@pytest.mark.parametrize("test", [kind() for kind in paired_tests], ids=paired_tests.name_of)
def test_several_comparisons_count_each_other(per_query, test, correction):
    found = judge_differences(per_query, PAIRS, test=test, correction=correction, seed=3)
    alone = [judge_difference(per_query, *pair, test=test, seed=3) for pair in PAIRS]
    p_values = [verdict.difference.p_value for verdict in alone]
    assert [v.difference.p_value for v in found] == p_values
    assert [v.multiplicity.p_value for v in found] == pytest.approx(adjusted_p_values(p_values, correction))
    each = comparison_confidence(p_values, correction, 0.95)
    for verdict, single in zip(found, alone, strict=True):
        wider = type(test)(confidence=each).compare(
            of(per_query, verdict.system), of(per_query, verdict.other), seed=3
        )
        assert verdict.difference.interval.low == wider.interval.low <= single.difference.interval.low
        assert verdict.difference.interval.high == wider.interval.high >= single.difference.interval.high
        assert verdict.difference.interval.confidence == 0.95
        assert (verdict.multiplicity.comparisons, verdict.multiplicity.confidence) == (3, each)
        assert verdict.difference.method == test


def test_no_correction_or_one_comparison_leaves_verdicts_as_they_are(per_query):
    alone = [judge_difference(per_query, *pair) for pair in PAIRS]
    assert judge_differences(per_query, PAIRS, correction="none") == alone
    assert judge_differences(per_query, PAIRS[:1]) == alone[:1]


def test_many_comparisons_draw_as_many_samples_as_their_intervals_need(per_query):
    test = PairedBootstrap(resamples=60)
    found = judge_differences(per_query, PAIRS, test=test)
    each = found[0].multiplicity.confidence
    needed = PairedBootstrap(each, round(20 / (1 - each) + 0.5))
    low = needed.compare(of(per_query, "high"), of(per_query, "low")).interval.low
    assert found[0].difference.interval.low == pytest.approx(low, abs=1e-3)
    assert found[0].difference.method == test


def test_among_comparisons_without_differences_a_winner_is_as_rare_as_stated():
    rng, test, runs, winners = np.random.default_rng(21), PairedT(), 200, {"holm": 0, "none": 0}
    queries = pl.Series(range(20))
    for _ in range(runs):
        pairs = [Pair("RR", "a", "b", queries, *rng.normal(size=(2, 20))) for _ in range(6)]
        for correction in winners:
            winners[correction] += any(verdict.better for verdict in judge_pairs(pairs, test, correction, 0))
    assert winners["holm"] / runs <= 0.05 + 3 * (0.05 * 0.95 / runs) ** 0.5
    assert winners["none"] / runs > 0.15  # 1 - 0.95^6 is 0.26


def test_a_generator_serves_several_comparisons_with_the_same_draws(per_query):
    twice = [PAIRS[0], PAIRS[0]]
    one, other = judge_differences(per_query, twice, seed=np.random.default_rng(2))
    assert one == other
    assert one.seed is None


def test_an_unknown_correction_is_refused(per_query):
    with pytest.raises(UnknownNameError, match="no correction named 'bonferroni'"):
        judge_differences(per_query, PAIRS, correction="bonferroni")


def test_a_winner_by_ranks_leads_though_a_bound_is_zero():
    # of 60 queries 40 tie, 16 differ by 1/2 for b and 4 by 1/2 for a, whose averages with these are 0
    behind = [0.5] * 16 + [0.0] * 44
    ahead = [0.0] * 16 + [0.5] * 4 + [0.0] * 40
    values = {"a": dict(enumerate(ahead)), "b": dict(enumerate(behind))}
    found = judge_difference(table(values, "RR"), "a", "b", "RR", test=Wilcoxon())
    assert (found.system, found.better) == ("b", "b")
    assert found.difference.interval.low == 0
    # equal ranks: the binomial test of 4 in 20
    assert found.difference.p_value == pytest.approx(2 * (1 + 20 + 190 + 1140 + 4845) / 2**20)
