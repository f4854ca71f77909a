"""ROVER: align the words of a task's texts and vote on each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from palate.aggregation.texts._word_network import NO_WORD, CodeArray, align, edit_distance
from palate.aggregation.texts.base import CodedTexts, TextAggregator, TextFit
from palate.core.progress import Progress, no_progress

__all__ = ["ROVER"]


@dataclass(frozen=True)
class ROVER(TextAggregator):
    """Recognizer output voting error reduction. Fiscus, 1997, with voting by frequency.

    The texts of a task are aligned one after the other with the slots of those before, by least edit distance; then
    every slot takes the word that most texts have there, which may be none. The result may be a text that nobody
    wrote. Fiscus takes the texts in the order they come; here the one with the least distance to all others comes
    first and the rest follow by their distance to it, so that neither the order of rows nor a bad first text
    shows. Where as many texts have one word as another, the word (or none) of the text nearest the front wins.
    All annotators weigh the same.

    Args:
        tokenizer: Splits a text into words; None splits at white space. ``list`` votes on letters.
        detokenizer: Joins words to a text; None joins them with spaces. It goes with the tokenizer:
            ``"".join`` with ``list``.

    >>> import polars as pl
    >>> texts = pl.DataFrame({"task": [1, 1, 1], "annotator": ["a", "b", "c"],
    ...                       "text": ["the cat sat", "a cat sat down", "the bat sat"]})
    >>> ROVER().aggregate(texts).texts.rows()
    [(1, 'the cat sat')]
    """

    tokenizer: Callable[[str], list[str]] | None = None
    detokenizer: Callable[[list[str]], str] | None = None

    def fit(self, texts: CodedTexts, progress: Progress = no_progress) -> TextFit:
        """Return the voted texts."""
        split, join = self.tokenizer or str.split, self.detokenizer or " ".join
        found = []
        for task, (start, stop) in enumerate(pairwise(texts.offsets.tolist())):
            given = texts.values.gather(texts.texts[start:stop]).to_list()
            found.append(join(_vote([split(text) for text in given])))
            progress(task + 1, len(texts.task_ids))
        return TextFit(found, np.ones(len(texts.annotator_ids)))


def _vote(texts: list[list[str]]) -> list[str]:
    """Return the words that most texts have in their slots."""
    words = sorted({word for text in texts for word in text})
    code = {word: number for number, word in enumerate(words)}
    times = Counter(tuple(code[word] for word in text) for text in texts)
    order = _nearest_first(times)
    network = np.array(order[0], dtype=np.int64).reshape(-1, 1)
    for other in order[1:]:
        network = align(network, other)
    voted = _most_frequent(network, np.array([times[text] for text in order]))
    return [words[word] for word in voted if word != NO_WORD]


def _nearest_first(times: Counter[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """Return the different texts: the one with the least distance to all, then the others by distance to it."""
    distinct = sorted(times)
    distances = np.zeros((len(distinct), len(distinct)), dtype=np.int64)
    for i, first in enumerate(distinct):
        for j in range(i):
            distances[i, j] = distances[j, i] = edit_distance(first, distinct[j])
    middle = (distances @ [times[text] for text in distinct]).argmin()
    return [distinct[i] for i in np.argsort(distances[middle], kind="stable")]


def _most_frequent(network: CodeArray, times: CodeArray) -> list[int]:
    """Return the word with most votes in each slot; of several, the one nearest the front."""
    votes = (network[:, :, np.newaxis] == network[:, np.newaxis, :]) @ times
    best = votes.argmax(axis=1)
    found: list[int] = network[np.arange(len(network)), best].tolist()
    return found
