from __future__ import annotations

from functools import cache

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from text_strategies import typing_crowd

from palate.aggregation.texts import ROVER
from palate.aggregation.texts._word_network import NO_WORD, align, edit_distance

A, B, C, D = range(4)
TEXT = st.lists(st.integers(0, 3), max_size=5)


def _network(*texts: list[int]) -> np.ndarray:
    network = np.array(texts[0], dtype=np.int64).reshape(-1, 1)
    for text in texts[1:]:
        network = align(network, text)
    return network


def _least_cost(network: np.ndarray, words: list[int]) -> int:
    """The yardstick: try every alignment."""

    @cache
    def cost(slot: int, word: int) -> int:
        choices = []
        if slot == len(network) and word == len(words):
            return 0
        if slot < len(network) and word < len(words):
            choices.append(cost(slot + 1, word + 1) + (words[word] not in network[slot]))
        if slot < len(network):
            choices.append(cost(slot + 1, word) + (NO_WORD not in network[slot]))
        if word < len(words):
            choices.append(cost(slot, word + 1) + 1)
        return min(choices)

    return cost(0, 0)


@settings(max_examples=100, deadline=None)
@given(texts=st.lists(TEXT, min_size=2, max_size=4))
def test_every_alignment_is_whole_and_of_least_cost(texts: list[list[int]]) -> None:
    network = np.array(texts[0], dtype=np.int64).reshape(-1, 1)
    for text in texts[1:]:
        wider = align(network, text)
        old = [row for row in wider[:, :-1].tolist() if any(word != NO_WORD for word in row)]
        assert old == network.tolist()
        assert [word for word in wider[:, -1] if word != NO_WORD] == text
        cost = 0
        for *row, word in wider.tolist():
            is_new = all(other == NO_WORD for other in row)
            cost += 1 if is_new else word not in row
        assert cost == _least_cost(network, text)
        network = wider


@settings(max_examples=100, deadline=None)
@given(first=TEXT, second=TEXT)
def test_edit_distance_is_levenshteins(first: list[int], second: list[int]) -> None:
    @cache
    def distance(i: int, j: int) -> int:
        if i == 0 or j == 0:
            return i + j
        replaced = distance(i - 1, j - 1) + (first[i - 1] != second[j - 1])
        return min(replaced, distance(i - 1, j) + 1, distance(i, j - 1) + 1)

    assert edit_distance(first, second) == distance(len(first), len(second))


def test_alignments_by_hand() -> None:
    # a b c / a c / a b d c / a d c: the second leaves out b, the third puts in d, the fourth does both.
    assert _network([A, B, C], [A, C]).tolist() == [[A, A], [B, NO_WORD], [C, C]]
    three = _network([A, B, C], [A, C], [A, B, D, C])
    assert three.tolist() == [[A, A, A], [B, NO_WORD, B], [NO_WORD, NO_WORD, D], [C, C, C]]
    assert align(three, [A, D, C])[:, -1].tolist() == [A, NO_WORD, D, C]
    # d in c's slot costs 2 with a left out; so does d in its own, with a and c left out. Words in slots go first.
    assert align(three, [D])[:, -1].tolist() == [NO_WORD, NO_WORD, NO_WORD, D]


def test_leaving_out_what_another_leaves_out_is_free() -> None:
    network = _network([A, B, C], [A, C])
    assert align(network, [A, C])[:, -1].tolist() == [A, NO_WORD, C]
    # One word for another costs 1, leaving out c and putting in d 2.
    assert align(network, [A, D])[:, -1].tolist() == [A, NO_WORD, D]


def test_another_word_takes_the_same_slot() -> None:
    assert _network([A, B], [C, B]).tolist() == [[A, C], [B, B]]


def test_empty_texts_have_no_words_in_any_slot() -> None:
    assert _network([A], []).tolist() == [[A, NO_WORD]]
    assert _network([], [A, B]).tolist() == [[NO_WORD, A], [NO_WORD, B]]
    assert _network([], []).shape == (0, 2)


def _aggregate(*texts: str, method: ROVER | None = None) -> str:
    table = pl.DataFrame({"task": [1] * len(texts), "annotator": range(len(texts)), "text": texts})
    return (method or ROVER()).aggregate(table).texts["text"].item()


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["the cat sat", "a cat sat down", "the bat sat"], "the cat sat"),
        # Each makes one error of its own; the result is what nobody wrote.
        (["x b c d", "a y c d", "a b z d", "a b c w"], "a b c d"),
        (["a b c d", "b c d e", "a b c e"], "a b c e"),
        # Two of three leave the word out, or put one in.
        (["a b c", "a c", "a c"], "a c"),
        (["a c", "a b c", "a b c"], "a b c"),
        (["a b", "", ""], ""),
        (["only one"], "only one"),
    ],
)
def test_votes_by_hand(texts: list[str], expected: str) -> None:
    assert _aggregate(*texts) == expected


def test_ties_go_to_the_text_nearest_to_all() -> None:
    # b x is one word from either other, these are two from each other: it comes first. Each slot has three words or a
    # majority: a, b, b and x, x, y.
    assert _aggregate("b x", "a x", "b y") == "b x"
    # All are as near to the others: the first in the alphabet comes first.
    assert _aggregate("q y", "q x", "a y", "a x") == "a x"


def test_letters_can_be_voted_on() -> None:
    letters = ROVER(tokenizer=list, detokenizer="".join)
    assert _aggregate("colour", "color", "colour", method=letters) == "colour"
    assert _aggregate("recieve", "receive", "receive", method=letters) == "receive"


def test_most_words_are_heard_right_together() -> None:
    texts, truth = typing_crowd(2, [0.2] * 5, n_tasks=20)
    found = dict(ROVER().aggregate(texts).texts.iter_rows())

    def errors(task: int, text: str) -> int:
        names = {word: code for code, word in enumerate({*text.split(), *truth[task].split()})}
        return edit_distance([names[w] for w in text.split()], [names[w] for w in truth[task].split()])

    together = sum(errors(task, text) for task, text in found.items()) / len(found)
    alone = sum(errors(task, text) for task, _, text in texts.iter_rows()) / len(texts)
    assert together < alone / 3
