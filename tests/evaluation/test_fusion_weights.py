from __future__ import annotations

import itertools

import numpy as np
import polars as pl
import pytest

from palate.core.errors import InputError, SettingsError
from palate.evaluation import tune_interpolation
from palate.evaluation.fusion_weights import _along
from palate.measures import evaluate
from palate.recommend.fusion import Interpolation, fuse_runs

ITEMS = 12


def world(queries: int, noises: dict[str, float], seed: int = 0) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Systems that see each item's grade through noise of these sizes, and the judgments."""
    rng = np.random.default_rng(seed)
    grades = rng.integers(0, 4, (queries, ITEMS))
    query, item = np.divmod(np.arange(queries * ITEMS), ITEMS)
    pairs = {"query": query, "item": item}
    judged = pl.DataFrame({**pairs, "grade": grades.ravel()})
    runs = [
        pl.DataFrame(
            {"system": name, **pairs, "score": grades.ravel() + noise * rng.normal(size=grades.size)}
        )
        for name, noise in noises.items()
    ]
    return pl.concat([run.select("system", "query", "item", "score") for run in runs]), judged


def mean_of(runs, judged, weights, measure="nDCG@5"):
    fused = fuse_runs(runs, Interpolation(weights)).runs
    return evaluate(fused, judged, [measure], resamples=39).per_query["value"].mean()


def test_weights_are_the_best_of_the_grid():
    runs, judged = world(20, {"a": 2.0, "b": 3.0})
    found = tune_interpolation(runs, judged, "nDCG@5", steps=10)
    means = {step / 10: mean_of(runs, judged, {"a": step, "b": 10 - step}) for step in range(11)}
    assert means[found.method.weights["a"]] == max(means.values())
    assert sum(found.method.weights.values()) == pytest.approx(1)


def test_a_value_is_of_weights_tuned_on_other_queries():
    runs, judged = world(24, {"a": 2.0, "b": 2.5})
    found = tune_interpolation(runs, judged, "nDCG@5", folds=3, steps=4, seed=1)
    tuned_here = mean_of(runs, judged, found.method.weights)
    assert found.value <= tuned_here + 1e-12
    # Each fold's value is one that some weights of the grid have; the weights are those the fold did not see.
    assert len(found.fold_weights) == 3
    assert found.singles["a"] == pytest.approx(
        evaluate(runs.filter(system="a"), judged, ["nDCG@5"], resamples=39).per_query["value"].mean()
    )
    assert found.equal == pytest.approx(mean_of(runs, judged, {}))
    assert found.gain.estimate == pytest.approx(found.value - found.singles[found.best])
    assert found.over_equal.estimate == pytest.approx(found.value - found.equal)


def test_two_views_of_the_same_grades_are_better_than_one():
    runs, judged = world(150, {"a": 2.0, "b": 2.0, "chance": 50.0}, seed=2)
    found = tune_interpolation(runs, judged, "nDCG@5", steps=10, folds=3)
    assert found.gain.low > 0
    assert found.over_equal.low > 0
    assert found.method.weights["chance"] <= 0.2
    assert found.sentence.startswith("Weights a 0.")
    assert found.to_dict()["weights"] == found.method.weights


def test_a_line_through_weights_keeps_the_others_in_their_ratio():
    assert _along((6, 2, 2), 0) == [
        (v, *rest)
        for v, rest in enumerate(
            [(5, 5), (5, 4), (4, 4), (4, 3), (3, 3), (3, 2), (2, 2), (2, 1), (1, 1), (1, 0), (0, 0)]
        )
    ]
    assert _along((4, 0), 0) == [(0, 4), (1, 3), (2, 2), (3, 1), (4, 0)]
    for weights, place in itertools.product([(3, 1, 6), (0, 0, 10), (10, 0, 0)], range(3)):
        assert all(sum(found) == 10 for found in _along(weights, place))


def test_progress_ends_at_the_total():
    calls = []
    runs, judged = world(6, {"a": 1.0, "b": 1.0})
    tune_interpolation(runs, judged, "RR", steps=2, folds=2, progress=lambda *call: calls.append(call))
    assert calls == [(1, 3), (2, 3), (3, 3)]


def test_bad_input_is_refused():
    runs, judged = world(4, {"a": 1.0, "b": 1.0})
    with pytest.raises(InputError, match="There are 4 judged queries for 5 folds"):
        tune_interpolation(runs, judged)
    with pytest.raises(SettingsError, match="'folds' must be at least 2"):
        tune_interpolation(runs, judged, folds=1)
    with pytest.raises(InputError, match="at least two systems"):
        tune_interpolation(runs.filter(system="a"), judged, folds=2)
    with pytest.raises(InputError):
        tune_interpolation(runs, judged.with_columns(pl.col("query") + 100), folds=2)


def test_unsettled_weights_are_said():
    # Query 1 is right in a alone, query 2 in b alone: each fold tunes on the other one.
    rows = [("a", 1, "x", 2.0), ("a", 1, "y", 1.0), ("b", 1, "y", 2.0), ("b", 1, "x", 1.0)]
    rows += [("b", 2, "x", 2.0), ("b", 2, "y", 1.0), ("a", 2, "y", 2.0), ("a", 2, "x", 1.0)]
    runs = pl.DataFrame(rows, schema=["system", "query", "item", "score"], orient="row")
    judged = pl.DataFrame({"query": [1, 2], "item": "x", "grade": 1})
    found = tune_interpolation(runs, judged, "RR", folds=2, steps=2)
    assert [weights["a"] for weights in found.fold_weights] in ([0, 1], [1, 0])
    assert found.value == 0.5
    assert found.notes[0].startswith("the weight of a goes from 0.00 to 1.00 between folds")
