import numpy as np
import pandas as pd
import polars as pl
import pytest

from palate.core.errors import InputError, UnknownNameError
from palate.inference import PairedBootstrap, PairedT, Randomization, judge_difference


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


@pytest.mark.parametrize("test", [PairedT(0.9), Randomization(resamples=500), PairedBootstrap(resamples=100)])
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


def test_one_query_is_refused():
    with pytest.raises(InputError, match="at least 2 queries"):
        judge_difference(table({"a": {1: 0.5}, "b": {1: 0.4}}), "a", "b", "nDCG@10")


def test_values_that_are_no_numbers_are_refused(per_query):
    with pytest.raises(InputError, match="per_query, row 1, column 'value'"):
        judge_difference(per_query.with_columns(value=pl.lit(float("nan"))), "high", "low", "nDCG@10")
    with pytest.raises(InputError, match=r"\(system, query, measure\)"):
        judge_difference(pl.concat([per_query, per_query]), "high", "low", "nDCG@10")
