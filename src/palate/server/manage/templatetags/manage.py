"""Tags and filters of managers' templates."""

from __future__ import annotations

import secrets
from decimal import Decimal

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from palate.server.annotate.money import dollars

__all__ = ["register"]

register = template.Library()


@register.simple_tag
def form_key() -> SafeString:
    """Return the hidden field by which a form does its work once."""
    return format_html('<input type="hidden" name="form_key" value="{}">', secrets.token_urlsafe(16))


@register.filter
def money(amount: Decimal | None) -> str:
    """Return an amount in dollars; a dash for none."""
    return "–" if amount is None else dollars(Decimal(amount))


@register.filter
def percent(share: float | None) -> str:
    """Return a share in whole percents, which say 0% and 100% only where it is so.

    >>> percent(0.5), percent(0.999), percent(0.001), percent(None)
    ('50%', '99%', '1%', '–')
    """
    if share is None:
        return "–"
    rounded = round(share * 100)
    return f"{99 if share < 1 <= rounded / 100 else 1 if rounded == 0 < share else rounded}%"


@register.filter
def seconds(value: float | None) -> str:
    """Return a time in words.

    >>> seconds(4.25), seconds(75), seconds(None)
    ('4.2 s', '1 min 15 s', '–')
    """
    if value is None:
        return "–"
    if value < 60:
        return f"{value:.1f} s" if value < 10 else f"{value:.0f} s"
    whole, rest = divmod(round(value), 60)
    return f"{whole} min {rest} s" if rest else f"{whole} min"


@register.inclusion_tag("manage/_status.html")
def status_badge(status: str) -> dict[str, str]:
    """Draw what a pool's status is."""
    return {"status": status, "tone": {"open": "good", "paused": "warn"}.get(status, "")}
