"""Check the settings of a method by its dataclass, so that a configuration's mistake reads as one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from palate.core.errors import SettingsError, nearest

__all__ = ["check_counts", "check_positive", "check_settings"]

_WORDS: dict[Any, str] = {
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    str: "text",
    NoneType: "nothing",
}


def check_settings(method: type, settings: Mapping[str, Any], what: str) -> None:
    """Raise an error if ``method`` could not be made with ``settings``.

    Numbers, truth values, text and choices are checked for their type; what is made of other types, and
    every range, the method checks itself.

    Args:
        method: A dataclass.
        settings: By field name.
        what: What errors call the method, such as ``"measure 'ndcg'"``.

    Raises:
        SettingsError: There is no such setting, a value has the wrong type, or one without default is missing.
    """
    known = {field.name: field for field in fields(method) if field.init}
    hints = _hints(method)
    for name, value in settings.items():
        if name not in known:
            guess = nearest(name, known)
            hint = f" Did you mean '{guess}'?" if guess else ""
            listed = ", ".join(sorted(known)) or "none"
            raise SettingsError(f"The {what} has no setting '{name}'.{hint} Its settings: {listed}.")
        if not _fits(value, hints.get(name)):
            raise SettingsError(
                f"'{name}' of the {what} must be {_words(hints.get(name))}; it is {_shown(value)}."
            )
    for name, field in known.items():
        if name not in settings and _is_required(field):
            raise SettingsError(f"The {what} needs the setting '{name}'.")


def _hints(method: type) -> dict[str, Any]:
    try:
        return get_type_hints(method)
    except NameError:  # a third party's types may be imported for type checkers only
        return {}


def _is_required(field: Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _fits(value: object, hint: Any) -> bool:
    if get_origin(hint) in {Union, UnionType}:
        return any(_fits(value, part) for part in get_args(hint))
    if get_origin(hint) is Literal:
        return value in get_args(hint)
    if hint is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool) and value == value  # noqa: PLR0124 (NaN)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, hint) if hint in _WORDS else True


def _words(hint: Any) -> str:
    if get_origin(hint) in {Union, UnionType}:
        return " or ".join(_words(part) for part in get_args(hint))
    if get_origin(hint) is Literal:
        return f"one of {', '.join(map(str, get_args(hint)))}"
    return _WORDS.get(hint, getattr(hint, "__name__", str(hint)))


def _shown(value: object) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else repr(value)


def check_counts(**settings: int) -> None:
    """Raise an error unless every setting, given by its name, is at least 1."""
    for name, value in settings.items():
        if value < 1:
            raise SettingsError(f"'{name}' must be at least 1; it is {value}.")


def check_positive(**settings: float) -> None:
    """Raise an error unless every setting, given by its name, is a finite number above 0."""
    for name, value in settings.items():
        if not 0 < value < math.inf:
            raise SettingsError(f"'{name}' must be a number above 0; it is {value}.")
