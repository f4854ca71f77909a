"""Tables of tasks may call pictures by their plain names; the tasks get their addresses."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from palate.core.errors import InputError
from palate.server.projects.models import Project
from palate.server.projects.pictures import path_of
from palate.task_templates import InputField

__all__ = ["PicturePaths"]


class PicturePaths:
    """Puts addresses where a row names pictures of its project."""

    def __init__(self, project: Project, fields: Sequence[InputField]) -> None:
        self._project = project
        self._images = [field.name for field in fields if field.kind == "image"]
        self._lists = [field.name for field in fields if field.kind == "items"]
        self._known: frozenset[str] | None = None

    def filled_in(self, row: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return, within a transaction, a row whose pictures are links and paths; what is not read here is left to the template's checks.

        Raises:
            InputError: A name is that of no picture of the project.
        """
        changed: dict[str, Any] = {
            name: self._address(row[name], name) for name in self._images if _is_name(row.get(name))
        }
        for name in self._lists:
            items = _listed(row.get(name))
            if any(_is_name(item.get("image")) for item in items if isinstance(item, Mapping)):
                changed[name] = [self._filled_item(item, name, rank) for rank, item in enumerate(items, 1)]
        return {**row, **changed} if changed else row

    def _filled_item(self, item: Any, name: str, rank: int) -> Any:
        if not isinstance(item, Mapping) or not _is_name(item.get("image")):
            return item
        return {**item, "image": self._address(item["image"], f"{name}, entry {rank}, image")}

    def _address(self, text: str, column: str) -> str:
        name = unicodedata.normalize("NFC", text).strip()
        if self._known is None:
            Project.objects.select_for_update(no_key=True).get(
                pk=self._project.pk
            )  # nobody deletes one meanwhile
            self._known = frozenset(self._project.pictures.values_list("name", flat=True))
        if name not in self._known:
            raise InputError(
                f"The project has no picture called '{name[:100]}' ({column}). Upload it first, or give a link.",
                column=column,
            )
        return path_of(self._project, name)


def _is_name(value: object) -> bool:
    """Return whether this is neither empty nor a link nor a path."""
    return isinstance(value, str) and bool(value.strip()) and not set(value) & set("/\\:")


def _listed(value: object) -> list[Any]:
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return []
    return value if isinstance(value, list) else []
