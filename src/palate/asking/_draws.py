"""Random numbers from a seed and names by the standard library alone: who serves pages need not load numpy."""

from __future__ import annotations

import hashlib
import random

__all__ = ["draws"]


def draws(seed: int, *names: object) -> random.Random:
    """Return random numbers for the purpose that ``names`` describe; the same seed and names give the same.

    Who knows the seed knows what is drawn: one that decides where golden tasks stand has to come from a secret.
    """
    text = "\x1f".join(map(str, (seed, *names)))
    digest = hashlib.blake2b(text.encode(), digest_size=16).digest()
    return random.Random(int.from_bytes(digest))  # noqa: S311 (no secret is made of them)
