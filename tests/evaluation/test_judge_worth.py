from __future__ import annotations

import json
from decimal import Decimal

import numpy as np
import polars as pl
import pytest
from judged_worlds import judged_world

from palate.core.errors import InputError, SettingsError
from palate.evaluation import worth_of_judge


def test_r_and_the_multiplier_are_those_of_normal_errors():
    """Grades without effects of queries: 1 / (1 - η²), η² being the share of the variance between the judge's labels."""
    world = judged_world(20, 100)
    found = worth_of_judge(world.people, world.judge)
    people, judge = world.people["grade"].to_numpy(), world.judge["grade"].to_numpy()
    within = sum(((people[judge == x] - people[judge == x].mean()) ** 2).sum() for x in range(4))
    expected = ((people - people.mean()) ** 2).sum() / within
    assert found.multiplier.estimate == pytest.approx(expected, rel=0.03)
    assert expected in found.multiplier
    assert found.correlation.estimate == pytest.approx((1 - 1 / expected) ** 0.5, abs=0.02)
    assert found.resampled == "queries"


def test_a_judge_that_says_nothing_is_worth_nothing_and_it_is_said():
    world = judged_world(knows=0.0)
    found = worth_of_judge(world.some_people(300), world.judge)
    assert found.multiplier.estimate == pytest.approx(1.0, abs=0.06)
    assert found.sentences[0].startswith("It is not sure that the judge saves anything on mean grade")


def test_confusion_bias_and_kappa_are_those_reckoned_by_hand():
    """Labels 0, 1 of the judge; people: 30 × 0 and 10 × 1 where it says 0, 5 × 0 and 15 × 1 where it says 1."""
    judge = [0] * 40 + [1] * 20
    people = [0] * 30 + [1] * 10 + [0] * 5 + [1] * 15
    ids = {"query": ["q"] * 60, "item": [f"d{row}" for row in range(60)]}
    found = worth_of_judge(pl.DataFrame({**ids, "grade": people}), pl.DataFrame({**ids, "grade": judge}))
    zero, one = found.by_label
    assert (zero.count, zero.grades, zero.mean.estimate, zero.bias) == (40, {0.0: 30, 1.0: 10}, 0.25, -0.25)
    assert (one.count, one.grades, one.mean.estimate, one.bias) == (20, {0.0: 5, 1.0: 15}, 0.75, 0.25)
    reach = 2.0930240544 * (15 / 19 * 0.25 / 20) ** 0.5  # Student's 97.5% point of 19 degrees
    assert one.mean.low == pytest.approx(0.75 - reach)
    chance = (35 * 40 + 25 * 20) / 60**2
    assert found.kappa is not None
    assert found.kappa.estimate == pytest.approx((45 / 60 - chance) / (1 - chance))
    assert found.resampled == "items"


def test_dollars_are_labels_times_price_times_what_they_are_worth():
    world = judged_world()
    found = worth_of_judge(world.some_people(300), world.judge, price="0.05", labels=1000)
    assert found.savings is not None
    times = Decimal(str(found.multiplier.estimate))
    assert found.savings.cost == Decimal("50.00")
    assert found.savings.equal_labels == round(1000 * times)
    assert found.savings.saved[0] == (50 * (times - 1)).quantize(Decimal("0.01"))
    assert "1,000 labels at $0.05 cost $50.00" in found.sentences[1]
    assert json.loads(json.dumps(found.to_dict()))["savings"]["price"] == "0.05"


def test_a_judge_that_likes_what_one_system_likes_is_found_out():
    world = judged_world(30, 30, knows=0.5, favour=2.0)
    found = worth_of_judge(world.some_people(500), world.judge, runs=world.runs, measure="P@5")
    assert found.measure == "differences in P@5"
    assert {one.system: one.alarming for one in found.favours} == {"a": False, "b": True}
    assert any("The judge favours 'b' over the others" in warning for warning in found.warnings)


def test_a_judge_that_only_sees_less_raises_no_alarm():
    alarms = 0
    for seed in range(6):
        world = judged_world(seed=seed, knows=0.7)
        found = worth_of_judge(world.some_people(250, seed), world.judge, runs=world.runs, measure="P@5")
        alarms += any(one.alarming for one in found.favours)
    assert alarms <= 2  # each with a probability of at most 5%: three or more of 6 happen once in 450


@pytest.mark.parametrize(
    ("judge", "system", "said"),
    [
        ("GPT-4o", "openai/gpt-4o", "are the same model"),
        ("gpt-4o", "gpt-3.5-turbo", "one family"),
        ("gpt-4o", "llama-3-70b", None),
    ],
)
def test_a_shared_model_is_a_warning(judge, system, said):
    world = judged_world()
    found = worth_of_judge(
        world.some_people(100),
        world.judge,
        runs=world.runs,
        measure="P@5",
        judge_model=judge,
        system_models={"a": system},
    )
    shared = [warning for warning in found.warnings if warning.startswith(f"The judge {judge}")]
    assert len(shared) == (said is not None)
    assert said is None or said in shared[0]


def test_bad_settings_are_refused():
    world = judged_world()
    people = world.some_people(100)
    with pytest.raises(SettingsError, match="name the judge's model too"):
        worth_of_judge(people, world.judge, system_models={"a": "gpt"})
    with pytest.raises(SettingsError, match="There is no system 'z' in the runs; there are: a, b"):
        worth_of_judge(
            people,
            world.judge,
            runs=world.runs,
            measure="P@5",
            judge_model="x",
            system_models={"z": "y"},
        )
    for price in ("0", "-1", "free", float("nan")):
        with pytest.raises(SettingsError, match="dollars above 0"):
            worth_of_judge(people, world.judge, price=price)
    with pytest.raises(SettingsError, match="whole number from 1"):
        worth_of_judge(people, world.judge, labels=0)


def test_systems_that_are_alike_leave_nothing_to_judge():
    world = judged_world()
    runs = {"a": world.runs["a"], "copy": world.runs["a"]}
    with pytest.raises(InputError, match="the systems are alike there"):
        worth_of_judge(world.some_people(100), world.judge, runs=runs, measure="P@5")


def test_labels_of_another_scale_have_no_kappa_but_a_worth():
    world = judged_world()
    scored = world.judge.with_columns(pl.Series(np.linspace(0, 100, len(world.judge))).alias("other"))
    scored = scored.select("query", "item", grade=10 * pl.col("grade") + pl.col("other"))
    found = worth_of_judge(world.some_people(100), scored)
    assert found.kappa is None
    assert found.by_label == ()
    assert any("not of people's scale" in note for note in found.notes)
