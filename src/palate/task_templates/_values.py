"""Single values as rows and answers bring them: shown in errors, read as clean text, links and numbers."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TypeAlias
from urllib.parse import urlsplit

from palate.core.errors import InputError

__all__ = [
    "LONGEST_LINK",
    "UNPRINTABLE",
    "AnswerError",
    "Json",
    "Seed",
    "check_texts_of",
    "clean_line",
    "clean_link",
    "clean_number",
    "clean_price",
    "clean_text",
    "json_text",
    "shown",
]

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
"""What JSON can hold."""

Seed: TypeAlias = int | str
"""What decides over shuffles: the same seed and task give the same order."""

LONGEST_LINK = 2_048
"""Letters of a link; no browser promises to follow a longer one."""

UNPRINTABLE = "\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f"
"""Control characters but tabs and line ends, as in a regular expression's set: no database keeps all of them."""

_SHOWN = 80
_MOST_BITS = 256
"""Of whole numbers that are spelled out; Python refuses to spell those of thousands of digits."""
_UNPRINTABLE = re.compile(
    f"[{UNPRINTABLE}\\ud800-\\udfff]"
)  # halves of pairs neither, but no schema can say so
_UNSAFE_IN_LINKS = re.compile(f"[\\s{UNPRINTABLE}<>\"'`\\\\{{}}]")
_UPWARDS = re.compile(r"(?:^|/)(?:\.|%2e){2}(?:[/?#]|$)", re.IGNORECASE)
_LINK = "a link that begins with http:// or https://, or a path on this server such as /media/shoe.jpg"


class AnswerError(InputError):
    """An answer is empty, of the wrong kind, or outside what its task allows."""


def shown(value: object) -> str:
    """Return how an error shows what came: whole if it is short, by its kind if it is not."""
    match value:
        case None:
            text = "nothing"
        case bool():
            text = "true" if value else "false"
        case str():
            text = repr(value if len(value) <= _SHOWN else f"{value[:_SHOWN]}…")
        case int() if value.bit_length() >= _MOST_BITS:
            text = "a number too large to show"
        case int() | float() | Decimal():
            text = str(value)
        case Mapping():
            text = f"an object of {len(value):,}"
        case list() | tuple() | set() | frozenset():
            text = f"a list of {len(value):,}"
        case _:
            text = f"a {type(value).__name__}"
    return text


def json_text(value: Json) -> str:
    """Return a value as compact JSON text; empty for None."""
    return "" if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def check_texts_of(answer: object, what: str, known: Sequence[str]) -> list[str]:
    """Return an answer that is a list of known texts, none of them twice.

    Raises:
        AnswerError: It is none; the text names what does not fit.
    """
    if not isinstance(answer, list | tuple):
        raise AnswerError(f"The answer must be a list of {what}; it is {shown(answer)}.")
    found: list[str] = []
    for one in answer:
        if not isinstance(one, str) or one not in known:
            raise AnswerError(
                f"There is no {shown(one)} among the {what}; there are: {', '.join(known)[:500]}."
            )
        if one in found:
            raise AnswerError(f"{shown(one)} stands in the answer twice.")
        found.append(one)
    return found


def clean_text(value: object, longest: int, field: str) -> str:
    """Return text of one or more lines, without blanks around it; what is missing is empty.

    Numbers are read as text too, since tables hold a query such as 1984 as one.

    Raises:
        InputError: It is no text, longer than ``longest`` letters, or holds control characters.
    """
    text = _as_text(value, field)
    if len(text) > longest:
        raise InputError(
            f"The text has {len(text):,} letters; at most {longest:,} are allowed.", column=field
        )
    found = _UNPRINTABLE.search(text)
    if found:
        raise InputError(
            f"The text holds the character U+{ord(found[0]):04X} at letter {found.start() + 1:,}, which cannot be stored. Remove it.",
            column=field,
        )
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def clean_line(value: object, longest: int, field: str) -> str:
    """Return text as one line: blanks and line breaks within become single spaces.

    Raises:
        InputError: As ``clean_text``.
    """
    return " ".join(clean_text(value, longest, field).split())


def clean_link(value: object, field: str) -> str:
    """Return a link that is safe as ``src`` and ``href``; what is missing is empty.

    Allowed are http, https and paths from the root of this server without steps upwards. Everything else is
    refused: ``javascript:``, ``data:``, names and passwords within, blanks, quotes, backslashes.

    Raises:
        InputError: It is none.
    """
    link = clean_text(value, LONGEST_LINK, field)
    if link and not _is_safe(link):
        raise InputError(f"Expected {_LINK}; it is {shown(link)}.", column=field)
    scheme, colon, rest = link.partition(":")
    return link if link.startswith("/") else f"{scheme.lower()}{colon}{rest}"


def clean_price(value: object, field: str) -> str:
    """Return a price as the text to show, such as ``12.50 €``; what is missing is empty.

    Raises:
        InputError: It is neither text of at most 40 letters nor a number from 0.
    """
    text = clean_line(value, 40, field)
    if not isinstance(value, str) and text.startswith("-"):
        raise InputError(f"A price must be text or a number from 0; it is {shown(value)}.", column=field)
    return text


def clean_number(value: object, field: str) -> int | float | None:
    """Return a finite number, given as one or spelled out; None where it is missing.

    Raises:
        InputError: It is none, or so large that JSON readers would round it.
    """
    if isinstance(value, bool):
        raise InputError(f"Expected a number; it is {shown(value)}.", column=field)
    if isinstance(value, int):
        number: int | float = value
    else:
        text = clean_line(value, 40, field)
        if not text:
            return None
        try:
            number = float(text)
        except ValueError:
            raise InputError(f"Expected a number; it is {shown(value)}.", column=field) from None
    if not abs(number) <= 2**53:  # NaN is not either
        raise InputError(f"Expected a number of at most 2^53; it is {shown(value)}.", column=field)
    return int(number) if number == int(number) else number


def _as_text(value: object, field: str) -> str:
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            pass
        case int() if value.bit_length() < _MOST_BITS:
            return str(value)
        case float() if math.isfinite(value):
            return str(value)
        case Decimal() if value.is_finite() and abs(value.adjusted()) < 40:
            return format(value, "f")
    raise InputError(f"Expected text; it is {shown(value)}.", column=field)


def _is_safe(link: str) -> bool:
    if _UNSAFE_IN_LINKS.search(link):
        return False
    if link.startswith("/"):
        return not link.startswith("//") and not _UPWARDS.search(link.partition("?")[0])
    try:
        parts = urlsplit(link)
        port_fits = parts.port is None or parts.port > 0
    except ValueError:  # a broken IPv6 address or port
        return False
    return (
        parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc and port_fits
    )
