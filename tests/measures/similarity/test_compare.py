import numpy as np
import pandas as pd
import polars as pl
import pytest

from palate.core.errors import InputError, UnknownNameError
from palate.measures.similarity import (
    RBO,
    Kendall,
    TauAP,
    compare_rankings,
    parse_similarity,
    similarity_registry,
    tied_queries,
)

ONE = pl.DataFrame(
    {"query": [1, 1, 1, 2, 3], "item": ["a", "b", "c", "a", "a"], "score": [1.0, 3.0, 1.0, 0.5, 0.5]}
)
OTHER = pl.DataFrame({"query": [2, 1, 1, 1], "item": ["x", "a", "b", "c"], "rank": [1, 1, 2, 3]})


def test_runs_are_compared_query_by_query():
    # of equal scores the higher id comes first: b, c, a against a, b, c
    found = compare_rankings(ONE, OTHER, ["Kendall", RBO(p=0.5)])
    wanted = 0.5 * 0 + 0.25 * 1 / 2 + 0.125 * 1 + 0.125 * 1
    # of 0, 1 and 3 in common down to ranks 1 to 3, no more at the least; the sum of 0.5^d / d is ln 2
    least = 0.25 / 2 + 0.125 + 3 * (np.log(2) - 0.5 - 0.25 / 2 - 0.125 / 3)
    assert found.rows() == [
        (1, "Kendall", pytest.approx(-1 / 3), None, None),
        (2, "Kendall", None, None, None),
        (1, "RBO(p=0.5)", pytest.approx(wanted), pytest.approx(least), pytest.approx(wanted)),
        (2, "RBO(p=0.5)", 0.0, 0.0, pytest.approx(0.5)),
    ]


def test_queries_with_tied_scores_are_counted():
    run = pl.DataFrame({"query": [1, 1, 1, 2, 3], "item": list("abcaa"), "score": [1.0, 1.0, 1.0, 1.0, 2.0]})
    assert tied_queries(run) == 1
    assert tied_queries(run.with_columns(score=pl.Series([3.0, 2.0, 1.0, 1.0, 1.0]))) == 0
    assert tied_queries(run.drop("score").with_columns(rank=pl.Series([1, 2, 2, 1, 1]))) == 1


def test_frames_come_back_as_the_first_run_came():
    assert isinstance(compare_rankings(ONE.to_pandas(), OTHER), pd.DataFrame)


def test_runs_that_share_no_query_or_hold_several_systems_are_refused():
    with pytest.raises(InputError, match="share no query: ids look like 1 and 7"):
        compare_rankings(ONE, OTHER.tail(3).with_columns(query=pl.lit(7)))
    both = pl.concat([ONE.with_columns(system=pl.lit(name)) for name in ("als", "bpr")])
    with pytest.raises(InputError, match="holds 2 systems: 'als', 'bpr'. Give one at a time"):
        compare_rankings(both, OTHER)


@pytest.mark.parametrize("kind", list(similarity_registry), ids=lambda kind: kind.name)
def test_measures_of_similarity_print_and_parse(kind):
    for name in (kind.name, *kind.aliases, similarity_registry.name_of(kind)):
        assert parse_similarity(name) == kind()
    assert parse_similarity(str(kind())) == kind()
    assert kind().value("abcd", "abcd") == pytest.approx(1.0)


def test_settings_print():
    assert str(RBO(p=0.8)) == "RBO(p=0.8)"
    assert parse_similarity("TauAP(symmetric=True)") == TauAP(symmetric=True)
    assert str(Kendall()) == "Kendall"


def test_unknown_names_suggest_the_nearest():
    with pytest.raises(UnknownNameError, match="no measure of similarity named 'rbx'. Did you mean RBO"):
        parse_similarity("rbx")
