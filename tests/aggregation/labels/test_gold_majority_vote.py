from __future__ import annotations

import polars as pl
import pytest
from answer_strategies import crowd

from palate.aggregation.labels import GoldMajorityVote
from palate.core.errors import InputError, SettingsError

ANSWERS = pl.DataFrame(
    [
        *[(1, "a", "x"), (1, "b", "y"), (2, "a", "x"), (2, "b", "x"), (3, "a", "y"), (3, "b", "x")],
        *[(4, "c", "y"), (4, "a", "x"), (5, "b", "x"), (5, "c", "y"), (6, "c", "x")],
    ],
    schema=["task", "annotator", "label"],
    orient="row",
)
GOLDEN = pl.DataFrame({"task": [1, 2, 3], "label": ["x", "x", "x"]})
"""Of three golden tasks a and b answer two right each; c answers none."""


def test_skill_is_the_share_of_golden_tasks_answered_right() -> None:
    golden = pl.DataFrame({"task": [1, 2], "label": ["x", "x"]})
    result = GoldMajorityVote().aggregate(ANSWERS, golden=golden)
    assert result.annotators.sort("annotator")["skill"].to_list() == [1, 0.5, None]
    # On task 3 a says y with weight 1, b says x with 1/2.
    assert result.labels.row(2) == (3, "y", pytest.approx(2 / 3))
    assert result.labels["probability"][:2].to_list() == [1, 1]


@pytest.mark.parametrize(("missing", "expected"), [("zero", [1, 1]), ("mean", [1 / 2, 1 / 2])])
def test_annotators_without_golden_tasks_count_as_set(missing: str, expected: list[float]) -> None:
    result = GoldMajorityVote(missing_skill=missing).aggregate(ANSWERS, golden=GOLDEN)
    assert result.probabilities["x"][3:5].to_list() == expected


def test_a_task_of_nobody_with_a_skill_is_decided_by_vote() -> None:
    result = GoldMajorityVote(missing_skill="zero").aggregate(ANSWERS, golden=GOLDEN)
    assert result.labels.row(5) == (6, "x", 1.0)


def test_missing_skills_can_be_an_error_that_names_them() -> None:
    with pytest.raises(InputError, match=r"1 annotators have no skill: c\. They answered no golden task"):
        GoldMajorityVote(missing_skill="error").aggregate(ANSWERS, golden=GOLDEN)


def test_golden_tasks_are_needed() -> None:
    with pytest.raises(
        InputError, match=r"learns skills from golden tasks.*Pass golden=.*choose majority_vote"
    ):
        GoldMajorityVote().aggregate(ANSWERS)


def test_an_unknown_rule_for_missing_skills_is_refused() -> None:
    with pytest.raises(SettingsError, match="'missing_skill' must be one of error, mean, zero; it is 'drop'"):
        GoldMajorityVote(missing_skill="drop")


def test_skills_approach_the_true_ones() -> None:
    answers, truth, right = crowd(5, n_tasks=4000, n_annotators=8)
    result = GoldMajorityVote().aggregate(answers, golden=pl.DataFrame({"task": range(4000), "label": truth}))
    assert result.annotators.sort("annotator")["skill"].to_list() == pytest.approx(right.tolist(), abs=0.03)
