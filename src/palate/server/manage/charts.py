"""Charts as plain numbers for SVG templates: bars over time, and points of annotators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, log10

__all__ = ["Bar", "Bars", "Dot", "Dots", "Interval", "bars", "dots", "intervals"]

_WIDTH, _HEIGHT = 560, 180
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 12, 12, 30


@dataclass(frozen=True)
class Tick:
    """A line across the chart and what stands beside it."""

    at: float
    text: str


@dataclass(frozen=True)
class Bar:
    """One bar."""

    x: float
    y: float
    width: float
    height: float
    title: str


@dataclass(frozen=True)
class Bars:
    """A chart of bars."""

    bars: tuple[Bar, ...]
    across: tuple[Tick, ...]
    below: tuple[Tick, ...]
    width: int = _WIDTH
    height: int = _HEIGHT
    left: int = _LEFT
    right: int = _WIDTH - _RIGHT
    floor: int = _HEIGHT - _BOTTOM


@dataclass(frozen=True)
class Dot:
    """One point; ``tone`` says whether it is ``bad``."""

    x: float
    y: float
    title: str
    tone: str = ""


@dataclass(frozen=True)
class Dots:
    """A chart of points."""

    dots: tuple[Dot, ...]
    across: tuple[Tick, ...]
    below: tuple[Tick, ...]
    width: int = _WIDTH
    height: int = _HEIGHT
    left: int = _LEFT
    right: int = _WIDTH - _RIGHT
    floor: int = _HEIGHT - _BOTTOM


@dataclass(frozen=True)
class Interval:
    """A value with its bounds as shares of a common scale, in percent."""

    at: float
    low: float
    high: float


def bars(values: Sequence[int], labels: Sequence[str], unit: str) -> Bars:
    """Return a chart of counts.

    Args:
        values: A count each.
        labels: What each is, as ``14:00``.
        unit: What is counted, for those who cannot see the chart's lines.
    """
    top = _round_up(max(values, default=0))
    step = (_WIDTH - _LEFT - _RIGHT) / max(1, len(values))
    drawn = tuple(
        Bar(
            round(_LEFT + step * number + 1, 1),
            round(_y(value / top), 1),
            round(step - 2, 1),
            round(_HEIGHT - _BOTTOM - _y(value / top), 1),
            f"{label}: {value:,} {unit}",
        )
        for number, (value, label) in enumerate(zip(values, labels, strict=True))
    )
    every = max(1, ceil(len(labels) / 6))
    below = tuple(
        Tick(round(_LEFT + step * (number + 0.5), 1), labels[number])
        for number in range(0, len(labels), every)
    )
    return Bars(drawn, _ticks(top), below)


def dots(points: Sequence[tuple[int, float, str]], line: float) -> Dots:
    """Return a chart of shares by counts.

    Args:
        points: Count, share from 0 to 1, and who it is.
        line: The share below which a point is bad.
    """
    most = max(4, _round_up(max((count for count, _, _ in points), default=0)))
    wide = _WIDTH - _LEFT - _RIGHT
    drawn = tuple(
        Dot(
            round(_LEFT + wide * count / most, 1),
            round(_y(share), 1),
            f"{name}: {share:.0%} right, {count:,} page{'' if count == 1 else 's'}",
            "bad" if share < line else "",
        )
        for count, share, name in points
    )
    across = tuple(Tick(round(_y(share), 1), f"{share:.0%}") for share in (0.0, 0.5, 1.0))
    below = tuple(Tick(round(_LEFT + wide * share, 1), f"{most * share:g}") for share in (0.0, 0.5, 1.0))
    return Dots(drawn, across, below)


def intervals(rows: Sequence[tuple[float, float | None, float | None]]) -> list[Interval]:
    """Return values and their bounds on a common scale; without bounds a value is its own."""
    ends = [end for row in rows for end in row if end is not None]
    least, most = min(ends, default=0.0), max(ends, default=1.0)
    wide = (most - least) or 1.0

    def at(value: float) -> float:
        return round(4 + 92 * (value - least) / wide, 2)

    return [
        Interval(at(value), at(value if low is None else low), at(value if high is None else high))
        for value, low, high in rows
    ]


def _y(share: float) -> float:
    return _TOP + (_HEIGHT - _TOP - _BOTTOM) * (1 - share)


def _ticks(top: int) -> tuple[Tick, ...]:
    parts = 2 if top % 2 == 0 else 1
    return tuple(Tick(round(_y(part / parts), 1), f"{top * part // parts:,}") for part in range(parts + 1))


def _round_up(value: int) -> int:
    """Return the next number that reads well on an axis.

    >>> _round_up(0), _round_up(7), _round_up(12), _round_up(340)
    (1, 8, 20, 400)
    """
    if value < 2:
        return 1
    unit: int = 10 ** int(log10(value))
    return next(unit * part for part in (1, 2, 4, 6, 8, 10) if unit * part >= value)
