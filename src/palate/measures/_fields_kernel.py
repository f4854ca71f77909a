"""Fields of a text, such as ids, in compiled code: hashed, compared byte by byte, found in a table of hashes.

Hashes only save time: what a table finds is compared.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from palate.core.compiling import compiled
from palate.measures._decimal_kernel import WordArray

__all__ = [
    "ByteArray",
    "Fields",
    "IntArray",
    "PlaceArray",
    "bytes_below",
    "fill_table",
    "find_field",
    "find_fields",
    "hash_fields",
    "hashed_field",
    "same_bytes",
    "same_field",
]

ByteArray = npt.NDArray[np.uint8]
PlaceArray = npt.NDArray[np.int64]
IntArray = npt.NDArray[np.int32]

_SPACE = 32
_HASH_START = np.uint64(0xCBF29CE484222325)
_HASH_FACTOR = np.uint64(0x100000001B3)
"""Of the hash FNV-1a: Fowler, Noll and Vo, 1991."""
_MIX = np.uint64(0xFF51AFD7ED558CCD)
_1, _29, _33 = np.uint64(1), np.uint64(29), np.uint64(33)


class Fields(NamedTuple):
    """Parts of a text.

    Args:
        text: uint8, its bytes.
        starts: int64, shape (n,): where each field begins.
        ends: int64, shape (n,): where it ends.
        hashes: uint64, shape (n,).
    """

    text: ByteArray
    starts: PlaceArray
    ends: PlaceArray
    hashes: WordArray


@compiled
def hash_fields(fields: Fields) -> None:
    """Write the hashes of the fields."""
    for i in range(len(fields.hashes)):
        found = _HASH_START
        for at in range(fields.starts[i], fields.ends[i]):
            found = (found ^ np.uint64(fields.text[at])) * _HASH_FACTOR
        fields.hashes[i] = _mixed(found)


@compiled
def hashed_field(text: ByteArray, at: int) -> tuple[int, np.uint64]:
    """Return where the field that begins here ends, at a space or control character, and its hash."""
    found = _HASH_START
    while text[at] > _SPACE:
        found = (found ^ np.uint64(text[at])) * _HASH_FACTOR
        at += 1
    return at, _mixed(found)


@compiled
def same_bytes(text: ByteArray, start: int, end: int, other_start: int, other_end: int) -> bool:
    """Return whether two parts of a text are the same."""
    if end - start != other_end - other_start:
        return False
    for i in range(end - start):  # noqa: SIM110 (compiled, a loop is faster than a generator)
        if text[start + i] != text[other_start + i]:
            return False
    return True


@compiled
def same_field(fields: Fields, place: int, others: Fields, other: int) -> bool:
    """Return whether two fields are the same."""
    start, length = fields.starts[place], fields.ends[place] - fields.starts[place]
    other_start = others.starts[other]
    if fields.hashes[place] != others.hashes[other] or others.ends[other] - other_start != length:
        return False
    for i in range(length):  # noqa: SIM110 (compiled, a loop is faster than a generator)
        if fields.text[start + i] != others.text[other_start + i]:
            return False
    return True


@compiled
def bytes_below(fields: Fields, place: int, other: int) -> bool:
    """Return whether the bytes of a field come before those of another."""
    start, other_start = fields.starts[place], fields.starts[other]
    length, other_length = fields.ends[place] - start, fields.ends[other] - other_start
    for i in range(min(length, other_length)):
        byte, other_byte = fields.text[start + i], fields.text[other_start + i]
        if byte != other_byte:
            return bool(byte < other_byte)
    return bool(length < other_length)


@compiled
def fill_table(fields: Fields, chosen: PlaceArray, table: IntArray) -> bool:
    """Write which of the chosen fields it is into a table of hashes; return False if two are the same.

    Args:
        fields: The fields.
        chosen: Places among them.
        table: Its length is a power of two and more than that of ``chosen``.
    """
    table[:] = -1
    mask = np.uint64(len(table) - 1)
    for i in range(len(chosen)):
        slot = fields.hashes[chosen[i]] & mask
        while table[slot] >= 0:
            if same_field(fields, chosen[i], fields, chosen[table[slot]]):
                return False
            slot = (slot + _1) & mask
        table[slot] = i
    return True


@compiled
def find_field(wanted: Fields, place: int, fields: Fields, chosen: PlaceArray, table: IntArray) -> int:
    """Return which of the chosen fields the wanted one at this place is, by their table; -1 if it is none of them."""
    mask = np.uint64(len(table) - 1)
    slot = wanted.hashes[place] & mask
    while table[slot] >= 0 and not same_field(wanted, place, fields, chosen[table[slot]]):
        slot = (slot + _1) & mask
    return int(table[slot])


@compiled
def find_fields(wanted: Fields, fields: Fields, chosen: PlaceArray, table: IntArray, found: IntArray) -> None:
    """Write what :func:`find_field` finds of all wanted fields."""
    for place in range(len(found)):
        found[place] = find_field(wanted, place, fields, chosen, table)


@compiled
def _mixed(found: np.uint64) -> np.uint64:
    """Spread what the last bytes changed over all bits."""
    found ^= found >> _33
    found *= _MIX
    return found ^ (found >> _29)
