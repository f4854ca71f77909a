from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from palate.asking import GoldenAnswer, WeightedAnswer, believed_confusions, label_posterior
from palate.core.errors import PalateError

LABELS = ["a", "b", "c"]
said = st.tuples(st.sampled_from(["ann", "bob", "eve"]), st.sampled_from(LABELS))


def test_without_answers_everybody_is_right_half_the_time():
    found = believed_confusions([], [], LABELS)
    assert found.crowd["a"] == {"a": 0.5, "b": 0.25, "c": 0.25}
    assert found.weigh("ann", "b") == WeightedAnswer("b", 0.5, {"a": 0.25, "b": 0.5, "c": 0.25})


def test_golden_tasks_by_hand():
    """Crowd where a is right: (0.5 + 2) / (1 + 3) for a and (0.25 + 1) / 4 for b; ann then (5 · 0.625 + 2) / 7."""
    golden = [
        GoldenAnswer("1", "ann", "a", "a"),
        GoldenAnswer("2", "ann", "a", "a"),
        GoldenAnswer("1", "bob", "b", "a"),
    ]
    found = believed_confusions(golden, [], LABELS)
    assert found.crowd["a"] == {"a": 0.625, "b": 0.3125, "c": 0.0625}
    assert found.crowd["b"]["b"] == 0.5
    assert found.annotators["ann"]["a"]["a"] == pytest.approx((5 * 0.625 + 2) / 7)
    assert found.annotators["bob"]["a"]["b"] == pytest.approx((5 * 0.3125 + 1) / 6)
    assert found.weigh("new", "a").likelihood == {"a": 0.625, "b": 0.25, "c": 0.25}


def test_one_pass_by_hand():
    """Two labels; ann says a to one task. Believed a: 0.5 / (0.5 + 0.5); both truths get half an answer."""
    found = believed_confusions([], [[("ann", "a")]], ["a", "b"], passes=1)
    assert found.crowd["a"]["a"] == pytest.approx((0.5 + 0.5) / 1.5)
    assert found.crowd["b"]["a"] == pytest.approx((0.5 + 0.5) / 1.5)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(said, max_size=4, unique_by=lambda a: a[0]), max_size=8), st.lists(said, max_size=5))
def test_rows_are_probabilities_above_0_and_can_be_weighed(tasks, golden_said):
    golden = [GoldenAnswer(str(n), *answer, "a") for n, answer in enumerate(golden_said)]
    found = believed_confusions(golden, tasks, LABELS)
    for rows in (found.crowd, *found.annotators.values()):
        for row in rows.values():
            assert sum(row.values()) == pytest.approx(1)
            assert min(row.values()) > 0
    for task in tasks:
        assert sum(label_posterior([found.weigh(*answer) for answer in task], 3).values()) <= 1 + 1e-12


def test_who_agrees_with_others_is_found_to_be_right_without_a_golden_task_of_their_own():
    rng = random.Random(3)  # noqa: S311 (a test keeps no secret)
    truths = [rng.choice("ab") for _ in range(300)]
    tasks = [[("ann", t), ("bob", t), ("eve", t), ("mallory", rng.choice("ab"))] for t in truths]
    golden = [GoldenAnswer(str(n), "ann", t, t) for n, t in enumerate("ab" * 10)]
    found = believed_confusions(golden, tasks, ["a", "b"])
    assert found.weigh("bob", "a").accuracy > 0.95
    assert found.weigh("mallory", "a").accuracy < 0.65


@pytest.mark.parametrize(
    ("golden", "tasks", "labels", "says"),
    [
        ([], [], ["a"], "at least 2; here: a"),
        ([GoldenAnswer("1", "ann", "a", "z")], [], LABELS, "no label 'z'; there are a, b, c"),
        ([], [[("ann", "z")]], LABELS, "no label 'z'"),
    ],
)
def test_labels_that_are_none_are_refused(golden, tasks, labels, says):
    with pytest.raises(PalateError, match=says):
        believed_confusions(golden, tasks, labels)
