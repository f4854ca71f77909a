"""Read a request's JSON strictly: what no database keeps is refused here, once for all operations."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from django.http import HttpRequest
from ninja.parser import Parser

__all__ = ["StrictParser", "strict_json"]

_DEEPEST = 100
_UNFIT = re.compile("[\0\ud800-\udfff]")


class StrictParser(Parser):
    """Parses bodies for the API."""

    def parse_body(self, request: HttpRequest) -> Any:
        """Return what the body holds.

        Raises:
            ValueError: It is no JSON that can be kept; the text says why.
        """
        return strict_json(request.body)


def strict_json(text: bytes | str) -> Any:
    """Return what JSON holds, without NaN, infinities, the character zero, halves of letters, and deep nesting.

    Raises:
        ValueError: It is no JSON, or holds one of these.

    >>> strict_json('{"a": [1, 2.5]}')
    {'a': [1, 2.5]}
    """
    try:
        value = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)
    except RecursionError:
        raise ValueError(f"The JSON is nested deeper than {_DEEPEST} levels.") from None
    except UnicodeDecodeError:
        raise ValueError("The body is not written in UTF-8.") from None
    _check(value, 0)
    return value


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON.")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"The number {text[:20]} is too large.")
    return number


def _check(value: Any, depth: int) -> None:
    if depth > _DEEPEST:
        raise ValueError(f"The JSON is nested deeper than {_DEEPEST} levels.")
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, int):
        if not -(2**63) <= value < 2**63:
            raise ValueError(f"The number {str(value)[:20]}… is too large.")
    elif isinstance(value, list):
        for one in value:
            _check(one, depth + 1)
    elif isinstance(value, dict):
        for name, one in value.items():
            _check_text(name)
            _check(one, depth + 1)


def _check_text(text: str) -> None:
    if _UNFIT.search(text) is None:
        return
    if "\0" in text:
        raise ValueError("A text holds the character zero (NUL), which cannot be kept.")
    raise ValueError("A text holds half of a letter (a lone surrogate).")
