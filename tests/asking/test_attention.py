from __future__ import annotations

from collections import Counter

import pytest

from palate.asking import Pair, attention_pairs, consistency, swapped_repeats
from palate.core.errors import PalateError

PAIRS = [Pair(f"t{n}", f"q{n}", f"a{n}", f"b{n}") for n in range(200)]
WORSE = {pair.query: [f"worse {pair.query}", f"bad {pair.query}"] for pair in PAIRS}


def test_attention_pairs_hold_one_item_of_a_pair_and_one_that_is_worse():
    made = attention_pairs(PAIRS, WORSE, 150, seed=5)
    by_query = {pair.query: pair for pair in PAIRS}
    for pair in made:
        good, bad = (pair.left, pair.right) if pair.better == "left" else (pair.right, pair.left)
        assert good in {by_query[pair.query].left, by_query[pair.query].right}
        assert bad in WORSE[pair.query]
    assert len({pair.task for pair in made}) == len({pair.query for pair in made}) == 150
    assert made == attention_pairs(PAIRS, WORSE, 150, seed=5)
    assert made != attention_pairs(PAIRS, WORSE, 150, seed=6)
    sides = Counter(pair.better for pair in made)
    assert abs(sides["left"] - 75) < 4.5 * (150 * 0.25) ** 0.5


def test_an_item_of_the_pair_itself_is_not_worse():
    with pytest.raises(PalateError, match="1 attention pairs need as many pairs.*there are 0"):
        attention_pairs(PAIRS[:1], {"q0": ["a0", "b0"]}, 1, seed=1)


def test_repeats_are_the_same_pairs_swapped():
    made = swapped_repeats(PAIRS, 50, seed=5)
    originals = {pair.task: pair for pair in PAIRS}
    for pair in made:
        original = originals[pair.repeats]
        assert (pair.query, pair.left, pair.right) == (original.query, original.right, original.left)
    assert len({pair.repeats for pair in made}) == 50
    assert made == swapped_repeats(PAIRS, 50, seed=5)


def test_checks_are_not_repeated():
    checks = [*attention_pairs(PAIRS, WORSE, 5, seed=1), *swapped_repeats(PAIRS, 5, seed=1)]
    with pytest.raises(PalateError, match="11 repeats need as many pairs to repeat; there are 10"):
        swapped_repeats([*PAIRS[:10], *checks], 11, seed=1)


def test_a_task_does_not_tell_that_it_is_a_check():
    made = [*attention_pairs(PAIRS, WORSE, 20, seed=1), *swapped_repeats(PAIRS, 20, seed=1)]
    assert all(len(pair.task) == 16 and int(pair.task, 16) >= 0 for pair in made)
    assert len({pair.task for pair in made}) == 40


def test_consistency_by_hand():
    pairs = [
        Pair("one", "q", "a", "b"),
        Pair("again", "q", "b", "a", repeats="one"),
        Pair("two", "r", "c", "d"),
        Pair("twice", "r", "d", "c", repeats="two"),
        Pair("plain", "q", "a", "worse", better="left"),
        Pair("other", "r", "worse", "c", better="right"),
    ]
    first = consistency(
        pairs,
        {"one": "left", "again": "right", "two": "left", "twice": "left", "plain": "left", "other": "left"},
    )
    assert (first.shown, first.passed, first.failed_tasks) == (4, 2, ("twice", "other"))
    assert first.passed_share == 0.5
    ties = consistency(pairs, {"one": "tie", "again": "tie", "two": "tie", "twice": "left", "plain": "tie"})
    assert (ties.shown, ties.failed_tasks) == (3, ("twice", "plain"))
    nothing = consistency(
        pairs, {"one": "cannot load", "again": "left", "plain": "cannot load", "twice": "left"}
    )
    assert (nothing.shown, nothing.passed_share) == (0, None)


def test_always_the_same_side_fails_every_repeat_and_half_of_the_attention_pairs():
    checks = [*attention_pairs(PAIRS, WORSE, 100, seed=2), *swapped_repeats(PAIRS, 100, seed=2)]
    pairs = [*PAIRS, *checks]
    found = consistency(pairs, {pair.task: "left" for pair in pairs})
    assert found.shown == 200
    failed_repeats = sum(pair.task in found.failed_tasks for pair in checks if pair.repeats)
    assert failed_repeats == 100
    assert 25 < found.passed < 75
