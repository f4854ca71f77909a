"""Words of several texts aligned in slots, each holding the word that every text has there, or none."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

__all__ = ["NO_WORD", "align", "edit_distance"]

NO_WORD = -1
"""The code that says that a text has no word in a slot."""

CodeArray = npt.NDArray[np.int64]


def align(network: CodeArray, words: Sequence[int]) -> CodeArray:
    """Return the network with one more text.

    The alignment is one of least cost: a word that some text has in a slot costs nothing there, nor does leaving out
    a slot that some text leaves out; another word, a new slot and a left-out slot cost 1 each. Of alignments of
    equal cost, the one that, read from the end, first puts words in slots, then leaves out slots: words misheard in
    their place are far more common than words put in and left out side by side.

    Args:
        network: Shape (n_slots, n_texts): codes of words, ``NO_WORD`` for none.
        words: Codes of the text's words, in order.

    Returns:
        Shape (n_slots + n_new, n_texts + 1).
    """
    skips = np.append(0, np.cumsum(~(network == NO_WORD).any(axis=1)))
    costs = _costs(network, words, skips)
    slots: list[tuple[int, int]] = []  # (slot or -1 for a new one, word), from the end
    word, slot = len(words), len(network)
    while word or slot:
        cost = costs[word, slot]
        if word and slot and cost == costs[word - 1, slot - 1] + (words[word - 1] not in network[slot - 1]):
            word, slot = word - 1, slot - 1
            slots.append((slot, words[word]))
        elif slot and cost == costs[word, slot - 1] + skips[slot] - skips[slot - 1]:
            slot -= 1
            slots.append((slot, NO_WORD))
        else:
            word -= 1
            slots.append((-1, words[word]))
    own = np.array(slots[::-1], dtype=np.int64).reshape(-1, 2)
    empty = np.full((1, network.shape[1]), NO_WORD)
    return np.hstack([np.vstack([network, empty])[own[:, 0]], own[:, 1:]])


def edit_distance(first: Sequence[int], second: Sequence[int]) -> int:
    """Return how many words must be put in, left out or replaced to turn one text into the other.

    >>> edit_distance([1, 2, 3], [2, 3, 4])
    2
    """
    network = np.array(first, dtype=np.int64).reshape(-1, 1)
    return int(_costs(network, second, np.arange(len(first) + 1))[-1, -1])


def _costs(network: CodeArray, words: Sequence[int], skips: CodeArray) -> CodeArray:
    """Return the least cost of aligning the first words with the first slots, for all numbers of both.

    A row depends on the one before, and along itself only by skipping slots: the least of what it could come from
    less the cost of skipping up to there, which is a running minimum.

    Args:
        network: Shape (n_slots, n_texts).
        words: The text's words.
        skips: Shape (n_slots + 1,): cost of leaving out all slots before.
    """
    costs = np.empty((len(words) + 1, len(network) + 1), dtype=np.int64)
    costs[0] = skips
    for row, word in enumerate(words, 1):
        above = costs[row - 1]
        best = above + 1
        np.minimum(best[1:], above[:-1] + ~(network == word).any(axis=1), out=best[1:])
        costs[row] = np.minimum.accumulate(best - skips) + skips
    return costs
