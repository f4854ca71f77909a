"""How often an annotator is right, from golden tasks."""

from __future__ import annotations

from palate.core.errors import PalateError

__all__ = ["annotator_accuracy"]

_PSEUDO = 0.5
"""K of Toloka's dynamic overlap: right and wrong golden answers each that everybody starts with."""


def annotator_accuracy(right: int, seen: int) -> float:
    """Return how often an annotator is taken to be right, above 0 and below 1.

    ``(K + right) / (2 K + seen)`` with K = 0.5, as Toloka's dynamic overlap has it: who has answered no golden task
    has 0.5, which says nothing where there are two labels.

    Args:
        right: Golden tasks answered right.
        seen: Golden tasks answered.

    Raises:
        PalateError: More is right than was seen.

    >>> annotator_accuracy(0, 0), annotator_accuracy(9, 10)
    (0.5, 0.863...)
    """
    if not 0 <= right <= seen:
        raise PalateError(f"Right answers are from 0 to all {seen} that were seen; there are {right}.")
    return (_PSEUDO + right) / (2 * _PSEUDO + seen)
