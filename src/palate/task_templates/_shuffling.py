"""Orders drawn by lot, the same for the same seed and content, on every machine.

``core.randomness`` would do, but it imports numpy, and the web server that shows tasks is to stay small.
"""

from __future__ import annotations

import hashlib

from palate.core.hashing import hash_json
from palate.task_templates._values import Json, Seed

__all__ = ["draw_swapped", "shuffled_positions"]


def draw_swapped(seed: Seed, left: Json, right: Json, rest: Json = None) -> bool:
    """Return whether a pair is shown with its sides exchanged, in half of all cases.

    It depends on the two things and on the ``rest`` of the task, not on which of them is called left: a task that repeats another with its sides
    exchanged is shown to the same annotator (the same seed) with its sides exchanged.
    """
    pair = "|".join(sorted([hash_json(left), hash_json(right)]))
    return _digest(seed, "sides", pair, hash_json(rest))[0] % 2 == 1


def shuffled_positions(seed: Seed, content: Json, n: int) -> list[int]:
    """Return the positions 0 to n - 1 in an order drawn by lot."""
    name = hash_json(content)
    return sorted(range(n), key=lambda position: _digest(seed, "order", name, position))


def _digest(*names: object) -> bytes:
    return hashlib.blake2b("\x1f".join(map(str, names)).encode(), digest_size=8).digest()
