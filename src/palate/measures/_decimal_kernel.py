"""Decimal numbers to the nearest double, bit for bit as C's ``strtod`` reads them, in compiled code.

Lemire, Number parsing at a gigabyte per second, Software: Practice and Experience 2021, algorithm 1: the digits are
multiplied by a power of five of 128 bits, of which the first 64 nearly always decide the result. Where they do not, and
for what few systems write (more than 19 digits, powers of ten beyond 10^±60), the caller has to read the number itself.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from palate.core.compiling import compiled

__all__ = ["LARGEST_POWER", "nearest_double", "powers_of_five"]

LARGEST_POWER = 60
"""Of ten, and the least one negated, that the table of powers holds."""

WordArray = npt.NDArray[np.uint64]

_LOW = np.uint64(0xFFFFFFFF)
_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
_UNSURE = np.uint64(0x1FF)
"""The bits of a product beyond the 55 that a double with its rounding needs."""
_HIDDEN = np.uint64(1 << 52)
_0, _1, _2, _3, _32, _63 = (np.uint64(number) for number in (0, 1, 2, 3, 32, 63))


@cache
def powers_of_five() -> WordArray:
    """Return the first 128 bits of 5 to the powers from -60 to 60, shape (121, 2), the high word first.

    Positive powers are cut off behind the 128th bit, reciprocals rounded up.
    """
    words = []
    for power in range(-LARGEST_POWER, LARGEST_POWER + 1):
        five = 5 ** abs(power)
        if power >= 0:
            bits = five << 128 >> five.bit_length()
        else:
            bits = (1 << (127 + five.bit_length())) // five + 1
            bits >>= max(0, bits.bit_length() - 128)
        words.append((bits >> 64, bits & ((1 << 64) - 1)))
    return np.array(words, dtype=np.uint64)


@compiled
def nearest_double(digits: np.uint64, power: int, powers: WordArray) -> np.uint64:
    """Return the bits of the double nearest to ``digits * 10 ** power``; all ones if this algorithm cannot tell.

    Args:
        digits: A whole number below 10^19.
        power: Of ten, at most ``LARGEST_POWER`` either way.
        powers: As of :func:`powers_of_five`.
    """
    if digits == _0:
        return _0
    zeros = _leading_zeros(digits)
    digits <<= np.uint64(zeros)
    high, low = _product(digits, powers[power + LARGEST_POWER, 0])
    if high & _UNSURE == _UNSURE:
        more, _ = _product(digits, powers[power + LARGEST_POWER, 1])
        low += more
        if low < more:
            high += _1
    if low == _ALL:
        return _ALL
    upper = np.int64(high >> _63)
    shift = np.uint64(upper + 9)
    mantissa = high >> shift
    exponent = (((152170 + 65536) * power) >> 16) + 63 + upper - zeros + 1023
    if low <= _1 and -4 <= power <= 23 and mantissa & _3 == _1 and mantissa << shift == high:
        mantissa -= _1  # exactly between two doubles: to the even one
    mantissa = (mantissa + (mantissa & _1)) >> _1
    if mantissa >= _HIDDEN << _1:
        mantissa = _HIDDEN
        exponent += 1
    return (mantissa & (_HIDDEN - _1)) | np.uint64(exponent) << np.uint64(52)


@compiled
def _leading_zeros(number: np.uint64) -> int:
    zeros = 0
    for step in (32, 16, 8, 4, 2, 1):
        if number >> np.uint64(64 - step) == _0:
            zeros += step
            number <<= np.uint64(step)
    return zeros


@compiled
def _product(a: np.uint64, b: np.uint64) -> tuple[np.uint64, np.uint64]:
    """Return the high and the low 64 bits of the product of two words."""
    low = (a & _LOW) * (b & _LOW)
    middle = (a >> _32) * (b & _LOW) + (low >> _32)
    other = (a & _LOW) * (b >> _32) + (middle & _LOW)
    return (a >> _32) * (b >> _32) + (middle >> _32) + (other >> _32), a * b
