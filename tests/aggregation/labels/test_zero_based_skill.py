from __future__ import annotations

from collections import defaultdict

import numpy as np
import polars as pl
import pytest
from answer_strategies import answer_tables, crowd
from hypothesis import given, settings
from hypothesis import strategies as st

from palate.aggregation.labels import Wawa, ZeroBasedSkill
from palate.core.errors import SettingsError


def plain_skills(answers: pl.DataFrame, method: ZeroBasedSkill, steps: int) -> dict:
    """The yardstick: dictionaries, one answer at a time."""
    rows = answers.rows()
    skill = dict.fromkeys(answers["annotator"].to_list(), 1 / answers["label"].n_unique())
    rate = method.learning_rate
    for step in range(1, steps + 1):
        if step % method.reduce_every == 0:
            rate *= method.reduce_factor
        score: dict = defaultdict(lambda: defaultdict(float))
        for task, annotator, label in rows:
            score[task][label] += skill[annotator]
        for task in list(score):
            if not sum(score[task].values()):
                for other, _, label in rows:
                    score[task][label] += other == task
        points = defaultdict(list)
        for task, annotator, label in rows:
            total = sum(score[task].values())
            top = max(score[task].values()) / total
            best = [name for name, value in score[task].items() if value / total >= top - 1e-9]
            points[annotator].append((label in best) / len(best))
        for annotator, got in points.items():
            skill[annotator] += rate * (np.mean(got) - skill[annotator])
    return skill


@settings(max_examples=60, deadline=None)
@given(answers=answer_tables(), rate=st.sampled_from([1.0, 0.5, 0.3]), steps=st.integers(1, 7))
def test_it_equals_the_plain_version(answers: pl.DataFrame, rate: float, steps: int) -> None:
    method = ZeroBasedSkill(
        max_iter=steps, learning_rate=rate, reduce_every=2, reduce_factor=0.7, tolerance=0
    )
    result = method.aggregate(answers)
    expected = plain_skills(answers, method, result.iterations)
    assert dict(result.annotators.select("annotator", "skill").rows()) == pytest.approx(expected, abs=1e-9)


def test_one_full_step_is_wawa() -> None:
    answers, *_ = crowd(1)
    one, wawa = ZeroBasedSkill(max_iter=1).aggregate(answers), Wawa().aggregate(answers)
    np.testing.assert_allclose(one.annotators["skill"], wawa.annotators["skill"])
    np.testing.assert_allclose(one.probabilities.to_numpy(), wawa.probabilities.to_numpy())


def test_a_slow_rate_goes_part_of_the_way() -> None:
    answers = pl.DataFrame({"task": [1, 1, 1], "annotator": [1, 2, 3], "label": ["x", "x", "y"]})
    skill = ZeroBasedSkill(max_iter=1, learning_rate=0.5).aggregate(answers).annotators["skill"]
    assert skill.to_list() == [0.75, 0.75, 0.25]


def test_it_stops_when_skills_equal_agreement() -> None:
    answers, *_ = crowd(1)
    result = ZeroBasedSkill().aggregate(answers)
    assert result.converged
    assert result.iterations < 100
    np.testing.assert_allclose(result.annotators["skill"], result.annotators["agreement"], atol=1e-5)
    assert not ZeroBasedSkill(max_iter=1).aggregate(answers).converged


def test_golden_tasks_teach_whom_to_believe() -> None:
    asked = [(t, a, ["x", "y"][(t + (a != "knows")) % 2]) for t in range(20) for a in ("knows", "b", "c")]
    answers = pl.DataFrame(asked, schema=["task", "annotator", "label"], orient="row")
    golden = pl.DataFrame({"task": range(15), "label": [["x", "y"][t % 2] for t in range(15)]})
    result = ZeroBasedSkill().aggregate(answers, golden=golden)
    assert result.labels["label"].to_list() == [["x", "y"][t % 2] for t in range(20)]
    assert result.annotators.sort("annotator")["skill"].to_list() == pytest.approx([0, 0, 1])


@pytest.mark.parametrize(
    "setting",
    [
        {"max_iter": 0},
        {"reduce_every": 0},
        {"learning_rate": 0},
        {"learning_rate": 1.5},
        {"reduce_factor": float("nan")},
        {"tolerance": -1},
    ],
)
def test_impossible_settings_are_refused(setting: dict) -> None:
    with pytest.raises(SettingsError, match=f"'{next(iter(setting))}' must be"):
        ZeroBasedSkill(**setting)
