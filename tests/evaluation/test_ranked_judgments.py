import numpy as np
import polars as pl
import pytest

from palate.core.errors import InputError, SettingsError
from palate.evaluation._ranked_judgments import depth_needed, rank_judgments
from palate.measures import evaluate, measure_registry, parse_measure, read_runs


def study(seed: int, n_queries: int = 6) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return judgments and the runs of two systems; some ranked items are not judged, and the other way round."""
    rng = np.random.default_rng(seed)
    rows, ranked = [], []
    for query in range(n_queries):
        rows += [(query, f"i{item}", float(rng.integers(0, 4))) for item in rng.permutation(30)[:14]]
        for system in ("a", "b"):
            ranked += [(system, query, f"i{item}", float(rng.normal())) for item in rng.permutation(30)[:18]]
    judgments = pl.DataFrame(rows, schema=["query", "item", "grade"], orient="row")
    runs = pl.DataFrame(ranked, schema=["system", "query", "item", "score"], orient="row")
    return judgments, read_runs(runs)


def all_measures() -> list:
    found = []
    for name in measure_registry.names():
        for text in (f"{name}@5", name):
            try:
                found.append(parse_measure(text))
            except SettingsError:
                continue
    return found


@pytest.mark.parametrize("measure", all_measures(), ids=str)
def test_values_are_those_of_evaluate_at_the_depth_needed(measure):
    judgments, runs = study(3)
    ranked = rank_judgments(judgments, runs, depth_needed([measure]))
    try:
        wanted = evaluate(runs, judgments, measure, resamples=100).per_query
    except InputError:  # a measure of grades up to 1
        judgments = judgments.with_columns(pl.col("grade") / 3)
        wanted = evaluate(runs, judgments, measure, resamples=100).per_query
    found = ranked.values(judgments["grade"].to_numpy(), [measure])[0]
    assert found.ravel() == pytest.approx(wanted["value"].to_numpy(), abs=1e-12)


def test_the_depth_is_what_the_deepest_measure_looks_at():
    of = lambda *texts: depth_needed([parse_measure(text) for text in texts])  # noqa: E731 (short)
    assert of("nDCG@10", "P@5") == 10
    assert of("nDCG@10", "AP") is None
    assert of("nDCG(judged_only=True)@10") is None


@pytest.mark.parametrize("text", ["nDCG@5", "AP", "P@3"])
def test_items_left_out_are_neither_ranked_nor_judged(text):
    judgments, runs = study(4)
    out = [f"i{item}" for item in range(0, 30, 3)]
    kept = ~judgments["item"].is_in(out).to_numpy()
    grades = judgments["grade"].to_numpy()
    found = rank_judgments(judgments, runs).values(grades, [parse_measure(text)], kept)[0]
    # Items that are not judged stay where they are: they tell nothing.
    gone = judgments.filter(~pl.Series(kept)).select("query", "item")
    fewer_runs = runs.join(gone, on=["query", "item"], how="anti", maintain_order="left")
    wanted = evaluate(fewer_runs, judgments.filter(pl.Series(kept)), text, resamples=100).per_query
    assert found.ravel() == pytest.approx(wanted["value"].to_numpy(), abs=1e-12)


def test_a_system_that_ranks_no_judged_query_is_refused():
    judgments, runs = study(5)
    other = runs.with_columns(system=pl.lit("c"), query=pl.col("query") + 100)
    with pytest.raises(InputError, match="System 'c' ranks nothing for any of the 6 judged queries"):
        rank_judgments(judgments, pl.concat([runs, other]))
