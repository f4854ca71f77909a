from __future__ import annotations

from collections import Counter
from fractions import Fraction

import polars as pl
import pytest
from answer_strategies import answer_tables, shared_answers
from hypothesis import given, settings

from palate.aggregation.labels import Wawa


def plain_wawa(answers: pl.DataFrame) -> tuple[dict, dict]:
    """The yardstick, in fractions. Returns skills, and posteriors by task and label."""
    by_task: dict = {}
    for task, annotator, label in answers.rows():
        by_task.setdefault(task, []).append((annotator, label))
    points: dict = {}
    for given_to in by_task.values():
        votes = Counter(label for _, label in given_to)
        best = [label for label, count in votes.items() if count == max(votes.values())]
        for annotator, label in given_to:
            points.setdefault(annotator, []).append(Fraction(label in best, len(best)))
    skill = {annotator: sum(got) / len(got) for annotator, got in points.items()}
    posterior = {}
    for task, given_to in by_task.items():
        weighed = {a: skill[a] for a, _ in given_to}
        if not any(weighed.values()):
            weighed = dict.fromkeys(weighed, Fraction(1))
        for annotator, label in given_to:
            share = weighed[annotator] / sum(weighed.values())
            posterior[task, label] = posterior.get((task, label), 0) + share
    return skill, posterior


@settings(max_examples=80, deadline=None)
@given(answers=answer_tables())
def test_it_equals_the_plain_version(answers: pl.DataFrame) -> None:
    skill, posterior = plain_wawa(answers)
    result = Wawa().aggregate(answers)
    assert dict(result.annotators.select("annotator", "skill").rows()) == pytest.approx(
        {annotator: float(share) for annotator, share in skill.items()}
    )
    for row in result.probabilities.to_dicts():
        task = row.pop("task")
        assert row == pytest.approx({name: float(posterior.get((task, int(name)), 0)) for name in row})


def test_by_hand() -> None:
    # First vote: task 1 is x, task 2 a tie. So a and b got 1 + 1/2 of two, c 0 + 1/2 + 1 of three.
    rows = [(1, "a", "x"), (1, "b", "x"), (1, "c", "y"), (2, "a", "y"), (2, "b", "x"), (3, "c", "y")]
    rows.append((2, "c", "x"))
    result = Wawa().aggregate(pl.DataFrame(rows, schema=["task", "annotator", "label"], orient="row"))
    # With c, task 2 is x by two to one: a got 1 and 0, b 1 and 1, c 0, 1 and 1.
    assert result.annotators["skill"].to_list() == pytest.approx([1 / 2, 1, 2 / 3])
    assert result.probabilities["x"].to_list() == pytest.approx([9 / 13, 10 / 13, 0])


def test_a_golden_task_shows_who_is_right() -> None:
    rows = [(1, "a", "x"), (1, "b", "x"), (1, "c", "y"), (2, "a", "x"), (2, "c", "y")]
    answers = pl.DataFrame(rows, schema=["task", "annotator", "label"], orient="row")
    result = Wawa().aggregate(answers, golden=pl.DataFrame({"task": [1], "label": ["y"]}))
    assert result.annotators["skill"].to_list() == [0.25, 0, 0.75]
    assert result.labels.rows() == [(1, "y", 1.0), (2, "y", 0.75)]


@pytest.mark.parametrize(("name", "crowd_kit"), [("dog", 82.8), ("rte", 92.1), ("temporal", 94.4)])
def test_real_crowds_are_decided_as_by_crowd_kit(name: str, crowd_kit: float) -> None:
    answers, gold = shared_answers(name)
    decided = Wawa().aggregate(answers).labels.join(gold, on="task")
    assert 100 * (decided["label"] == decided["label_right"]).mean() == pytest.approx(crowd_kit, abs=0.5)
