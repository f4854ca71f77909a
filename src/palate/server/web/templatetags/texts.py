"""Tags that say something in the language of the page."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from palate.server.web.texts import ENGLISH, catalogue, direction_of, said, said_again

__all__ = ["framed", "register", "say", "say_again", "say_count", "say_duration", "time_of_day"]

register = template.Library()


@register.simple_tag(takes_context=True)
def say(context: dict[str, Any], text: str, **values: object) -> SafeString:
    """Return a text, its values escaped unless they are markup of ours."""
    return _said(context, text, **values)


@register.simple_tag(takes_context=True)
def say_count(context: dict[str, Any], one: str, many: str, n: int) -> SafeString:
    """Return the text for one, or for another number."""
    return _said(context, one if n == 1 else many, n=n)


@register.simple_tag(takes_context=True)
def say_again(context: dict[str, Any], text: str) -> str:
    """Return what the rules of asking wrote in English."""
    return said_again(_language(context), text)


@register.simple_tag(takes_context=True)
def say_duration(context: dict[str, Any], seconds: int) -> str:
    """Return seconds in words."""
    language = _language(context)
    if seconds < 30:
        return said(language, "{n} second" if seconds == 1 else "{n} seconds", n=seconds)
    halves = round(seconds / 30)
    n = f"{halves // 2 or ''}{'½' if halves % 2 else ''}"
    return said(language, "{n} minute" if halves <= 2 else "{n} minutes", n=n)


@register.simple_tag(takes_context=True)
def framed(context: dict[str, Any], around: str) -> SafeString | str:
    """Return the attributes of words of the page's own that stand among words of another language."""
    language = _language(context)
    if around.partition("-")[0].casefold() == language:
        return ""
    return format_html(' lang="{}" dir="{}"', language, direction_of(language))


@register.filter
def time_of_day(moment: datetime) -> SafeString:
    """Return a moment as hours and minutes."""
    return format_html('<time datetime="{}">{} UTC</time>', moment.isoformat(), f"{moment:%H:%M}")


def _said(context: dict[str, Any], text: str, **values: object) -> SafeString:
    """Return a text of the catalogue, which holds no markup, with its values escaped."""
    return format_html(catalogue(_language(context)).get(text, text), "", **values)


def _language(context: dict[str, Any]) -> str:
    return str(context.get("frame_language") or ENGLISH)
