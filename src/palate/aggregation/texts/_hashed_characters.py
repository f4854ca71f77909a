"""Vectors of texts without a model: weighted counts of their pieces of a few letters."""

from __future__ import annotations

import zlib
from collections import Counter
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from palate.core.errors import SettingsError
from palate.core.settings import check_counts

__all__ = ["HashedCharacters"]

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class HashedCharacters:
    """Turns texts into vectors of length 1, near each other where texts share spellings.

    Every piece of ``shortest`` to ``longest`` letters, of the text in lower case with a space at either end and
    single spaces within, counts ``1 + log(times)``, weighted by how few of the texts hold it
    (``1 + log((1 + n) / (1 + n_with))``), and is added to or taken from the entry that its checksum picks (feature
    hashing; Weinberger et al., 2009). It knows spelling, not meaning: for transcriptions it serves well, for
    translations and summaries a language model's embedding is better. The vectors depend on the texts and on
    nothing else. A text without letters has the vector 0.

    Args:
        dimensions: Length of the vectors; more make fewer pieces share an entry.
        shortest: Fewest letters of a piece.
        longest: Most letters of a piece.

    >>> vectors = HashedCharacters()(["a red fox", "a red box", "no way"])
    >>> bool(vectors[0] @ vectors[1] > vectors[0] @ vectors[2])
    True
    """

    dimensions: int = 512
    shortest: int = 2
    longest: int = 4

    def __post_init__(self) -> None:
        check_counts(dimensions=self.dimensions)
        if not 1 <= self.shortest <= self.longest:
            raise SettingsError(
                f"'shortest' and 'longest' must be 1 or more, and 'longest' no less than 'shortest'; they are"
                f" {self.shortest} and {self.longest}."
            )

    def __call__(self, texts: list[str]) -> FloatArray:
        """Return the vectors of texts, float64, shape (n_texts, dimensions)."""
        counts = [self._pieces(text) for text in texts]
        holders = Counter(piece for pieces in counts for piece in pieces)
        hashes = {piece: zlib.crc32(piece.encode("utf-8", "surrogatepass")) for piece in holders}
        vectors = np.zeros((len(texts), self.dimensions))
        for vector, pieces in zip(vectors, counts, strict=True):
            own = sorted(pieces)  # sums must not depend on the order in which letters come
            found = np.array([hashes[piece] for piece in own], dtype=np.int64)
            times = np.array([pieces[piece] for piece in own], dtype=np.float64)
            rare = np.log(
                (1 + len(texts)) / (1 + np.array([holders[piece] for piece in own], dtype=np.float64))
            )
            signs = 1.0 - 2.0 * (found & 1)
            np.add.at(vector, (found >> 1) % self.dimensions, signs * (1 + np.log(times)) * (1 + rare))
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        np.divide(vectors, lengths, out=vectors, where=lengths > 0)
        return vectors

    def _pieces(self, text: str) -> Counter[str]:
        plain = f" {' '.join(text.casefold().split())} "
        if plain == "  ":
            return Counter()
        sizes = range(self.shortest, self.longest + 1)
        return Counter(plain[i : i + size] for size in sizes for i in range(len(plain) - size + 1))
