"""Filters of the annotators' templates."""

from __future__ import annotations

from decimal import Decimal

from django import template

from palate.server.annotate.money import dollars

__all__ = ["money", "register"]

register = template.Library()


@register.filter
def money(amount: Decimal) -> str:
    """Return an amount in dollars."""
    return dollars(amount)


@register.filter
def minutes(seconds: int) -> str:
    """Return seconds in words.

    >>> minutes(600), minutes(90), minutes(60)
    ('10 minutes', '1½ minutes', '1 minute')
    """
    halves = round(seconds / 30)
    text = f"{halves // 2 or ''}{'½' if halves % 2 else ''}" or "0"
    return f"{text} minute{'' if 0 < halves <= 2 else 's'}"
