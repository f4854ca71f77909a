"""The tasks of a page as templates draw them: numbered, with what was filled in and what was wrong.

Nothing here looks at a task's kind, id or key: what is drawn of a golden task is drawn of every task.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString

from palate.server.annotate.page_form import FormValues, field_name, seed_of
from palate.server.projects.reading import template_of
from palate.server.work.models import Assignment, Slot
from palate.task_templates import (
    Choice,
    Control,
    Entry,
    ItemCard,
    Marking,
    MultipleChoice,
    Option,
    Ordering,
    Part,
    Picture,
    Ranking,
    Sides,
    TaskView,
    TextArea,
)

__all__ = ["DrawnPart", "ShownEntry", "ShownOption", "ShownTask", "image_urls", "shown_tasks", "slots_of"]


@dataclass(frozen=True)
class ShownOption:
    """An option and whether it is chosen; ``alone`` goes with no other."""

    option: Option
    chosen: bool
    alone: bool = False


@dataclass(frozen=True)
class ShownEntry:
    """An entry of a list, the key that marks it, and whether it is marked."""

    entry: Entry
    key: str
    chosen: bool


@dataclass(frozen=True)
class DrawnPart:
    """Something to show and the template that draws it."""

    part: Part

    @property
    def path(self) -> str:
        """The template's path."""
        return f"annotate/parts/{self.part.kind}.html"

    @property
    def sides(self) -> tuple[DrawnPart, ...]:
        """What stands on the left and on the right, of two sides."""
        return (DrawnPart(self.part.left), DrawnPart(self.part.right)) if isinstance(self.part, Sides) else ()


@dataclass(frozen=True)
class ShownTask:
    """One task of a page.

    Args:
        position: On the page, from 0; the form's fields are named by it.
        view: What the task template shows.
        values: What the form's fields hold, by the template's names.
        problem: What is wrong with the answer; empty if nothing is.
        focused: Whether the page opens here.
    """

    position: int
    view: TaskView
    values: FormValues = field(default_factory=dict)
    problem: str = ""
    focused: bool = False

    @property
    def number(self) -> int:
        """Its number for people, from 1."""
        return self.position + 1

    @property
    def drawn(self) -> list[DrawnPart]:
        """What is shown, from top to bottom."""
        return [DrawnPart(part) for part in self.view.parts]

    @property
    def control_path(self) -> str:
        """The template that draws what is answered."""
        return f"annotate/controls/{self.view.control.kind}.html"

    @property
    def names(self) -> dict[str, str]:
        """What the control calls its fields: the names in the form."""
        return {name: field_name(self.position, own) for name, own in _own_names(self.view.control)}

    @property
    def wording_lang(self) -> SafeString | str:
        """The attributes of words in the wording's language that stand in the task's own text."""
        if self.view.content_language in {"", self.view.language}:
            return ""
        return format_html(' lang="{}"', self.view.language)

    @property
    def in_columns(self) -> bool:
        """Whether what is answered stands beside what is shown, where there is room."""
        return isinstance(self.view.control, Choice | MultipleChoice | TextArea) and not self.has_sides

    @property
    def has_sides(self) -> bool:
        """Whether two things stand beside each other."""
        return any(isinstance(part, Sides) for part in self.view.parts)

    @property
    def options(self) -> list[ShownOption]:
        """What can be chosen, in order."""
        control = self.view.control
        if not isinstance(control, Choice | MultipleChoice):
            return []
        alone = control.alone if isinstance(control, MultipleChoice) else ()
        chosen = self.values.get(control.name, [])
        return [
            ShownOption(option, option.value in chosen, option.value in alone) for option in control.options
        ]

    @property
    def entries(self) -> list[ShownEntry]:
        """The entries of a list, in the order in which they stand now."""
        control = self.view.control
        if not isinstance(control, Marking | Ordering):
            return []
        given = self.values.get(control.name, [])
        entries = list(control.entries)
        if isinstance(control, Ordering) and sorted(given) == sorted(entry.value for entry in entries):
            entries.sort(key=lambda entry: given.index(entry.value))
        return [
            ShownEntry(entry, str(place) if place < 10 else "", entry.value in given)
            for place, entry in enumerate(entries, 1)
        ]

    @property
    def confirmed(self) -> bool:
        """Whether "none of them", or that the order is meant, is chosen."""
        control = self.view.control
        name = {Marking: "none_name", Ordering: "confirm_name"}.get(type(control), "")
        return bool(name) and any(self.values.get(getattr(control, name), []))

    @property
    def text(self) -> str:
        """What was written."""
        return "".join(self.values.get(self.view.control.name, [])[:1])


def slots_of(assignment: Assignment) -> list[Slot]:
    """Return the places of a page with their tasks, in order."""
    return list(assignment.slots.select_related("task").order_by("position"))


def shown_tasks(
    assignment: Assignment,
    slots: Sequence[Slot],
    forms: Mapping[int, FormValues],
    problems: Mapping[int, str] | None = None,
    language: str = "",
) -> list[ShownTask]:
    """Return the tasks of a page.

    Args:
        assignment: The page, with its pool and project.
        slots: Its places, in order.
        forms: What is filled in, by position.
        problems: What is wrong, by position; the page opens at the first.
        language: The wording's, a tag; the template's own if empty.
    """
    template, wrong = template_of(assignment.pool.project), dict(problems or {})
    return [
        ShownTask(
            slot.position,
            template.view(slot.task.input, seed=seed_of(assignment), language=language),
            forms.get(slot.position, {}),
            wrong.get(slot.position, ""),
            bool(wrong) and slot.position == min(wrong),
        )
        for slot in slots
    ]


def image_urls(tasks: Sequence[ShownTask]) -> list[str]:
    """Return the addresses of all pictures, each once, in order."""
    found = [url for task in tasks for part in task.view.parts for url in _images_in(part)]
    found += [url for task in tasks for shown in task.entries for url in _images_in(shown.entry.card)]
    return list(dict.fromkeys(found))


def _images_in(part: Part) -> Iterator[str]:
    match part:
        case Picture():
            yield part.url
        case ItemCard(picture=Picture() as picture):
            yield picture.url
        case Ranking():
            for card in part.cards:
                yield from _images_in(card)
        case Sides():
            yield from _images_in(part.left)
            yield from _images_in(part.right)


def _own_names(control: Control) -> list[tuple[str, str]]:
    names: list[Any] = ["name", "none_name", "move_name", "confirm_name"]
    return [(name, getattr(control, name)) for name in names if hasattr(control, name)]
