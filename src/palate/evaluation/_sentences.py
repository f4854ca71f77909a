"""Numbers as sentences about intervals show them."""

from __future__ import annotations

from palate.inference import Interval

__all__ = ["between", "signed"]


def signed(number: float, interval: Interval) -> str:
    """Return a number with its sign, + or the typographic −, to the places that its interval needs.

    These are 3, or as many more as make the interval 10 units of the last one wide and let no bound but 0 read as 0.

    >>> signed(-0.01234, Interval(-0.01234, -0.03, 0.01)), signed(0.01, Interval(0.01, 0.0003, 0.02))
    ('−0.012', '+0.0100')
    """
    width = interval.high - interval.low
    wide = next((places for places in range(3, 8) if width * 10**places >= 10), 3)
    near = min((abs(bound) for bound in (interval.low, interval.high) if bound), default=1.0)
    places = max(wide, next((places for places in range(3, 6) if near * 10**places >= 0.5), 3))
    return f"{'−' if number < 0 else '+'}{abs(number):.{places}f}"


def between(interval: Interval) -> str:
    """Return the bounds of an interval of a difference.

    >>> between(Interval(-0.01234, -0.03, 0.01))
    '−0.030 … +0.010'
    """
    return f"{signed(interval.low, interval)} … {signed(interval.high, interval)}"
