"""The fields of a task's input, and how a row of them becomes one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from palate.core.errors import InputError, nearest
from palate.task_templates._values import (
    LONGEST_LINK,
    Json,
    clean_line,
    clean_link,
    clean_number,
    clean_price,
    clean_text,
    shown,
)

__all__ = ["FieldKind", "InputField", "check_row", "fields_of_item", "schema_of_fields"]

FieldKind = Literal["id", "text", "long_text", "image", "link", "price", "number", "items", "options"]
"""``id`` is kept but not shown as such; ``items`` is a list of records as ``fields_of_item`` describes one."""

_LONGEST = {"id": 200, "text": 1_000, "long_text": 20_000, "price": 40}
_MOST_ENTRIES = 100
_LONGEST_LIST = 400_000
"""Letters of a list that a table's cell spells as JSON."""
_LINK_PATTERN = r"^(https?://[^\s/]|/(?!/))"


@dataclass(frozen=True)
class InputField:
    """One field of a task's input.

    Args:
        name: Its column in an uploaded table.
        kind: What it holds.
        required: Whether every task must have it.
        help: What to put there.
    """

    name: str
    kind: FieldKind
    required: bool = False
    help: str = ""

    def schema(self) -> dict[str, Json]:
        """Return the JSON Schema of the field's checked value."""
        found: dict[str, Json]
        match self.kind:
            case "number":
                found = {"type": "number"}
            case "image" | "link":
                found = {"type": "string", "maxLength": LONGEST_LINK, "pattern": _LINK_PATTERN}
            case "options":
                option: dict[str, Json] = {"type": "string", "minLength": 1, "maxLength": _LONGEST["text"]}
                found = {"type": "array", "items": option, "minItems": 1, "maxItems": _MOST_ENTRIES}
            case "items":
                record: dict[str, Json] = {**schema_of_fields(_fields_of_record()), "required": ["id"]}
                found = {"type": "array", "items": record, "minItems": 1, "maxItems": _MOST_ENTRIES}
            case _:
                found = {"type": "string", "minLength": 1, "maxLength": _LONGEST[self.kind]}
        return {**found, "description": self.help} if self.help else found


def fields_of_item(prefix: str = "", whose: str = "the item's") -> tuple[InputField, ...]:
    """Return the fields that describe one item: ``title``, ``text``, ``price``, ``link`` and ``image``.

    Args:
        prefix: Stands before each name, such as ``left_``.
        whose: What the help calls the item.
    """
    return (
        InputField(f"{prefix}title", "text", help=f"{whose.capitalize()} name"),
        InputField(f"{prefix}text", "long_text", help=f"{whose.capitalize()} description"),
        InputField(f"{prefix}price", "price", help=f"{whose.capitalize()} price with its currency, as text"),
        InputField(f"{prefix}link", "link", help=f"{whose.capitalize()} own page"),
        InputField(
            f"{prefix}image",
            "image",
            help=f"{whose.capitalize()} picture: a link, or a path such as /media/…",
        ),
    )


def check_row(fields: Sequence[InputField], row: Mapping[str, object]) -> dict[str, Json]:
    """Return a row as canonical JSON: known fields in their order, empty ones left out.

    Raises:
        InputError: A field is unknown, missing, or does not hold what it should; the text names it.
    """
    known = {field.name: field for field in fields}
    for name in row:
        if name not in known:
            raise InputError(_unknown_text(name, known))
    found: dict[str, Json] = {}
    for field in fields:
        value = _checked(field, row.get(field.name))
        if value not in (None, "", []):
            found[field.name] = value
        elif field.required:
            raise InputError(
                f"The value is missing: {field.help or 'every task needs it'}.", column=field.name
            )
    return found


def schema_of_fields(fields: Sequence[InputField]) -> dict[str, Json]:
    """Return the JSON Schema of a checked row."""
    return {
        "type": "object",
        "properties": {field.name: field.schema() for field in fields},
        "required": [field.name for field in fields if field.required],
        "additionalProperties": False,
    }


def _unknown_text(name: object, known: Mapping[str, InputField]) -> str:
    plain = name if isinstance(name, str) and len(name) <= _LONGEST["id"] else ""
    guess = nearest(plain, known) if plain else None
    hint = f" Did you mean '{guess}'?" if guess else ""
    return f"There is no field {shown(name)}.{hint} The fields are: {', '.join(known)}."


def _checked(field: InputField, value: object) -> Json:
    found: Json
    match field.kind:
        case "long_text":
            found = clean_text(value, _LONGEST["long_text"], field.name)
        case "image" | "link":
            found = clean_link(value, field.name)
        case "price":
            found = clean_price(value, field.name)
        case "number":
            found = clean_number(value, field.name)
        case "options":
            found = _checked_options(value, field.name)
        case "items":
            found = _checked_items(value, field.name)
        case _:
            found = clean_line(value, _LONGEST[field.kind], field.name)
    return found


def _checked_options(value: object, name: str) -> list[Json]:
    if isinstance(value, str) and not value.lstrip().startswith("["):
        text = clean_text(value, _LONGEST["long_text"], name)
        value = [part for part in text.replace("\n", "|").split("|") if part.strip()]
    options = [clean_line(one, _LONGEST["text"], name) for one in _checked_list(value, name)]
    if "" in options:
        raise InputError("An entry of the list is empty.", column=name)
    if len(set(options)) < len(options):
        raise InputError("An entry of the list stands there twice.", column=name)
    return list(options)


def _checked_items(value: object, name: str) -> list[Json]:
    items: list[Json] = []
    ids: dict[str, int] = {}
    for rank, one in enumerate(_checked_list(value, name), 1):
        place = f"{name}, entry {rank}"
        record = {"title": one} if isinstance(one, str) else one
        if not isinstance(record, Mapping):
            raise InputError(f"Expected an object or a title; it is {shown(one)}.", column=place)
        try:
            item = check_row(_fields_of_record(), {"id": str(rank), **record})
        except InputError as error:
            column = f"{place}, {error.column}" if error.column else place
            raise InputError(error.problem, column=column) from None
        known_as = str(item.get("id", rank))
        if known_as in ids:
            problem = f"The id {shown(known_as)} is that of entry {ids[known_as]} too."
            raise InputError(f"{problem} Every entry needs its own.", column=place)
        ids[known_as] = rank
        items.append({"id": known_as, **item})
    return items


def _checked_list(value: object, name: str) -> Sequence[object]:
    """Return a list, given as one or as the JSON text of one, with no more entries than are allowed."""
    if value is None or value == "":
        return []
    if isinstance(value, str):
        value = _parsed(value, name)
    if not isinstance(value, list | tuple):
        raise InputError(f"Expected a list, or its JSON text; it is {shown(value)}.", column=name)
    if len(value) > _MOST_ENTRIES:
        problem = f"The list has {len(value):,} entries; at most {_MOST_ENTRIES} are allowed."
        raise InputError(problem, column=name)
    return value


def _parsed(text: str, name: str) -> object:
    if len(text) > _LONGEST_LIST:
        raise InputError(
            f"The list has {len(text):,} letters; at most {_LONGEST_LIST:,} are allowed.", column=name
        )
    try:
        value: object = json.loads(text)
    except (
        ValueError,
        RecursionError,
    ):  # no JSON, a number of thousands of digits, or lists in lists in lists
        raise InputError(f"Expected a list as JSON text; it is {shown(text)}.", column=name) from None
    return value


def _fields_of_record() -> tuple[InputField, ...]:
    known_as = InputField("id", "id", help="The item's own id; its rank if there is none")
    return (known_as, *fields_of_item())
