"""The form of a task template's settings, made from their JSON Schema, and the settings in a form that was sent."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from palate.task_templates import TaskTemplate

__all__ = ["Cell", "SettingField", "setting_fields", "settings_in"]

_PREFIX = "s-"
_ROW = re.compile(r"\d{1,3}")
_MOST_ROWS = 100
_ADVANCED = {
    "texts",
    "translations",
    "look_up",
    "direction",
    "content_language",
    "language",
    "required",
    "grading",
}
_LONG = {"note", "description"}


@dataclass(frozen=True)
class Cell:
    """One input: of a setting, or in a row of one.

    Args:
        name: In the form.
        label: What it is.
        kind: ``text``, ``area``, ``number``, ``check`` or ``choice``.
        value: What it holds.
        choices: What can be chosen.
    """

    name: str
    label: str
    kind: str
    value: Any
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class SettingField:
    """One setting.

    Args:
        name: The setting.
        cell: Its input; that of a list is a text area of lines or JSON where it has no rows.
        help: What to put there.
        rows: The rows of a list of small records.
        is_list: Whether it is such a list.
        advanced: Whether few need it.
    """

    name: str
    cell: Cell
    help: str
    rows: tuple[tuple[Cell, ...], ...] = ()
    is_list: bool = False
    advanced: bool = False


def setting_fields(template: type[TaskTemplate], settings: Mapping[str, Any]) -> list[SettingField]:
    """Return the fields of a template's settings, filled in; labels and wording first."""
    properties: dict[str, Any] = template.settings_schema()["properties"]  # type: ignore[assignment]
    found = [
        _field(name, schema, settings.get(name, schema.get("default"))) for name, schema in properties.items()
    ]
    order = {"question": 0, "note": 1, "labels": 2}
    return sorted(found, key=lambda field: (field.advanced, order.get(field.name, 3)))


def settings_in(template: type[TaskTemplate], post: QueryDict) -> dict[str, Any]:
    """Return the settings that a form holds; what is not of the right form stays as it is, for the template to refuse.

    The buttons ``add`` and ``remove`` add a row to a list, or take one away.
    """
    properties: dict[str, Any] = template.settings_schema()["properties"]  # type: ignore[assignment]
    return {name: _value(name, schema, post) for name, schema in properties.items()}


def _field(name: str, schema: Mapping[str, Any], value: Any) -> SettingField:
    title, help_text, key = schema["title"], schema.get("description", ""), f"{_PREFIX}{name}"
    advanced = name in _ADVANCED
    if _is_rows(schema):
        columns = schema["items"]["properties"]
        rows = tuple(
            tuple(_cell(f"{key}-{number}-{column}", part, row.get(column, part.get("default")))
                  for column, part in columns.items())
            for number, row in enumerate(value if isinstance(value, list) else [])
            if isinstance(row, Mapping)
        )  # fmt: skip
        return SettingField(
            name, Cell(key, title, "rows", None), help_text, rows, is_list=True, advanced=advanced
        )
    if schema.get("type") == "object":
        lines = value if isinstance(value, str) else "\n".join(f"{k} = {v}" for k, v in (value or {}).items())
        hint = f"{help_text} One a line: name = text."
        return SettingField(name, Cell(key, title, "area", lines), hint, advanced=advanced)
    if schema.get("type") == "array":
        text = (
            value
            if isinstance(value, str)
            else json.dumps(value, ensure_ascii=False, indent=1)
            if value
            else ""
        )
        return SettingField(name, Cell(key, title, "area", text), f"{help_text} As JSON.", advanced=advanced)
    return SettingField(name, _cell(key, schema, value), help_text, advanced=advanced)


def _cell(key: str, schema: Mapping[str, Any], value: Any) -> Cell:
    name = key.rpartition("-")[2]
    if "enum" in schema:
        return Cell(key, schema["title"], "choice", value, tuple(schema["enum"]))
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if "boolean" in kinds:
        return Cell(key, schema["title"], "check", bool(value))
    if {"integer", "number"} & set(kinds):
        return Cell(key, schema["title"], "number", "" if value is None else value)
    return Cell(key, schema["title"], "area" if name in _LONG else "text", "" if value is None else value)


def _is_rows(schema: Mapping[str, Any]) -> bool:
    items = schema.get("items", {})
    parts = items.get("properties", {}).values() if schema.get("type") == "array" else ()
    return bool(parts) and all(part.get("type") not in ("object", "array") for part in parts)


def _value(name: str, schema: Mapping[str, Any], post: QueryDict) -> Any:
    key = f"{_PREFIX}{name}"
    if _is_rows(schema):
        return _rows(name, key, schema["items"]["properties"], post)
    if schema.get("type") == "object":
        return _pairs(post.get(key, ""))
    if schema.get("type") == "array":
        return _parsed(post.get(key, ""))
    return _plain(key, schema, post)


def _rows(name: str, key: str, columns: Mapping[str, Any], post: QueryDict) -> list[dict[str, Any]]:
    numbers = sorted(
        {
            int(part)
            for posted in post
            if posted.startswith(f"{key}-") and _ROW.fullmatch(part := posted.split("-")[2])
        }
    )
    removed = post.get("remove", "")
    rows = []
    for number in numbers[:_MOST_ROWS]:
        row = {column: _plain(f"{key}-{number}-{column}", part, post) for column, part in columns.items()}
        first = next(iter(columns))
        if row[first] != "" and removed != f"{name}-{number}":
            rows.append({column: value for column, value in row.items() if value not in ("", None, False)})
    if post.get("add") == name:
        rows.append({})
    return rows


def _plain(key: str, schema: Mapping[str, Any], post: QueryDict) -> Any:
    kinds = schema.get("type", "string")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    text = post.get(key, "").strip()
    if "boolean" in kinds:
        return bool(text)
    if text == "" and "null" in kinds:
        return None
    if {"integer", "number"} & set(kinds):
        try:
            return float(text) if "number" in kinds else int(text)
        except ValueError:
            return text
    return text.replace("\r\n", "\n")


def _pairs(text: str) -> dict[str, str]:
    lines = (line.partition("=") for line in text.splitlines() if line.strip())
    return {name.strip(): value.strip() for name, _, value in lines}


def _parsed(text: str) -> Any:
    if not text.strip():
        return []
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
