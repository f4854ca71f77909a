"""Content hashes: by them a study knows what changed, and a verdict names the data it rests on."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

__all__ = ["hash_file", "hash_json"]


def hash_file(path: Path) -> str:
    """Return the 32-digit hexadecimal BLAKE2b digest of a file's bytes."""
    digest = hashlib.blake2b(digest_size=16)
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def hash_json(value: object) -> str:
    """Return the digest of a value that JSON can hold; the order of keys does not matter."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
