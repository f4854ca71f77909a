"""Items of a task's input as cards."""

from __future__ import annotations

from collections.abc import Mapping

from palate.core.errors import InputError
from palate.task_templates._values import Json
from palate.task_templates._views import ItemCard, Link, Picture
from palate.task_templates._wording import Wording

__all__ = ["ITEM_WORDS", "card_of", "cards_of", "need_something_shown"]

ITEM_WORDS = {"open_item": "Open its page", "picture": "Picture"}
"""What cards need worded, by name."""


def card_of(
    record: Mapping[str, Json], wording: Wording, *, prefix: str = "", known_as: str = "", label: str = ""
) -> ItemCard:
    """Return an item as a card.

    Args:
        record: What holds ``title``, ``text``, ``price``, ``link``, ``image``, all of which may be missing.
        wording: Names the link and a picture of an item without title.
        prefix: Stands before the names, such as ``left_``.
        known_as: Shown as title where the item has neither title nor text nor picture: its id.
        label: What the card is called.
    """
    value = {
        name: str(record.get(f"{prefix}{name}", "")) for name in ("title", "text", "price", "link", "image")
    }
    if not (value["title"] or value["text"] or value["image"]):
        value["title"] = known_as
    alt = value["title"] or label or wording.texts["picture"]
    return ItemCard(
        value["title"],
        value["text"],
        value["price"],
        Link(value["link"], wording.texts["open_item"]) if value["link"] else None,
        Picture(value["image"], alt) if value["image"] else None,
        label,
    )


def cards_of(items: Json, wording: Wording) -> tuple[ItemCard, ...]:
    """Return the entries of a checked list of items as cards."""
    records = items if isinstance(items, list) else []
    return tuple(
        card_of(record, wording, known_as=str(record["id"])) for record in records if isinstance(record, dict)
    )


def need_something_shown(task_input: dict[str, Json], prefix: str, known_as: str) -> dict[str, Json]:
    """Return the input, whose item has at least a title, a text, a picture or an id.

    Raises:
        InputError: It has none of them, so that nobody could judge it.
    """
    names = [f"{prefix}title", f"{prefix}text", f"{prefix}image", known_as]
    if not any(name in task_input for name in names):
        raise InputError(f"There is nothing to show. Give one of {', '.join(names)}.", column=names[0])
    return task_input
