"""How the page writes numbers: the same digits for the same kind of number everywhere."""

from __future__ import annotations

import math
from decimal import Decimal

__all__ = ["NONE", "count", "dollars", "grade", "number", "p_value", "percent", "signed"]

NONE = "–"
"""Stands where a number is not known."""


def number(value: float | None, digits: int = 3) -> str:
    """Return the value with a fixed number of digits after the point, fewer once it is large.

    >>> number(0.31249), number(-1.5, 2), number(1234.5), number(None)
    ('0.312', '−1.50', '1,234.5', '–')
    """
    if value is None or math.isnan(value):
        return NONE
    if abs(value) >= 100:
        digits = min(digits, 1)
    text = f"{value:,.{digits}f}"
    return text.replace("-", "−") if float(text.replace(",", "")) else text.removeprefix("-")


def signed(value: float | None, digits: int = 3) -> str:
    """Return a difference with its sign; zero has none.

    >>> signed(0.0412), signed(-0.02), signed(0.0001)
    ('+0.041', '−0.020', '0.000')
    """
    text = number(value, digits)
    return f"+{text}" if value is not None and value > 0 and text.strip("0.,") else text


def percent(share: float | None, digits: int = 1) -> str:
    """Return a share as percent.

    >>> percent(0.6249), percent(0.5, 0), percent(None)
    ('62.5%', '50%', '–')
    """
    return NONE if share is None or math.isnan(share) else f"{number(100 * share, digits)}%"


def count(value: int | None) -> str:
    """Return a whole number with its thousands set apart.

    >>> count(9420)
    '9,420'
    """
    return NONE if value is None else f"{value:,}"


def dollars(value: Decimal) -> str:
    """Return US dollars, to the cent.

    >>> dollars(Decimal("1047.1"))
    '$1,047.10'
    """
    return f"${value:,.2f}"


def p_value(value: float | None) -> str:
    """Return a p-value; small ones only as a bound, since their digits mean nothing.

    >>> p_value(0.0421), p_value(0.00002)
    ('0.042', '< 0.001')
    """
    return "< 0.001" if value is not None and value < 0.001 else number(value)


def grade(value: float) -> str:
    """Return a grade, without digits it does not have.

    >>> grade(3.0), grade(2.5)
    ('3', '2.5')
    """
    return f"{value:.1f}".removesuffix(".0").replace("-", "−")
