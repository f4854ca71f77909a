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
