"""Filters of the annotators' templates."""

from __future__ import annotations

from decimal import Decimal

from django import template

from palate.server.annotate.money import dollars

__all__ = ["minutes", "money", "register"]

register = template.Library()


@register.filter
def money(amount: Decimal) -> str:
    """Return an amount in dollars."""
    return dollars(amount)


@register.filter
def minutes(seconds: int) -> str:
    """Return seconds in words.

    >>> minutes(600), minutes(90), minutes(60), minutes(10)
    ('10 minutes', '1½ minutes', '1 minute', '10 seconds')
    """
    if seconds < 30:
        return f"{seconds} second{'' if seconds == 1 else 's'}"
    halves = round(seconds / 30)
    text = f"{halves // 2 or ''}{'½' if halves % 2 else ''}"
    return f"{text} minute{'' if halves <= 2 else 's'}"
