from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from judged_worlds import judged_world

from palate.core.errors import InputError, SettingsError
from palate.evaluation import evaluate_assisted
from palate.evaluation._assisted_targets import rank_bands
from palate.measures import evaluate

LLMJUDGE = Path(__file__).parents[2].parent / "shared" / "data" / "llmjudge"
MEASURES = ["P(rel=2)@5", "DCG(dcg='exp-log2')@10", "nDCG@5", "nDCG", "RBP(p=0.7)", "RBP(max_rel=2)@8"]
MEASURES += ["nDCG(gains={1:3,2:10})@5", "DCG(gains={1:3,2:1})@5"]


@pytest.mark.parametrize("measure", MEASURES)
def test_with_every_label_of_people_values_are_those_of_evaluate(measure):
    world = judged_world(6, 12)
    found = evaluate_assisted(world.runs, world.people, world.judge, measure)
    right = evaluate(world.runs, world.people, measure, resamples=100).summary
    assert [value.interval.estimate for value in found.values] == pytest.approx(right["value"].to_list())
    for value in found.values:
        assert value.interval.low == value.interval.high
        assert value.multiplier is None


def test_the_difference_is_that_of_the_values_and_the_better_leads():
    world = judged_world()
    found = evaluate_assisted(world.runs, world.some_people(200), world.judge, "P@5")
    values = {value.system: value.interval.estimate for value in found.values}
    (one,) = found.differences
    assert (one.system, one.other) == ("a", "b")
    assert one.interval.estimate == pytest.approx(values["a"] - values["b"])
    assert one.better == "a"
    assert one.sentence.startswith("a beats b on P@5 by +0.")
    assert "200 labels of people and 450 of the judge" in found.sentences[-1]
    assert json.loads(json.dumps(found.to_dict()))["differences"][0]["better"] == "a"


def test_an_item_that_the_judge_did_not_label_counts_as_not_relevant_and_is_said():
    world = judged_world(6, 12)
    runs = {
        "a": pl.concat(
            [
                world.runs["a"],
                pl.DataFrame({"query": ["q0"], "item": ["new"], "score": [99.0]}),
            ]
        )
    }
    found = evaluate_assisted(runs, world.people, world.judge, "P@5")
    right = evaluate(runs, world.people, "P@5", resamples=100).summary["value"][0]
    assert found.values[0].interval.estimate == pytest.approx(right)
    assert any("did not label 1 of 30 items that a ranks" in note for note in found.notes)
    assert not found.differences
    assert found.sentences[0].startswith("P@5 of a is 0.")


def test_the_scale_of_the_judge_is_nothing_to_the_value():
    world = judged_world()
    people = world.some_people(150)
    turned = world.judge.with_columns(grade=30 - 10 * pl.col("grade"))
    plain, other = (evaluate_assisted(world.runs, people, judge, "P@5") for judge in (world.judge, turned))
    for one, two in zip(plain.values, other.values, strict=True):
        assert one.interval.estimate == pytest.approx(two.interval.estimate, abs=1e-6)
    assert any("The judge also says 10, 20, 30" in note for note in other.notes)


def test_scores_with_many_values_are_cut_into_parts():
    world = judged_world()
    scored = world.judge.with_columns(pl.col("grade") + pl.arange(pl.len()) / 1000)
    found = evaluate_assisted(world.runs, world.some_people(150), scored, "P@5")
    assert any("they are cut into 10 parts" in note for note in found.notes)


def test_a_judge_with_one_label_is_as_good_as_none():
    world = judged_world()
    same = world.judge.with_columns(pl.lit(1.0).alias("grade"))
    found = evaluate_assisted(world.runs, world.some_people(150), same, "nDCG@5")
    assert any("gave every item the label 1" in note for note in found.notes)
    assert found.differences[0].multiplier == pytest.approx(1.0, abs=0.05)


def test_all_queries_are_less_sure_and_say_so():
    world = judged_world()
    people = world.some_people(300)
    these, every = (
        evaluate_assisted(world.runs, people, world.judge, "P@5", queries=queries)
        for queries in ("these", "all")
    )
    widths = [one.differences[0].interval.high - one.differences[0].interval.low for one in (these, every)]
    assert widths[0] < widths[1]
    assert "speaks of these 15 queries" in these.sentences[-1]
    assert "all queries that could have been asked" in every.sentences[-1]


def _change(world, **columns):
    return world.some_people(100).with_columns(**columns)


@pytest.mark.parametrize("bad", [0.0, -0.1, 1.5, None])
def test_an_inclusion_that_is_no_probability_above_0_is_refused(bad):
    world = judged_world()
    people = _change(world, inclusion=pl.Series([bad] + [0.2] * 99, dtype=pl.Float64))
    with pytest.raises(InputError, match="above 0 and at most 1") as refused:
        evaluate_assisted(world.runs, people, world.judge)
    assert (refused.value.row, refused.value.column) == (1, "inclusion")


def test_inclusions_that_speak_of_another_number_of_items_are_noted():
    world = judged_world()
    found = evaluate_assisted(world.runs, _change(world, inclusion=pl.lit(0.9)), world.judge, "P@5")
    assert any("speak of 111 items, but the judge labelled 450" in note for note in found.notes)


def test_people_who_labelled_what_the_judge_did_not_are_named():
    world = judged_world()
    lacking = world.judge.filter(~((pl.col("query") == "q3") & (pl.col("item") == "d7")))
    with pytest.raises(InputError, match="it lacks 1 of 450: query q3, item d7. Have the judge label"):
        evaluate_assisted(world.runs, world.people, lacking)


def test_people_who_gave_one_grade_say_nothing():
    world = judged_world()
    with pytest.raises(InputError, match="gave all 100 items the grade 1: nothing can be said"):
        evaluate_assisted(world.runs, _change(world, grade=pl.lit(1.0)), world.judge)


def test_too_few_labels_say_what_cannot_be_said():
    world = judged_world()
    with pytest.raises(InputError, match="19 labels of people are too few .* no value, no interval"):
        evaluate_assisted(world.runs, world.some_people(19), world.judge)


def test_grades_of_no_scale_are_refused():
    world = judged_world()
    people = _change(world, grade=pl.Series(np.linspace(0, 2, 100)))
    with pytest.raises(InputError, match="a scale with few steps, at most 20; there are 100"):
        evaluate_assisted(world.runs, people, world.judge)


@pytest.mark.parametrize(
    ("measure", "said"),
    [
        ("AP", "there are P, DCG, nDCG and RBP"),
        ("nDCG(judged_only=True)@5", "no item is unjudged"),
        ("nDCG(gains={1:3,2:1})@5", "a higher grade may not gain less than a lower one"),
    ],
)
def test_a_measure_that_is_no_sum_is_refused(measure, said):
    world = judged_world(6, 12)
    with pytest.raises(SettingsError, match=said):
        evaluate_assisted(world.runs, world.people, world.judge, measure)


@pytest.mark.parametrize(
    ("measure", "said"),
    [("P(rel=3)@5", "gains anything on P"), ("RBP(max_rel=1)", "takes grades up to 1; people gave 2")],
)
def test_grades_that_do_not_fit_the_measure_are_refused(measure, said):
    world = judged_world(6, 12)
    with pytest.raises(InputError, match=said):
        evaluate_assisted(world.runs, world.people, world.judge, measure)


def test_a_run_of_other_items_is_refused():
    world = judged_world(6, 12)
    other = world.runs["a"].with_columns(item="x" + pl.col("item"))
    with pytest.raises(InputError, match="ranks no item that the judge labelled: ids look like"):
        evaluate_assisted({"a": other}, world.people, world.judge)


def test_settings_out_of_range_are_refused():
    world = judged_world(1, 40)
    with pytest.raises(SettingsError, match="'these' or 'all'"):
        evaluate_assisted(world.runs, world.people, world.judge, queries="some")
    with pytest.raises(SettingsError, match="between 0 and 1"):
        evaluate_assisted(world.runs, world.people, world.judge, confidence=95)
    with pytest.raises(InputError, match="There is one query"):
        evaluate_assisted(world.runs, world.people, world.judge, queries="all")


@pytest.mark.skipif(not LLMJUDGE.exists(), reason="the LLMJudge labels are not beside the repository")
def test_real_judges_are_corrected_by_people():
    """15 samples of 400 assessors' labels of TREC DL 2023; the run is the judge's own ranking, which it thinks perfect."""
    read = {
        name: pl.read_csv(
            LLMJUDGE / f"{name}.qrels",
            separator=" ",
            has_header=False,
            new_columns=["query", "i", "item", "grade"],
        )
        for name in ("human", "Olz-gpt4o")
    }
    people, judge = read["human"], read["Olz-gpt4o"]
    run = judge.select("query", "item", score=pl.col("grade") + pl.arange(pl.len()) / 1e6)
    right = evaluate({"own": run}, people, "P(rel=2)@50", resamples=100).summary["value"][0]
    own = evaluate({"own": run}, judge, "P(rel=2)@50", resamples=100).summary["value"][0]
    rows = []
    for seed in range(15):
        drawn = np.random.default_rng(seed).choice(len(people), 400, replace=False).tolist()
        (value,) = evaluate_assisted({"own": run}, people[drawn], judge, "P(rel=2)@50", seed=seed).values
        rows.append((value.interval.estimate, right in value.interval))
    estimates, inside = np.array(rows, dtype=float).T
    error = estimates.std() / 15**0.5
    assert abs(estimates.mean() - right) < 4 * error
    assert abs(own - right) > 4 * error  # the judge alone is wrong by more
    assert inside.mean() >= 0.95 - 4 * (0.95 * 0.05 / 15) ** 0.5


def test_bands_are_parts_of_what_systems_rank_first_together():
    """Ten items by two systems: the first five weigh, the others do not.

    Sums of 1 / (60 + rank) of those that weigh, times 1000: 32.5, 32.5, 31.7, 31.3 and, of one rank alone, 15.4. Fifths end at
    28.1, 31.6, 32.1 and 32.5. Of the others: 30.3, 29.9, 29.4, 28.8 and 14.5; thirds end at 29.0 and 29.7.
    """
    ranks = np.array([[1, 2, 3, 4, 5, 6, 7, 8, 9, 0], [2, 1, 3, 4, 0, 6, 7, 8, 10, 9]])
    weights = np.where((ranks > 0) & (ranks <= 5), 0.2, 0.0)
    assert rank_bands(weights, ranks).tolist() == [6, 6, 5, 4, 3, 2, 2, 1, 0, 0]


def test_without_a_rank_all_items_are_in_one_band():
    assert rank_bands(np.zeros((1, 4)), np.zeros((1, 4), dtype=np.int64)).tolist() == [0, 0, 0, 0]
