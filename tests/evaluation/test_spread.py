from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest
from simulated_pilot import DISCOUNTS, Annotators, simulated_study

from palate.core.errors import InputError, UnknownNameError
from palate.evaluation import assumed_spread, spread_of_answers, spread_of_values
from palate.evaluation._pilot_answers import pilot_answers
from palate.measures import evaluate, parse_measure

OFF = Annotators(own=0.6, of_query=0.3, of_answer=0.5)
SHORT = 3  # b ranks three items, so that annotators' shifts do not cancel in the difference


def weights():
    w = np.zeros(7)
    w[:5] += DISCOUNTS
    w[[5, 0, 6]] -= DISCOUNTS[:SHORT]
    return w


def pilots(count, seed=0, **changed):
    rng = np.random.default_rng(seed)
    settings = {"queries": 60, "overlap": 3, "annotators": 8, "off": OFF, "ranked_by_b": SHORT, **changed}
    return [simulated_study(rng, **settings) for _ in range(count)]


def test_effects_of_answers_are_what_they_weigh_on_a_linear_measure():
    study = pilots(1, queries=20)[0]
    answers = study.answers.select(
        pl.col("query", "item").cast(pl.String), "annotator", grade=pl.col("label").cast(pl.Float64)
    )
    runs = study.runs.with_columns(pl.col("query", "item").cast(pl.String))
    found = pilot_answers(answers, runs, ("a", "b"), parse_measure("DCG@5"), 5)
    assert found.differences.mean() == pytest.approx(study.difference)
    means = answers.with_columns(mean=pl.col("grade").mean().over("query", "item"))
    means = means.sort("query", "item", "annotator")
    expected = weights()[means["item"].cast(int).to_numpy()] * (means["grade"] - means["mean"]).to_numpy()
    np.testing.assert_allclose(found.effects, expected, atol=1e-9)
    assert found.items == 7
    assert found.unjudged == 0
    np.testing.assert_allclose(found.noise(found.effects), 0, atol=1e-9)


def test_variances_are_those_that_studies_were_drawn_with():
    found = []
    for study in pilots(16):
        variance = spread_of_answers(study.answers, study.runs, "DCG@5").depths[0].variance
        found.append([variance.query, variance.annotator, variance.answer])
    w = weights()
    true = [
        (w**2).sum(),
        (w.sum() * OFF.own) ** 2,
        (w.sum() * OFF.of_query) ** 2 + (w**2).sum() * OFF.of_answer**2,
    ]
    error = np.std(found, axis=0, ddof=1) / 4
    assert (np.abs(np.mean(found, axis=0) - true) < 4 * error).all()
    assert (error < [0.2, 0.06, 0.06]).all()


def test_what_is_found_foretells_how_other_studies_spread():
    w = weights()
    rng = np.random.default_rng(4)
    spread = spread_of_answers(*_tables(simulated_study(rng, 300, 3, 40, OFF, ranked_by_b=SHORT)), "DCG@5")
    variance = spread.depths[0].variance
    differences = [s.difference for s in pilots(500, seed=5, queries=50, overlap=2, annotators=6)]
    foretold = variance.a_query(2) / 50 + variance.annotator / 6
    assert np.var(differences) == pytest.approx(foretold, rel=0.35)
    assert np.mean(differences) == pytest.approx(10 * w.sum(), abs=0.1)


def _tables(study):
    return study.answers, study.runs


def test_intervals_hold_the_truth_and_settle_with_the_seed():
    study = pilots(1)[0]
    depth = spread_of_answers(study.answers, study.runs, "DCG@5").depths[0]
    again = spread_of_answers(study.answers, study.runs, "DCG@5").depths[0]
    np.testing.assert_array_equal(depth.draws, again.draws)
    saved = json.loads(json.dumps(depth.to_dict(), allow_nan=False))
    low, high = saved["interval"]["query"]
    assert low < np.sqrt((weights() ** 2).sum()) < high
    assert low < saved["spread"]["query"] < high


def test_shallow_judging_shows_a_part_of_the_difference():
    study = pilots(1)[0]
    spread = spread_of_answers(study.answers, study.runs, "DCG@5", depths=[2, 5])
    shallow, full = spread.depths
    assert (shallow.depth, full.depth) == (2, 5)
    assert full.seen == 1
    assert shallow.items == 3  # the first two of a are 0 and 1, those of b 5 and 0
    judged = (
        study.answers.filter(pl.col("item").is_in([0, 1, 5]))
        .group_by("query", "item")
        .agg(grade=pl.col("label").cast(pl.Float64).mean())
    )
    parts = evaluate(study.runs, judged, "DCG@5").per_query.sort("query")
    everything = evaluate(
        study.runs,
        study.answers.group_by("query", "item").agg(grade=pl.col("label").cast(pl.Float64).mean()),
        "DCG@5",
    ).per_query.sort("query")
    d_part, d_all = (
        (t.filter(pl.col("system") == "a")["value"] - t.filter(pl.col("system") == "b")["value"]).to_numpy()
        for t in (parts, everything)
    )
    assert shallow.seen == pytest.approx((d_part * d_all).sum() / (d_all**2).sum())


def test_a_query_judged_only_further_down_counts_at_other_depths_only():
    study = pilots(1, queries=20)[0]
    deep_only = (pl.col("query") != 3) | pl.col("item").is_in([2, 3, 4, 6])
    spread = spread_of_answers(study.answers.filter(deep_only), study.runs, "DCG@5", depths=[1, 5])
    whole = spread_of_answers(study.answers, study.runs, "DCG@5", depths=[1, 5])
    assert spread.queries == 20
    assert spread.depths[0].seen == pytest.approx(whole.depths[0].seen * 19 / 20, rel=0.05)


def test_tasks_say_what_answers_are_about():
    study = pilots(1, queries=20)[0]
    tasks = study.answers.select("task", "query", "item").unique()
    bare = study.answers.select("task", "annotator", "label")
    whole = spread_of_answers(study.answers, study.runs, "DCG@5")
    split = spread_of_answers(bare, study.runs, "DCG@5", tasks=tasks)
    assert whole.depths[0].variance == split.depths[0].variance
    assert (split.queries, split.annotators, split.overlap) == (20, 8, None)
    with pytest.raises(InputError, match="query and item missing"):
        spread_of_answers(bare, study.runs, "DCG@5")
    golden = bare.head(6).with_columns(pl.lit(-1).alias("task"), annotator=pl.int_range(6))
    more = spread_of_answers(pl.concat([bare, golden.cast(bare.schema)]), study.runs, "DCG@5", tasks=tasks)
    assert more.depths[0].variance == whole.depths[0].variance
    assert more.notes[0].startswith("6 of 426 answers are to tasks that are not among the tasks")
    with pytest.raises(InputError, match="No answer is to one of the 140 tasks; the first is to task '-1'"):
        spread_of_answers(golden, study.runs, "DCG@5", tasks=tasks)


def test_one_answer_a_task_keeps_the_overlap():
    study = pilots(1, overlap=1)[0]
    spread = spread_of_answers(study.answers, study.runs, "DCG@5")
    assert spread.overlap == 1
    assert any("No task of the pilot has two answers" in note for note in spread.notes)
    differences = pilots(1, overlap=1)[0]
    assert spread.estimate == pytest.approx(differences.difference)


def test_annotators_with_one_task_a_query_leave_their_shift_of_a_query_unknown():
    study = pilots(1, queries=30)[0]
    scattered = study.answers.with_columns(
        annotator=pl.col("item") * 3 + pl.int_range(pl.len()).over("query", "item")
    )
    spread = spread_of_answers(scattered, study.runs, "DCG@5")
    assert spread.overlap is None
    assert any("Too few annotators answered several tasks of a query" in note for note in spread.notes)


def test_a_pilot_with_unjudged_items_says_so():
    study = pilots(1)[0]
    spread = spread_of_answers(study.answers.filter(pl.col("item") != 2), study.runs, "DCG@5")
    assert any("14% of the first 5 items" in note for note in spread.notes)


def test_answers_that_are_no_grades_are_refused():
    study = pilots(1, queries=5)[0]
    words = study.answers.with_columns(label=pl.lit("good"))
    with pytest.raises(InputError, match="labels that are grades, so numbers; this one is 'good'"):
        spread_of_answers(words, study.runs, "DCG@5")
    with pytest.raises(InputError, match="for 1 queries"):
        spread_of_answers(study.answers.filter(pl.col("query") == 0), study.runs, "DCG@5")
    with pytest.raises(UnknownNameError, match="no system named 'c'"):
        spread_of_answers(study.answers, study.runs, "DCG@5", systems=["a", "c"])
    same = study.answers.with_columns(label=pl.lit("0"))
    with pytest.raises(InputError, match="no spread to plan with"):
        spread_of_answers(same, study.runs, "DCG@5")


def test_values_of_a_pilot_give_their_sample_variance():
    differences = np.array([0.1, 0.4, -0.2, 0.3, 0.0])
    rows = [("a", q, "nDCG@10", 0.5 + d) for q, d in enumerate(differences)]
    rows += [("b", q, "nDCG@10", 0.5) for q in range(5)]
    table = pl.DataFrame(rows, schema=["system", "query", "measure", "value"], orient="row")
    spread = spread_of_values(table, items=12, overlap=2)
    found = spread.depths[0]
    assert found.variance.query == pytest.approx(differences.var(ddof=1))
    assert (found.items, found.depth, spread.overlap) == (12, 10, 2)
    assert spread.estimate == pytest.approx(0.12)
    # Quantiles of chi-squared with 4 degrees of freedom, from a table: 0.484 and 11.143.
    low, high = np.quantile(found.draws[:, 0], (0.025, 0.975)) * 4 / differences.var(ddof=1)
    assert low == pytest.approx(0.484, rel=0.4)
    assert high == pytest.approx(11.143, rel=0.2)
    assert "5 queries only" in spread.notes[-1]
    with pytest.raises(InputError, match="all differences are the same"):
        spread_of_values(table.with_columns(value=pl.lit(0.5)))


def test_without_a_pilot_the_assumptions_are_said():
    spread = assumed_spread("P@5")
    assert spread.depths[0].items == 7.5
    assert spread.depths[0].depth == 5
    assert "Nothing is measured yet" in spread.notes[0]
    assert spread.to_dict()["depths"][0]["interval"]["query"] is None
    assert assumed_spread("AP", items=20).depths[0].items == 20
