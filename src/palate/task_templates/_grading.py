"""How far an answer agrees with a known one, from 0 to 1."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from itertools import combinations

__all__ = ["agreeing_pairs", "alternatives", "jaccard", "shared_words", "words_in"]


def alternatives(golden: object) -> list[tuple[object, float]]:
    """Return the answers that count as right, with their weights: one answer, or a list of ``{answer, weight}``."""
    if isinstance(golden, list) and golden and all(isinstance(one, Mapping) for one in golden):
        return [(one.get("answer"), float(one.get("weight", 1.0))) for one in golden]
    return [(golden, 1.0)]


def jaccard(first: Collection[str], second: Collection[str]) -> float:
    """Return the share of common members among all of both (Jaccard, 1901); 1 if both are empty.

    >>> jaccard(["a", "b"], ["b", "c"])
    0.3333333333333333
    """
    either = set(first) | set(second)
    return len(set(first) & set(second)) / len(either) if either else 1.0


def agreeing_pairs(ranking: Sequence[str], other: Sequence[str]) -> float:
    """Return the share of pairs that two rankings of the same items put in the same order.

    It is (1 + tau) / 2, with Kendall's tau (1938) without ties; 1 where there is one item; 0 where the items differ.

    >>> agreeing_pairs(["a", "b", "c"], ["b", "a", "c"])
    0.6666666666666666
    """
    if sorted(ranking) != sorted(other):
        return 0.0
    ranks = {item: rank for rank, item in enumerate(other)}
    pairs = [ranks[first] < ranks[second] for first, second in combinations(ranking, 2)]
    return sum(pairs) / len(pairs) if pairs else 1.0


def shared_words(first: str, second: str) -> float:
    """Return the share of words that two texts have in common (Dice, 1945): twice the common ones by those of both.

    Capitals and punctuation at words' ends do not matter; a word that stands twice counts twice.

    >>> shared_words("A red shoe.", "red shoes, a pair")
    0.5714285714285714
    """
    ours, theirs = (Counter(words_in(text)) for text in (first, second))
    total = ours.total() + theirs.total()
    return 2 * (ours & theirs).total() / total if total else float(first == second)


def words_in(text: str) -> list[str]:
    """Return the words of a text in lower case, without punctuation around them."""
    stripped = (word.strip(".,;:!?\"'()[]«»„“”‘’…¿¡-–—") for word in text.casefold().split())
    return [word for word in stripped if word]
