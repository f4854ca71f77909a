"""Amounts of money as people read them."""

from __future__ import annotations

from decimal import Decimal

__all__ = ["dollars"]


def dollars(amount: Decimal) -> str:
    """Return an amount with its sign and as many digits as it has, at least cents.

    >>> dollars(Decimal("0.0300")), dollars(Decimal("-12.3450")), dollars(Decimal(1234))
    ('$0.03', '−$12.345', '$1,234.00')
    """
    text = f"{abs(amount):,.4f}"
    whole, _, part = text.partition(".")
    return f"{'−' if amount < 0 else ''}${whole}.{part.rstrip('0').ljust(2, '0')}"
