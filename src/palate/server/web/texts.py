"""What annotators' pages say, in their language: each text stands in the code in English, ``languages/*.toml`` has the others.

Values stand in braces. A text that says how many is written so that it needs no plural forms where a language has many.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from django.http import HttpRequest

__all__ = ["ENGLISH", "LANGUAGES", "REFUSALS", "SCRIPT_TEXTS", "catalogue", "direction_of", "nearest_language", "said",
           "said_again", "script_texts"]  # fmt: skip

ENGLISH = "en"
LANGUAGES = ("en", "ar", "de", "es", "fr", "ru", "tr")
_RIGHT_TO_LEFT = {"ar"}
_HERE = Path(__file__).parent / "languages"

REFUSALS = (
    "The budget of this work is spent. Nothing more is handed out.",
    "You do not belong to this project any more.",
    "There is nothing left to do here for you at the moment.",
    "The time for this page is over; its tasks went back to others. Start a new page.",
    "This page had more time already.",
    "One answer is missing or cannot be taken.",
    "{n} answers are missing or cannot be taken.",
    "The answer is missing; every task needs one.",
    "This page has no such task.",
    "This work is paused. Look again later.",
    "This work is closed.",
    "Finish the training “{name}” first.",
    "You have finished this training.",
    "You have finished this exam.",
    "You cannot work here until {time}: {reason}",
    "You cannot work here any more: {reason}",
    "Finish the page that you have begun first (at most {n} at a time).",
)
"""What the rules of asking say, which write English; see :func:`said_again`."""
SCRIPT_TEXTS = (
    "{time} left",
    "You can have more time once.",
    "At most 30 seconds left.",
    "At most 2 minutes left.",
    "The time for this page is over.",
    "Time is over",
    "You have {n} minutes now.",
    "More time could not be had: there is no connection.",
    "Saved",
    "Offline, will save",
    "You are logged out. Log in in another tab.",
    "Not saved. Reload the page.",
    "You are offline. Submit when the connection is back; your answers are kept.",
    "Entry",
    "{title}: {n} of {total}",
    "{n} of {total}",
)
"""What the scripts of a page of tasks say."""


def said(language: str, text: str, **values: object) -> str:
    """Return a text in a language, its values filled in; in English where there is no translation.

    >>> said("de", "Task {n} of {total}", n=1, total=10), said("en", "Submit")
    ('Aufgabe 1 von 10', 'Submit')
    """
    return catalogue(language).get(text, text).format(**values)


def said_again(language: str, text: str) -> str:
    """Return a text of the rules of asking in a language, recognized by what :data:`REFUSALS` has; else as it is.

    >>> said_again("de", "3 answers are missing or cannot be taken.")
    '3 Antworten fehlen oder können nicht angenommen werden.'
    """
    if language == ENGLISH:
        return text
    for known, pattern in _patterns():
        found = pattern.fullmatch(text)
        if found:
            return said(language, known, **found.groupdict())
    return text


def script_texts(language: str) -> str:
    """Return what scripts say in a language, as JSON by what it says in English; empty for English itself."""
    known = catalogue(language)
    return json.dumps({text: known[text] for text in SCRIPT_TEXTS}, ensure_ascii=False) if known else ""


def nearest_language(request: HttpRequest, wanted: str = "") -> str:
    """Return the language of a page: the one that is wanted, else the first that the browser asks for, else English.

    Args:
        request: Its ``Accept-Language`` is looked at.
        wanted: A tag, such as the language in which a project asks; empty without one.
    """
    entries = request.headers.get("Accept-Language", "")[:500].split(",")
    accepted = sorted((one for one in entries if _share(one)), key=_share, reverse=True)
    tags = [wanted, *(one.partition(";")[0].strip() for one in accepted)]
    mains = (tag.partition("-")[0].casefold() for tag in tags)
    return next((main for main in mains if main in LANGUAGES), ENGLISH)


def direction_of(language: str) -> str:
    """Return ``rtl`` or ``ltr``."""
    return "rtl" if language in _RIGHT_TO_LEFT else "ltr"


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """Return the texts of a language by what they say in English; English has none."""
    if language == ENGLISH or language not in LANGUAGES:
        return {}
    return tomllib.loads((_HERE / f"{language}.toml").read_text(encoding="utf-8"))


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple(
        (known, re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+)", re.escape(known)), re.DOTALL))
        for known in REFUSALS
    )


def _share(accepted: str) -> float:
    """Return the weight of one entry of ``Accept-Language``; 0 for what is not written as it should be."""
    weight = re.fullmatch(r"\s*[A-Za-z-]+\s*(?:;\s*q=([01](?:\.\d{1,3})?)\s*)?", accepted)
    return 0.0 if weight is None else float(weight[1] or 1)
