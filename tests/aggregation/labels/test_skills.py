from __future__ import annotations

import pandas as pd
import polars as pl
import pytest
from answer_strategies import answer_tables, crowd
from hypothesis import given, settings

from palate.aggregation.labels import DawidSkene, MajorityVote
from palate.core.errors import InputError, SettingsError

ANSWERS = pl.DataFrame(
    {
        "task": [1, 1, 1, 2, 2],
        "annotator": ["a", "b", "c", "a", "b"],
        "label": ["x", "y", "y", "x", "y"],
    }
)


@pytest.mark.parametrize(
    "skills",
    [
        {"a": 3, "b": 1, "c": 1, "never asked": 9},
        pl.DataFrame({"annotator": ["c", "b", "a"], "skill": [1.0, 1.0, 3.0]}),
        pd.DataFrame({"worker": ["c", "b", "a"], "weight": [1, 1, 3]}),
    ],
    ids=["mapping", "polars", "pandas"],
)
def test_votes_count_as_much_as_skills(skills) -> None:
    result = MajorityVote().aggregate(ANSWERS, skills=skills)
    assert result.labels.rows() == [(1, "x", pytest.approx(3 / 5)), (2, "x", pytest.approx(3 / 4))]
    mean_share = dict(result.annotators.select("annotator", "skill").rows())
    assert mean_share == pytest.approx({"a": (3 / 5 + 3 / 4) / 2, "b": (2 / 5 + 1 / 4) / 2, "c": 2 / 5})


def test_skills_are_read_from_a_file(tmp_path) -> None:
    path = tmp_path / "skills.csv"
    path.write_text("annotator,skill\na,3\nb,1\nc,1\n")
    assert MajorityVote().aggregate(ANSWERS, skills=path).labels["label"].to_list() == ["x", "x"]
    path.write_text("annotator,skill\na,much\nb,1\nc,1\n")
    with pytest.raises(InputError, match=r"skills\.csv, row 1, column 'skill': Expected a number"):
        MajorityVote().aggregate(ANSWERS, skills=path)


@settings(max_examples=40, deadline=None)
@given(answers=answer_tables())
def test_equal_skills_are_a_plain_vote(answers: pl.DataFrame) -> None:
    names = answers["annotator"].unique().to_list()
    weighed = MajorityVote().aggregate(answers, skills=dict.fromkeys(names, 0.25))
    plain = MajorityVote().aggregate(answers)
    assert weighed.labels.select("task", "label").equals(plain.labels.select("task", "label"))
    assert weighed.labels["probability"].to_list() == pytest.approx(plain.labels["probability"].to_list())


@pytest.mark.parametrize(("missing", "share"), [("zero", 1), ("mean", 2 / 3)])
def test_annotators_without_a_skill_count_as_set(missing: str, share: float) -> None:
    result = MajorityVote(missing_skill=missing).aggregate(ANSWERS, skills={"a": 2, "c": 0})
    assert result.probabilities["x"].to_list() == pytest.approx([share, share])


def test_a_task_whose_skills_are_all_zero_is_decided_by_vote() -> None:
    result = MajorityVote().aggregate(ANSWERS, skills={"a": 0, "b": 0, "c": 0})
    assert result.labels.row(0) == (1, "y", pytest.approx(2 / 3))
    assert result.tie_share == 0.5


def test_golden_tasks_keep_their_label_whatever_the_skills() -> None:
    golden = pl.DataFrame({"task": [1], "label": ["y"]})
    result = MajorityVote().aggregate(ANSWERS, golden=golden, skills={"a": 9, "b": 1, "c": 1})
    assert result.labels.row(0) == (1, "y", 1.0)


def test_the_annotators_of_another_result_are_skills() -> None:
    answers, *_ = crowd(1)
    learned = DawidSkene().aggregate(answers)
    skills = dict(learned.annotators.select("annotator", "skill").rows())
    by_table = MajorityVote().aggregate(answers, skills=learned.annotators)
    assert by_table.labels.equals(MajorityVote().aggregate(answers, skills=skills).labels)


@pytest.mark.parametrize(
    ("skills", "says"),
    [
        ({"a": 1}, r"2 annotators have no skill: b, c\. Add them, or choose missing_skill='zero' or 'mean'"),
        ({"z": 1}, r"No annotator has skill: a, b, c\."),
        ({"a": 1, "b": -0.5, "c": 1}, "row 2, column 'skill': The value must be at least 0; it is -0.5"),
        ({"a": 1, "b": None, "c": 1}, "row 2, column 'skill': The value is missing"),
        ({"a": 1, "b": float("nan"), "c": 1}, "row 2, column 'skill': .*not a finite number"),
        ({1: 1, 2: 1}, "column 'annotator': The annotators of skills are whole numbers, .* answers text"),
        ({}, "skills: The table is empty"),
        (pl.DataFrame({"annotator": ["a", "a"], "skill": [1, 2]}), "rows repeat one"),
        (pl.DataFrame({"annotator": ["a"], "accuracy": [1]}), "Skills need the column 'skill'"),
    ],
)
def test_unusable_skills_are_refused(skills, says: str) -> None:
    with pytest.raises(InputError, match=says):
        MajorityVote().aggregate(ANSWERS, skills=skills)


def test_the_mean_of_no_skill_at_all_is_refused() -> None:
    with pytest.raises(InputError, match="No annotator has skill"):
        MajorityVote(missing_skill="mean").aggregate(ANSWERS, skills={"z": 1})


def test_long_lists_of_annotators_are_cut_short() -> None:
    answers, *_ = crowd(0)
    with pytest.raises(InputError, match=r"8 annotators have no skill: 1, 2, 3, 4, 5 …\."):
        MajorityVote().aggregate(answers, skills={0: 1.0})


def test_an_unknown_rule_for_missing_skills_is_refused() -> None:
    with pytest.raises(SettingsError, match="'missing_skill' must be one of error, mean, zero; it is 'drop'"):
        MajorityVote(missing_skill="drop")
