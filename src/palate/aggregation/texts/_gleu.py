"""How alike two texts are: the share of their word sequences that they have in common."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

__all__ = ["gleu"]

_LONGEST = 4


def gleu(first: Sequence[str], second: Sequence[str]) -> float:
    """Return the GLEU similarity of two texts, 0 to 1. Wu et al., 2016.

    It is the number of sequences of one to four words that both hold, divided by the number of those in the text that
    has more: the lesser of precision and recall, and so the same either way. Two texts without words are alike.

    >>> gleu("the cat sat".split(), "the cat ran".split())
    0.5
    """
    ours, theirs = _sequences(first), _sequences(second)
    most = max(ours.total(), theirs.total())
    return (ours & theirs).total() / most if most else 1.0


def _sequences(words: Sequence[str]) -> Counter[tuple[str, ...]]:
    return Counter(
        tuple(words[i : i + size]) for size in range(1, _LONGEST + 1) for i in range(len(words) - size + 1)
    )
