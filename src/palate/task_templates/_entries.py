"""Templates about the entries of a list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

from palate.core.errors import InputError
from palate.task_templates._cards import ITEM_WORDS, cards_of
from palate.task_templates._fields import InputField
from palate.task_templates._shuffling import shuffled_positions
from palate.task_templates._values import Json, Seed, json_text
from palate.task_templates._views import Entry, Part, Text
from palate.task_templates._wording import Wording
from palate.task_templates.base import TaskTemplate

__all__ = ["ENTRY_WORDS", "EntriesTemplate", "ids_of", "shuffled_ids"]

ENTRY_WORDS: Mapping[str, str] = MappingProxyType({"query": "Query", **ITEM_WORDS})


@dataclass(frozen=True, kw_only=True)
class EntriesTemplate(TaskTemplate):
    """A template whose answer is a list of ids of the task's entries.

    Forms name an entry by its place among the shown, from 1, so that ids, which may tell a system's rank, stay here.
    """

    words: ClassVar[Mapping[str, str]] = ENTRY_WORDS
    fewest: ClassVar[int] = 1
    """How many entries a task has at least."""

    def fields(self) -> tuple[InputField, ...]:
        """Return the query and the entries."""
        return (
            InputField("query", "text", help="What was searched for"),
            InputField(
                "items",
                "items",
                required=True,
                help="The entries, as a JSON list of objects with id, title, text, price, link, image",
            ),
        )

    def check_input(self, row: Mapping[str, object]) -> dict[str, Json]:
        """Return the checked row, which has enough entries."""
        found = super().check_input(row)
        if len(ids_of(found)) < self.fewest:
            problem = f"The list needs at least {self.fewest} entries; it has {len(ids_of(found))}."
            raise InputError(problem, column="items")
        return found

    def parts(self, task_input: Mapping[str, Json], wording: Wording, seed: Seed) -> tuple[Part, ...]:
        """Return the query; the entries stand in the control."""
        return (Text(str(task_input["query"]), wording.texts["query"]),) if "query" in task_input else ()

    def shown_ids(self, task_input: Mapping[str, Json], seed: Seed) -> list[str]:
        """Return the ids of the entries in the order in which they are shown."""
        return ids_of(task_input)

    def entries(self, task_input: Mapping[str, Json], wording: Wording, seed: Seed) -> tuple[Entry, ...]:
        """Return the entries in the order in which they are shown."""
        cards = dict(zip(ids_of(task_input), cards_of(task_input["items"], wording), strict=True))
        shown = self.shown_ids(task_input, seed)
        return tuple(Entry(str(place), cards[name]) for place, name in enumerate(shown, 1))

    def ids_at(self, places: list[str], task_input: Mapping[str, Json], seed: Seed) -> list[str]:
        """Return the ids of entries by their places; what is no place stays as it is, for the check to name it."""
        by_place = {str(place): name for place, name in enumerate(self.shown_ids(task_input, seed), 1)}
        return [by_place.get(place, f"place {place}") for place in places]

    def places_of(self, names: Json, task_input: Mapping[str, Json], seed: Seed) -> list[str]:
        """Return the places of entries by their ids."""
        places = {name: str(place) for place, name in enumerate(self.shown_ids(task_input, seed), 1)}
        return [places[str(name)] for name in names] if isinstance(names, list) else []

    def label_of(self, answer: Json) -> str:
        """Return the list as JSON text."""
        return json_text(answer)


def ids_of(task_input: Mapping[str, Json]) -> list[str]:
    """Return the ids of a task's entries in their own order."""
    items = task_input["items"]
    return [str(item["id"]) for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def shuffled_ids(task_input: Mapping[str, Json], seed: Seed) -> list[str]:
    """Return the ids of a task's entries in an order drawn by lot."""
    names = ids_of(task_input)
    return [names[position] for position in shuffled_positions(seed, task_input["items"], len(names))]
