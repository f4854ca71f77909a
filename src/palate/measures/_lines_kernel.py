"""The lines of a TREC run in compiled code: where its ids are, and its scores as doubles.

What is not as systems write runs (fields missing, a rank that is no whole number, a control character) ends the reading:
the reader of :mod:`palate.core.trec` then says what is wrong, or knows better.
"""

from __future__ import annotations

import numpy as np

from palate.core.compiling import compiled
from palate.measures._decimal_kernel import LARGEST_POWER, WordArray, nearest_double
from palate.measures._fields_kernel import ByteArray, Fields, PlaceArray, hashed_field, same_bytes

__all__ = ["last_query_at", "parse_lines", "share_out"]

_TAB, _LINE, _RETURN, _SPACE = 9, 10, 13, 32
_MINUS, _PLUS, _DOT, _ZERO, _NINE = 45, 43, 46, 48, 57
_SMALL_E, _BIG_E = 101, 69
_MOST_DIGITS = 19
"""Below ten to this power, whole numbers fit 64 bits."""
_LONGEST_RANK = 15
_LARGEST_EXPONENT = 10_000
_9, _10, _48 = np.uint64(9), np.uint64(10), np.uint64(48)
_33 = np.uint64(33)
_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
_SIGN = np.uint64(1 << 63)


@compiled
def parse_lines(
    queries: Fields, items: Fields, first_rows: PlaceArray, score_bits: WordArray, powers: WordArray
) -> tuple[int, int, int, int]:
    """Write what lines hold.

    Args:
        queries: Their text, the last line ended too; takes the query of each stretch of lines of one query, and has
            room for one more than there are lines, as has ``first_rows``.
        items: The same text; takes the item of each line.
        first_rows: The first line of each stretch, and the number of lines behind them.
        score_bits: The scores' bits; all ones where the caller has to read the number.
        powers: As of ``powers_of_five``.

    Returns:
        How many lines and stretches there are, and where the last field of the first line begins and ends; all
        lines' must be the same. -1 lines if one is not as expected.
    """
    text = items.text
    at, rows, stretches, tag_start, tag_end = 0, 0, 0, 0, 0
    while at < len(text):
        start = _after_spaces(text, at)
        at = _field_end(text, start)
        if stretches == 0 or not same_bytes(
            text, start, at, queries.starts[stretches - 1], queries.ends[stretches - 1]
        ):
            queries.starts[stretches], queries.ends[stretches] = start, at
            _, queries.hashes[stretches] = hashed_field(text, start)
            first_rows[stretches] = rows
            stretches += 1
        at = _field_end(text, _after_spaces(text, at))
        items.starts[rows] = _after_spaces(text, at)
        at, items.hashes[rows] = hashed_field(text, items.starts[rows])
        items.ends[rows] = at
        at = _rank_end(text, _after_spaces(text, at))
        at, score_bits[rows] = _number(text, _after_spaces(text, at), powers)
        tag = _after_spaces(text, at)
        at = _field_end(text, tag)
        if rows == 0:
            tag_start, tag_end = tag, at
        # An empty field ends where the line does, and so do all behind it: the last one tells.
        if at == tag or not same_bytes(text, tag, at, tag_start, tag_end):
            return -1, 0, 0, 0
        at = _after_spaces(text, at)
        if text[at] == _RETURN:
            at += 1
        if text[at] != _LINE:
            return -1, 0, 0, 0
        at += 1
        rows += 1
    first_rows[stretches] = rows
    return rows, stretches, tag_start, tag_end


@compiled
def last_query_at(text: ByteArray) -> int:
    """Return where the first of the last lines that are of one query begins; the last line is ended too."""
    line = _line_start(text, len(text) - 1)
    start = _after_spaces(text, line)
    end = _field_end(text, start)
    while line > 0:
        previous = _line_start(text, line - 1)
        other = _after_spaces(text, previous)
        if not same_bytes(text, start, end, other, _field_end(text, other)):
            break
        line = previous
    return line


@compiled
def share_out(text: ByteArray, shared: ByteArray, ends: PlaceArray) -> None:
    """Write the lines anew, those of each share together; all lines of a query are of one share.

    Args:
        text: Lines, the last one ended too.
        shared: As long as ``text``.
        ends: Takes where each share ends, shape (n_shares,).
    """
    ends[:] = 0
    at = 0
    while at < len(text):
        end = _line_end(text, at) + 1
        ends[_share(text, at, len(ends))] += end - at
        at = end
    total = 0
    for share in range(len(ends)):  # to where it begins
        total += ends[share]
        ends[share] = total - ends[share]
    at = 0
    while at < len(text):
        end = _line_end(text, at) + 1
        share = _share(text, at, len(ends))
        place = ends[share]
        for i in range(end - at):
            shared[place + i] = text[at + i]
        ends[share] = place + end - at
        at = end


@compiled
def _share(text: ByteArray, line: int, n_shares: int) -> int:
    _, found = hashed_field(text, _after_spaces(text, line))
    return int((found >> _33) % np.uint64(n_shares))


@compiled
def _line_start(text: ByteArray, end: int) -> int:
    """Return where the line begins whose line feed is at ``end``."""
    while end > 0 and text[end - 1] != _LINE:
        end -= 1
    return end


@compiled
def _line_end(text: ByteArray, at: int) -> int:
    """Return where the line feed of a line is."""
    while text[at] != _LINE:
        at += 1
    return at


@compiled
def _after_spaces(text: ByteArray, at: int) -> int:
    while text[at] == _SPACE or text[at] == _TAB:
        at += 1
    return at


@compiled
def _field_end(text: ByteArray, at: int) -> int:
    while text[at] > _SPACE:
        at += 1
    return at


@compiled
def _rank_end(text: ByteArray, at: int) -> int:
    """Return the end of a whole number, or of the line if it is none, so that fields are missing."""
    start = at
    while _ZERO <= text[at] <= _NINE:
        at += 1
    if text[at] > _SPACE or at - start > _LONGEST_RANK:
        return _line_end(text, at)
    return at


@compiled
def _number(text: ByteArray, at: int, powers: WordArray) -> tuple[int, np.uint64]:
    """Return the end of a number and its bits; the end of the line if it is none, so that fields are missing."""
    sign = np.uint64(0)
    if text[at] == _MINUS:
        sign = _SIGN
        at += 1
    start, power = at, 0
    at, digits = _digits(text, at, np.uint64(0))
    n_digits = at - start
    if text[at] == _DOT:
        fraction = at + 1
        at, digits = _digits(text, fraction, digits)
        power = fraction - at
        n_digits -= power
    if n_digits == 0:
        return _line_end(text, at), _ALL
    if n_digits > _MOST_DIGITS:
        n_digits -= _zeros_before(text, start)
    if text[at] == _SMALL_E or text[at] == _BIG_E:
        at, exponent = _exponent(text, at + 1)
        power += exponent
    if text[at] > _SPACE:
        return _line_end(text, at), _ALL
    if n_digits > _MOST_DIGITS or not -LARGEST_POWER <= power <= LARGEST_POWER:
        return at, _ALL
    bits = nearest_double(digits, power, powers)
    return at, bits if bits == _ALL else bits | sign


@compiled
def _digits(text: ByteArray, at: int, value: np.uint64) -> tuple[int, np.uint64]:
    """Return the end of the digits that begin here, and the number that they continue."""
    digit = np.uint64(text[at]) - _48  # of what comes before "0" it is a huge number
    while digit <= _9:
        value = value * _10 + digit
        at += 1
        digit = np.uint64(text[at]) - _48
    return at, value


@compiled
def _zeros_before(text: ByteArray, at: int) -> int:
    """Return how many zeros begin a number."""
    zeros = 0
    while text[at] == _ZERO or text[at] == _DOT:
        zeros += text[at] == _ZERO
        at += 1
    return zeros


@compiled
def _exponent(text: ByteArray, at: int) -> tuple[int, int]:
    """Return where the exponent ends and its value; without digits it ends at the ``e`` before it."""
    start, negative = at, text[at] == _MINUS
    if negative or text[at] == _PLUS:
        at += 1
    first, value = at, 0
    while _ZERO <= text[at] <= _NINE:
        if value < _LARGEST_EXPONENT:
            value = 10 * value + int(text[at] - _ZERO)
        at += 1
    if at == first:
        return start - 1, 0
    return at, -value if negative else value
