"""Settings of templates as JSON and back, and the JSON Schema of them, by the dataclass's types."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import MISSING, field, fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from palate.core.errors import SettingsError
from palate.core.settings import check_settings
from palate.task_templates._values import Json, shown
from palate.task_templates._wording import Texts

__all__ = [
    "check_types",
    "hints_of",
    "schema_of_settings",
    "setting",
    "settings_from_json",
    "settings_to_json",
]

_PLAIN = {str: "string", bool: "boolean", int: "integer", float: "number", NoneType: "null"}
_WORDS = {str: "text", bool: "true or false", int: "a whole number", float: "a number", NoneType: "nothing"}


def setting(default: Any, help: str) -> Any:  # noqa: A002 (the word by which schemas and forms ask for it)
    """Return a dataclass field with its help, which the form and the schema of the settings show."""
    return field(default=default, metadata={"help": help})


def check_types(settings: Any, where: str = "") -> None:
    """Raise an error if a setting of a dataclass, or of the dataclasses in it, has not the declared type.

    Raises:
        SettingsError: The text names the setting, what it must be and what it is.
    """
    for name, hint in hints_of(type(settings)).items():
        value = getattr(settings, name)
        if not _fits(hint, value):
            raise SettingsError(f"'{where}{name}' must be {_words(hint)}; it is {shown(value)}.")
        for rank, one in enumerate(value if isinstance(value, tuple) else (), 1):
            if is_dataclass(one):
                check_types(one, f"{where}{name}, entry {rank}, ")


def settings_from_json(cls: Any, mapping: Mapping[str, Any], what: str) -> dict[str, Any]:
    """Return the settings in a JSON object as ``cls`` takes them.

    Raises:
        SettingsError: There is no such setting, or a value has the wrong type.
    """
    if not isinstance(mapping, Mapping):
        raise SettingsError(f"The settings of the {what} must be an object; they are {shown(mapping)}.")
    hints = hints_of(cls)
    converted = {
        name: _from_json(hints[name], value, name) if name in hints else value
        for name, value in mapping.items()
    }
    check_settings(cls, converted, what)
    return converted


def settings_to_json(settings: Any) -> dict[str, Json]:
    """Return all settings as JSON can hold them; within labels and the like, only those that are not as usual."""
    return {name: _to_json(hint, getattr(settings, name)) for name, hint in hints_of(type(settings)).items()}


def schema_of_settings(cls: Any) -> dict[str, Json]:
    """Return the JSON Schema of a dataclass's settings, with help and defaults."""
    properties: dict[str, Json] = {}
    hints = hints_of(cls)
    for one in fields(cls):
        found: dict[str, Json] = {
            "title": one.name.replace("_", " ").capitalize(),
            **_schema(hints[one.name]),
        }
        if "help" in one.metadata:
            found["description"] = one.metadata["help"]
        if one.default is not MISSING:
            found["default"] = _to_json(hints[one.name], one.default)
        properties[one.name] = found
    return {
        "type": "object",
        "properties": properties,
        "required": [one.name for one in fields(cls) if one.default is MISSING],
        "additionalProperties": False,
    }


def hints_of(cls: Any) -> Mapping[str, Any]:
    """Return the types of a dataclass's fields, in their order."""
    return _hints_of(cls)


@cache
def _hints_of(cls: Any) -> Mapping[str, Any]:
    hints = get_type_hints(cls)
    return {one.name: hints[one.name] for one in fields(cls)}


def _fits(hint: Any, value: Any) -> bool:
    parts, origin = get_args(hint), get_origin(hint)
    if hint in _PLAIN:
        return _is_plain(hint, value)
    if origin in {Union, UnionType}:
        return any(_fits(part, value) for part in parts)
    if origin is Literal:
        return isinstance(value, str) and value in parts
    if origin is not tuple:
        # Types of a third party's own, it checks itself.
        return not isinstance(hint, type) or isinstance(value, hint)
    if not isinstance(value, tuple):
        return False
    wanted = [parts[0]] * len(value) if parts[-1] is ... else list(parts)
    return len(value) == len(wanted) and all(map(_fits, wanted, value))


def _is_plain(hint: type, value: object) -> bool:
    if hint not in {int, float}:
        return isinstance(value, hint)
    whole = isinstance(value, int) and not isinstance(value, bool)
    return whole or (hint is float and isinstance(value, float) and math.isfinite(value))


def _words(hint: Any) -> str:
    if hint == Texts:
        return "texts by name"
    if get_origin(hint) in {Union, UnionType}:
        return " or ".join(_words(part) for part in get_args(hint))
    if get_origin(hint) is Literal:
        return f"one of {', '.join(map(str, get_args(hint)))}"
    if get_origin(hint) is tuple:
        return f"a tuple (in JSON a list), each entry of which is {_words(get_args(hint)[0])}"
    return _WORDS.get(hint) or f"a {getattr(hint, '__name__', hint)}"


def _from_json(hint: Any, value: Any, where: str) -> Any:
    """Return a value as ``hint`` wants it, as far as its form allows; what does not fit is left for the check."""
    if hint == Texts and isinstance(value, Mapping):
        return tuple(value.items())
    if get_origin(hint) is tuple and isinstance(value, list | tuple):
        part = get_args(hint)[0]
        return tuple(_from_json(part, one, f"{where}, entry {rank}") for rank, one in enumerate(value, 1))
    if is_dataclass(hint) and isinstance(value, Mapping):
        return hint(**settings_from_json(hint, value, f"setting '{where}'"))  # type: ignore[operator]  # a class, not an instance
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value) if abs(value) < 2**53 else value
    return value


def _to_json(hint: Any, value: Any) -> Json:
    if hint == Texts:
        return dict(value)
    if isinstance(value, tuple):
        part = get_args(hint)[0]
        return [_to_json(part, one) for one in value]
    if is_dataclass(value):
        usual = {one.name: one.default for one in fields(value)}
        return {
            name: _to_json(part, getattr(value, name))
            for name, part in hints_of(type(value)).items()
            if getattr(value, name) != usual[name]
        }
    found: Json = value
    return found


def _schema(hint: Any) -> dict[str, Json]:
    if hint in _PLAIN:
        return {"type": _PLAIN[hint]}
    if hint == Texts:
        return {"type": "object", "additionalProperties": {"type": "string"}}
    if get_origin(hint) in {Union, UnionType}:
        return {"type": [_PLAIN[part] for part in get_args(hint)]}
    if get_origin(hint) is Literal:
        return {"type": "string", "enum": list(get_args(hint))}
    if get_origin(hint) is tuple:
        return {"type": "array", "items": _schema(get_args(hint)[0])}
    return schema_of_settings(hint)
