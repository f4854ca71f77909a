from __future__ import annotations

import json
import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from palate.asking import (
    DynamicOverlap,
    FixedOverlap,
    GoldenAnswer,
    WeightedAnswer,
    calibrate,
    label_posterior,
    open_slots,
    overlap_from_mapping,
)
from palate.core.errors import PalateError, SettingsError

answers = st.lists(
    st.builds(WeightedAnswer, st.sampled_from("abc"), st.floats(0.05, 0.95), st.none()), max_size=12
)


def test_a_fixed_overlap_wants_the_same_always():
    assert [FixedOverlap(3).wanted([WeightedAnswer("a", 0.9)] * n, 2) for n in (0, 3, 9)] == [3, 3, 3]


def test_a_dynamic_overlap_by_hand():
    """Two of accuracy 0.9 agree: 0.81 / (0.81 + 0.01) = 0.988. One: 0.9. A third who differs: 0.9 again."""
    overlap = DynamicOverlap(minimum=1, maximum=4, confidence=0.95)
    a, b = WeightedAnswer("a", 0.9), WeightedAnswer("b", 0.9)
    assert [overlap.wanted(given_, 2) for given_ in ([], [a], [a, a], [a, b], [a, b, a], [a, b, a, b])] == [
        1,
        2,
        2,
        3,
        4,
        4,
    ]
    assert DynamicOverlap(1, 4, 0.9).wanted([a], 2) == 1  # at the confidence is enough
    assert DynamicOverlap(3, 4, 0.9).wanted([a], 2) == 3
    assert (
        DynamicOverlap(1, 4, 0.95, temperature=3).wanted([a, a], 2) == 3
    )  # odds 81, their cube root 4.3: 0.81


@settings(max_examples=60, deadline=None)
@given(answers, st.integers(1, 4), st.integers(0, 4), st.floats(0.5, 0.99), st.floats(0.5, 4))
def test_one_more_is_wanted_at_most_and_none_once_sure(given_, minimum, more, confidence, temperature):
    overlap = DynamicOverlap(minimum, minimum + more, confidence, temperature)
    wanted = overlap.wanted(given_, 3)
    n = len(given_)
    assert overlap.least <= wanted <= overlap.most
    if minimum <= n < overlap.most:
        sure = max(label_posterior(given_, 3, temperature).values(), default=0) >= confidence - 1e-12
        assert wanted == n + (not sure)


def test_open_slots_are_never_negative():
    assert [open_slots(3, held) for held in (0, 2, 3, 5)] == [3, 1, 0, 0]


@pytest.mark.parametrize("overlap", [FixedOverlap(4), DynamicOverlap(2, 6, 0.9, 1.5)])
def test_an_overlap_survives_json(overlap):
    assert overlap_from_mapping(json.loads(json.dumps(overlap.as_mapping()))) == overlap


@pytest.mark.parametrize(
    ("settings_", "says"),
    [
        (0, "'n' of the overlap must be at least 1"),
        ("3", "'n' of the fixed overlap must be a whole number"),
        ({"minimum": 3, "maximum": 2}, "1 ≤ 'minimum' ≤ 'maximum'; 'minimum' is 3 and 'maximum' 2"),
        ({"minimum": 0}, "'minimum' is 0"),
        ({"confidence": 1.0}, "'confidence' must be above 0 and below 1"),
        ({"temperature": 0.0}, "'temperature' must be a number above 0"),
        ({"maximun": 3}, "Did you mean 'maximum'"),
        ({"n": 3, "minimum": 1}, "no setting 'minimum'"),
    ],
)
def test_an_overlap_that_makes_no_sense_is_refused(settings_, says):
    with pytest.raises(SettingsError, match=says):
        overlap_from_mapping(settings_)


def golden_history(n_tasks, accuracy, copies, seed):
    """Return answers of two labels by people who are right as often as ``accuracy``, each said by several at once."""
    rng = random.Random(seed)  # noqa: S311 (a test keeps no secret)
    found = []
    for task in range(n_tasks):
        truth = rng.choice("ab")
        for turn in range(3):
            right = rng.random() < accuracy
            label = truth if right else "ab"[truth == "a"]
            found += [GoldenAnswer(str(task), f"{turn} {copy}", label, truth) for copy in range(copies)]
    return found


def known_weight(annotator, label):
    return WeightedAnswer(label, 0.8)


def test_independent_annotators_of_known_accuracy_are_taken_at_their_word():
    temperature = calibrate(golden_history(3000, 0.8, 1, seed=1), 2, most=3, weigh=known_weight)
    assert temperature == pytest.approx(1, abs=0.1)


def test_annotators_who_always_agree_count_as_one():
    """The odds of n answers are those of one, but for the first: a temperature well above 1."""
    history = golden_history(2000, 0.8, 4, seed=2)
    temperature = calibrate(history, 2, most=4, weigh=known_weight)
    # Of the first 1, 2, 3, 4 answers, all the same, the odds 4 are right: 1, 2, 3, 4 times log 4 over the temperature.
    # The likelihood is highest where the sum over n of n · (0.8 − sigmoid(n log 4 / temperature)) is 0.
    slope = sum(n * (0.8 - 1 / (1 + math.exp(-n * math.log(4) / temperature))) for n in (1, 2, 3, 4))
    assert slope == pytest.approx(0, abs=0.1)
    assert temperature > 2


def test_little_is_learned_from_little_and_nothing_from_nothing():
    assert calibrate([], 2, most=5) == pytest.approx(1)
    assert 0.8 < calibrate([GoldenAnswer("1", "ann", "a", "a")], 2, most=5) < 1.25


def test_an_accuracy_leaves_out_the_task_itself():
    """One answer each: with the task itself everybody would be right with 0.75, without it nobody says anything."""
    history = [GoldenAnswer(str(n), f"annotator {n}", "a", "a") for n in range(500)]
    assert calibrate(history, 2, most=5) == pytest.approx(1)


@pytest.mark.parametrize(
    ("history", "n_labels", "most", "says"),
    [
        ([], 1, 5, "'n_labels' is 1, 'most' 5"),
        ([], 2, 0, "'n_labels' is 2, 'most' 0"),
        (
            [GoldenAnswer("7", str(i), label, "c") for i, label in enumerate("ab")],
            2,
            5,
            "golden task '7' has more",
        ),
    ],
)
def test_a_history_that_makes_no_sense_is_refused(history, n_labels, most, says):
    with pytest.raises(PalateError, match=says):
        calibrate(history, n_labels, most)
