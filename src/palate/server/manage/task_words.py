"""A task in a few words, for lists."""

from __future__ import annotations

from collections.abc import Mapping

from palate.task_templates import Json, TaskTemplate

__all__ = ["group_of", "item_of", "words_of_task"]

_SHOWN = ("text", "options")
_MOST_LETTERS = 160


def words_of_task(template: TaskTemplate, task_input: Mapping[str, Json]) -> str:
    """Return the titles and queries of a task on one line."""
    words = [
        _text(task_input[field.name])
        for field in template.fields()
        if field.kind in _SHOWN and task_input.get(field.name)
    ]
    items = task_input.get("items")
    if isinstance(items, list):
        words += [str(one.get("title", one["id"])) for one in items[:3] if isinstance(one, dict)]
    shown = words or [_text(value) for value in task_input.values()]
    text = " · ".join(dict.fromkeys(shown))
    return text if len(text) <= _MOST_LETTERS else f"{text[: _MOST_LETTERS - 1]}…"


def group_of(task_input: Mapping[str, Json]) -> str:
    """Return what a task's items answer: its query, or the product that stands for one."""
    names = ("query", "query_title", "query_image", "query_link", "query_text", "category", "context")
    return next((_text(task_input[name]) for name in names if task_input.get(name)), "")


def item_of(task_input: Mapping[str, Json], side: str = "") -> str:
    """Return what an item is called: its id, else its title or what else there is.

    Args:
        task_input: A task's input.
        side: ``left`` or ``right`` of a pair.
    """
    prefix = f"{side}_" if side else ""
    names = (side or "item", f"{prefix}title", f"{prefix}image", f"{prefix}link", f"{prefix}text", "category")
    return next((_text(task_input[name]) for name in names if task_input.get(name)), "")


def _text(value: Json) -> str:
    if isinstance(value, list):
        return ", ".join(str(one) for one in value if not isinstance(one, dict))
    return str(value)
